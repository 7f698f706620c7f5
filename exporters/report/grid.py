"""Hours × weekdays: how many attempts, how many reached a human. Bands widen on the number of attempts only. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from exporters.report.model import AttemptLine, Grid, GridCell
from prober.outcome import Outcome

ENOUGH = 10
"""Attempts from which a cell may say a percentage."""
WIDTHS_H = (1, 2, 3, 4)


def grid_of(lines: Sequence[AttemptLine]) -> tuple[Grid, tuple[AttemptLine, ...]]:
    """The grid of the counted attempts, and the lines with the cell each is in.

    The narrowest bands in which half of the cells have enough attempts; the widest where none do.
    """
    counted = [line for line in lines if line.outcome.in_service_denominator]
    if not counted:
        return Grid(bands=(), weekdays=(), cells=()), tuple(lines)
    times = [_time(line) for line in counted]
    first, last = min(hour for _, hour in times), max(hour for _, hour in times)
    width = next((w for w in WIDTHS_H if _filled(times, first, w) >= 0.5), WIDTHS_H[-1])
    bands = tuple((start, min(start + width, last + 1)) for start in range(first, last + 1, width))
    n: Counter[tuple[int, int]] = Counter()
    x: Counter[tuple[int, int]] = Counter()
    placed = []
    for line in lines:
        if not line.outcome.in_service_denominator:
            placed.append(line)
            continue
        day, hour = _time(line)
        place = day, (hour - first) // width
        n[place] += 1
        x[place] += line.outcome is Outcome.HUMAN
        placed.append(replace(line, cell=cell_name(*place)))
    weekdays = tuple(sorted({*range(5), *(day for day, _ in n)}))
    cells = tuple(
        GridCell(weekday=day, band=band, x=x[day, band], n=n[day, band])
        for day in weekdays
        for band in range(len(bands))
    )
    return Grid(bands=bands, weekdays=weekdays, cells=cells), tuple(placed)


def cell_name(weekday: int, band: int) -> str:
    """Name of a cell, for anchors."""
    return f"{weekday}-{band}"


def _filled(times: Sequence[tuple[int, int]], first: int, width: int) -> float:
    sizes = Counter((day, (hour - first) // width) for day, hour in times)
    return sum(n >= ENOUGH for n in sizes.values()) / len(sizes)


def _time(line: AttemptLine) -> tuple[int, int]:
    """Weekday and hour."""
    at = datetime.fromisoformat(line.at)
    return at.weekday(), at.hour
