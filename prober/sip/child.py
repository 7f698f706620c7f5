"""One engine process as asyncio sees it: orders in, messages out, and what to do when it dies."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import sys
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from prober.events import Event, OwnFailure
from prober.failures import EngineUnusable
from prober.sip.bridge import (
    Do,
    Freed,
    Happened,
    Health,
    Left,
    Pending,
    Place,
    Quit,
    Ready,
    Registration,
    Setup,
    Unpacker,
    pack,
)
from prober.sip.orphan import say_goodbye

log = logging.getLogger(__name__)
READY_S = 20.0
GOODBYE_S = 4.0
ENGINE = ("-m", "prober.sip.engine")


class Child:
    """An engine. `seats_free` counts what the library really has free."""

    def __init__(self, setup: Setup, *, on_registration: Callable[[Registration], None]) -> None:
        self.setup = setup
        self.on_registration = on_registration
        self.ready: Ready | None = None
        self.dead = asyncio.Event()
        self.retiring = False
        self.calls_placed = 0
        self.born_s = self.last_start_s = time.monotonic()
        self.lag_ms = 0.0
        self._busy: set[str] = set()
        self._in_use = 0
        """Places the library has in use: a call that was hung up keeps its place until its transactions end."""
        self._listeners: dict[str, Callable[[Event], None]] = {}
        self._pending: dict[str, Pending] = {}
        self._left: dict[str, Left] = {}
        """Of each call whose line has not asked yet: nothing else is kept, for it may hold sound."""
        self._stderr: deque[str] = deque(maxlen=60)
        self._freed: Callable[[], None] = lambda: None
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self, on_freed: Callable[[], None]) -> None:
        """Start the process and wait until it can place calls. Raises EngineUnusable with its last words."""
        self._freed = on_freed
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, *ENGINE,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
            env=os.environ | {"OPENBLAS_NUM_THREADS": "1"},  # a voiceprint on two threads takes twice the work
        )  # fmt: skip
        self._write(self.setup)
        began = asyncio.Event()
        self._tasks = [
            asyncio.create_task(self._read(began)),
            asyncio.create_task(self._read_stderr()),
        ]
        try:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(began.wait(), READY_S)
        except asyncio.CancelledError:
            await self.stop()
            raise
        if self.ready is None:
            await self.stop()
            raise EngineUnusable(f"an engine did not start: {' | '.join(self._stderr) or 'no word from it'}")

    @property
    def seats(self) -> int:
        """Places of this engine."""
        return self.ready.seats if self.ready else 0

    @property
    def seats_free(self) -> int:
        """Places free now; none once it is dead or being retired."""
        return 0 if self.dead.is_set() or self.retiring else max(0, self.seats - max(len(self._busy), self._in_use))

    @property
    def empty(self) -> bool:
        """True when it carries no call."""
        return not self._busy

    def carries(self, key: str) -> bool:
        """True while the place of a call is taken."""
        return key in self._busy

    @property
    def pid(self) -> int:
        """Process id."""
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """How it ended: 0 in good order, below 0 by a signal; None while it lives."""
        return self._process.returncode

    def reserve(self, key: str) -> None:
        """Keep a place for a call that will be ordered."""
        self._busy.add(key)

    def give_up(self, key: str) -> None:
        """The call will not be ordered after all."""
        self._busy.discard(key)

    def place(self, order: Place, listener: Callable[[Event], None]) -> None:
        """Order a call whose place is reserved; its events go to `listener`."""
        self._listeners[order.key] = listener
        self._left[order.key] = Left(key=order.key, pieces=())
        self.calls_placed += 1
        self._write(order)

    def take_left(self, key: str) -> Left:
        """What a call that is over left to learn from; given once, and what comes later is let go."""
        return self._left.pop(key, Left(key=key, pieces=()))

    def do(self, order: Do) -> None:
        """Order something in a call."""
        self._write(order)

    async def stop(self) -> None:
        """Ask it to leave; kill it if it does not."""
        self.retiring = True
        if self._process.returncode is None:
            self._write(Quit())
            with contextlib.suppress(OSError, RuntimeError):
                self._process.stdin.close()  # type: ignore[union-attr]
            try:
                await asyncio.wait_for(self._process.wait(), GOODBYE_S)
            except TimeoutError:
                self._process.kill()
                await self._process.wait()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _write(self, message: object) -> None:
        assert self._process.stdin is not None
        with contextlib.suppress(OSError, RuntimeError):
            self._process.stdin.write(pack(message))

    async def _read(self, began: asyncio.Event) -> None:
        assert self._process.stdout is not None
        unpacker = Unpacker()
        while data := await self._process.stdout.read(65536):
            for message in unpacker.feed(data):
                if isinstance(message, Ready):
                    self.ready = message
                    began.set()
                self._on(message)
        await self._process.wait()
        began.set()
        self._died()

    def _on(self, message: Any) -> None:
        match message:
            case Happened(key=key, event=event):
                if key in self._listeners:
                    self._listeners[key](event)
            case Pending(key=key):
                self._pending[key] = message
            case Left(key=key) if key in self._left:
                self._left[key] = message
            case Freed(key=key, in_use=in_use):
                self._in_use = in_use
                self._forget(key)
                self._freed()
            case Registration():
                self.on_registration(message)
            case Health(lag_ms=lag_ms, in_use=in_use):
                self.lag_ms, self._in_use = lag_ms, in_use
                self._freed()

    def _forget(self, key: str) -> None:
        self._busy.discard(key)
        self._listeners.pop(key, None)
        self._pending.pop(key, None)

    def _died(self) -> None:
        """Its calls end as our failure, and the far ends are told (pjsua2.md §5.2)."""
        self.dead.set()
        if self._listeners:
            words = " | ".join(w.strip() for w in self._stderr if w.strip())[:900]
            log.error("engine %d died with %d calls: %s", self._process.pid, len(self._listeners), words)
        for key, listener in list(self._listeners.items()):
            listener(OwnFailure(at_s=0.0, what="engine_died", detail=f"exit {self._process.returncode}"))
            begun = self._pending.get(key)
            if begun and self.ready:
                say_goodbye(
                    begun.message, begun.target, uri=begun.uri, bind=self.setup.bind, port=self.ready.port,
                    route=begun.route,
                )  # fmt: skip
            self._forget(key)
        self._freed()

    async def _read_stderr(self) -> None:
        assert self._process.stderr is not None
        async for line in self._process.stderr:
            self._stderr.append(line.decode(errors="replace").rstrip())
