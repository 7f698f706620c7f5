"""Level and texture of a hop: how loud, and whether it is noise (no peaks in its spectrum) or music and voices."""

from __future__ import annotations

from collections import deque
from math import log10

import numpy as np
from numpy.typing import NDArray

from prober.ear.voice import HOP

SILENT_DBFS = -50.0
NOISY = 0.55
"""Noisiness above which a sound is noise."""
THINNED = 4
BLOCK = 2 * HOP
_WINDOW = np.hanning(BLOCK).astype(np.float32)
_LOW, _WIDTH, _BANDS = 13, 12, 17
"""Bins of 200 to 3400 Hz in a 512-point transform, in bands of 190 Hz."""


def level_dbfs(samples: NDArray[np.float32]) -> float:
    """RMS level in dB below full scale; digital silence is −120. A constant offset is no sound."""
    around = samples - np.add.reduce(samples) / len(samples)
    power = float(around @ around) / len(samples)
    return 10 * log10(power) if power > 1e-12 else -120.0


class Texture:
    """Noisiness of the last `hops` hops, each worked out when it is asked for the first time: for a voice it never is.

    `resting`: only one hop in four is looked at, the others are taken for like it.
    """

    def __init__(self, hops: int) -> None:
        self.resting = False
        self._turn, self._last = 0, 1.0
        self._values: deque[float | None] = deque(maxlen=hops)

    def hear(self, block: NDArray[np.float32], level: float) -> None:
        """512 samples whose last half is the next hop, at this level, dBFS."""
        self._turn += 1
        value: float | None = None
        if level <= SILENT_DBFS:
            value = 1.0
        elif self.resting:
            if self._turn % THINNED == 0:
                (self._last,) = noisiness(block[None, :])
            value = self._last
        self._values.append(value)

    def of(self, past: NDArray[np.float32]) -> list[float]:
        """Noisiness hop by hop, the last one at the end of `past`; 1 for silence."""
        values, hops = list(self._values), len(self._values)
        unknown = [n for n, value in enumerate(values) if value is None]
        if unknown:
            ends = (len(past) - (hops - 1 - n) * HOP for n in unknown)
            found = noisiness(np.stack([past[end - BLOCK : end] for end in ends]))
            for n, value in zip(unknown, found, strict=True):
                values[n] = self._values[n] = value
            self._last = found[-1]
        return [1.0 if value is None else value for value in values]


def noisiness(blocks: NDArray[np.float32]) -> list[float]:
    """How peakless the spectrum of each row of 512 samples is: 0 tonal, about 0.6 noise of any colour.

    Spectral flatness (geometric over arithmetic mean of the power) in narrow bands, so that the slope of coloured
    noise does not count, averaged with the energy of each band as its weight.
    """
    spectrum = np.fft.rfft(blocks * _WINDOW)[:, _LOW : _LOW + _WIDTH * _BANDS]
    power = (spectrum.real**2 + spectrum.imag**2).reshape(-1, _BANDS, _WIDTH) + np.float32(1e-12)
    mean = power.mean(axis=2)
    flat: NDArray[np.float32] = np.exp(np.log(power).mean(axis=2)).sum(axis=1) / mean.sum(axis=1)
    return [float(f) for f in flat]
