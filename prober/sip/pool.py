"""The pool of engines: places, starts 100 ms apart, restarts, and a fair queue of those who wait for a place."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from types import TracebackType

from prober.events import Event
from prober.failures import EngineUnusable, NoSeat, TrunkUnusable
from prober.sip.bridge import Place, Registration, Setup
from prober.sip.child import Child
from prober.sip.line import SipLine
from prober.sip.trunk import DIRECT, Trunk, targets

log = logging.getLogger(__name__)


class Pool:
    """As many engines as the wished concurrency needs, started ahead."""

    def __init__(
        self,
        setup: Setup,
        *,
        concurrency: int,
        spare: int = 0,
        start_gap_s: float = 0.1,
        recycle_calls: int = 2000,
        recycle_s: float = 86_400.0,
        slot_release_s: float = 20.0,
        seat_wait_s: float = 60.0,
        ports: Sequence[int] = (),
    ) -> None:
        direct = Trunk(name=DIRECT, host="127.0.0.1", caller_id="decroche", max_calls=concurrency, calls_per_second=1e3)
        self.setup = replace(setup, trunks=(*setup.trunks, direct))
        self.trunks = {t.name: t for t in self.setup.trunks}
        self.concurrency, self.spare = concurrency, spare
        self.start_gap_s, self.seat_wait_s = start_gap_s, seat_wait_s
        self.recycle_calls, self.recycle_s, self.slot_release_s = recycle_calls, recycle_s, slot_release_s
        self.engines_restarted = 0
        self.registrations: dict[str, Registration] = {}
        self._children: list[Child] = []
        self._ports = itertools.cycle(ports) if ports else itertools.repeat(0)
        self._freed = asyncio.Condition()
        self._turns: dict[str, asyncio.Lock] = {}
        self._last_start_s: dict[str, float] = {}
        self._on_trunk: dict[str, int] = {}
        self._closing = False
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Start the first engine, learn its places, then the others it takes."""
        registering = [t for t in self.setup.trunks if t.register]
        found = [(t.name, await asyncio.to_thread(targets, t)) for t in registering]
        self.setup = replace(self.setup, registrars=tuple(found))
        first = await self._engine()
        others = -(-self.concurrency // first.seats) - 1 + self.spare
        await asyncio.gather(*(self._engine() for _ in range(others)))

    async def close(self) -> None:
        """Hang up everything; when this returns no engine is left."""
        self._closing = True
        await asyncio.gather(*(child.stop() for child in self._children))
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def __aenter__(self) -> Pool:
        try:
            await self.start()
        except BaseException:
            await self.close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    # --- what others read ----------------------------------------------------------------------------------------

    @property
    def seats_total(self) -> int:
        """Calls at the same time: the wish, or what the engines have if that is less."""
        return min(self.concurrency, sum(c.seats for c in self._children if not c.dead.is_set()))

    @property
    def seats_free(self) -> int:
        """Places free now."""
        return min(self.concurrency, sum(c.seats_free for c in self._children))

    @property
    def versions(self) -> dict[str, str]:
        """Version of the ear, for the record."""
        ready = next((c.ready for c in self._children if c.ready), None)
        return {"ear": ready.ear_version} if ready else {}

    @property
    def pids(self) -> list[int]:
        """Process ids of the engines alive."""
        return [c.pid for c in self._children if not c.dead.is_set()]

    @property
    def lag_ms(self) -> float:
        """Oldest unheard sound over all engines."""
        return max((c.lag_ms for c in self._children if not c.dead.is_set()), default=0.0)

    def registered(self, trunk: str) -> bool | None:
        """Registration state; None for a trunk that does not register."""
        if not self.trunks[trunk].register:
            return None
        state = self.registrations.get(trunk)
        return bool(state and state.active)

    def line(self, trunk: str | None = None) -> SipLine:
        """A line over this trunk; None: the first one. Raises TrunkUnusable for an unknown name."""
        name = trunk or next(iter(self.trunks))
        if name not in self.trunks:
            raise TrunkUnusable(f"no trunk is called {name} (expected one of {', '.join(self.trunks)})")
        return SipLine(self, self.trunks[name])

    # --- for SipLine ---------------------------------------------------------------------------------------------

    async def place(self, order: Place, listener: Callable[[Event], None]) -> Child:
        """Find a place, keep the distances, order the call. Raises NoSeat."""
        try:
            async with asyncio.timeout(self.seat_wait_s):
                child = await self._reserved(order)
        except TimeoutError:
            raise NoSeat(f"no engine had a free place within {self.seat_wait_s:g} s") from None
        self._on_trunk[order.trunk] = self._on_trunk.get(order.trunk, 0) + 1
        child.place(order, listener)
        if child.calls_placed >= self.recycle_calls or time.monotonic() - child.born_s > self.recycle_s:
            child.retiring = True
            self._spawn(self._replace_when_empty(child))
        return child

    async def _reserved(self, order: Place) -> Child:
        """A place in an engine that still lives when the call may start; first come, first served on each trunk."""
        async with self._turns.setdefault(order.trunk, asyncio.Lock()):
            while True:
                child = await self._seat(order)
                try:
                    await self._distance(child, self.trunks[order.trunk])
                except asyncio.CancelledError:
                    child.give_up(order.key)
                    await self._notify()
                    raise
                if not child.dead.is_set():
                    return child

    async def released(self, trunk: str, child: Child, key: str) -> None:
        """A line is closed: its trunk carries one call less, and its place must be free soon."""
        self._on_trunk[trunk] -= 1
        await self._notify()
        if child.carries(key):
            self._spawn(self._expect_free(child, key))

    # --- inside --------------------------------------------------------------------------------------------------

    async def _seat(self, order: Place) -> Child:
        async with self._freed:
            while True:
                free = [c for c in self._children if c.seats_free]
                if free and self._on_trunk.get(order.trunk, 0) < self.trunks[order.trunk].max_calls:
                    child = min(free, key=lambda c: c.last_start_s)
                    child.reserve(order.key)
                    return child
                await self._freed.wait()

    async def _distance(self, child: Child, trunk: Trunk) -> None:
        """Wait for the next start that both the engine and the trunk allow; the start is booked at once."""
        start_s = max(
            time.monotonic(),
            child.last_start_s + self.start_gap_s,
            self._last_start_s.get(trunk.name, 0.0) + 1 / trunk.calls_per_second,
        )
        child.last_start_s = self._last_start_s[trunk.name] = start_s
        await asyncio.sleep(max(0.0, start_s - time.monotonic()))

    async def _engine(self) -> Child:
        child = Child(replace(self.setup, port=next(self._ports)), on_registration=self._registered)
        await child.start(lambda: self._spawn(self._notify()))
        if self._closing:
            await child.stop()
            raise EngineUnusable("the pool is closing")
        self._children.append(child)
        self._spawn(self._watch(child))
        return child

    async def _watch(self, child: Child) -> None:
        """Replace an engine that dies."""
        await child.dead.wait()
        self._children.remove(child)
        if self._closing or child.retiring:
            return
        self.engines_restarted += 1
        await child.stop()
        pause_s = 0.2
        while not self._closing:
            try:
                await self._engine()
                await self._notify()
                return
            except EngineUnusable as error:
                log.error("%s; next try in %.1f s", error, pause_s)
                await asyncio.sleep(pause_s)
                pause_s = min(2 * pause_s, 30.0)

    async def _expect_free(self, child: Child, key: str) -> None:
        """Replace an engine that does not give a place back: it hangs, or lost count of its calls."""
        await asyncio.sleep(self.slot_release_s)
        if child.dead.is_set() or not child.carries(key):
            return
        child.give_up(key)
        await self._notify()
        if child.retiring:
            return
        log.error(
            "engine %d has not freed a place %g s after the hang-up: it is replaced", child.pid, self.slot_release_s
        )
        child.retiring = True
        await self._replace_when_empty(child)

    async def _replace_when_empty(self, child: Child) -> None:
        try:
            await self._engine()
        except EngineUnusable as error:
            log.error("%s; the worn engine goes all the same", error)
        async with self._freed:
            await self._freed.wait_for(lambda: child.empty or child.dead.is_set())
        await child.stop()

    def _registered(self, state: Registration) -> None:
        self.registrations[state.trunk] = state

    async def _notify(self) -> None:
        async with self._freed:
            self._freed.notify_all()

    def _spawn(self, work: object) -> None:
        with contextlib.suppress(RuntimeError):
            task = asyncio.ensure_future(work)  # type: ignore[call-overload]
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
