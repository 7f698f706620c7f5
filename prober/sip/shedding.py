"""When an engine's ears leave parts out: while they are late one part more at a time, none once they keep up again.

Pure: told how late the ears are and what time it is. The ears of an engine share a thread, so they share the decision.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from prober.ear.resting import DEAREST
from prober.events import Event, Overload

if TYPE_CHECKING:
    from prober.ear import Ear

LATE_S = 1.0
"""Age of the oldest unheard sound that is too much; a verdict may take seconds, so nothing is missed yet."""
KEEPING_UP_S = 0.25
"""Below, the ears keep up: they take the sound every 100 ms, and the newest of it is one and a half packets old."""
PATIENCE_S = 0.5
"""So long it must be too much before a part is left out: a stall is caught up with sooner."""
CALM_S = 10.0
"""So long they must keep up before a part is taken in again."""
TELL_S = 1.0


class Shedding:
    """The parts that all ears of an engine leave out."""

    def __init__(self) -> None:
        self._left_out = 0
        self._late_s = self._changed_s = float("-inf")
        self._too_late_since_s: float | None = None

    @property
    def resting(self) -> tuple[str, ...]:
        """The parts left out now, the costliest first."""
        return DEAREST[: self._left_out]

    def look(self, lag_s: float, now_s: float) -> None:
        """The oldest unheard sound has this age at this instant (seconds of a clock that only goes forward)."""
        if lag_s > KEEPING_UP_S:
            self._late_s = now_s
        if lag_s <= LATE_S:
            self._too_late_since_s = None
        elif self._too_late_since_s is None:
            self._too_late_since_s = now_s
        if self._too_late_since_s is not None and now_s - self._too_late_since_s >= PATIENCE_S:
            self._left_out = min(self._left_out + 1, len(DEAREST))
            self._changed_s = self._too_late_since_s = now_s
        elif self._left_out and now_s - max(self._late_s, self._changed_s) >= CALM_S:
            self._left_out, self._changed_s = self._left_out - 1, now_s


class Rest:
    """What one call's ear leaves out, and the sound that it never got: both go into its record."""

    def __init__(self, ear: Ear, emit: Callable[[Event], None]) -> None:
        self._ear, self._emit = ear, emit
        self.resting: tuple[str, ...] = ()
        self._lost_s, self._told_s = 0.0, float("-inf")

    def lose(self, seconds: float) -> None:
        """So much sound came and was not heard."""
        self._lost_s += seconds

    def follow(self, resting: tuple[str, ...], at_s: float) -> None:
        """Leave these parts out from now on. Sound that was lost is told of once a second."""
        if resting != self.resting or (self._lost_s and at_s - self._told_s >= TELL_S):
            self._ear.rest(resting)
            self.resting = resting
            self._tell(at_s)

    def close(self, at_s: float) -> None:
        """The call is over: tell what was lost and not told of yet."""
        if self._lost_s:
            self._tell(at_s)

    def _tell(self, at_s: float) -> None:
        self._emit(Overload(at_s=at_s, resting=self.resting, lost_s=round(self._lost_s, 3)))
        self._lost_s, self._told_s = 0.0, at_s
