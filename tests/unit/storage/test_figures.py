"""Figures as they were last made, and which are behind their calls."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from prober.attempt import Attempt, Purpose, Script
from prober.outcome import Outcome
from prober.record import CallRecord, Milestones
from prober.verdict import Verdict
from storage.catalogue import Service
from storage.figures import Kept
from storage.store import Store
from storage.tally import Hour

DECEMBER, NOVEMBER = date(2026, 12, 1), date(2026, 11, 1)
MakeAttempt = Callable[..., Attempt]
MakeCall = Callable[..., tuple[CallRecord, Verdict]]


async def test_a_service_is_touched_by_calls_of_the_month_and_by_new_judgements(
    store: Store, an_attempt: MakeAttempt, a_call: MakeCall
) -> None:
    november = datetime(2026, 11, 5, 12, tzinfo=UTC)
    calls = [a_call(an_attempt(service=s)) for s in ("caf", "cpam")]
    others = [a_call(an_attempt(service="x", due_at=november)), a_call(an_attempt(service="y", purpose=Purpose.MANUAL))]
    for call in (*calls, *others):
        await store.save(*call)
    first = await store.figures.touched(DECEMBER)
    assert set(first) == {"caf", "cpam"}
    assert set(await store.figures.touched(NOVEMBER)) == {"x"}
    record, verdict = calls[0]
    await store.rejudge(record.attempt.id, replace(verdict, outcome=Outcome.HUMAN))
    after = await store.figures.touched(DECEMBER, max(first.values()))
    assert after["caf"] > max(first.values())
    assert after["cpam"] == first["cpam"]


async def test_newer_figures_stay_when_a_slower_program_brings_older_ones(store: Store) -> None:
    for up_to in (5, 7, 6):
        await store.figures.keep(DECEMBER, "caf", Kept(up_to=up_to, document={"made": up_to}))
    assert await store.figures.kept(DECEMBER) == {"caf": Kept(up_to=7, document={"made": 7})}
    assert await store.figures.kept(NOVEMBER) == {}


async def test_months_that_are_long_over_are_forgotten(store: Store) -> None:
    for month in (NOVEMBER, DECEMBER):
        await store.figures.keep(month, "caf", Kept(up_to=1, document={}))
    await store.figures.drop(DECEMBER)
    assert (await store.figures.kept(NOVEMBER), len(await store.figures.kept(DECEMBER))) == ({}, 1)


async def test_who_was_reached_comes_oldest_first_without_what_says_nothing_of_the_service(
    store: Store, an_attempt: MakeAttempt, a_call: MakeCall
) -> None:
    noon = datetime(2026, 12, 1, 11, tzinfo=UTC)
    met = (Outcome.HUMAN, Outcome.OWN_FAILURE, Outcome.BUSY, Outcome.INDETERMINATE, Outcome.HUMAN, Outcome.DROPPED)
    for n, outcome in reversed(list(enumerate(met))):
        record, verdict = a_call(an_attempt(due_at=noon + timedelta(hours=n)))
        await store.save(record, replace(verdict, outcome=outcome))
    assert await store.figures.reached("caf", (DECEMBER,), 10) == [True, False, True, False]
    assert await store.figures.reached("caf", (DECEMBER,), 3) == [False, True, False]


async def test_attempts_behind_are_those_due_and_not_dialled(store: Store, an_attempt: MakeAttempt) -> None:
    now = datetime(2026, 12, 1, 12, tzinfo=UTC)
    assert await store.behind(now) == (0, 0.0)
    await store.add(an_attempt(due_at=now + timedelta(minutes=m)) for m in (-10, -5, 5))
    assert await store.behind(now) == (2, 600.0)


async def test_hours_are_those_of_the_service_and_of_callers_who_count_cut_at_t_max(
    store: Store, an_attempt: MakeAttempt, a_call: MakeCall
) -> None:
    await store.catalogue.save([], [Service(id="caf", name="Caf", zone="Indian/Reunion")])
    friday = datetime(2026, 12, 4, 19, 59, tzinfo=UTC)
    calls = (
        (0, Outcome.HUMAN, Script.AGENT, 20.0),
        (1, Outcome.HUMAN, Script.AGENT, 20.0),
        (2, Outcome.HUMAN, Script.AGENT, 700.0),
        (3, Outcome.INDETERMINATE, Script.AGENT, None),
        (4, Outcome.OWN_FAILURE, Script.AGENT, None),
        (5, Outcome.HUMAN, Script.OPTOUT, 20.0),
    )
    for minutes, outcome, script, t_human in calls:
        attempt = an_attempt(service="caf", script=script, due_at=friday + timedelta(minutes=minutes))
        milestones = Milestones(t_invite=0.0, t_human=t_human, t_end=30.0 if t_human is None else t_human + 5)
        record, verdict = a_call(attempt, milestones=milestones)
        await store.save(record, replace(verdict, outcome=outcome))
    assert await store.figures.week("caf", DECEMBER, 600.0) == (Hour(5, 23, 1, 1), Hour(6, 0, 3, 1))
    assert await store.figures.week("caf", DECEMBER, 900.0) == (Hour(5, 23, 1, 1), Hour(6, 0, 3, 2))
    assert await store.figures.week("cpam", DECEMBER, 600.0) == ()
