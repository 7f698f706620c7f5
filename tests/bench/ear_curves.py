"""Detection against false alarm, and against delay: one point a threshold of the probability of a person.

`python tests/bench/ear_curves.py OUT.svg RUN.json…` reads what `make bench-ear BENCH_ARGS="--json RUN.json"` wrote.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from ear_shares import interval
from rich.console import Console
from rich.table import Table

THRESHOLDS = (0.3, 0.5, 0.7, 0.8, 0.9)
"""Up to about what the ear decides at: once it has decided it looks no further."""
FOUND_S, WITHIN_S, EARLY_S = 5.0, 8.0, 1.0
"""An onset so near is right; a decision so late is still found; a start so much before the first word is nobody's."""
SIDE, EDGE = 320, 44
COLOURS = ("#1f5f8b", "#b4541a", "#3c7a3c", "#7a3c7a", "#8fb7cf", "#e0a986", "#9cc49c", "#c49cc4")
Belief = tuple[float, float, float]
"""When it was told, the probability that a person speaks, since when."""
Judged = tuple[bool, float | None, Sequence[Belief]]
"""Whether somebody was there, their first word, what was told of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """What one threshold makes of the calls."""

    threshold: float
    found: int
    of: int
    false: int
    calls: int
    delays_s: tuple[float, ...]
    """From the first word to the decision, of people found at any time, rising."""


def at_threshold(outcomes: Sequence[Judged], threshold: float) -> Point:
    """The first time a call's probability reaches the threshold is its decision."""
    found, false, delays = 0, 0, []
    for _, onset_s, beliefs in outcomes:
        decided = next((b for b in beliefs if b[1] >= threshold), None)
        if decided is None:
            continue
        at_s, _, start_s = decided
        if onset_s is None or start_s < onset_s - EARLY_S:
            false += 1
        elif abs(start_s - onset_s) <= FOUND_S:
            delays.append(at_s - onset_s)
            found += at_s - onset_s <= WITHIN_S
    present = sum(there for there, _, _ in outcomes)
    return Point(
        threshold=threshold, found=found, of=present, false=false, calls=len(outcomes), delays_s=tuple(sorted(delays))
    )


def curves(ways: dict[str, Sequence[Judged]], show: Console, out: Path | None = None) -> None:
    """Print one table a way of judging, and draw all of them to `out`."""
    lines = {way: [at_threshold(outcomes, t) for t in THRESHOLDS] for way, outcomes in ways.items()}
    for way, points in lines.items():
        table = Table("human from", "found within 8 s", "false or early, of calls", "delay, median", title=way)
        for p in points:
            late = f"{median(p.delays_s):.1f} s" if p.delays_s else "–"
            table.add_row(f"{p.threshold:g}", interval(p.found, p.of), interval(p.false, p.calls), late)
        show.print(table)
    if out is not None:
        out.write_text(picture(lines), encoding="utf-8")


def picture(lines: dict[str, list[Point]]) -> str:
    """Two plots side by side as SVG: found against false alarms, and found against the median delay."""
    drawn = [p for points in lines.values() for p in points]
    most = max([0.1, *(p.false / p.calls for p in drawn if p.calls)])
    slowest = max([4.0, *(median(p.delays_s) for p in drawn if p.delays_s)])
    width, height = 2 * (SIDE + 2 * EDGE), SIDE + 2 * EDGE + 14 + 18 * len(lines)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" '
        f'font-size="11"><title>People found, by threshold</title><rect width="100%" height="100%" fill="#fff"/>'
    ]
    for plot, (label, last) in enumerate((("false or too early, share of calls", most), ("median delay, s", slowest))):
        left = EDGE + plot * (SIDE + 2 * EDGE)
        parts += _axes(left, label, last)
        for colour, points in zip(COLOURS, lines.values(), strict=False):
            places = []
            for p in points:
                across = p.false / max(1, p.calls) if plot == 0 else median(p.delays_s) if p.delays_s else None
                if across is not None and p.of:
                    places.append((left + across / last * SIDE, EDGE + (1 - p.found / p.of) * SIDE, p.threshold))
            path = "L".join(f"{x:.1f} {y:.1f}" for x, y, _ in places)
            parts.append(f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="2"/>' if places else "")
            for n, (x, y, threshold) in enumerate(places):
                parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{colour}"/>')
                if n in (0, len(places) - 1):
                    parts.append(f'<text x="{x + 6:.1f}" y="{y + 14:.1f}" fill="{colour}">{threshold:g}</text>')
    for n, (colour, way) in enumerate(zip(COLOURS, lines, strict=False)):
        y = SIDE + 2 * EDGE + 14 + 18 * n
        parts.append(
            f'<circle cx="{EDGE}" cy="{y - 4}" r="4" fill="{colour}"/><text x="{EDGE + 10}" y="{y}">{way}</text>'
        )
    return "\n".join([*filter(None, parts), "</svg>"]) + "\n"


def _axes(left: float, label: str, last: float) -> list[str]:
    """A box, its ticks and its words."""
    parts = [
        f'<rect x="{left}" y="{EDGE}" width="{SIDE}" height="{SIDE}" fill="none" stroke="#888"/>',
        f'<text x="{left + SIDE / 2}" y="{EDGE + SIDE + 32}" text-anchor="middle">{label}</text>',
        f'<text x="{left}" y="{EDGE - 10}">people found within 8 s</text>',
    ]
    for share in (0.0, 0.5, 1.0):
        parts.append(
            f'<text x="{left + share * SIDE}" y="{EDGE + SIDE + 16}" text-anchor="middle">{share * last:.2g}</text>'
        )
        parts.append(f'<text x="{left - 6}" y="{EDGE + (1 - share) * SIDE + 4}" text-anchor="end">{share:g}</text>')
    return parts


def main() -> None:
    """Read the runs, print, draw."""
    out, *runs = map(Path, sys.argv[1:])
    ways: dict[str, list[Judged]] = {}
    for run in runs:
        for number in json.loads(run.read_text(encoding="utf-8")):
            for o in number["outcomes"]:
                ways.setdefault(o["way"], []).append((o["present"], o["onset_s"], o["beliefs"]))
    curves(ways, Console(width=120), out)


if __name__ == "__main__":
    main()
