"""Attempts carried from claim to store over simulated lines and a real PostgreSQL with procrastinate."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from prober.attempt import Attempt, Limits, Policy, Purpose, Script
from prober.events import Ended, Event, Invited, Party
from prober.line import Command, HangUp, Line
from prober.simulator.behaviours import CAST
from prober.simulator.line import SimulatedLine
from scheduler.clock import Clock
from scheduler.conduct import carry_out
from scheduler.dispatch import Dispatch, Door, Facts
from scheduler.planner import Draw
from scheduler.queue import Queue
from scheduler.redraw import Redraw
from storage.migrations import upgrade
from storage.spool import Spool
from storage.store import Store

LIMITS = Limits(max_wait_s=60, ring_s=12, silence_s=6, menu_s=30)
NUMBER = {s.id: s.number for s in CAST}
REFERENCE = next(s.number for s in CAST if s.behaviour == "reference")


class SimulatedPool:
    """Gives simulated lines; `seen` is every attempt dialled with its trunk."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str | None]] = []

    def line(self, trunk: str | None = None) -> Line:
        line = SimulatedLine(CAST, second_trunk=trunk == "b")
        dial = line.dial

        async def noted(attempt: Attempt) -> None:
            self.seen.append((attempt.number, trunk))
            await dial(attempt)

        line.dial = noted  # type: ignore[method-assign]
        return line


def wanted(service: str, **more: object) -> Attempt:
    now = datetime.now(UTC)
    return Attempt(
        service=service,
        number=NUMBER[service],
        script=Script.AGENT,
        due_at=now,
        limits=LIMITS,
        **more,  # type: ignore[arg-type]
    )


@pytest.fixture
async def store(postgres_url: str):
    await asyncio.to_thread(upgrade, postgres_url)
    async with Store(postgres_url) as opened:
        yield opened


def dispatch_of(store: Store, tmp_path: Path, *doors: str, open_now: bool = True) -> Dispatch:
    return Dispatch(
        store=store,
        spool=Spool(tmp_path / "spool"),
        pool=SimulatedPool(),
        doors=tuple(Door(name=d, reference_number=REFERENCE) for d in doors or ("a",)),
        facts={s: Facts(hours=lambda at: (open_now, False)) for s in NUMBER},
        worker="w",
    )


async def verdicts(store: Store, purpose: Purpose = Purpose.MEASURE) -> dict[str, str]:
    month = datetime.now(UTC).date().replace(day=1)
    found = {}
    async for judged in store.attempts_for_month(None, month, purpose=purpose):
        found[judged.attempt.id] = judged.verdict.outcome.value
    return found


async def test_each_attempt_is_called_once_and_saved_with_its_verdict(
    store: Store, postgres_url: str, tmp_path: Path
) -> None:
    dispatch = dispatch_of(store, tmp_path)
    attempts = [wanted(s) for s in ("mairie-vaux", "departement-marais", "urssaf-littoral", "mairie-vaux")]
    await asyncio.wait_for(carry_out(attempts, dispatch, postgres_url, concurrency=4, stop=asyncio.Event()), 60)
    found = await verdicts(store)
    assert [found[a.id] for a in attempts] == ["human", "busy", "dissuaded", "human"]
    assert len(dispatch.pool.seen) == 5  # four and the reference call


async def test_an_unallocated_number_is_confirmed_over_the_second_trunk(
    store: Store, postgres_url: str, tmp_path: Path
) -> None:
    one, two = dispatch_of(store, tmp_path, "a"), dispatch_of(store, tmp_path, "a", "b")
    alone, sure = wanted("passeports-elme"), wanted("passeports-elme")
    await carry_out([alone], one, postgres_url, concurrency=1, stop=asyncio.Event())
    await carry_out([sure], two, postgres_url, concurrency=1, stop=asyncio.Event())
    found = await verdicts(store)
    assert (found[alone.id], found[sure.id]) == ("own_failure", "number_invalid")
    assert len(await verdicts(store, Purpose.CONFIRMATION)) == 1


async def test_a_call_outside_the_hours_is_out_of_schedule(store: Store, postgres_url: str, tmp_path: Path) -> None:
    attempt = wanted("mairie-vaux")
    dispatch = dispatch_of(store, tmp_path, open_now=False)
    await carry_out([attempt], dispatch, postgres_url, concurrency=1, stop=asyncio.Event())
    assert (await verdicts(store))[attempt.id] == "out_of_schedule"


async def test_an_attempt_that_somebody_else_claimed_is_not_dialled(store: Store, tmp_path: Path) -> None:
    attempt = wanted("mairie-vaux")
    await store.add([attempt])
    assert await store.claim(attempt.id, "another")
    dispatch = dispatch_of(store, tmp_path)
    await dispatch.run(attempt)
    assert dispatch.pool.seen == []


async def test_a_paused_service_is_not_called(store: Store, tmp_path: Path) -> None:
    attempt = wanted("mairie-vaux")
    await store.add([attempt])
    dispatch = dispatch_of(store, tmp_path)
    dispatch.paused.add("mairie-vaux")
    await dispatch.run(attempt)
    assert dispatch.pool.seen == []
    assert await store.status(attempt.id) == "planned"


async def test_a_job_deferred_twice_waits_once(postgres_url: str) -> None:
    queue = Queue(postgres_url)
    await queue.open()
    attempt = wanted("mairie-vaux")
    try:
        assert await queue.defer(attempt)
        assert not await queue.defer(attempt)
    finally:
        await queue.close()


async def test_calls_to_one_number_follow_each_other(postgres_url: str) -> None:
    queue, up, most = Queue(postgres_url), 0, 0
    await queue.open()
    done, left = asyncio.Event(), 4

    async def run(attempt: Attempt) -> None:
        nonlocal up, most, left
        up += 1
        most = max(most, up)
        await asyncio.sleep(0.05)
        up -= 1
        left -= 1
        if not left:
            done.set()

    try:
        for _ in range(4):
            await queue.defer(wanted("mairie-vaux"))
        await asyncio.wait_for(queue.work(run, concurrency=4, stop=done), 30)
    finally:
        await queue.close()
    assert most == 1


async def test_what_a_crash_left_dialling_ends_as_our_failure_and_is_not_dialled_again(
    store: Store, tmp_path: Path
) -> None:
    attempt = wanted("mairie-vaux")
    await store.add([attempt])
    assert await store.claim(attempt.id, "crashed")
    lost = await store.orphans(-timedelta(seconds=5).total_seconds())
    assert [a.id for a in lost] == [attempt.id]
    dispatch = dispatch_of(store, tmp_path)
    await dispatch.run(attempt)
    assert dispatch.pool.seen == []
    assert (await verdicts(store))[attempt.id] == "own_failure"


class HeldLine:
    """Rings until it is hung up."""

    def __init__(self, rung: list[str]) -> None:
        self._rung, self._said, self._gone = rung, False, asyncio.Event()

    async def dial(self, attempt: Attempt) -> None:
        self._rung.append(attempt.number)

    async def next_event(self, until_s: float) -> Event | None:
        if not self._said:
            self._said = True
            return Invited(at_s=0.0, invite_at=datetime.now(UTC).isoformat())
        await self._gone.wait()
        return Ended(at_s=1.0, by=Party.CALLER)

    async def do(self, command: Command) -> None:
        if isinstance(command, HangUp):
            self._gone.set()

    async def close(self) -> None:
        pass


class HeldPool:
    """`rung` is every number dialled; `on_line` is called as each line is given."""

    def __init__(self) -> None:
        self.rung: list[str] = []
        self.ringing, self.both, self.lines = asyncio.Event(), asyncio.Event(), 0
        self.on_line: Callable[[], None] = self.ringing.set

    def line(self, trunk: str | None = None) -> Line:
        self.lines += 1
        if self.lines == 2:
            self.both.set()
        self.on_line()
        return HeldLine(self.rung)


def held(store: Store, tmp_path: Path) -> Dispatch:
    dispatch = dispatch_of(store, tmp_path)
    dispatch.doors = (Door(name="a"),)
    dispatch.pool = HeldPool()  # type: ignore[assignment]
    return dispatch


async def test_a_pause_ends_the_call_and_the_job_waiting_behind_it_never_rings(
    store: Store, postgres_url: str, tmp_path: Path
) -> None:
    dispatch = held(store, tmp_path)
    first, second = wanted("mairie-vaux"), replace(wanted("mairie-vaux"), number="3230")
    await store.add([first, second])
    for attempt in (first, second):
        await store.queue(attempt.id)
    obeying = asyncio.create_task(dispatch.obey())
    try:
        up = asyncio.create_task(dispatch.run(first))
        await dispatch.pool.ringing.wait()
        waiting = asyncio.create_task(dispatch.run(second))
        await store.console.give("pause", "Ada")
        await asyncio.wait_for(asyncio.gather(up, waiting), 5)
    finally:
        obeying.cancel()
    assert dispatch.pool.rung == [first.number]
    assert await store.status(second.id) == "planned"
    assert (await verdicts(store))[first.id] == "own_cancelled"


async def test_a_run_follows_a_pause_hangs_up_and_calls_the_rest_after_the_resume(
    store: Store, postgres_url: str, tmp_path: Path
) -> None:
    """Two services, one place each: the paused one is hung up and held back, the other goes on ringing."""
    dispatch = held(store, tmp_path)
    mine, next_, other = wanted("mairie-vaux"), replace(wanted("mairie-vaux"), number="3230"), wanted("urssaf-littoral")
    over: dict[str, asyncio.Event] = {a.id: asyncio.Event() for a in (mine, next_, other)}
    dispatch.watchers.finished = lambda record, verdict: over[record.attempt.id].set()
    stop = asyncio.Event()
    running = asyncio.create_task(carry_out([mine, other, next_], dispatch, postgres_url, concurrency=3, stop=stop))
    try:
        await asyncio.wait_for(dispatch.pool.both.wait(), 10)
        await store.console.give("pause", "Ada", {"service": "mairie-vaux", "reason": "election night"})
        await asyncio.wait_for(over[mine.id].wait(), 5)
        assert [a.service for a, _ in dispatch.live.values()] == ["urssaf-littoral"]
        assert (await verdicts(store))[mine.id] == "own_cancelled"
        dispatch.pool.ringing.clear()
        await store.console.give("resume", "Ada", {"service": "mairie-vaux"})
        await asyncio.wait_for(dispatch.pool.ringing.wait(), 10)
    finally:
        stop.set()
        await asyncio.wait_for(running, 10)


async def test_a_pause_given_before_the_start_still_holds(store: Store, tmp_path: Path) -> None:
    """And one that was lifted since hangs nobody up again."""
    await store.console.give("pause", "Ada", {"service": "mairie-vaux"})
    await store.console.give("pause", "Ada")
    last = await store.console.give("resume", "Ada")
    dispatch = dispatch_of(store, tmp_path)
    assert await dispatch.heed() == last
    assert dispatch.paused == {"mairie-vaux"}


async def test_a_pause_between_the_claim_and_the_call_rings_nobody(store: Store, tmp_path: Path) -> None:
    dispatch = held(store, tmp_path)
    dispatch.pool.on_line = lambda: dispatch.paused.add(None)
    attempt = wanted("mairie-vaux")
    await store.add([attempt])
    await asyncio.wait_for(dispatch.run(attempt), 5)
    assert dispatch.pool.rung == []
    assert (await verdicts(store))[attempt.id] == "own_cancelled"


async def test_an_interrupt_with_a_job_waiting_ends_without_another_call(
    store: Store, postgres_url: str, tmp_path: Path
) -> None:
    dispatch, stop = held(store, tmp_path), asyncio.Event()
    attempts = [wanted("mairie-vaux"), replace(wanted("mairie-vaux"), number="3230")]
    running = asyncio.create_task(carry_out(attempts, dispatch, postgres_url, concurrency=2, stop=stop))
    await dispatch.pool.ringing.wait()
    stop.set()
    await asyncio.wait_for(running, 10)
    assert len(dispatch.pool.rung) == 1


async def never() -> None:
    """Nothing to keep here."""


def redraw_of(store: Store) -> Redraw:
    """Replaces nothing: it knows no service."""
    draw = Draw(campaign="", attempts=1, margin=0.0, spacing_s=0.0, seed="x", limits=LIMITS, policy=Policy.CONFIRM)
    return Redraw(store, {}, draw)


async def test_what_a_pause_held_back_is_called_after_the_resume(
    store: Store, postgres_url: str, tmp_path: Path
) -> None:
    dispatch, queue, attempt = dispatch_of(store, tmp_path), Queue(postgres_url), wanted("mairie-vaux")
    await store.add([attempt])
    await queue.open()
    clock = Clock(dispatch, queue, redraw=redraw_of(store), late_s=600, keep=never)
    try:
        dispatch.paused.add(None)
        await clock.release()
        assert await store.status(attempt.id) == "planned"
        dispatch.paused.clear()
        await clock.release()
        over = asyncio.Event()
        dispatch.watchers.finished = lambda record, verdict: over.set()
        await asyncio.wait_for(queue.work(dispatch.run, concurrency=1, stop=over), 20)
    finally:
        await queue.close()
    assert (await verdicts(store))[attempt.id] == "human"


async def test_a_crash_after_the_job_was_made_makes_no_second_one(
    store: Store, postgres_url: str, tmp_path: Path
) -> None:
    queue, attempt = Queue(postgres_url), wanted("mairie-vaux")
    await store.add([attempt])
    await queue.open()
    clock = Clock(dispatch_of(store, tmp_path), queue, redraw=redraw_of(store), late_s=600, keep=never)
    try:
        await queue.defer(attempt)
        await clock.release()
        assert len(list(await queue.app.job_manager.list_jobs_async())) == 1
    finally:
        await queue.close()
    assert await store.status(attempt.id) == "queued"


async def test_the_attempt_of_a_worker_that_died_before_dialling_is_planned_again(
    store: Store, postgres_url: str, tmp_path: Path
) -> None:
    queue, attempt = Queue(postgres_url), wanted("mairie-vaux")
    await store.add([attempt])
    await queue.open()
    clock = Clock(dispatch_of(store, tmp_path), queue, redraw=redraw_of(store), late_s=600, keep=never)
    try:
        await clock.release()
        gone = await queue.app.job_manager.register_worker()
        assert await queue.app.job_manager.fetch_job(None, worker_id=gone)
        async with await psycopg.AsyncConnection.connect(postgres_url, autocommit=True) as c:
            await c.execute("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 hour'")
        await clock.sweep()
    finally:
        await queue.close()
    assert await store.status(attempt.id) == "planned"


async def test_a_failed_reference_call_takes_the_blame_from_the_network(
    store: Store, postgres_url: str, tmp_path: Path
) -> None:
    """The reference is the store's: a program that placed none of its own judges by it too."""
    broken = dispatch_of(store, tmp_path)
    broken.doors = (Door(name="a", reference_number="0299999999"),)
    await broken.reference_calls()
    attempt = wanted("cartes-grises")
    other = dispatch_of(store, tmp_path)
    await store.add([attempt])
    await other.run(attempt)
    assert (await verdicts(store))[attempt.id] == "own_failure"
    assert (await store.verdicts(attempt.id))[-1].rule_id == "reference.failed"
