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
    first = min(_hour(line) for line in counted)
    last = max(_hour(line) for line in counted)
    width = next((w for w in WIDTHS_H if _filled(counted, first, w) >= 0.5), WIDTHS_H[-1])
    bands = tuple((start, min(start + width, last + 1)) for start in range(first, last + 1, width))
    n: Counter[tuple[int, int]] = Counter()
    x: Counter[tuple[int, int]] = Counter()
    placed = []
    for line in lines:
        if not line.outcome.in_service_denominator:
            placed.append(line)
            continue
        place = _day(line), (_hour(line) - first) // width
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


def _filled(lines: Sequence[AttemptLine], first: int, width: int) -> float:
    sizes = Counter((_day(line), (_hour(line) - first) // width) for line in lines)
    return sum(n >= ENOUGH for n in sizes.values()) / len(sizes)


def _day(line: AttemptLine) -> int:
    return datetime.fromisoformat(line.at).weekday()


def _hour(line: AttemptLine) -> int:
    return datetime.fromisoformat(line.at).hour
