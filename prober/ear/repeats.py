"""What has been heard before: on this number (the library) or in this call (the same announcement again)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from prober.ear.fingerprint import BLOCK, HOP, HOP_S, Fingerprinter, Prints, errors, limit
from prober.ear.library import Match, PromptLibrary
from prober.ear.voice import Samples

KEPT = int(180 / HOP_S)
"""Sub-prints of voice kept of this call: three minutes."""
APART = int(2.0 / HOP_S)
"""A block repeats only something that ended this long before it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeat:
    """A block heard earlier in this call, at `first_s` on the call's clock."""

    first_s: float
    error: float


class Repeats:
    """Sub-prints of the call, with the library at hand."""

    def __init__(self, library: PromptLibrary) -> None:
        self.library = library
        self.resting = False
        """Nothing is compared."""
        self._printer = Fingerprinter()
        self._last: Prints = np.empty(0, dtype=np.uint32)
        self._voice: Prints = np.empty(0, dtype=np.uint32)
        self._voice_s: np.ndarray[tuple[int], np.dtype[np.float64]] = np.empty(0)

    def hear(self, hop: Samples, *, voiced: bool, end_s: float) -> Prints:
        """One hop of 256 samples; what is voiced is kept to be found again. Gives its sub-prints."""
        if self.resting:  # like digital silence, which is alike to nothing
            self._printer, prints = Fingerprinter(), np.zeros(len(hop) // HOP, dtype=np.uint32)
        else:
            prints = self._printer.hear(hop)
        self._last = np.concatenate((self._last, prints))[-BLOCK:]
        if voiced:
            self._voice = np.concatenate((self._voice, prints))[-KEPT:]
            times = end_s - HOP_S * np.arange(len(prints) - 1, -1, -1)
            self._voice_s = np.concatenate((self._voice_s, times))[-KEPT:]
        return prints

    def known(self) -> Match | None:
        """The library's prompt that the last second belongs to."""
        return self.library.match(self._last) if len(self._last) == BLOCK else None

    def again(self) -> Repeat | None:
        """The earlier place in this call that sounds like the last second."""
        earlier = self._voice[: max(0, len(self._voice) - BLOCK - APART)]
        found = errors(earlier, self._last) if len(self._last) == BLOCK else np.empty(0)
        if len(found) == 0 or not self._last.any() or float(found.min()) > limit(self._last):
            return None
        at = int(found.argmin())
        return Repeat(first_s=float(self._voice_s[at]), error=float(found[at]))
