"""What a call leaves to learn from: the fingerprints of its voices, for as long as they may turn out to be recordings.

No sound is kept, and nothing of whoever is known to be a person.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from prober.ear.fingerprint import HOP_S, Prints
from prober.ear.timeline import Stretch
from prober.events import VOICES, Sound

RECENT = int(120 / HOP_S)
"""Sub-prints at hand when a voice ends: a longer one is kept from its last two minutes."""
BEFORE_S, AFTER_S = 0.05, 0.16
"""Kept around a voice; a sub-print still hears what ended 0.25 s before it."""
MOST = int(600 / HOP_S)
"""Sub-prints kept of a call: ten minutes of voices."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One voice of a call, from pause to pause."""

    start_s: float
    prints: Prints
    prompt: str | None = None
    """The recording it was recognised as, if it was."""


class Pieces:
    """Collects the voices of one call."""

    def __init__(self) -> None:
        self._recent: Prints = np.empty(0, dtype=np.uint32)
        self._end_s = 0.0
        self._kept: list[tuple[Stretch, Prints]] = []
        self._total = 0

    def hear(self, prints: Prints, end_s: float) -> None:
        """The sub-prints of one hop, the last one for the window that ends at `end_s`."""
        self._recent = np.concatenate((self._recent, prints))[-RECENT:] if len(self._recent) else prints
        self._end_s = end_s

    def ended(self, stretch: Stretch | None) -> None:
        """Something ended: if it was a voice, keep its sub-prints until the call is over."""
        if stretch is None or stretch.end_s is None or stretch.sound not in VOICES:
            return
        last = len(self._recent) - max(0, round((self._end_s - stretch.end_s - AFTER_S) / HOP_S))
        first = max(0, len(self._recent) - round((self._end_s - stretch.start_s + BEFORE_S) / HOP_S))
        prints = self._recent[first:last].copy()
        if len(prints) and self._total + len(prints) <= MOST:
            self._total += len(prints)
            self._kept.append((stretch, prints))

    def left(self) -> tuple[Piece, ...]:
        """The voices that may be recordings, now that the call is over: all before the first person."""
        person_s = min((s.start_s for s, _ in self._kept if s.sound is Sound.HUMAN), default=float("inf"))
        return tuple(
            Piece(start_s=stretch.start_s, prints=prints, prompt=stretch.prompt)
            for stretch, prints in self._kept
            if stretch.start_s < person_s
        )
