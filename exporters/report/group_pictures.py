"""The pictures of a group: its services against chance (funnel plot), and how many met their target."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from exporters.report.figures import (
    AMBER,
    BLUE,
    INK,
    PALE,
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
from exporters.statistics.funnel import INNER, OUTER, limits

STEPS = 48
"""Points of each limit."""
NAMED = 12
"""Most services outside that are numbered in the picture; all are in the table."""
UNNAMED = "·"
"""Mark of one of too many."""
NEAREST = (0, -1, 1, -2, 2, -3, 3)
"""Lines from a square on which its number may stand, the best first."""
FAINT = "#eef1f3"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dot:
    """A service: its effective attempts, its rate, and a number where it is outside of what chance explains."""

    n: int
    rate: float
    mark: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FunnelWords:
    """Every word of the picture."""

    attempts: str
    group: str
    target: str
    inner: str
    outer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plane:
    """Where attempts and rates are in the picture."""

    most: int
    left: float = 46
    right: float = WIDTH - 10
    top: float = 24
    tall: float = 250

    @property
    def floor(self) -> float:
        """The bottom."""
        return self.top + self.tall

    def x(self, n: float) -> float:
        """Of a number of attempts; the widest is a little left of the edge."""
        return round(self.left + (self.right - self.left) * n / (self.most * 1.06), 1)

    def y(self, share: float) -> float:
        """Of a rate."""
        return round(self.floor - self.tall * share, 1)


def funnel_plot(caption: Caption, dots: Sequence[Dot], *, rate: float, target: float | None, said: FunnelWords) -> str:
    """Rate by effective number of attempts, with the limits in which services of one and the same rate would be."""
    at = Plane(most=max((d.n for d in dots), default=1))
    left, right, floor = at.left, at.right, at.floor
    body = _band(at, rate, OUTER, FAINT) + _band(at, rate, INNER, PALE)
    for tick in (0, 25, 50, 75, 100):
        body += line(left, at.y(tick / 100), right, at.y(tick / 100), stroke=RULE)
        body += words(left - 8, at.y(tick / 100) + 4.5, str(tick), anchor="end", fill=SOFT)
    body += words(left - 8, 13, "%", anchor="end", fill=SOFT)
    for n in _ticks(at.most):
        body += line(at.x(n), floor, at.x(n), floor + 5, stroke=SOFT)
        body += words(at.x(n), floor + 19, str(n), anchor="middle", fill=SOFT)
    body += words(1, floor + 36, said.attempts, fill=SOFT)
    body += line(left, at.y(rate), right, at.y(rate), stroke=INK, width=1.5)
    if target is not None:
        body += line(left, at.y(target), right, at.y(target), stroke=AMBER, width=1.5, dash="5 4")
    drawn = sorted(dots, key=_drawn)
    body += "".join(_dot(at, d, 3.2 if len(dots) > 200 else 4.5) for d in drawn) + _numbers(at, drawn)
    key = floor + 50
    body += line(1, key + 8, 27, key + 8, stroke=INK, width=1.5) + words(36, key + 12, said.group)
    if target is not None:
        body += line(1, key + 28, 27, key + 28, stroke=AMBER, width=1.5, dash="5 4")
        body += words(36, key + 32, said.target)
    for i, (fill, text) in enumerate(((PALE, said.inner), (FAINT, said.outer))):
        y = key + 40 + 20 * i
        body += box(1, y, 26, 14, fill, stroke=RULE) + words(36, y + 12, text)
    return picture(WIDTH, key + 82, caption, body)


def shares_bar(caption: Caption, parts: Sequence[tuple[str, int]]) -> str:
    """Services that met the target, did not, or have no conclusion; told by shading and number, not by colour alone."""
    total = sum(n for _, n in parts) or 1
    shading = f"{caption.name}-hatch"
    fills = ((BLUE, BLUE), (f"url(#{shading})", AMBER), (FAINT, SOFT))
    body, at = "", 1.0
    for i, ((label, n), (fill, stroke)) in enumerate(zip(parts, fills, strict=True)):
        wide = (WIDTH - 2) * n / total
        if n:
            body += box(at, 2, wide, 24, fill, stroke=stroke)
        body += box(1, 38 + 24 * i, 26, 15, fill, stroke=stroke) + words(36, 50 + 24 * i, f"{n}  {label}", bold=bool(n))
        at += wide
    return picture(WIDTH, 38 + 24 * len(parts), caption, body, hatch(shading, AMBER, SAND))


def _band(at: Plane, rate: float, alpha: float, fill: str) -> str:
    """The limits, closer where few attempts make them bend."""
    sizes = sorted({max(1, round(at.most * 1.06 * (i / STEPS) ** 2)) for i in range(1, STEPS + 1)})
    bounds = [(at.x(n), limits(rate, n, alpha=alpha)) for n in sizes]
    above = [f"{x:g},{at.y(b.high):g}" for x, b in bounds]
    below = [f"{x:g},{at.y(b.low):g}" for x, b in reversed(bounds)]
    return f'<polygon points="{" ".join([*above, *below])}" fill="{fill}" stroke="{SOFT}" stroke-width=".6"/>'


def _drawn(dot: Dot) -> tuple[bool, int, float]:
    """Order of drawing: those outside on top."""
    return bool(dot.mark), dot.n, dot.rate


def _dot(at: Plane, dot: Dot, radius: float) -> str:
    """A disc; a square for a service outside."""
    x, y = at.x(dot.n), at.y(dot.rate)
    if not dot.mark:
        return f'<circle cx="{x:g}" cy="{y:g}" r="{radius:g}" fill="{BLUE}" stroke="{PAPER}" stroke-width=".8"/>'
    return box(x - 5, y - 5, 10, 10, AMBER, stroke=PAPER)


def _numbers(at: Plane, dots: Sequence[Dot]) -> str:
    """The numbers of the squares: beside them, or a line or two higher or lower where others stand there already."""
    taken: list[tuple[float, float]] = []
    body = ""
    for dot in dots:
        if dot.mark in ("", UNNAMED):
            continue
        x, y = at.x(dot.n), at.y(dot.rate) + 4.5
        sides = (-1, 1) if x > at.right - 30 else (1, -1)
        places = [(x + side * (8 + 5.5 * abs(row)), y + 14 * row, side) for row in NEAREST for side in sides]
        free = (p for p in places if all(abs(p[0] - a) >= 18 or abs(p[1] - b) >= 14 for a, b in taken))
        found = next((p for p in free if p[0] >= at.left - 20), places[0])
        taken.append(found[:2])
        body += words(*found[:2], dot.mark, anchor="start" if found[2] > 0 else "end", bold=True)
    return body


def _ticks(most: int) -> list[int]:
    """Three or four round numbers."""
    step = next(
        s
        for s in (1, 2, 5, 10, 20, 25, 50, 100, 200, 250, 500, 1000, 2000, 5000, 10**4, 10**5, 10**9)
        if most / s <= 4.5
    )
    return [step * i for i in range(1, int(most / step) + 1)]
