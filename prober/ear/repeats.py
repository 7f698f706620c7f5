"""What has been heard before: on this number (the library) or in this call (the same announcement again).

Sound waits until somebody looks at its sub-prints: those of many hops are cheaper made at once, and those of music and
silence are never made, for only voices are compared and learnt.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from prober.ear.fingerprint import BLOCK, HOP, HOP_S, Fingerprinter, Prints, errors, limit
from prober.ear.library import Match, PromptLibrary
from prober.ear.tape import Tape
from prober.ear.voice import HOP as HEARD
from prober.ear.voice import Samples

KEPT = int(180 / HOP_S)
"""Sub-prints of voice kept of this call: three minutes."""
RECENT = int(120 / HOP_S)
"""Sub-prints at hand of whatever sounded: a voice longer than this is learnt from its last two minutes."""
APART = int(2.0 / HOP_S)
"""A block repeats only something that ended this long before it."""
WAITING, DATED_BACK = 128, 64
"""Hops that may wait: 4.1 s; and those a voice that opens now may be dated back over, with a window's length: 2.0 s."""
EACH = HEARD // HOP
"""Sub-prints a hop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeat:
    """A block heard earlier in this call, at `first_s` on the call's clock."""

    first_s: float
    error: float


class Repeats:
    """Sub-prints of the call, with the library at hand. `whole`: they are wanted of all that sounds."""

    def __init__(self, library: PromptLibrary, *, whole: bool = False) -> None:
        self.library = library
        self.resting = False
        """Nothing is compared."""
        self._whole = whole
        self._printer = Fingerprinter()
        self._recent = Tape(RECENT, np.uint32)
        self._voice, self._voice_s = Tape(KEPT, np.uint32), Tape(KEPT, np.float64)
        self._sound = np.empty(WAITING * HEARD, dtype=np.float32)
        self._waiting: list[float | None] = []
        """Of each hop that waits: where it ends, if it is voiced."""

    def hear(self, hop: Samples, *, voiced: bool, end_s: float) -> None:
        """One hop of 256 samples; what is voiced is kept to be found again."""
        if self.resting:
            self._make()
        elif len(self._waiting) == WAITING:
            if self._whole or any(voiced_s is not None for voiced_s in self._waiting):
                self._make()
            else:
                self._pass_over()
        at = len(self._waiting) * HEARD
        self._sound[at : at + HEARD] = hop
        self._waiting.append(end_s if voiced else None)
        if self.resting:
            self._printer = Fingerprinter()
            self._keep(np.zeros(EACH, dtype=np.uint32))

    def last(self, count: int) -> Prints:
        """The last `count` sub-prints, or as many as there are: a view that is good until the next hop."""
        self._make()
        return self._recent.last(count)

    def nearest(self) -> Match | None:
        """The library's prompt that the last second belongs to, or is near to."""
        block = self.last(BLOCK)
        return self.library.nearest(block) if len(block) == BLOCK else None

    def again(self) -> Repeat | None:
        """The earlier place in this call that sounds like the last second."""
        block = self.last(BLOCK)
        voice, voice_s = self._voice.last(KEPT), self._voice_s.last(KEPT)
        found = errors(voice[: max(0, len(voice) - BLOCK - APART)], block) if len(block) == BLOCK else np.empty(0)
        if len(found) == 0 or not block.any() or float(found.min()) > limit(block):
            return None
        at = int(found.argmin())
        return Repeat(first_s=float(voice_s[at]), error=float(found[at]))

    def _make(self) -> None:
        """The sub-prints of all that waits."""
        if self._waiting:
            self._keep(self._printer.hear(self._sound[: len(self._waiting) * HEARD]))

    def _keep(self, prints: Prints) -> None:
        """Of all that waits these are the sub-prints."""
        self._recent.add(prints)
        voiced = [n for n, end_s in enumerate(self._waiting) if end_s is not None]
        if voiced:
            self._voice.add(prints.reshape(-1, EACH)[voiced].ravel())
            ends_s = np.array([self._waiting[n] for n in voiced])
            self._voice_s.add((ends_s[:, None] - HOP_S * np.arange(EACH - 1, -1, -1)).ravel())
        self._waiting.clear()

    def _pass_over(self) -> None:
        """What waited longest is no voice: its sub-prints stay 0, like those of digital silence, alike to nothing."""
        over = (WAITING - DATED_BACK) * HEARD
        self._printer.pass_over(self._sound[:over])
        self._recent.add(np.zeros(over // HOP, dtype=np.uint32))
        self._sound[: DATED_BACK * HEARD] = self._sound[over:]
        del self._waiting[:-DATED_BACK]
