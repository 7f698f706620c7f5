"""What a call leaves to learn from: the fingerprints of its voices, for as long as they may turn out to be recordings.

No sound is kept, and nothing of whoever is known to be a person.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from prober.ear.fingerprint import HOP_S, Prints
from prober.ear.speaker import Voiceprint
from prober.ear.speakers import Said
from prober.ear.timeline import Stretch
from prober.events import VOICES, Sound

BEFORE_S, AFTER_S = 0.05, 0.16
"""Kept around a voice; a sub-print still hears what ended 0.25 s before it."""
MOST = int(600 / HOP_S)
"""Sub-prints kept of a call: ten minutes of voices."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """Whose voice sounds from one sub-print of a piece to another."""

    first: int
    last: int
    voice: Voiceprint


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One voice of a call, from pause to pause."""

    start_s: float
    prints: Prints
    prompt: str | None = None
    """The recording it was recognised as, if it was."""
    voices: tuple[Spoken, ...] = ()
    """Kept only where the piece turns out to be a recording."""


class Pieces:
    """Collects the voices of one call."""

    def __init__(self) -> None:
        self._blind_s = float("-inf")
        self._kept: list[tuple[Stretch, float, Prints, tuple[Spoken, ...]]] = []
        """Each voice, when its first sub-print ended, its sub-prints and who spoke."""
        self._total = 0

    def go_blind(self, end_s: float) -> None:
        """Of what sounded until now there are no sub-prints."""
        self._blind_s = end_s

    def ended(self, stretch: Stretch, said: Sequence[Said], recent: Prints, now_s: float) -> None:
        """Something ended: if it was a voice, keep its sub-prints, with who `said` them, until the call is over.

        `recent`: the last sub-prints, the last one for the window that ends at `now_s`.
        """
        if stretch.end_s is None or stretch.sound not in VOICES or stretch.start_s - BEFORE_S <= self._blind_s:
            return
        last = len(recent) - max(0, round((now_s - stretch.end_s - AFTER_S) / HOP_S))
        first = max(0, len(recent) - round((now_s - stretch.start_s + BEFORE_S) / HOP_S))
        prints = recent[first:last].copy()
        if len(prints) and self._total + len(prints) <= MOST:
            self._total += len(prints)
            from_s = now_s - (len(recent) - first - 1) * HOP_S
            spoken = (
                Spoken(first=round((s.start_s - from_s) / HOP_S), last=round((s.end_s - from_s) / HOP_S), voice=s.voice)
                for s in said
            )
            self._kept.append(
                (stretch, from_s, prints, tuple(s for s in spoken if s.first >= 0 and s.last <= len(prints)))
            )

    def left(self, stretches: Iterable[Stretch] = ()) -> tuple[Piece, ...]:
        """The voices that may be recordings, now that the call is over: all before the first person's first word.

        `stretches`: as they are now, for a person may have been told from the voice before them since it was kept.
        """
        known = (*stretches, *(stretch for stretch, *_ in self._kept))
        person_s = min((s.start_s for s in known if s.sound is Sound.HUMAN), default=float("inf"))
        left: list[Piece] = []
        for stretch, from_s, prints, voices in self._kept:
            length = int(min(len(prints), (person_s - from_s) / HOP_S))
            if stretch.start_s < person_s and length > 0:
                before = tuple(v for v in voices if v.last <= length)
                piece = Piece(start_s=stretch.start_s, prints=prints[:length], prompt=stretch.prompt, voices=before)
                left.append(piece)
        return tuple(left)
