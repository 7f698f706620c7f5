"""Call progress tones by frequency and cadence (ITU-T E.180 Supplement 2, T.30): one hop of 256 samples at a time.

A hop is a tone when nearly all its energy sits in at most two narrow peaks. Runs of the same tone make a cadence, and
the cadence gives the name.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from math import log

import numpy as np
from numpy.typing import NDArray

from prober.ear.voice import HOP, HOP_S, RATE_HZ
from prober.events import Sound

FFT = 1024
PURITY = 0.90
"""Share of the energy in the two strongest peaks."""
SAME_HZ, SAME = 14.0, 0.012
"""Tones this near are one: in Hz, or as a share, since a clock may be 1 % off."""
BRIDGE_S = 0.07
"""Shorter gaps inside a tone are packet loss."""
FLOOR_DBFS = -45.0
RING_HZ = ((440.0,), (425.0,), (440.0, 480.0), (400.0, 450.0))
PLANS = {(440.0,): "FR", (425.0,): "EU", (440.0, 480.0): "US", (400.0, 450.0): "UK", (480.0, 620.0): "US"}
PROGRESS_HZ = (*RING_HZ, (480.0, 620.0))
SIT_HZ = (950.0, 1400.0, 1800.0)
LOWEST, PEAK = 12, 5
"""Bins: the lowest that is looked at, and how far a peak reaches on both sides."""
_WINDOW = np.hanning(2 * HOP).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Run:
    """A tone without a gap: frequencies (Hz, rising), start and end (s)."""

    hz: tuple[float, ...]
    start_s: float
    end_s: float

    @property
    def length_s(self) -> float:
        """Seconds."""
        return self.end_s - self.start_s


@dataclass(frozen=True, slots=True)
class Tone:
    """A named tone, from the start of its first run."""

    sound: Sound
    start_s: float
    end_s: float
    plan: str
    open: bool


def pure_tone(block: NDArray[np.float32]) -> tuple[float, ...] | None:
    """Frequencies of a block of 512 samples if it is one or two pure tones, else None."""
    transform = np.fft.rfft(block * _WINDOW, FFT)
    spectrum = np.asarray(transform.real**2 + transform.imag**2, dtype=np.float32)
    total = float(np.add.reduce(spectrum[LOWEST:]))
    highest = float(np.maximum.reduce(spectrum[LOWEST - PEAK :]))
    if total <= 0 or 2 * (2 * PEAK + 1) * highest < PURITY * total:
        return None  # however full of it, two peaks could not hold enough: true of most of speech and music
    first = int(spectrum[LOWEST:-1].argmax()) + LOWEST
    peak = slice(first - PEAK, first + PEAK + 1)
    one = float(np.add.reduce(spectrum[peak]))
    rest = spectrum.copy()
    rest[peak] = 0
    second = int(rest[LOWEST:-1].argmax()) + LOWEST
    two = float(np.add.reduce(rest[second - PEAK : second + PEAK + 1]))
    if one / total > PURITY and two / total < 0.05:
        return (_peak_hz(spectrum, first),)
    if (one + two) / total > PURITY and two / one > 0.2:
        return tuple(sorted((_peak_hz(spectrum, first), _peak_hz(spectrum, second))))
    return None


def _peak_hz(spectrum: NDArray[np.float32], at: int) -> float:
    """Parabolic peak of the log spectrum."""
    a, b, c = (log(power + 1e-20) for power in spectrum[at - 1 : at + 2].tolist())
    shift = 0.5 * (a - c) / (a - 2 * b + c) if a - 2 * b + c else 0.0
    return (at + shift) * RATE_HZ / FFT


def _near(hz: tuple[float, ...], wanted: tuple[float, ...]) -> bool:
    return len(hz) == len(wanted) and all(
        abs(one - other) <= max(SAME_HZ, SAME * other) for one, other in zip(hz, wanted, strict=True)
    )


class ToneDetector:
    """Runs of tones and what their cadence is called."""

    def __init__(self) -> None:
        self._block = np.zeros(2 * HOP, dtype=np.float32)
        self.runs: list[Run] = []
        self._hz: tuple[float, ...] | None = None
        self._start_s = self._seen_s = 0.0
        self._steady = False

    @property
    def sounding(self) -> bool:
        """True while a tone is on, gaps of lost packets bridged."""
        return self._hz is not None and self._steady

    def hear(self, hop: NDArray[np.float32], level_dbfs: float, end_s: float) -> None:
        """One hop that ends at `end_s`."""
        self._block[:HOP] = self._block[HOP:]
        self._block[HOP:] = hop
        hz = pure_tone(self._block) if level_dbfs > FLOOR_DBFS else None
        if hz is not None and self._hz is not None and self._alike(hz):
            self._seen_s = end_s
            self._steady = self._seen_s - self._start_s >= 3 * HOP_S
        elif self._hz is not None and end_s - self._seen_s > BRIDGE_S:
            self._close()
            if hz is not None:
                self._open(hz, end_s)
        elif hz is not None and self._hz is None:
            self._open(hz, end_s)

    def named(self, now_s: float) -> Tone | None:
        """What the last runs are called; None if nothing is sure."""
        runs = self._recent(now_s)
        if not runs:
            return None
        last = runs[-1]
        sounding = self._hz is not None and last.start_s == self._start_s
        hz = last.hz
        if _near(hz, (2100.0,)) and last.length_s >= 0.8:
            return Tone(Sound.FAX, last.start_s, last.end_s, "CED", sounding)
        cng = [r for r in runs if _near(r.hz, (1100.0,)) and 0.35 <= r.length_s <= 0.7]
        if len(cng) >= 2 and 2.0 <= cng[-1].start_s - cng[-2].end_s <= 4.0:
            return Tone(Sound.FAX, cng[0].start_s, last.end_s, "CNG", sounding)
        sit = _sit(runs)
        if sit is not None:
            return Tone(Sound.SIT, sit[0].start_s, sit[-1].end_s, "SIT", False)
        wanted = next((w for w in PROGRESS_HZ if _near(hz, w)), None)
        return self._cadence(runs, wanted, now_s, sounding) if wanted else None

    def _cadence(self, runs: list[Run], wanted: tuple[float, ...], now_s: float, sounding: bool) -> Tone | None:
        same = _train(runs, wanted)
        plan = PLANS[wanted]
        done = same[:-1] if sounding else same
        for sound, on_s, slack_s, needed in (
            (Sound.CONGESTION_TONE, 0.25, 0.10, 3),
            (Sound.BUSY_TONE, 0.5, 0.14, 2),
        ):
            tail = done[-needed:]
            gaps = [b.start_s - a.end_s for a, b in pairwise(tail)]
            if (
                len(tail) == needed
                and all(abs(r.length_s - on_s) <= slack_s for r in tail)
                and all(abs(g - on_s) <= slack_s for g in gaps)
            ):
                first = next(i for i in range(len(same)) if abs(same[i].length_s - on_s) <= slack_s)
                return Tone(sound, same[first].start_s, same[-1].end_s, plan, sounding)
        longest = max((r.length_s for r in same), default=0.0)
        if wanted in RING_HZ and 0.75 <= longest <= 2.6:
            return Tone(Sound.RINGBACK, same[0].start_s, same[-1].end_s, plan, sounding or now_s - same[-1].end_s < 4.5)
        return None

    def _recent(self, now_s: float) -> list[Run]:
        runs = [r for r in self.runs if now_s - r.end_s < 12.0]
        if self._hz is not None and self._steady:
            runs.append(Run(self._hz, self._start_s, self._seen_s))
        return runs

    def _alike(self, hz: tuple[float, ...]) -> bool:
        return self._hz is not None and _near(hz, self._hz)

    def _open(self, hz: tuple[float, ...], end_s: float) -> None:
        self._hz, self._start_s, self._seen_s, self._steady = hz, end_s - 1.5 * HOP_S, end_s, False

    def _close(self) -> None:
        if self._hz is not None and self._steady:
            self.runs.append(Run(self._hz, self._start_s, self._seen_s - 0.5 * HOP_S))
            del self.runs[:-40]
        self._hz, self._steady = None, False


def _train(runs: list[Run], wanted: tuple[float, ...]) -> list[Run]:
    """The last runs of one tone without a pause of more than 4.5 s."""
    train: list[Run] = []
    for run in reversed(runs):
        if not _near(run.hz, wanted) or (train and train[0].start_s - run.end_s > 4.5):
            break
        train.insert(0, run)
    return train


def _sit(runs: list[Run]) -> list[Run] | None:
    """Three rising tones of 950, 1400 and 1800 Hz (ITU-T E.180)."""
    for i in range(len(runs) - 2):
        if abs(runs[i].hz[0] - SIT_HZ[0]) >= 60:
            continue
        three = runs[i : i + 3]
        rising = all(abs(r.hz[0] - w) < 60 and len(r.hz) == 1 for r, w in zip(three, SIT_HZ, strict=True))
        if rising and three[2].end_s - three[0].start_s < 2.5:
            return three
    return None
