"""Where a voice began: dated back by a voice detector with a fresh state, since the carried one is dulled."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from prober.ear.timeline import RISE_DB, ROOM_DBFS, ROOM_S
from prober.ear.voice import HOP, HOP_S, RATE_HZ, Samples, fresh_probabilities

VOICE_P = 0.5
PAST = 3 * RATE_HZ
"""Samples at hand to date a voice back."""
REDATE_S = 1.5
GAP_HOPS = 5
"""Pauses within words, 0.16 s."""
SOFTER_DB = 12.0
"""A word that is so much softer than those after it may be none."""
TAIL_S = 0.15
"""A prompt may sound this long beyond its place in the library: the match is as fine as a window."""
Hops = Sequence[tuple[float, float]]
"""(level dBFS, P(voice)) of the last hops."""


def voice_began_s(past: Samples, hops: Hops, now_s: float, *, out_of_silence: bool) -> float:
    """Walked back from now through the larger of both detectors' probabilities, over short gaps.

    `out_of_silence`: nothing else has sounded before, so that all that is as loud as the voice belongs to it.
    """
    seen = _probabilities(past[-int(REDATE_S * RATE_HZ) // HOP * HOP :], hops)
    voiced = seen >= VOICE_P
    first, _ = _back(voiced, int(np.flatnonzero(voiced)[-1])) if voiced.any() else (len(seen), False)
    levels = [level for level, _ in hops][-len(seen) :]
    at = first - len(seen) + len(levels)
    if out_of_silence and 0 < at < len(levels):
        # A breathy word may be missed; one right before the voice is nearly as loud, and a pause comes before it.
        began, paused = _back(np.asarray(levels) > max(levels[at:]) - SOFTER_DB, at)
        first += began - at if paused else 0
    spoken = next(i for i, level in enumerate(levels) if level > max(levels) - RISE_DB) + len(seen) - len(levels)
    room = levels[max(first - len(seen) + len(levels), 0) : spoken - len(seen) + len(levels)]
    if room and spoken - first > ROOM_S / HOP_S and float(np.mean(room)) < ROOM_DBFS:
        first = spoken
    return now_s - (len(seen) - first) * HOP_S


def _back(sounds: NDArray[np.bool_], at: int) -> tuple[int, bool]:
    """From hop `at` back over short gaps: where it began to sound, and whether a pause comes before that."""
    first, gap = at, 0
    for i in range(at - 1, -1, -1):
        first, gap = (i, 0) if sounds[i] else (first, gap + 1)
        if gap > GAP_HOPS:
            return first, True
    return first, False


def voiced_since(from_s: float, hops: Hops, now_s: float) -> list[float]:
    """Levels of the voiced hops of the last ones that began at `from_s` or later."""
    return [level for level, p in hops[-max(1, round((now_s - from_s) / HOP_S)) :] if p >= VOICE_P]


def first_voice_after_s(from_s: float, past: Samples, hops: Hops, now_s: float) -> float:
    """The first voiced hop after a prompt's end: whoever took over may have let a moment pass."""
    wanted = min(int((now_s - from_s) / HOP_S), len(past) // HOP)
    if wanted < 1:
        return from_s
    voiced = np.flatnonzero(_probabilities(past[-wanted * HOP :], hops) >= VOICE_P)
    voiced = voiced[voiced * HOP_S >= TAIL_S]  # the prompt's own last sound
    return now_s - (wanted - int(voiced[0])) * HOP_S if len(voiced) else from_s


def _probabilities(samples: Samples, hops: Hops) -> NDArray[np.float32]:
    """P(voice) of each hop of `samples`: from a fresh state, or as it was heard, whichever is larger."""
    seen = fresh_probabilities(samples)
    carried = np.asarray([p for _, p in hops][-len(seen) :], dtype=np.float32)
    seen[-len(carried) :] = np.maximum(seen[-len(carried) :], carried)
    return seen
