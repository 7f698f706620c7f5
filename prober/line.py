"""The only seam to the outside: a Line places one call, gives its events and carries out commands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from prober.attempt import Attempt
from prober.ear import Excerpt, Piece, PromptLibrary
from prober.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class SendDigits:
    """Press keys: 0-9 * # A-D, `w` waits half a second."""

    digits: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SayWord:
    """Say a word of refusal ("conseiller"), from the shipped recordings."""

    word: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SaySentence:
    """Say the sentence that tells an agent this is a measurement (at most 5 s)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HangUp:
    """CANCEL before the answer, BYE after."""

    cause: int = 16
    text: str = ""


Command = SendDigits | SayWord | SaySentence | HangUp


class Line(Protocol):
    """One call's wire. Real (`SipLine`) or simulated (`SimulatedLine`); both pass the same conformance suite."""

    async def dial(self, attempt: Attempt) -> None:
        """Place the call. Never raises for what the network does: that comes as events."""

    async def next_event(self, until_s: float) -> Event | None:
        """The next event, or None once the call's clock reached `until_s`."""

    async def do(self, command: Command) -> None:
        """Carry out a command; does nothing once the call is over."""

    async def close(self) -> None:
        """Give the line back. Hangs up first if the call is still up."""


@runtime_checkable
class LearningLine(Protocol):
    """A line whose ear takes the recordings known of a number and leaves what may be learnt."""

    @property
    def pieces(self) -> tuple[Piece, ...]:
        """What the call left, once it is closed."""

    @property
    def excerpts(self) -> tuple[Excerpt, ...]:
        """Recordings heard in it whose words were wanted."""

    def know(self, library: PromptLibrary) -> None:
        """Recordings to recognise in the call that will be dialled."""
