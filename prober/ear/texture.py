"""Level and texture of a hop: how loud, and how flat its spectrum is (noise is flat, music and voices are not)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

SILENT_DBFS = -50.0
FLAT = 0.30
"""Spectral flatness above which a sound is noise (white noise in the telephone band gives about 0.55)."""
_WINDOW = np.hanning(512)
_LOW, _HIGH = 13, 218
"""Bins of 200 to 3400 Hz in a 512-point transform."""


def level_dbfs(samples: NDArray[np.float32]) -> float:
    """RMS level in dB below full scale; digital silence is −120. A constant offset is no sound."""
    power = float(np.var(samples))
    return 10 * np.log10(power) if power > 1e-12 else -120.0


def flatness(block: NDArray[np.float32]) -> float:
    """Geometric over arithmetic mean of the power spectrum of 512 samples, 200–3400 Hz: 0 tonal, 1 white."""
    power = np.abs(np.fft.rfft(block * _WINDOW)) ** 2
    band = power[_LOW:_HIGH] + 1e-12
    return float(np.exp(np.log(band).mean()) / band.mean())
