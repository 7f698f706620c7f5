"""`python tests/bench/ear_reliability.py OUT.svg RUN.json…`: the probability of a person, stated and right.

One value a call: that of the verdict HUMAN, or what was last told of a voice that stayed undecided. The runs are
written by `make bench-ear BENCH_ARGS="--json RUN.json"`. A bar is the exact interval at 95 %.
"""

from __future__ import annotations

import json
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import beta

SIDE, EDGE, KEY = 420, 44, 64
BINS = (0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 0.94, 0.97, 1.0)
EARLY_S = 1.0
"""A start so much before the first word is nobody's."""
SERIES = (
    ("recordings known", "#1f5f8b", ("asked, learnt", "not asked, learnt")),
    ("first calls", "#b4541a", ("asked, first call",)),
    ("one prompt unknown", "#7a3c7a", ("not asked, one prompt unknown",)),
)
"""Name, colour and the ways of judging in it."""
Stated = tuple[float, bool]
"""A probability, and whether a person was there."""


def stated(outcome: dict[str, Any]) -> Stated | None:
    """What a call said of a person; None where nobody unexplained spoke."""
    if outcome["declared"]:
        return outcome["probability"], not outcome["false"]
    if not outcome["beliefs"]:
        return None
    _, probability, start_s = outcome["beliefs"][-1]
    return probability, outcome["present"] and start_s >= outcome["onset_s"] - EARLY_S


def x(p: float) -> float:
    """Of a stated probability."""
    return EDGE + p * SIDE


def y(p: float) -> float:
    """Of a share that was right."""
    return EDGE + (1 - p) * SIDE


def points(said: list[Stated], colour: str, aside: float) -> list[str]:
    """One point a bin that holds a call, drawn `aside` so that bars of two series are apart."""
    parts = []
    for low, high in pairwise(BINS):
        inside = [s for s in said if low < s[0] <= high]
        if not inside:
            continue
        n, right = len(inside), sum(s[1] for s in inside)
        at = x(float(np.mean([s[0] for s in inside]))) + aside
        least = float(beta.ppf(0.025, right, n - right + 1)) if right else 0.0
        most = float(beta.ppf(0.975, right + 1, n - right)) if right < n else 1.0
        parts.append(f'<path d="M{at:.1f} {y(least):.1f}V{y(most):.1f}" stroke="{colour}" stroke-width="1.5"/>')
        parts.append(f'<circle cx="{at:.1f}" cy="{y(right / n):.1f}" r="{2 + n**0.5 / 3:.1f}" fill="{colour}"/>')
    return parts


def picture(series: dict[str, list[Stated]]) -> str:
    """The plot as SVG; a larger point holds more calls."""
    wide, tall = SIDE + 2 * EDGE, SIDE + 2 * EDGE + KEY
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {tall}" font-family="sans-serif" font-size="12">'
        '<title>Probability of a person: stated and right</title><rect width="100%" height="100%" fill="#fff"/>',
        f'<rect x="{EDGE}" y="{EDGE}" width="{SIDE}" height="{SIDE}" fill="none" stroke="#888"/>',
        f'<path d="M{x(0)} {y(0)}L{x(1)} {y(1)}" stroke="#bbb" stroke-dasharray="4 4"/>',
        f'<text x="{x(0.5)}" y="{y(0) + 32}" text-anchor="middle">probability of a person that was stated</text>',
        f'<text x="{EDGE}" y="28">share of calls in which it was one</text>',
    ]
    for p in (0, 0.2, 0.4, 0.6, 0.8, 1):
        parts.append(f'<text x="{x(p)}" y="{y(0) + 16}" text-anchor="middle">{p:g}</text>')
        parts.append(f'<text x="{x(0) - 8}" y="{y(p) + 4}" text-anchor="end">{p:g}</text>')
    for n, (name, colour, _) in enumerate(SERIES):
        parts += points(series[name], colour, 5.0 * (n - 1))
        parts.append(f'<circle cx="{EDGE + 6}" cy="{y(0) + 52 + 18 * n}" r="5" fill="{colour}"/>')
        parts.append(f'<text x="{EDGE + 18}" y="{y(0) + 56 + 18 * n}">{name} ({len(series[name])} calls)</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"


def error(said: list[Stated]) -> float:
    """Expected calibration error over the bins."""
    bins = ([s for s in said if low < s[0] <= high] for low, high in pairwise(BINS))
    return sum(abs(sum(p - right for p, right in inside)) for inside in bins) / max(1, len(said))


def main() -> None:
    """Read the runs, draw, and print the expected calibration errors, of verdicts and of all that was stated."""
    out, *runs = map(Path, sys.argv[1:])
    rows = [o for run in runs for number in json.loads(run.read_text(encoding="utf-8")) for o in number["outcomes"]]
    series = {name: [s for o in rows if o["way"] in ways and (s := stated(o))] for name, _, ways in SERIES}
    out.write_text(picture(series), encoding="utf-8")
    for name, _, ways in SERIES:
        verdicts = [s for o in rows if o["way"] in ways and o["declared"] and (s := stated(o))]
        judged = f"{error(verdicts):.3f} of {len(verdicts)} verdicts"
        print(f"{name}: {error(series[name]):.3f} of {len(series[name])} calls, {judged}")


if __name__ == "__main__":
    main()
