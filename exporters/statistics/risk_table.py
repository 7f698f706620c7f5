"""Risk table: at each distinct time at which a wait ended, how many were still waiting and how many ended how."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

OURS, HUMAN, SERVICE = 0, 1, 2
"""Endings of a wait: cut by us (censored), reached a human, ended by the service (measure.md §4.7)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One row. A wait cut by us at the same instant is still at risk."""

    at_s: float
    at_risk: int
    humans: int
    ended: int
    """Humans and endings by the service together."""


def risk_table(times_s: Sequence[float], endings: Sequence[int]) -> tuple[Moment, ...]:
    """Moments in order of time; exact with ties, whatever the order of the rows."""
    at = Counter(zip(times_s, endings, strict=True))
    left, moments = len(times_s), []
    for at_s in sorted({t for t, _ in at}):
        humans, others, cut = (at[at_s, ending] for ending in (HUMAN, SERVICE, OURS))
        if humans or others:
            moments.append(Moment(at_s=at_s, at_risk=left, humans=humans, ended=humans + others))
        left -= humans + others + cut
    return tuple(moments)
