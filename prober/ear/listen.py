"""Recorded sound heard as it would be live: the same ear, the same events, without a call."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from prober.ear.ear import Ear
from prober.ear.library import PromptLibrary
from prober.ear.voice import RATE_HZ
from prober.events import Heard

BLOCK = 160
"""Samples of a packet: 20 ms."""


def listen(pcm: NDArray[np.int16], library: PromptLibrary | None = None, number: str = "") -> list[Heard]:
    """Every event of `pcm` (8 kHz, 16 bit), its first sample at 0 s."""
    return list(listen_to([pcm], Ear(library, number)))


def listen_to(
    blocks: Iterable[NDArray[np.int16]], ear: Ear, own: Sequence[tuple[float, float]] = ()
) -> Iterator[Heard]:
    """The events, as they become known, of sound in blocks of any size (8 kHz, 16 bit), the first sample at 0 s.

    `own`: when we spoke, in order; the ear is told as live, when each begins.
    """
    ear.begin(0.0)
    waiting, at_s = list(own), 0.0
    for block in blocks:
        for at in range(0, len(block), BLOCK):
            while waiting and at_s >= waiting[0][0]:
                ear.own(*waiting.pop(0))
            packet = block[at : at + BLOCK]
            yield from ear.hear(packet)
            at_s += len(packet) / RATE_HZ
    yield from ear.close()
