"""The sound of recordings that nobody has read yet, kept just long enough to be read once.

Only what a call shares with a recording that was learnt from two others is handed on, and only if it was heard nearly
whole: a voice that takes over from it is not part of it. Nothing is kept where nothing waits to be read.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from prober.ear import fingerprint
from prober.ear.fingerprint import Prints
from prober.ear.learning import common
from prober.ear.library import Match, Prompt
from prober.ear.voice import HOP_S, Samples

LONGEST_S = 30.0
"""A longer recording is read from its beginning."""
LEAST_S = 1.2
"""Words are invented in shorter ones."""
WHOLE = 0.8
"""Share of a recording that must have been heard."""
MARGIN = 10
"""Hops around it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Excerpt:
    """A recording as it sounded in this call: 8 kHz, 16 bit."""

    prompt_id: str
    pcm: NDArray[np.int16]


class Excerpts:
    """Collects the recordings of one call that are still to be read."""

    def __init__(self, prompts: Iterable[Prompt], last: Callable[[int], Prints]) -> None:
        """`last`: the last so many sub-prints of the call."""
        self._last = last
        self._unread = {p.prompt_id: p for p in prompts if p.unread and p.length_s >= LEAST_S}
        self._hops: deque[Samples] = deque(maxlen=int(LONGEST_S / HOP_S) + 2 * MARGIN)
        self._count = 0
        self._sounding: dict[str, tuple[int, int]] = {}
        """Recording → the hops it begins and ends at, as its last match has it."""
        self.found: list[Excerpt] = []

    def gap(self) -> None:
        """What comes next does not follow what was heard."""
        self._hops.clear()
        self._sounding.clear()

    def hear(self, hop: Samples) -> None:
        """One hop of 256 samples, whose sub-prints are the last ones."""
        if not self._unread:
            return
        self._hops.append(hop.copy())
        self._count += 1
        self._take_those_over(MARGIN)

    def close(self) -> None:
        """The call is over."""
        self._take_those_over(-MARGIN)

    def matched(self, match: Match) -> None:
        """The last second belongs to a known recording."""
        prompt = match.prompt
        if prompt.prompt_id in self._unread:
            first = self._count - round(match.place_s / HOP_S)
            self._sounding[prompt.prompt_id] = (first, first + round(min(prompt.length_s, LONGEST_S) / HOP_S))

    def _take_those_over(self, hops: int) -> None:
        """Take the recordings that ended so many hops ago."""
        for prompt_id, (first, last) in list(self._sounding.items()):
            if self._count >= last + hops:
                del self._sounding[prompt_id]
                self._take(self._unread[prompt_id], self._count - first + MARGIN)

    def _take(self, prompt: Prompt, hops: int) -> None:
        """Cut a recording out of the last hops, if they hold nearly all of it."""
        heard = list(self._hops)[-hops:]
        prints = self._last(len(heard) * len(heard[0]) // fingerprint.HOP)
        known = prompt.prints[: int(LONGEST_S / fingerprint.HOP_S)]
        shared = common(prints, known)
        if shared is None or shared[2] < WHOLE * len(known):
            return
        at, _, length = shared
        first = max(0, (at + 1) * fingerprint.HOP - fingerprint.WINDOW)
        sound = np.concatenate(heard)[first : (at + length) * fingerprint.HOP]
        pcm = np.asarray(np.clip(np.rint(sound * 32768), -32768, 32767), dtype=np.int16)
        self.found.append(Excerpt(prompt_id=prompt.prompt_id, pcm=pcm))
        del self._unread[prompt.prompt_id]
