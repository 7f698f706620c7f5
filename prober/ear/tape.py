"""The sound at hand: the hop that comes in, and the last so many values, each written about once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from prober.ear.voice import HOP, Samples

FULL_SCALE = np.float32(1 / 32768)


class Cutter:
    """PCM in packets of any length → hops of 256 samples in [-1, 1]."""

    def __init__(self) -> None:
        self._hop, self._filled = np.empty(HOP, dtype=np.float32), 0

    def restart(self) -> None:
        """What comes next does not follow what came: a hop that was begun is dropped."""
        self._filled = 0

    def hops(self, pcm: NDArray[np.int16]) -> Iterator[Samples]:
        """The hops that are whole now; each is good until the next one is asked for."""
        at = 0
        while at < len(pcm):
            first, count = self._filled, min(HOP - self._filled, len(pcm) - at)
            np.multiply(pcm[at : at + count], FULL_SCALE, out=self._hop[first : first + count])
            at, self._filled = at + count, (first + count) % HOP
            if not self._filled:
                yield self._hop


class Tape:
    """The last `kept` values, in one piece; `silent`: zeros came before the first one."""

    def __init__(self, kept: int, dtype: DTypeLike, *, silent: bool = False) -> None:
        self._kept, self._end = kept, kept if silent else 0
        self._values: NDArray[Any] = np.zeros(2 * kept, dtype=dtype)

    def add(self, values: NDArray[Any]) -> None:
        """Values that follow the last ones, `kept` at most at a time."""
        end = self._end + len(values)
        if end > len(self._values):
            before = self._kept - len(values)
            self._values[:before] = self._values[self._end - before : self._end]
            self._end, end = before, self._kept
        self._values[self._end : end] = values
        self._end = end

    def last(self, count: int) -> NDArray[Any]:
        """The last `count` values, or as many as there are: a view that is good until the next ones come."""
        return self._values[max(0, self._end - count, self._end - self._kept) : self._end]
