"""Merging of strata too small for a variance, decided on the number of attempts only, never on their results.

Source: measure.md §4.2 and decisions.md 18: into the earlier hour of the same weekday group, the first hour into the
next. A whole weekday group that stays too small joins its neighbour group by the same rule.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from exporters.statistics.weighted import StratumCount

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def merge_small(strata: Sequence[StratumCount], *, least: int = 2) -> tuple[StratumCount, ...]:
    """Strata with at least `least` attempts each; names are "<weekday group> <hour band>" (Mon 09, Tue-Thu 09-11), with
    the number before them where a service has several (3646 Mon 09).

    One stratum remains when there are fewer than `least` attempts in all.
    """
    row = sorted(strata, key=_order)
    for level in (
        lambda s: (s.group, _split(s.name)[0]),
        lambda s: (s.group, _number(s.name)),
        lambda s: s.group,
        lambda _: "",
    ):
        row = [s for _, part in groupby(row, key=level) for s in _merge(list(part), least)]
    return tuple(row)


def _merge(row: list[StratumCount], least: int) -> list[StratumCount]:
    while len(row) > 1:
        small = next((i for i, s in enumerate(row) if s.size < least), None)
        if small is None:
            break
        first = max(small - 1, 0)
        row[first : first + 2] = [_join(row[first], row[first + 1])]
    return row


def _join(a: StratumCount, b: StratumCount) -> StratumCount:
    (day, hours), (other, later) = _split(a.name), _split(b.name)
    band = f"{hours.split('-')[0]}-{later.split('-')[-1]}"
    return StratumCount(
        name=f"{day} {band}".strip() if day == other else f"{a.name} + {b.name}",
        weight=a.weight + b.weight,
        size=a.size + b.size,
        n=a.n + b.n,
        x=a.x + b.x,
        group=a.group,
        merged=a.members + b.members,
    )


def _split(name: str) -> tuple[str, str]:
    day, _, hours = name.rpartition(" ")
    return day, hours


def _number(name: str) -> str:
    return _split(_split(name)[0])[0]


def in_week(name: str) -> tuple[str, int, str, str]:
    """What strata are put in order by: the number, then the week as it goes."""
    day, hours = _split(name)
    first = day.rpartition(" ")[2][:3]
    known = next((i for i, d in enumerate(WEEKDAYS) if first == d), len(WEEKDAYS))
    return _number(name), known, day, hours


def _order(s: StratumCount) -> tuple[str, tuple[str, int, str, str]]:
    return s.group, in_week(s.name)
