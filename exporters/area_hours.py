"""Hours of the week by ministry, département and nation: sums over services, so that the series stay few.

By service they would be half a million series, and hardly a cell with attempts enough: a service's own hours are in its
report.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from exporters.month_figures import ServiceFigures

MOST_AREAS = 200
"""Areas shown, those with the most attempts: there are 107 départements and some twenty ministries."""
NATION = "France"


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaHour:
    """Patient callers of an area in an hour of the week, by the clock of each service: month to date."""

    level: str
    """`national`, `ministry` or `department`."""
    area: str
    weekday: int
    """1 is Monday."""
    hour: int
    n: int
    reached: int


Sums = dict[tuple[int, int], list[int]]
"""Weekday and hour → attempts, and those reached."""


def area_hours(services: Mapping[str, ServiceFigures], places: Iterable[tuple[str, str, str]]) -> tuple[AreaHour, ...]:
    """The hours of every area that has any; `places`: service, its ministry and its département, "" for none."""
    alike: dict[tuple[tuple[str, str], ...], Sums] = {}
    for service, ministry, department in places:
        if service in services:
            above = (("national", NATION), ("ministry", ministry), ("department", department))
            sums = alike.setdefault(tuple((level, area) for level, area in above if area), {})
            for weekday, hour, n, reached in services[service].week:
                _add(sums, (weekday, hour), n, reached)
    found: dict[tuple[str, str], Sums] = {}
    for areas, hours in alike.items():
        for area in areas:
            sums = found.setdefault(area, {})
            for at, (n, reached) in hours.items():
                _add(sums, at, n, reached)
    largest = sorted(found.items(), key=lambda entry: (-sum(n for n, _ in entry[1].values()), entry[0]))
    return tuple(
        AreaHour(level=level, area=area, weekday=weekday, hour=hour, n=n, reached=reached)
        for (level, area), hours in sorted(largest[:MOST_AREAS])
        for (weekday, hour), (n, reached) in sorted(hours.items())
    )


def _add(sums: Sums, at: tuple[int, int], n: int, reached: int) -> None:
    cell = sums.setdefault(at, [0, 0])
    cell[0] += n
    cell[1] += reached
