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


def area_hours(services: Mapping[str, ServiceFigures], places: Iterable[tuple[str, str, str]]) -> tuple[AreaHour, ...]:
    """The hours of every area that has any; `places`: service, its ministry and its département, "" for none."""
    found: dict[tuple[str, str], dict[tuple[int, int], list[int]]] = {}
    for together, hours in _by_place(services, places).items():
        for level_and_area in together:
            area = found.setdefault(level_and_area, {})
            for at, (n, reached) in hours.items():
                cell = area.setdefault(at, [0, 0])
                cell[0] += n
                cell[1] += reached
    largest = sorted(found.items(), key=lambda entry: (-sum(n for n, _ in entry[1].values()), entry[0]))
    return tuple(
        AreaHour(level=level, area=area, weekday=weekday, hour=hour, n=n, reached=reached)
        for (level, area), hours in sorted(largest[:MOST_AREAS])
        for (weekday, hour), (n, reached) in sorted(hours.items())
    )


def _by_place(
    services: Mapping[str, ServiceFigures], places: Iterable[tuple[str, str, str]]
) -> dict[tuple[tuple[str, str], ...], dict[tuple[int, int], list[int]]]:
    """Sums of the services that are in the same areas, by these areas."""
    found: dict[tuple[tuple[str, str], ...], dict[tuple[int, int], list[int]]] = {}
    for service, ministry, department in places:
        figures = services.get(service)
        if figures is None:
            continue
        above = (("ministry", ministry), ("department", department))
        hours = found.setdefault((("national", NATION), *((k, a) for k, a in above if a)), {})
        for weekday, hour, n, reached in figures.week:
            cell = hours.setdefault((weekday, hour), [0, 0])
            cell[0] += n
            cell[1] += reached
    return found
