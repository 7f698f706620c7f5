"""`python tests/bench/ear_reliability.py OUT.svg RUN.json…`: stated and right, of every verdict HUMAN in runs.

The runs are written by `make bench-ear BENCH_ARGS="--json RUN.json"`. A bar is the exact interval at 95 %.
"""

from __future__ import annotations

import json
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
from scipy.stats import beta

SIDE, EDGE = 320, 44
BINS = (0.0, 0.7, 0.9, 1.0)
LEAST = 0.4
"""Where the axes begin; a bar that goes lower is cut."""


def picture(verdicts: list[tuple[float, bool]], title: str) -> str:
    """The plot as SVG: one point a bin that holds a verdict."""

    def x(p: float) -> float:
        return EDGE + (p - LEAST) / (1 - LEAST) * SIDE

    def y(p: float) -> float:
        return EDGE + (1 - p) / (1 - LEAST) * SIDE

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIDE + 2 * EDGE} {SIDE + 2 * EDGE}" '
        f'font-family="sans-serif" font-size="11"><title>{title}</title><rect width="100%" height="100%" fill="#fff"/>',
        f'<rect x="{EDGE}" y="{EDGE}" width="{SIDE}" height="{SIDE}" fill="none" stroke="#888"/>',
        f'<path d="M{x(LEAST)} {y(LEAST)}L{x(1)} {y(1)}" stroke="#bbb" stroke-dasharray="4 4"/>',
        f'<text x="{x(0.7)}" y="{y(LEAST) + 34}" text-anchor="middle">stated</text>',
        f'<text x="{EDGE}" y="36" text-anchor="end">right</text>',
        f'<text x="{x(0.7)}" y="24" text-anchor="middle" font-size="13">{title}</text>',
    ]
    for p in (0.4, 0.6, 0.8, 1.0):
        parts.append(f'<text x="{x(p)}" y="{y(LEAST) + 16}" text-anchor="middle">{p:g}</text>')
        parts.append(f'<text x="{x(LEAST) - 8}" y="{y(p) + 4}" text-anchor="end">{p:g}</text>')
    for low, high in pairwise(BINS):
        inside = [v for v in verdicts if low < v[0] <= high]
        if not inside:
            continue
        n, right = len(inside), sum(v[1] for v in inside)
        stated = float(np.mean([v[0] for v in inside]))
        least = max(LEAST, float(beta.ppf(0.025, right, n - right + 1)) if right else 0.0)
        most = float(beta.ppf(0.975, right + 1, n - right)) if right < n else 1.0
        parts.append(f'<path d="M{x(stated):.1f} {y(least):.1f}V{y(most):.1f}" stroke="#1f5f8b" stroke-width="2"/>')
        parts.append(f'<circle cx="{x(stated):.1f}" cy="{y(right / n):.1f}" r="4" fill="#1f5f8b"/>')
        parts.append(f'<text x="{x(stated) - 8:.1f}" y="{y(least) - 6:.1f}" text-anchor="end">n = {n}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"


def main() -> None:
    """Read the runs, draw, and print the expected calibration error."""
    out, *runs = map(Path, sys.argv[1:])
    rows = [o for run in runs for number in json.loads(run.read_text(encoding="utf-8")) for o in number["outcomes"]]
    verdicts = [(o["probability"], not o["false"]) for o in rows if o["probability"] is not None]
    out.write_text(picture(verdicts, "HUMAN: stated and right, all ways of judging"), encoding="utf-8")
    error = 0.0
    for low, high in pairwise(BINS):
        inside = [v for v in verdicts if low < v[0] <= high]
        error += abs(sum(p - right for p, right in inside)) / max(1, len(verdicts))
    print(f"{out}: {len(verdicts)} verdicts, expected calibration error {error:.3f}")


if __name__ == "__main__":
    main()
