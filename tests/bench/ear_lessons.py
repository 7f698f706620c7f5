"""What a number's first calls teach: two silent ones, before the call that is judged."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from ear_calls import Service, live, scene
from ear_corpus import Clip

from prober.ear.learning import Remembered, learn
from prober.ear.library import Prompt


def learnt(draw: np.random.Generator, it: Service, people: Sequence[Clip]) -> list[Prompt]:
    """What two silent calls to a number teach; in half of them one of `people` answers."""
    state: tuple[Remembered, ...] = ()
    for call in (1, 2):
        lesson = scene(draw, it, people if draw.random() < 0.5 else [], full=True)
        left = live(lesson, int(draw.integers(2**31)), library=None, asks=False, keep_on=True).pieces
        state = learn(state, left, call).remembered
    return [r.as_prompt("3646") for r in state if r.is_recording]
