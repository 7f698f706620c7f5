"""The store on a real PostgreSQL: plans, claims, months, references, faults."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text

from prober.attempt import Attempt, Purpose
from prober.record import CallRecord, Milestones
from prober.verdict import Verdict
from storage.catalogue import Organisation, Service
from storage.connection import StoreAway
from storage.store import Plan, Store

NOON = datetime(2026, 12, 1, 11, 0, tzinfo=UTC)
DECEMBER = date(2026, 12, 1)
MakeAttempt = Callable[..., Attempt]
MakeCall = Callable[..., tuple[CallRecord, Verdict]]


async def test_of_many_workers_that_claim_one_attempt_exactly_one_dials(store: Store, an_attempt: MakeAttempt) -> None:
    attempt = an_attempt()
    await store.add([attempt])
    claims = await asyncio.gather(*(store.claim(attempt.id, f"worker-{n}") for n in range(8)))
    assert claims.count(True) == 1


async def test_two_attempts_at_one_number_never_are_live_together(store: Store, an_attempt: MakeAttempt) -> None:
    planned = [an_attempt(service=f"service-{n}") for n in range(6)]
    await store.add(planned)
    claims = await asyncio.gather(*(store.claim(attempt.id, "worker") for attempt in planned))
    assert claims.count(True) == 1


async def test_two_numbers_of_one_service_never_are_live_together(store: Store, an_attempt: MakeAttempt) -> None:
    planned = [an_attempt(number=f"323{n}") for n in range(6)]
    await store.add(planned)
    claims = await asyncio.gather(*(store.claim(attempt.id, "worker") for attempt in planned))
    assert claims.count(True) == 1


async def test_a_service_may_be_given_more_lines(store: Store, an_attempt: MakeAttempt) -> None:
    planned = [an_attempt(number=f"323{n}") for n in range(6)]
    await store.add(planned)
    claims = await asyncio.gather(*(store.claim(attempt.id, "worker", per_service=2) for attempt in planned))
    assert claims.count(True) == 2


async def test_the_next_attempt_is_claimed_once_the_first_is_saved(
    store: Store, an_attempt: MakeAttempt, a_call: MakeCall
) -> None:
    first, second = an_attempt(), an_attempt()
    await store.add([first, second])
    assert await store.claim(first.id, "worker")
    assert not await store.claim(second.id, "worker")
    assert await store.save(*a_call(first))
    assert await store.claim(second.id, "worker")
    assert not await store.claim(first.id, "worker")
    statuses = [await store.status(name) for name in (first.id, second.id, "unheard-of")]
    assert statuses == ["done", "dialling", None]


async def test_an_attempt_nobody_planned_or_that_is_void_is_not_claimed(store: Store, an_attempt: MakeAttempt) -> None:
    attempt = an_attempt()
    await store.add([attempt])
    assert await store.void(attempt.id)
    assert not await store.claim(attempt.id, "worker")
    assert not await store.claim("unheard-of", "worker")
    assert not await store.void(attempt.id)


async def test_due_gives_planned_attempts_whose_time_has_come_once_queued_no_more(
    store: Store, an_attempt: MakeAttempt
) -> None:
    late, now, later = (an_attempt(due_at=NOON + timedelta(minutes=m)) for m in (-5, 0, 5))
    await store.add([later, now, late])
    assert await store.due(NOON) == [late, now]
    assert await store.queue(late.id)
    assert not await store.queue(late.id)
    assert await store.due(NOON) == [now]
    assert await store.status_counts() == {"planned": 2, "queued": 1}


async def test_the_month_is_that_of_the_invite_in_the_service_s_zone(
    store: Store, an_attempt: MakeAttempt, a_call: MakeCall
) -> None:
    reunion = Service(id="prefecture-974", name="Préfecture", zone="Indian/Reunion", numbers={"3974": "short"})
    await store.catalogue.save([], [reunion])
    last_evening_utc = datetime(2026, 11, 30, 20, 30, tzinfo=UTC)
    there, here = an_attempt(service=reunion.id, due_at=last_evening_utc), an_attempt(due_at=last_evening_utc)
    for attempt in (there, here):
        await store.save(*a_call(attempt))
    found = [j.attempt.id async for j in store.attempts_for_month(None, DECEMBER)]
    assert found == [there.id]
    found = [j.attempt.id async for j in store.attempts_for_month("caf", date(2026, 11, 1))]
    assert found == [here.id]


async def test_a_call_due_before_midnight_and_placed_after_counts_in_the_month_of_its_invite(
    store: Store, an_attempt: MakeAttempt, a_call: MakeCall
) -> None:
    attempt = an_attempt(due_at=datetime(2026, 11, 30, 22, 59, 30, tzinfo=UTC))
    await store.add([attempt])
    await store.save(*a_call(attempt, invited_after_s=60.0))
    assert [j.attempt.id async for j in store.attempts_for_month("caf", DECEMBER)] == [attempt.id]


async def test_a_judged_attempt_has_all_that_the_columns_of_an_export_need(
    store: Store, an_attempt: MakeAttempt, a_call: MakeCall
) -> None:
    record, verdict = a_call(an_attempt(stratum="Mon 09", weight=0.25))
    await store.save(record, verdict)
    (found,) = [j async for j in store.attempts_for_month("caf", DECEMBER)]
    assert found.attempt == record.attempt
    assert found.milestones == record.milestones
    assert found.verdict == verdict
    assert (found.sip_final, found.q850, found.trunk, found.hung_up_by) == (486, 17, "first", "called")
    assert found.invite_at is not None and found.invite_at.isoformat() == record.invite_at


async def test_a_month_is_frozen_once(store: Store, an_attempt: MakeAttempt) -> None:
    plan = Plan(service="caf", month=DECEMBER, campaign="pilot", seed="s1", frozen={"n": 1})
    first, second = an_attempt(), an_attempt()
    assert await store.freeze(plan, [first])
    assert not await store.freeze(replace(plan, seed="s2"), [second])
    assert await store.due(NOON) == [first]
    assert await store.plans(DECEMBER) == [plan]
    assert await store.plans(date(2027, 1, 1)) == []


async def test_a_purge_takes_old_documents_and_leaves_every_figure(
    store: Store, an_attempt: MakeAttempt, a_call: MakeCall
) -> None:
    old, new = a_call(an_attempt()), a_call(an_attempt(due_at=NOON + timedelta(days=1)))
    for call in (old, new):
        await store.save(*call)
    figures = await store.tally(DECEMBER, 600.0), await store.counters()
    assert await store.purge(NOON + timedelta(hours=1)) == 1
    assert await store.record(old[0].attempt.id) is None
    assert await store.record(new[0].attempt.id) == new[0]
    assert (await store.tally(DECEMBER, 600.0), await store.counters()) == figures


async def test_a_confirmation_is_found_by_the_attempt_it_confirms_and_counted_apart(
    store: Store, an_attempt: MakeAttempt, a_call: MakeCall
) -> None:
    first = an_attempt()
    second = replace(first, id="second", purpose=Purpose.CONFIRMATION, confirms=first.id)
    record, verdict = a_call(second, trunk="other")
    await store.save(*a_call(first))
    await store.save(record, verdict)
    assert await store.confirmation(first.id) == record
    assert await store.confirmation(second.id) is None
    assert [j.attempt.id async for j in store.attempts_for_month("caf", DECEMBER)] == [first.id]
    checks = [j async for j in store.attempts_for_month("caf", DECEMBER, purpose=Purpose.CONFIRMATION)]
    assert [j.attempt.id for j in checks] == [second.id]


async def test_the_nearest_reference_call_says_whether_our_side_worked(
    store: Store, an_attempt: MakeAttempt, a_call: MakeCall
) -> None:
    answered = Milestones(t_invite=0.0, t_answer=1.0, t_end=2.0)
    for minutes, milestones in ((0, answered), (10, Milestones(t_invite=0.0, t_end=0.4))):
        attempt = an_attempt(service="", purpose=Purpose.REFERENCE, due_at=NOON + timedelta(minutes=minutes))
        await store.save(*a_call(attempt, milestones=milestones))
    assert await store.reference_ok("first", NOON + timedelta(minutes=3)) is True
    assert await store.reference_ok("first", NOON + timedelta(minutes=8)) is False
    assert await store.reference_ok("first", NOON + timedelta(hours=1)) is None
    assert await store.reference_ok("second", NOON) is None
    (last,) = await store.references()
    assert (last.trunk, last.ok) == ("first", False)


async def test_the_catalogue_comes_back_as_it_was_saved(store: Store) -> None:
    organisation = Organisation(id="cnaf", name="CNAF", informed_at=NOON)
    service = Service(
        id="caf",
        name="Caf",
        organisation="cnaf",
        targets={"human": 0.9},
        hours={"tue": "9-12"},
        numbers={"3230": "short"},
    )
    await store.catalogue.save([organisation], [service])
    changed = replace(service, name="Caf de Paris", numbers={"3231": "short"})
    await store.catalogue.save([organisation], [changed])
    assert await store.catalogue.organisations() == [organisation]
    assert await store.catalogue.services() == [changed]


async def test_a_store_goes_on_by_itself_after_its_connections_were_cut(
    store: Store, an_attempt: MakeAttempt, a_call: MakeCall, postgres_server: str
) -> None:
    await store.save(*a_call(an_attempt()))
    with psycopg.connect(postgres_server.format("postgres"), autocommit=True) as c:
        c.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname LIKE 'test_%'")
    assert await store.save(*a_call(an_attempt()))


async def test_a_database_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    async with Store(f"postgresql://nobody@/none?host={tmp_path}") as away:
        with pytest.raises(StoreAway, match=r"the database does not answer: .*No such file or directory"):
            await away.counters()


async def test_questions_asked_together_are_one_transaction(store: Store) -> None:
    async def moment() -> object:
        async with store.database.begin() as c:
            return (await c.execute(text("SELECT now()"))).scalar_one()

    assert await moment() != await moment()
    async with store.database.together():
        assert await moment() == await moment()
    assert await moment() != await moment()


async def test_what_is_written_together_is_undone_together(store: Store, an_attempt: MakeAttempt) -> None:
    with pytest.raises(RuntimeError):
        async with store.database.together():
            await store.add([an_attempt(id="a")])
            raise RuntimeError
    assert await store.status("a") is None
