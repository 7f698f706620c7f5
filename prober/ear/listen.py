"""A whole recording heard at once: the same events as live, without a call."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from prober.ear.ear import Ear
from prober.ear.library import PromptLibrary
from prober.events import Heard

BLOCK = 160
"""Samples of a packet: 20 ms."""


def listen(pcm: NDArray[np.int16], library: PromptLibrary | None = None, number: str = "") -> list[Heard]:
    """Every event of `pcm` (8 kHz, 16 bit), its first sample at 0 s."""
    ear = Ear(library, number)
    ear.begin(0.0)
    heard = [event for at in range(0, len(pcm), BLOCK) for event in ear.hear(pcm[at : at + BLOCK])]
    return heard + ear.close()
