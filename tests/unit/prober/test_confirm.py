"""What one trunk alone must not settle."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from prober.attempt import Attempt, Purpose, Script
from prober.call import Call
from prober.classify import Context, classify
from prober.confirm import answer, claim, confirming
from prober.events import Ended, Invited, Origin, Party, Response, Stopped
from prober.record import CallRecord
from prober.run import finished

DUE = datetime(2026, 12, 1, tzinfo=UTC)


def refused(code: int, q850: int | None = None, origin: Origin = Origin.REMOTE) -> CallRecord:
    call = Call(Attempt(id="x", service="s", number="3646", script=Script.AGENT, due_at=DUE, trunk="a"))
    call.receive(Invited(at_s=0.0))
    call.receive(Response(at_s=1.0, code=code, q850=q850, origin=origin))
    return finished(call, {})


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (refused(404), "invalid"),
        (refused(404, 1), "invalid"),
        (refused(480, 22), "invalid"),
        (refused(404, 26), None),
        (refused(503, 34), "congested"),
        (refused(486, 17), None),
        (refused(404, origin=Origin.LOCAL), None),
    ],
)
def test_only_doubtful_claims_ask_for_a_second_trunk(record: CallRecord, expected: str | None) -> None:
    assert claim(record) == expected


def test_a_number_is_invalid_only_when_the_second_trunk_agrees() -> None:
    first = refused(404, 1)
    assert classify(first, Context(confirmation=answer(first, refused(404, 1)))).outcome == "number_invalid"
    assert classify(first, Context(confirmation=answer(first, refused(486, 17)))).outcome == "own_failure"


def test_a_confirmation_that_our_side_stopped_says_nothing() -> None:
    call = Call(refused(404, 1).attempt)
    call.receive(Invited(at_s=0.0))
    call.receive(Stopped(at_s=1.0, why="paused"))
    call.receive(Ended(at_s=1.1, by=Party.CALLER))
    assert answer(refused(404, 1), finished(call, {})) is None


def test_the_confirmation_is_its_own_attempt_over_the_other_trunk() -> None:
    second = confirming(refused(404), trunk="b", attempt_id="y", due_at=DUE)
    assert (second.id, second.trunk, second.confirms, second.purpose) == ("y", "b", "x", Purpose.CONFIRMATION)
