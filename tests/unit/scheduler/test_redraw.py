"""Losses made up in their stratum, missed attempts drawn again, months closed, budgets held: on a real PostgreSQL."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from prober.attempt import Attempt, Limits, Policy, Purpose, Script
from prober.classify import classify
from prober.events import Ended, Event, Invited, OwnFailure, Party, Response
from prober.record import CallRecord, Milestones
from prober.simulator.behaviours import CAST
from prober.simulator.line import SimulatedLine
from prober.verdict import Context
from scheduler.clock import Clock
from scheduler.conduct import carry_out
from scheduler.dispatch import Dispatch, Door, Facts
from scheduler.months import Months, Terms
from scheduler.openings import timetable
from scheduler.pacing import Budget, Ceiling, Price, Spent
from scheduler.planner import Draw, Line, Target, plan_month
from scheduler.purse import over_budget
from scheduler.queue import Queue
from scheduler.redraw import Redraw
from storage.spool import Spool
from storage.store import Plan, Store

MONTH = date(2026, 12, 1)
NUMBER = {s.id: s.number for s in CAST}
DRAW = Draw(campaign="c", attempts=50, margin=0.1, spacing_s=900, seed="s", limits=Limits(), policy=Policy.CONFIRM)
TARGET = Target(
    service="s",
    zone="Europe/Paris",
    openings=timetable("Mo-Fr 09:00-17:00", "Europe/Paris"),
    lines=(Line(number="3646"),),
    scripts=(Script.AGENT,),
)
PLAN = plan_month(TARGET, MONTH, DRAW)
TOMORROW = datetime.now(ZoneInfo("Europe/Paris")).date() + timedelta(days=1)


def dispatch_of(store: Store, folder: Path, budget: Budget | None = None) -> Dispatch:
    class Pool:
        seats_total = seats_free = 4
        engines_restarted, lag_ms = 0, 0.0

        def line(self, trunk: str | None = None) -> SimulatedLine:
            return SimulatedLine(CAST)

        def registered(self, trunk: str) -> bool | None:
            return None

    return Dispatch(
        store=store,
        spool=Spool(folder / "spool"),
        pool=Pool(),
        doors=(Door(name="a"),),
        facts={s: Facts(hours=lambda at: (True, False)) for s in NUMBER},
        worker="w",
        budget=budget or Budget(),
    )


async def never_refuses(attempt: Attempt) -> str:
    return ""


async def end(store: Store, attempt: Attempt, *last: Event) -> None:
    """Save the call as it ended."""
    at = attempt.due_at.isoformat()
    record = CallRecord(
        attempt=attempt,
        invite_at=at,
        trunk="a",
        events=(Invited(at_s=0.0, trunk="a", call_id=attempt.id, invite_at=at), *last),
        milestones=Milestones(t_invite=0.0, t_end=1.0),
        heard=(),
        hung_up_by=None,
        last_state="trying",
    )
    await store.save(record, classify(record, Context()))


async def waiting(store: Store) -> list[Attempt]:
    return await store.due(datetime(2027, 6, 1, tzinfo=UTC))


async def test_only_what_our_own_side_lost_is_made_up_once_and_in_its_stratum(store: Store) -> None:
    ours, busy = PLAN.attempts[:2]
    await store.add(PLAN.attempts)
    await end(store, ours, OwnFailure(at_s=0.1, what="engine_died"))
    await end(store, busy, Response(at_s=0.2, code=486, reason="Busy Here", q850=17), Ended(at_s=0.2, by=Party.CALLED))
    redraw, now = Redraw(store, {"s": TARGET}, DRAW), busy.due_at
    assert await redraw.make_up(MONTH, now, never_refuses) == 1
    assert await redraw.make_up(MONTH, now, never_refuses) == 0
    known = {a.id for a in PLAN.attempts}
    (other,) = [a for a in await waiting(store) if a.id not in known]
    assert (other.stratum, other.script, other.number) == (ours.stratum, ours.script, ours.number)
    assert other.due_at > now
    times = sorted(at for _, at in await store.ledger.times("s", MONTH))
    assert all(b - a >= timedelta(minutes=15) for a, b in pairwise(times))


async def test_what_was_decided_at_the_lost_call_is_decided_anew(store: Store) -> None:
    """Its trunk may be the one that failed, and its caller id one that is shown no more."""
    planned = PLAN.attempts[0]
    await store.add([planned])
    await end(store, replace(planned, trunk="b", caller_id="0162000001"), OwnFailure(at_s=0.1, what="engine_died"))
    await Redraw(store, {"s": TARGET}, DRAW).make_up(MONTH, planned.due_at, never_refuses)
    (other,) = await waiting(store)
    assert (other.trunk, other.caller_id) == (None, None)


async def test_a_day_that_is_full_takes_no_replacement(store: Store) -> None:
    few = replace(TARGET, ceiling=Ceiling(per_day=3))
    plan = plan_month(few, MONTH, DRAW)
    await store.add(plan.attempts)
    redraw = Redraw(store, {"s": few}, DRAW)
    for lost in plan.attempts[:6]:
        await store.void(lost.id)
        await redraw.another(lost, plan.attempts[0].due_at)
    days = [a.due_at.astimezone(ZoneInfo("Europe/Paris")).date() for a in await waiting(store)]
    assert max(days.count(day) for day in days) <= 3


async def test_what_was_missed_while_nothing_ran_is_drawn_again_and_not_called_at_once(
    store: Store, postgres_url: str, tmp_path: Path
) -> None:
    """Two weeks away: every missed attempt is void, and those that replace it are spread over what is left."""
    now = datetime.now(UTC)
    here = replace(TARGET, openings=timetable("24/7", "Europe/Paris"))
    month = now.astimezone(ZoneInfo("Europe/Paris")).date().replace(day=1)
    plan = plan_month(here, month, DRAW)
    missed = [a for a in plan.attempts if a.due_at < now - timedelta(seconds=120)]
    await store.add(plan.attempts)
    queue = Queue(postgres_url)
    await queue.open()
    clock = Clock(
        dispatch_of(store, tmp_path),
        queue,
        redraw=Redraw(store, {"s": here}, DRAW),
        late_s=120,
        keep=asyncio.Event().wait,
    )
    try:
        await clock.release()
        assert list(await queue.app.job_manager.list_jobs_async()) == []
    finally:
        await queue.close()
    assert {await store.status(a.id) for a in missed} <= {"void"}
    left = await waiting(store)
    assert all(a.due_at > now for a in left)
    times = sorted(a.due_at for a in left)
    assert all(b - a >= timedelta(minutes=15) for a, b in pairwise(times))


async def test_a_month_is_closed_after_its_late_records_and_what_nobody_made_is_given_up(
    store: Store, tmp_path: Path
) -> None:
    await store.freeze(Plan(service="s", month=MONTH, campaign="c", seed="s", frozen={}), PLAN.attempts[:3])
    done, late, left = PLAN.attempts[:3]
    await end(store, done, OwnFailure(at_s=0.1, what="x"))
    dispatch = dispatch_of(store, tmp_path)
    redraw = Redraw(store, {"s": TARGET}, DRAW)
    months = Months(dispatch=dispatch, targets={}, draw=DRAW, redraw=redraw, terms=Terms(close_after_days=2))
    assert await months.close(datetime(2027, 1, 2, 12, tzinfo=UTC)) == [], "the two days are not over"
    record = await store.record(done.id)
    assert record is not None
    waits = replace(record, attempt=late)
    dispatch.spool.put(waits, classify(waits, Context()))
    assert await months.close(datetime(2027, 1, 3, 12, tzinfo=UTC)) == [MONTH]
    assert await store.status(late.id) == "done", "the record that waited in the spool came first"
    assert await store.status(left.id) == "void"
    assert await store.ledger.closed(MONTH) is not None
    assert await months.close(datetime(2027, 1, 3, 13, tzinfo=UTC)) == [], "once"


async def test_a_month_that_ended_while_nothing_ran_is_closed_later(store: Store, tmp_path: Path) -> None:
    before = date(2026, 10, 1)
    for month in (MONTH, before):
        await store.freeze(Plan(service="s", month=month, campaign="c", seed="s", frozen={}), [])
    redraw = Redraw(store, {}, DRAW)
    months = Months(dispatch=dispatch_of(store, tmp_path), targets={}, draw=DRAW, redraw=redraw, terms=Terms())
    assert await months.close(datetime(2027, 2, 10, 12, tzinfo=UTC)) == [before, MONTH]


@pytest.mark.parametrize(
    ("today", "drawn"),
    [
        ({"openings": timetable("24/7", "Europe/Paris", shut=lambda day: day < TOMORROW)}, 1),
        ({"attempts": 0}, 0),
        ({"lines": (Line(number="3939"),)}, 0),
        (None, 0),
    ],
    ids=("quiet today", "no calls any more", "another number", "taken out"),
)
async def test_what_was_frozen_is_not_called_once_the_settings_forbid_it(
    store: Store, postgres_url: str, tmp_path: Path, today: dict[str, Any] | None, drawn: int
) -> None:
    """A crisis or an objection comes after the month was drawn: nobody is called, and the stratum keeps its calls."""
    always = replace(TARGET, openings=timetable("24/7", "Europe/Paris"))
    now = datetime.now(UTC)
    of_today = plan_month(always, TOMORROW.replace(day=1), DRAW).attempts[0]
    planned = replace(of_today, due_at=now)
    others = replace(planned, id="other", campaign="another")
    manual = replace(planned, id="manual", purpose=Purpose.MANUAL)
    await store.add([planned, others, manual])
    targets = {} if today is None else {"s": replace(always, **today)}
    redraw, queue = Redraw(store, targets, DRAW), Queue(postgres_url)
    await queue.open()
    try:
        clock = Clock(dispatch_of(store, tmp_path), queue, redraw=redraw, late_s=120, keep=asyncio.Event().wait)
        await clock.release()
    finally:
        await queue.close()
    assert await store.status(planned.id) == "void"
    assert await store.status(others.id) == "queued", "another campaign's settings are not known here"
    assert await store.status(manual.id) == "planned", "the one who explores dials it, no worker"
    left = {a.id for a in await waiting(store)}
    assert len(left) in {0, drawn}, "none is left where the month ends today"
    assert redraw.stands(others)


async def test_every_hour_the_months_to_come_are_frozen_and_losses_made_up(store: Store, tmp_path: Path) -> None:
    here = replace(TARGET, openings=timetable("24/7", "Europe/Paris"))
    dispatch, redraw = dispatch_of(store, tmp_path), Redraw(store, {"s": here}, DRAW)
    terms = Terms(draw_ahead_days=40)
    months = Months(dispatch=dispatch, targets={"s": here}, draw=DRAW, redraw=redraw, terms=terms)
    await months.keep()
    planned = await store.due(datetime.now(UTC) + timedelta(days=400))
    assert {a.due_at.astimezone(ZoneInfo("Europe/Paris")).month for a in planned} >= {
        (datetime.now(ZoneInfo("Europe/Paris")) + timedelta(days=40)).month
    }
    this = datetime.now(ZoneInfo("Europe/Paris")).date().replace(day=1)
    (plan,) = await store.plans(this)
    assert plan.frozen["working_days"] == 15
    assert plan.frozen["sha256"] == plan_month(here, this, DRAW).digest
    await months.keep()
    assert await store.due(datetime.now(UTC) + timedelta(days=400)) == planned, "once"


def due_now(service: str) -> Attempt:
    limits = Limits(max_wait_s=60, ring_s=12, silence_s=6, menu_s=30)
    number, now = NUMBER[service], datetime.now(UTC)
    return Attempt(service=service, number=number, script=Script.AGENT, due_at=now, limits=limits)


async def test_a_call_in_progress_is_reckoned_by_its_own_patience(store: Store) -> None:
    """An explored call may last an hour: the calls beside it, which end after a minute, do not take it for theirs."""
    explored = replace(due_now("mairie-vaux"), purpose=Purpose.MANUAL, limits=Limits(max_wait_s=3_600))
    await store.add([explored])
    assert await store.claim(explored.id, "w")
    assert await over_budget(store, Budget(minutes=60), explored.due_at) == "the budget of 60 minutes a month"
    assert await over_budget(store, Budget(minutes=61), explored.due_at) == ""
    more = due_now("mairie-vaux")
    assert await over_budget(store, Budget(minutes=61), explored.due_at, more) == "the budget of 61 minutes a month"


@pytest.mark.parametrize(
    ("budget", "said"),
    [
        (Budget(minutes=2.0), "the budget of 2 minutes a month"),
        (
            Budget(euros=0.45, prices={"ordinary": Price(call_eur=0.2, minute_eur=0.1)}),
            "the budget of 0.45 euros a month",
        ),
        (Budget(agent_s=20.0), "the budget of 20 seconds of agents a month"),
    ],
    ids=("minutes", "euros", "agents"),
)
async def test_a_call_that_could_pass_the_budget_rings_nobody(
    store: Store, postgres_url: str, tmp_path: Path, budget: Budget, said: str
) -> None:
    """Calls are one after the other: a call may last 83 s, so the second or a later one could pass each of these."""
    dispatch = dispatch_of(store, tmp_path, budget)
    attempts = [due_now("mairie-vaux") for _ in range(12)]
    await carry_out(attempts, dispatch, postgres_url, concurrency=1, stop=asyncio.Event())
    month = datetime.now(ZoneInfo("Europe/Paris")).date().replace(day=1)
    outcomes = [j.verdict.outcome.value async for j in store.attempts_for_month(None, month, purpose=Purpose.MEASURE)]
    assert outcomes[0] == "human"
    assert "own_cancelled" in outcomes
    stopped = [e.why for a in attempts if (r := await store.record(a.id)) for e in r.events if hasattr(e, "why")]
    assert set(stopped) == {said}
    (used,) = await store.ledger.used(month)
    assert used.calls == outcomes.count("human")
    minutes = used.connected_s / 60
    assert not budget.exceeded(Spent(euros=used.calls * 0.2 + minutes * 0.1, minutes=minutes, agent_s=used.agent_s))
