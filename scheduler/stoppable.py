"""A line that an operator can stop in mid-call."""

from __future__ import annotations

import asyncio

from prober.attempt import Attempt
from prober.call import Call
from prober.events import Event, Stopped
from prober.line import Command, Line


class StoppableLine:
    """A line that an operator can stop: in mid-call a Stopped event comes next; before the call, nothing is dialled."""

    def __init__(self, line: Line) -> None:
        self._line, self._why, self._stop, self._told = line, "", asyncio.Event(), False
        self._began_s, self._dialled = 0.0, False
        self._call: Call | None = None

    def follow(self, call: Call) -> None:
        """The machine that lives this call."""
        self._call = call

    @property
    def phase(self) -> str:
        """What the caller is living; `waiting` before the machine starts."""
        return self._call.phase.value if self._call else "waiting"

    def stop(self, why: str) -> None:
        """End this call now."""
        self._why = why
        self._stop.set()

    async def dial(self, attempt: Attempt) -> None:
        """Place the call."""
        self._began_s = asyncio.get_running_loop().time()
        if not self._stop.is_set():
            self._dialled = True
            await self._line.dial(attempt)

    async def next_event(self, until_s: float) -> Event | None:
        """The line's next event, or Stopped once."""
        if not self._dialled:
            told, self._told = self._told, True
            return None if told else Stopped(at_s=0.0, why=self._why)
        if self._told:
            return await self._line.next_event(until_s)
        event = asyncio.ensure_future(self._line.next_event(until_s))
        stop = asyncio.ensure_future(self._stop.wait())
        try:
            await asyncio.wait({event, stop}, return_when=asyncio.FIRST_COMPLETED)
            if event.done():
                return event.result()
            self._told = True
            return Stopped(at_s=asyncio.get_running_loop().time() - self._began_s, why=self._why)
        finally:
            stop.cancel()
            if not event.done():
                event.cancel()
                await asyncio.gather(event, return_exceptions=True)

    async def do(self, command: Command) -> None:
        """Carry out a command."""
        if self._dialled:
            await self._line.do(command)

    async def close(self) -> None:
        """Give the line back."""
        await self._line.close()
