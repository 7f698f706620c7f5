"""run_call(attempt, line) → CallRecord: the single loop that turns the call machine."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping

from prober.attempt import Attempt
from prober.call import Call
from prober.events import Event, Invited, OwnFailure
from prober.line import Line
from prober.milestones import read_milestones
from prober.record import CallRecord

log = logging.getLogger(__name__)


async def run_call(
    attempt: Attempt,
    line: Line,
    *,
    on_call: Callable[[Call], None] | None = None,
    on_event: Callable[[Event], None] | None = None,
    versions: Mapping[str, str] | None = None,
) -> CallRecord:
    """Place one call and live it to its end.

    A failed call is a result. An exception of ours ends as an `OwnFailure` event in the record, never as a raise,
    except cancellation, which hangs up and goes on upwards. `on_call` is given the machine, to look at its phase.
    """
    call = Call(attempt)
    if on_call is not None:
        on_call(call)
    try:
        try:
            await line.dial(attempt)
            while not call.over:
                deadline_s = call.deadline_s()
                event = await line.next_event(deadline_s)
                if event is None:
                    commands = call.deadline_passed(deadline_s)
                else:
                    commands = call.receive(event)
                    if on_event is not None:
                        on_event(event)
                for command in commands:
                    await line.do(command)
        finally:
            await line.close()
    except Exception as error:
        log.exception("call %s: measurement not made", attempt.id)
        at_s = call.events[-1].at_s if call.events else 0.0
        call.receive(OwnFailure(at_s=at_s, what="exception", detail=repr(error)))
    return finished(call, versions or {})


def finished(call: Call, versions: Mapping[str, str]) -> CallRecord:
    """The record of a call that is over."""
    invited = next((e for e in call.events if isinstance(e, Invited)), None)
    events, heard = tuple(call.events), call.heard()
    return CallRecord(
        attempt=call.attempt,
        invite_at=invited.invite_at or None if invited else None,
        trunk=(invited.trunk or None) if invited else call.attempt.trunk,
        events=events,
        milestones=read_milestones(events, heard, call.attempt, call.hung_up_by),
        heard=heard,
        hung_up_by=call.hung_up_by,
        last_state=call.lived.value,
        versions=versions,
    )
