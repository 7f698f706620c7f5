"""SipLine: the Line over real SIP and RTP. It tries a trunk's targets in order and gives the events of one call."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from prober.attempt import Attempt
from prober.ear import Excerpt, Piece, PromptLibrary
from prober.events import Ended, Event, Invited, Origin, OwnFailure, Response
from prober.failures import MeasurementImpossible, NumberForbidden
from prober.line import Command, HangUp
from prober.number import dialled, forbidden
from prober.sip.bridge import Do, Place, Setup
from prober.sip.child import Child
from prober.sip.trunk import Target, Trunk, addresses_of, split_uri, targets

FAILOVER_CODES = frozenset({408, 503})


class Places(Protocol):
    """Who finds a call its place in an engine: `prober.sip.pool.Pool`."""

    setup: Setup

    async def place(self, order: Place, listener: Callable[[Event], None]) -> Child:
        """Order the call as soon as it may start; its events go to `listener`. Raises NoSeat."""

    async def released(self, trunk: str, child: Child, key: str) -> None:
        """The line of a call is closed."""


class SipLine:
    """One call over one trunk. Its clock starts with the first INVITE."""

    def __init__(self, pool: Places, trunk: Trunk) -> None:
        self._pool, self.trunk = pool, trunk
        self._events: asyncio.Queue[Event] = asyncio.Queue()
        self._child: Child | None = None
        self._key = ""
        self._began_s = time.monotonic()
        self._shift_s = 0.0
        """Where the call's clock stood when the try before this one ended."""
        self._targets: list[Target] = []
        self._answered = self._over = self._placed = self._redirected = False
        self._tries = 0
        self._library: PromptLibrary | None = None
        self.pieces: tuple[Piece, ...] = ()
        self.excerpts: tuple[Excerpt, ...] = ()
        self._last_s = 0.0

    def know(self, library: PromptLibrary) -> None:
        """Recordings to recognise in the call that will be dialled."""
        self._library = library

    async def dial(self, attempt: Attempt) -> None:
        """Place the call; what goes wrong on our side comes as OwnFailure."""
        self._began_s = time.monotonic()
        try:
            reason = self._refused(attempt.number)
            if reason:
                raise NumberForbidden(reason)
            direct = split_uri(attempt.number)
            if direct:
                self._user, self._targets = direct[0], list(await asyncio.to_thread(addresses_of, direct[1]))
            else:
                self._user = dialled(attempt.number, self.trunk.dial_form)
                found = await asyncio.to_thread(targets, self.trunk)
                self._targets = list(found[:1] if self.trunk.register else found)  # it calls where it registered
            self._attempt = attempt
            await self._try_next(attempt.id)
        except MeasurementImpossible as error:
            self._events.put_nowait(_impossible(error))

    async def next_event(self, until_s: float) -> Event | None:
        """The next event, or None at `until_s`; every event is shifted to the clock of the first INVITE."""
        while True:
            if self._over and self._events.empty():
                await asyncio.sleep(max(0.0, until_s - self._clock_s()))
                return None
            try:
                async with asyncio.timeout(max(0.0, until_s - self._clock_s())):
                    event = await self._events.get()
            except TimeoutError:
                return None
            if isinstance(event, Invited):
                self._began_s = time.monotonic() - self._shift_s
                if self._placed:
                    continue
                self._placed = True
            if self._redirects(event) or self._fails_over(event):
                self._shift_s = self._clock_s()
                self._tries += 1
                try:
                    await self._try_next(f"{self._attempt.id}.{self._tries}")
                except MeasurementImpossible as error:
                    return self._seen(_impossible(error))
                continue
            return self._seen(event)

    async def do(self, command: Command) -> None:
        """Carry out a command; nothing once the call is over."""
        if self._child is not None and not self._over:
            self._child.do(Do(key=self._key, command=command))

    async def close(self) -> None:
        """Hang up what is still up and give the place back."""
        if self._child is not None:
            if not self._over:
                self._child.do(Do(key=self._key, command=HangUp()))
            child, self._child = self._child, None
            left = child.take_left(self._key)
            self.pieces, self.excerpts = left.pieces, left.excerpts
            await self._pool.released(self.trunk.name, child, self._key)
        self._over = True

    async def _try_next(self, key: str) -> None:
        target = self._target = self._targets.pop(0)
        if self._child is not None:
            child, self._child = self._child, None
            child.take_left(self._key)
            await self._pool.released(self.trunk.name, child, self._key)
        self._key = key
        order = Place(
            key=key,
            number=self._attempt.number,
            user=self._user,
            trunk=self.trunk.name,
            target=target,
            caller_id=self._attempt.caller_id,
            library=self._library,
        )
        self._child = await self._pool.place(order, self._events.put_nowait)
        self._began_s = time.monotonic() - self._shift_s  # the wait for a place is not the call's

    def _refused(self, number: str) -> str | None:
        setup = self._pool.setup
        return forbidden(number, allow=setup.allow, never_dial=setup.never_dial)

    def _redirects(self, event: Event) -> bool:
        """One 3xx is followed: its number, on this trunk's own address, if the guard lets it pass."""
        if not isinstance(event, Response) or not 300 <= event.code < 400 or self._redirected or not event.contact:
            return False
        if self._refused(event.contact):
            return False
        self._redirected = True
        self._user = event.contact
        self._targets.insert(0, self._target)
        return True

    def _fails_over(self, event: Event) -> bool:
        if not isinstance(event, Response) or self._answered or not self._targets:
            return False
        return event.code in FAILOVER_CODES and (event.origin is not Origin.REMOTE or event.code == 503)

    def _seen(self, event: Event) -> Event:
        if self._shift_s:
            event = replace(event, at_s=event.at_s + self._shift_s)
        if isinstance(event, OwnFailure) and event.at_s < self._last_s:
            event = replace(event, at_s=self._clock_s())
        self._last_s = max(self._last_s, event.at_s)
        if isinstance(event, Response) and 200 <= event.code < 300:
            self._answered = True
        if isinstance(event, Ended | OwnFailure) or (isinstance(event, Response) and event.code >= 300):
            self._over = True
        return event

    def _clock_s(self) -> float:
        return time.monotonic() - self._began_s


def _impossible(error: MeasurementImpossible) -> OwnFailure:
    word = "number_forbidden" if isinstance(error, NumberForbidden) else "no_place"
    return OwnFailure(at_s=0.0, what=word, detail=str(error))
