"""Level and texture of a hop: how loud, and whether it is noise (no peaks in its spectrum) or music and voices."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

SILENT_DBFS = -50.0
NOISY = 0.55
"""Noisiness above which a sound is noise."""
THINNED = 4
_WINDOW = np.hanning(512)
_LOW, _WIDTH, _BANDS = 13, 12, 17
"""Bins of 200 to 3400 Hz in a 512-point transform, in bands of 190 Hz."""


def level_dbfs(samples: NDArray[np.float32]) -> float:
    """RMS level in dB below full scale; digital silence is −120. A constant offset is no sound."""
    power = float(np.var(samples))
    return 10 * np.log10(power) if power > 1e-12 else -120.0


class Texture:
    """Noisiness hop by hop. `resting`: only one hop in four is looked at, the others are taken for like it."""

    def __init__(self) -> None:
        self.resting = False
        self._turn, self._last = 0, 1.0

    def hear(self, block: NDArray[np.float32], level: float) -> float:
        """Noisiness of 512 samples whose last half is at this level, dBFS; 1 for silence."""
        self._turn += 1
        if level <= SILENT_DBFS:
            return 1.0
        if not self.resting or self._turn % THINNED == 0:
            self._last = noisiness(block)
        return self._last


def noisiness(block: NDArray[np.float32]) -> float:
    """How peakless the spectrum of 512 samples is: 0 tonal, about 0.6 noise of any colour.

    Spectral flatness (geometric over arithmetic mean of the power) in narrow bands, so that the slope of coloured
    noise does not count, averaged with the energy of each band as its weight.
    """
    power = np.abs(np.fft.rfft(block * _WINDOW)) ** 2
    bands = power[_LOW : _LOW + _WIDTH * _BANDS].reshape(_BANDS, _WIDTH) + 1e-12
    mean = bands.mean(axis=1)
    return float((np.exp(np.log(bands).mean(axis=1))).sum() / mean.sum())
