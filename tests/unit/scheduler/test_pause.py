"""The kill switch: what is paused is hung up, held back and called after the resume; on a real PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from calling import dispatch_of, never, redraw_of, verdicts, wanted

from prober.attempt import Attempt
from prober.events import Ended, Event, Invited, Party
from prober.line import Command, HangUp, Line
from scheduler.clock import Clock
from scheduler.conduct import carry_out
from scheduler.dispatch import Dispatch, Door
from scheduler.queue import Queue
from storage.store import Store


async def test_a_paused_service_is_not_called(store: Store, tmp_path: Path) -> None:
    attempt = wanted("mairie-vaux")
    await store.add([attempt])
    dispatch = dispatch_of(store, tmp_path)
    dispatch.paused.add("mairie-vaux")
    await dispatch.run(attempt)
    assert dispatch.pool.seen == []
    assert await store.status(attempt.id) == "planned"


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
