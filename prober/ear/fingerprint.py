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
_EDGES_HZ = np.geomspace(300, 3300, BANDS + 1)
_EDGES = np.searchsorted(np.fft.rfftfreq(WINDOW, 1 / RATE_HZ), _EDGES_HZ)
_HANN = np.hanning(WINDOW).astype(np.float32)
_WEIGHTS = (np.uint32(1) << np.arange(32, dtype=np.uint32)).astype(np.uint32)


class Fingerprinter:
    """Samples in any pieces → sub-prints, each for the window that ends with it."""

    def __init__(self) -> None:
        self._tail = np.zeros(WINDOW - HOP, dtype=np.float32)
        self._bands: NDArray[np.float32] | None = None

    def hear(self, samples: NDArray[np.float32]) -> Prints:
        """New sub-prints; the samples must come in multiples of 128."""
        joined = np.concatenate((self._tail, samples))
        windows = sliding_window_view(joined, WINDOW)[::HOP]
        power = np.abs(np.fft.rfft(windows * _HANN, axis=1)) ** 2
        bands = np.add.reduceat(power, _EDGES[:-1], axis=1)[:, :BANDS].astype(np.float32)
        self._tail = joined[len(joined) - (WINDOW - HOP) :]
        before = self._bands if self._bands is not None else bands[:1]
        history = np.concatenate((before, bands))
        self._bands = bands[-1:]
        slope = history[:, :-1] - history[:, 1:]
        bits = (slope[1:] - slope[:-1]) > 0
        return np.asarray((bits * _WEIGHTS).sum(axis=1), dtype=np.uint32)


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
