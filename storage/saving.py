"""The writes that make up a transaction: planning attempts, saving a call, letting a verdict hold."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import or_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from prober.attempt import Attempt
from prober.events import OwnFailure
from prober.plain import to_plain
from prober.record import CallRecord, Milestones
from prober.verdict import Verdict
from storage.catalogue import number_class_of, zones_of
from storage.counting import count_first
from storage.mapping import DEFAULT_ZONE, attempt_row, record_columns, verdict_row
from storage.schema import attempts, records, verdicts


async def add(c: AsyncConnection, planned: Iterable[Attempt]) -> None:
    """Plan attempts; known ids are left alone."""
    planned = list(planned)
    wanted = {attempt.service for attempt in planned}
    zones = await zones_of(c, wanted)
    rows = [attempt_row(attempt, zones.get(attempt.service, DEFAULT_ZONE)) for attempt in planned]
    if rows:
        await c.execute(insert(attempts).on_conflict_do_nothing(), rows)


async def save(c: AsyncConnection, record: CallRecord, verdict: Verdict, *, orphaned: bool) -> bool:
    """Save a call that is over, and count it; False if it was saved before."""
    attempt = record.attempt
    zone = (await zones_of(c, {attempt.service})).get(attempt.service, DEFAULT_ZONE)
    await c.execute(insert(attempts).values(attempt_row(attempt, zone)).on_conflict_do_nothing())
    unsaved = or_(attempts.c.status != "done", attempts.c.orphaned)
    filled = update(attempts).where(attempts.c.id == attempt.id, unsaved)
    called = {"plan": to_plain(attempt)}  # with what was decided at the call: trunk, caller id, menu path
    done = await c.execute(filled.values(**record_columns(record, zone), **called, status="done", orphaned=orphaned))
    if done.rowcount == 0:
        return False
    document = {"attempt": attempt.id, "document": to_plain(record)}
    kept = insert(records).values(document)
    await c.execute(kept.on_conflict_do_update(index_elements=["attempt"], set_={"document": kept.excluded.document}))
    await judge(c, attempt.id, verdict)
    await count_first(c, record, verdict, await number_class_of(c, attempt.service, attempt.number))
    return True


async def judge(c: AsyncConnection, attempt_id: str, verdict: Verdict) -> None:
    """Let a verdict hold; the ones before are kept."""
    held = update(verdicts).where(verdicts.c.attempt == attempt_id, verdicts.c.current)
    await c.execute(held.values(current=False))
    await c.execute(insert(verdicts).values(verdict_row(attempt_id, verdict)))


def lost(attempt: Attempt, worker: str | None) -> CallRecord:
    """Record of a call whose worker is gone: nothing is known but that."""
    gone = OwnFailure(at_s=0.0, what="worker_lost", detail=f"{worker or 'a worker'} ended during the call")
    return CallRecord(
        attempt=attempt,
        invite_at=None,
        trunk=None,
        events=(gone,),
        milestones=Milestones(),
        heard=(),
        hung_up_by=None,
        last_state="lost",
    )
