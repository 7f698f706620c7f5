"""The waiting curve and the heat map, as SVG text (see `figures`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from exporters.report.figures import (
    AMBER,
    BLUE,
    INK,
    PAPER,
    RULE,
    SAND,
    SOFT,
    WIDTH,
    Caption,
    box,
    hatch,
    line,
    picture,
    words,
)
from exporters.report.model import CurvePoint

SHADES = ("#f4f7f9", "#cfe0ea", "#9cc3d9", "#2f7299", "#0b4f78")
"""From few reached to many; the last two carry white text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A time worth a line across the curve, and its words."""

    at_s: float
    label: str
    share: str
    """Share reached by then, in words."""


def waiting_curve(
    caption: Caption,
    points: Sequence[CurvePoint],
    *,
    t_max_s: float,
    marks: Sequence[Mark],
    names: tuple[str, str, str],
) -> str:
    """Shares over time: reached rises from the floor, ended by the service hangs from the ceiling, waiting between.

    `names`: of the three, in the order reached, waiting, ended.
    """
    height, left, top, span, tall = 322, 30, 40, 384, 200
    shading = f"{caption.name}-hatch"

    def at(seconds: float, share: float) -> str:
        return f"{round(left + span * seconds / t_max_s, 1):g},{round(top + tall * (1 - share), 1):g}"

    def stairs(shares: Sequence[tuple[float, float]]) -> str:
        places, last = [], shares[0][1]
        for seconds, share in shares:
            places += [at(seconds, last), at(seconds, share)]
            last = share
        return " ".join([*places, at(t_max_s, last)])

    reached = stairs([(p.at_s, p.human) for p in points])
    gone = stairs([(p.at_s, 1 - p.ended) for p in points])
    body = box(left, top, span, tall, "#eef1f3")
    body += f'<polygon points="{gone} {at(t_max_s, 1)} {at(0, 1)}" fill="url(#{shading})" stroke="{AMBER}"/>'
    body += f'<polygon points="{reached} {at(t_max_s, 0)} {at(0, 0)}" fill="{BLUE}"/>'
    for percent in (0, 25, 50, 75, 100):
        y = top + tall * (1 - percent / 100)
        body += line(left, y, left + span, y, stroke=RULE if 0 < percent < 100 else INK, width=0.7)
        body += words(left - 6, y + 4, str(percent), size=12, anchor="end", fill=SOFT)
    for mark in _apart(marks, t_max_s * 60 / span):
        x = left + span * mark.at_s / t_max_s
        end = mark.at_s >= t_max_s
        body += line(x, top - 6, x, top + tall, width=1.2, dash="3 3")
        body += words(x, top - 24, mark.label, size=12, anchor="end" if end else "middle", fill=SOFT)
        body += words(x, top - 10, mark.share, size=13, anchor="end" if end else "middle", bold=True)
    body += words(left, top + tall + 17, "0", size=12, fill=SOFT)
    fills = (BLUE, "#eef1f3", f"url(#{shading})")
    for i, (fill, name) in enumerate(zip(fills, names, strict=True)):
        # Two a line: three would run into each other in a wide font.
        x, y = left + span / 2 * (i % 2), height - 54 + 24 * (i // 2)
        body += box(x, y, 18, 16, fill, stroke=INK) + words(x + 24, y + 13, name, size=12)
    return picture(WIDTH, height, caption, body, hatch(shading, AMBER, SAND, gap=7))


def _apart(marks: Sequence[Mark], least_s: float) -> list[Mark]:
    """The marks whose words have room before the next one; the last is the patience of the caller."""
    return [m for m, after in zip(marks, [*marks[1:], None], strict=True) if not after or after.at_s - m.at_s > least_s]


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatCell:
    """x of n in a cell; hatched when n is too small to say a percentage; empty when nothing was called."""

    row: int
    column: int
    x: int
    n: int
    percent: str
    sure: bool


def heat_map(caption: Caption, rows: Sequence[str], columns: Sequence[str], cells: Sequence[HeatCell], key: str) -> str:
    """Rows of hours, columns of weekdays; colour by share reached, hatching where it cannot be said."""
    left, top, gap, tall = 76, 28, 3, 40
    wide = (WIDTH - left) / max(len(columns), 1)
    shading = f"{caption.name}-hatch"
    body = ""
    for i, name in enumerate(columns):
        body += words(left + wide * (i + 0.5), 20, name, anchor="middle", bold=True)
    for i, name in enumerate(rows):
        body += words(left - 10, top + tall * i + 25, name, anchor="end")
    for cell in cells:
        x, y = left + wide * cell.column, top + tall * cell.row
        centre = x + wide / 2
        if not cell.n:
            body += box(x, y, wide - gap, tall - gap, PAPER, stroke=RULE)
            continue
        level = min(int(cell.x / cell.n * len(SHADES)), len(SHADES) - 1)
        body += box(x, y, wide - gap, tall - gap, SHADES[level] if cell.sure else f"url(#{shading})", stroke=RULE)
        ink = PAPER if cell.sure and level >= 3 else INK
        if cell.sure:
            body += words(centre, y + 17, cell.percent, size=14, anchor="middle", fill=ink, bold=True)
            body += words(centre, y + 32, f"{cell.x}/{cell.n}", size=12, anchor="middle", fill=ink)
        else:
            body += box(centre - 20, y + 10, 40, 20, PAPER) + words(
                centre, y + 25, f"{cell.x}/{cell.n}", size=12, anchor="middle"
            )
    y = top + tall * len(rows) + 10
    body += box(1, y, 26, 16, f"url(#{shading})", stroke=RULE) + words(35, y + 13, key, fill=SOFT)
    return picture(WIDTH, y + 24, caption, body, hatch(shading, "#b9c1c8", PAPER))
