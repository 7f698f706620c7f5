"""Who says what: a voiceprint every 0.8 s of a voice that nothing explains yet, and where one speaker took over.

No voiceprint leaves a call but with a piece that may be a recording; whoever is known to be a person leaves none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np

from prober.ear.speaker import Voiceprint, voiceprint
from prober.ear.voice import HOP, HOP_S, RATE_HZ, Samples, fresh_probabilities

SPAN_HOPS, STEP_HOPS = 50, 25
"""1.6 s make a voiceprint, a new one every 0.8 s."""
SHORT_HOPS = 16
"""What is left at a pause makes one too when it is so long: half a second, worth a third of a whole one."""
ENROLS = 0.5
"""A voice to compare others with is made of what is worth this much."""
PAUSE_HOPS = 4
"""Unvoiced hops that end a phrase: no voiceprint reaches over a pause, since another may speak after it."""
LONG_PAUSE_HOPS = 20
"""What is too short for a voiceprint goes on with what follows within such a pause."""
KEPT = 150
VOICED_P = 0.5
ALIKE = 0.76
"""Recordings this alike are of one voice."""
STEP_S = 0.8
MOSTLY = 0.7
DIP_BEFORE_S, DIP_AFTER_S = 0.6, 1.3
"""Somebody took over in a pause that ends this near the start of the first voiceprint that is theirs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A span of one phrase, and whose voice it is."""

    start_s: float
    end_s: float
    voice: Voiceprint

    @property
    def weight(self) -> float:
        """What it is worth beside a voiceprint of 1.6 s."""
        return min(1.0, (self.end_s - self.start_s) / (SPAN_HOPS * HOP_S))


class Speakers:
    """The voiceprints of one call, in order of time."""

    def __init__(self) -> None:
        self.said: list[Said] = []
        self._phrase: list[Samples] = []
        self._length = self._new = self._unvoiced = 0
        self._pauses: list[tuple[float, float]] = []
        self._voiced_s = 0.0

    def hear(self, hop: Samples, *, voiced: bool, wanted: bool, now_s: float) -> None:
        """One hop; `wanted`: a decision, or a lesson, hangs on whose voice it is."""
        if not voiced:
            self._unvoiced += 1
            long = self._length >= SHORT_HOPS
            if self._unvoiced == (PAUSE_HOPS if long else LONG_PAUSE_HOPS):
                if wanted and long and self._new >= SHORT_HOPS // 2:
                    self._tell(now_s - PAUSE_HOPS * HOP_S)
                self._phrase, self._length, self._new = [], 0, 0
            elif self._phrase and self._unvoiced < PAUSE_HOPS:
                self._phrase.append(hop.copy())
            return
        if self._unvoiced >= PAUSE_HOPS // 2:
            self._pauses = [*self._pauses[-KEPT:], (self._voiced_s, now_s - HOP_S)]
        self._unvoiced, self._voiced_s = 0, now_s
        self._phrase.append(hop.copy())
        del self._phrase[:-SPAN_HOPS]
        self._length += 1
        self._new += 1
        if wanted and self._length >= SPAN_HOPS and self._new >= STEP_HOPS:
            self._tell(now_s)

    def _tell(self, end_s: float) -> None:
        self._new = 0
        print_of = voiceprint(np.concatenate(self._phrase))
        self.said.append(Said(start_s=end_s - len(self._phrase) * HOP_S, end_s=end_s, voice=print_of))
        del self.said[:-KEPT]

    def between(self, start_s: float, end_s: float) -> list[Said]:
        """What was said in this span, or for the most part in it."""
        return [s for s in self.said if min(s.end_s, end_s) - max(s.start_s, start_s) >= MOSTLY * (s.end_s - s.start_s)]

    def enrolling(self, start_s: float, end_s: float) -> list[Said]:
        """What was said in this span, and is long enough to know the voice by later."""
        return [s for s in self.between(start_s, end_s) if s.weight >= ENROLS]

    def took_over_s(self, first: Said) -> tuple[float, float]:
        """When who speaks in `first`, and not before it, took over: end of the voice before, start of theirs."""
        near = [
            (start_s, end_s)
            for start_s, end_s in self._pauses
            if first.start_s - DIP_BEFORE_S <= end_s <= first.start_s + DIP_AFTER_S
        ]
        if not near:
            return first.start_s + STEP_S / 2, first.start_s + STEP_S / 2
        return max(near, key=lambda pause: pause[1] - pause[0])


def since(said: Sequence[Said], odds: Callable[[Said], float]) -> tuple[int, float]:
    """From which on they speak whose log-odds are `odds`, if one took over from another once; and the sum from there.

    The length of `said` when nobody does.
    """
    each = [odds(s) for s in said]
    before = [0.0, *accumulate(each)]
    best = before.index(min(before))
    return best, float(sum(each[best:]))


def voice_in(samples: Samples) -> Voiceprint | None:
    """Who speaks in a recording (8 kHz, [-1, 1]): its first voiced seconds; None where there is less than one."""
    samples = samples[: min(len(samples), 30 * RATE_HZ) // HOP * HOP]
    speech = samples.reshape(-1, HOP)[fresh_probabilities(samples) >= VOICED_P]
    spans = [speech[at : at + SPAN_HOPS] for at in range(0, 3 * SPAN_HOPS, SPAN_HOPS)]
    return mean(voiceprint(span.ravel()) for n, span in enumerate(spans) if len(span) >= (SPAN_HOPS if n else 32))


def mean(voices: Iterable[Voiceprint]) -> Voiceprint | None:
    """One voiceprint of several of the same speaker; None of none."""
    together = list(voices)
    if not together:
        return None
    total = np.sum(together, axis=0)
    return np.asarray(total / max(float(np.linalg.norm(total)), 1e-6), dtype=np.float32)


def merged(voices: Iterable[Voiceprint]) -> tuple[Voiceprint, ...]:
    """The different speakers among these voiceprints."""
    totals: list[Voiceprint] = []
    counts: list[int] = []
    for voice in voices:
        likenesses = [float(total @ voice) for total in totals]
        near = max(range(len(totals)), key=lambda n: likenesses[n] / counts[n], default=None)
        if near is not None and likenesses[near] >= ALIKE * max(float(np.linalg.norm(totals[near])), 1e-6):
            totals[near] = totals[near] + voice
            counts[near] += 1
        else:
            totals.append(voice)
            counts.append(1)
    return tuple(v for v in (mean([total]) for total in totals) if v is not None)
