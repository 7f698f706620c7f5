"""Fingerprints of sound that repeats: 32 bits each 16 ms from the signs of band energy differences.

Haitsma and Kalker, "A Highly Robust Audio Fingerprinting System", ISMIR 2002, for telephone band: windows of 256 ms,
33 logarithmic bands from 300 to 3300 Hz. Two stretches of one second are the same recording when at most 30 % of
their bits differ; speech by people never came below 32 % in 193 minutes.
"""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

RATE_HZ = 8000
WINDOW = 2048
HOP = 128
HOP_S = HOP / RATE_HZ
BANDS = 33
BLOCK = 62
"""Sub-prints compared at once: 1.0 s."""
ERROR_LIMIT = 0.30
SPARSE, SPARSE_LIMIT = 4, 0.40
Prints = NDArray[np.uint32]
_STARTS = 2 * np.searchsorted(np.fft.rfftfreq(WINDOW, 1 / RATE_HZ), np.geomspace(300, 3300, BANDS + 1)[:-1])
"""Where each band begins in a spectrum written as real and imaginary parts in turn; the last one goes up to 4 kHz."""
_HANN = np.hanning(WINDOW).astype(np.float32)


class Fingerprinter:
    """Samples in any pieces → sub-prints, each for the window that ends with it."""

    def __init__(self) -> None:
        self._tail = np.zeros(WINDOW - HOP, dtype=np.float32)
        self._before: NDArray[np.float32] | None = None

    def hear(self, samples: NDArray[np.float32]) -> Prints:
        """New sub-prints; the samples must come in multiples of 128."""
        joined = np.concatenate((self._tail, samples))
        bands = _bands(sliding_window_view(joined, WINDOW)[::HOP])
        self._tail = joined[len(joined) - (WINDOW - HOP) :]
        before = self._before if self._before is not None else bands[:1]
        self._before = bands[-1:]
        slope = np.diff(np.concatenate((before, bands)))
        bits = slope[:-1] > slope[1:]
        return np.packbits(bits, axis=1, bitorder="little").view("<u4").ravel()

    def pass_over(self, samples: NDArray[np.float32]) -> None:
        """Samples whose sub-prints nobody wants: at least 2048 in a multiple of 128."""
        self._tail = samples[len(samples) - (WINDOW - HOP) :].copy()
        self._before = _bands(samples[None, -WINDOW:])


def _bands(windows: NDArray[np.float32]) -> NDArray[np.float32]:
    """(windows, 33): the energy of each band."""
    parts = np.fft.rfft(windows * _HANN, axis=1).view(np.float32)  # real and imaginary in turn
    return np.add.reduceat(np.square(parts, out=parts), _STARTS, axis=1)


def limit(block: Prints) -> float:
    """The largest share of differing bits at which a block is the same recording.

    Digital silence has no sub-print and is like any other: what it fills of the block says nothing.
    """
    return ERROR_LIMIT * float(np.count_nonzero(block)) / max(len(block), 1)


def errors(known: Prints, block: Prints) -> NDArray[np.float32]:
    """Share of differing bits of `block` at each place of `known`; empty if `known` is shorter.

    Places where one sub-print in SPARSE already differs too much are not looked at further: their share is 1.
    """
    places = len(known) - len(block) + 1
    if places < 1:
        return np.empty(0, dtype=np.float32)
    coarse = np.zeros(places, dtype=np.uint16)
    rows = range(0, len(block), SPARSE)
    for row in rows:
        coarse += np.bitwise_count(known[row : row + places] ^ block[row])
    near = np.flatnonzero(coarse <= SPARSE_LIMIT * 32 * len(rows))
    differing = np.bitwise_count(sliding_window_view(known, len(block))[near] ^ block)
    found = np.ones(places, dtype=np.float32)
    found[near] = differing.sum(axis=1) / (32 * len(block))
    return found
