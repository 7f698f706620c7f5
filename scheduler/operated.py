"""A line with a person at its side: what is typed becomes events of the call, what happens is told as it comes."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import termios
import tty
from collections.abc import Callable, Iterator
from math import inf

from prober.attempt import Attempt
from prober.ear import Excerpt, Piece, PromptLibrary
from prober.events import Ended, Event, Heard, Invited, OwnFailure, Response, Sent, Stopped, Typed
from prober.explored import Telling
from prober.line import Command, HangUp, LearningLine, Line
from prober.show import event_line
from prober.sounds import WORD

KEYS = frozenset("0123456789*#ABCD")
HELP = "0-9 * # press a key · c say “conseiller” · a it is a person: thank and hang up · h hang up"
TOLD = "hung up by the operator"


class OperatedLine:
    """Takes characters from `type`; the rest is the line's. Keys typed while something is played wait for its end."""

    def __init__(self, line: Line, tell: Callable[[str], None]) -> None:
        self._line, self._tell = line, tell
        self._telling = Telling()
        self._typed = ""
        self._woken = asyncio.Event()
        self._next: asyncio.Task[Event | None] | None = None
        self._began_s = 0.0
        self._answered = self._playing = False

    @property
    def pieces(self) -> tuple[Piece, ...]:
        """What the call left to be learnt."""
        return self._line.pieces if isinstance(self._line, LearningLine) else ()

    @property
    def excerpts(self) -> tuple[Excerpt, ...]:
        """The recordings in it that are still to be read."""
        return self._line.excerpts if isinstance(self._line, LearningLine) else ()

    def know(self, library: PromptLibrary) -> None:
        """Recordings to recognise."""
        if isinstance(self._line, LearningLine):
            self._line.know(library)

    def type(self, characters: str) -> None:
        """Somebody typed; what is no order is told the orders there are."""
        for c in characters:
            if (c.upper() in KEYS and not c.islower()) or c in "cah":
                self._typed += c
            elif not c.isspace():
                self._tell(HELP)
        self._woken.set()

    async def dial(self, attempt: Attempt) -> None:
        """Place the call."""
        self._began_s = asyncio.get_running_loop().time()
        await self._line.dial(attempt)

    async def next_event(self, until_s: float) -> Event | None:
        """The line's next event, or what was typed."""
        while True:
            if (typed := self._order()) is not None:
                return self._seen(typed)
            if self._next is None:
                self._next = asyncio.ensure_future(self._line.next_event(inf))
            self._woken.clear()
            woken = asyncio.ensure_future(self._woken.wait())
            left_s = until_s - self._now_s()
            try:
                await asyncio.wait({self._next, woken}, timeout=max(0.0, left_s), return_when=asyncio.FIRST_COMPLETED)
            finally:
                woken.cancel()
            if self._next.done():
                event, self._next = self._next.result(), None
                if event is not None:
                    return self._seen(event)
            elif self._now_s() >= until_s:
                return None

    async def do(self, command: Command) -> None:
        """Carry out a command."""
        self._playing = self._playing or not isinstance(command, HangUp)
        await self._line.do(command)

    async def close(self) -> None:
        """Give the line back."""
        if self._next is not None:
            self._next.cancel()
            await asyncio.gather(self._next, return_exceptions=True)
        await self._line.close()

    def _order(self) -> Event | None:
        """The first thing typed that can be done now; keys typed together are pressed together."""
        at_s = self._now_s()
        if "h" in self._typed:
            self._typed = ""
            return Stopped(at_s=at_s, why=TOLD)
        if not self._typed or not self._answered or self._playing:
            return None
        first, self._typed = self._typed[0], self._typed[1:]
        if first == "a":
            return Typed(at_s=at_s, human=True)
        if first == "c":
            return Typed(at_s=at_s, word=WORD)
        while self._typed and self._typed[0] in KEYS:
            first, self._typed = first + self._typed[0], self._typed[1:]
        return Typed(at_s=at_s, keys=first)

    def _seen(self, event: Event) -> Event:
        match event:
            case Invited():
                self._began_s = asyncio.get_running_loop().time()
            case Response() if 200 <= event.code < 300:
                self._answered = True
            case Sent():
                self._playing = False
        line = self._line_of(event)
        if line:
            self._tell(f"{event.at_s:7.1f} s  {line}")
        return event

    def _line_of(self, event: Event) -> str | None:
        match event:
            case Heard():
                return self._telling.line_of(event)
            case Sent(what="sentence"):
                return "our sentence is said: who calls, and thanks"
            case Typed(human=True):
                return "you say it is a person: our sentence, then we hang up"
            case Stopped():
                return event.why
            case Response() | Sent() | Ended() | OwnFailure():
                return event_line(event)
        return None

    def _now_s(self) -> float:
        return asyncio.get_running_loop().time() - self._began_s


@contextlib.contextmanager
def typed_at_the_terminal(take: Callable[[str], None]) -> Iterator[bool]:
    """Give each character typed, without Return; from a pipe too. False: nobody can type (a file, nothing)."""
    loop = asyncio.get_running_loop()
    try:
        source = sys.stdin.fileno()
        loop.add_reader(source, lambda: _read(source, take, loop))
    except (OSError, ValueError, AttributeError):
        yield False
        return
    before = termios.tcgetattr(source) if os.isatty(source) else None
    try:
        if before is not None:
            tty.setcbreak(source)
        yield True
    finally:
        loop.remove_reader(source)
        if before is not None:
            termios.tcsetattr(source, termios.TCSADRAIN, before)


def _read(source: int, take: Callable[[str], None], loop: asyncio.AbstractEventLoop) -> None:
    data = os.read(source, 64)
    if data:
        take(data.decode(errors="replace"))
    else:
        loop.remove_reader(source)
