"""One call's ear at its tap: sound taken in batches, dated on the call's clock; what was lost on the way is told.

The bridge hands sound without a break, so the ear's count of samples is its clock. It is held against the call's clock
at every batch. A single batch may be misleading: the processor is taken from us, or from the media clock, which then
catches up; so the ear's clock is set anew only if they stay apart.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from prober.events import Event
from prober.sip.shedding import Rest
from prober.sip.tap import BATCH_S

if TYPE_CHECKING:
    from prober.ear import Ear
    from prober.sip.tap import Batch, Tap

DRIFT_S = 0.1
"""The ear's clock and the call's may be so far apart."""
APART_S = 1.0
"""So long they must be further apart to be set anew."""


class Hearing:
    """Feeds the ear. `clock` gives the call's seconds; `emit(event)` takes what is heard."""

    def __init__(self, ear: Ear, tap: Tap, *, clock: Callable[[], float], emit: Callable[[Event], None]) -> None:
        self._ear, self._tap, self._clock, self._emit = ear, tap, clock, emit
        self._rest = Rest(ear, emit)
        self._next_s: float | None = None
        """When the ear's next sample sounded; None: it hears nothing now."""
        self._apart_since_s: float | None = None
        self._rejoined = False

    def rejoined(self) -> None:
        """The tap was connected anew: no sound came for a moment, and that is none lost."""
        self._rejoined = True

    def hear(self, *, flowing: bool, resting: tuple[str, ...] = ()) -> float:
        """Hear the next batch, if sound flows. Gives the age of the oldest sound that waited, seconds."""
        asked_s = self._clock()
        self._rest.follow(resting, asked_s)
        batch = self._tap.take()
        if not flowing:
            self._next_s = self._apart_since_s = None
        elif batch.pcm:
            self._date(batch, asked_s, self._clock())
            for event in self._ear.hear(np.frombuffer(batch.pcm, dtype=np.int16)):
                self._emit(event)
        return batch.age_s + batch.length_s

    def close(self, *, flowing: bool) -> None:
        """The call is over: hear the last batch. What an ear that is late did not come to is lost."""
        late_s = self.hear(flowing=flowing, resting=self._rest.resting) if flowing else 0.0
        if late_s > BATCH_S + DRIFT_S:
            self._rest.lose(late_s - BATCH_S)
        self._rest.close(self._clock())
        for event in self._ear.close():
            self._emit(event)

    def _date(self, batch: Batch, asked_s: float, taken_s: float) -> None:
        """Tell the ear where the batch begins, unless it goes on from the last one."""
        before_s = batch.age_s + batch.length_s
        if self._next_s is None:
            self._begin(asked_s - before_s)
        elif batch.gone_s:
            self._rest.lose(batch.gone_s)
            self._begin(self._next_s + batch.gone_s)
        elif asked_s - before_s - DRIFT_S <= self._next_s <= taken_s - before_s + DRIFT_S:
            self._apart_since_s, self._rejoined = None, False
        elif self._rejoined:
            self._begin(asked_s - before_s)
        elif self._apart_since_s is None:
            self._apart_since_s = asked_s
        elif asked_s - self._apart_since_s > APART_S:
            self._rest.lose(max(0.0, asked_s - before_s - self._next_s))
            self._begin(asked_s - before_s)
        self._next_s = (self._next_s or 0.0) + batch.length_s

    def _begin(self, at_s: float) -> None:
        self._next_s, self._apart_since_s, self._rejoined = at_s, None, False
        self._ear.begin(at_s)
