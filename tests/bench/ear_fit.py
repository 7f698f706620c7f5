"""`python tests/bench/ear_fit.py`: fits prober/ear/belief.json on the tuning half, from a seed.

Every clip goes over a drawn line; its voiceprints are those the ear would make. A recorded voice is told from a
person's by the likeness to the nearest of three other recordings of the same voice; two words of one person from those
of two by their likeness to each other.
"""

from __future__ import annotations

import json
from concurrent.futures import ProcessPoolExecutor

import numpy as np
from ear_corpus import Clip, clips
from ear_line import TelephoneLine
from scipy.optimize import minimize

from prober.ear import belief
from prober.ear.speaker import Voiceprint, likeness
from prober.ear.speakers import Speakers, mean, merged
from prober.ear.voice import HOP, HOP_S, VoiceDetector

SEED, DRAWS = 7, 4000
ODDS_WEIGHT = 0.6
"""Voiceprints overlap by half: each counts for so much of an independent one."""


def voices_of(numbered: tuple[int, Clip]) -> list[Voiceprint]:
    """The voiceprints of a clip heard over a line."""
    n, clip = numbered
    line = TelephoneLine(np.random.default_rng([SEED, n]))
    samples = (line.over(clip.sound()) / 32768).astype(np.float32)
    speakers, detector = Speakers(), VoiceDetector()
    for at in range(0, len(samples) - HOP + 1, HOP):
        hop = samples[at : at + HOP]
        speakers.hear(hop, voiced=detector.hear(hop) >= 0.5, wanted=True, now_s=(at + HOP) / HOP * HOP_S)
    return [s.voice for s in speakers.said]


def line_of(likenesses: list[float], right: list[bool]) -> dict[str, float]:
    """Slope and middle of a logistic regression in which both classes weigh the same."""
    x, y = np.asarray(likenesses), np.asarray(right)
    weight = np.where(y, 0.5 / y.mean(), 0.5 / (1 - y.mean()))

    def loss(p: np.ndarray) -> float:
        odds = p[0] * (x - p[1])
        return float((weight * np.logaddexp(0, np.where(y, -odds, odds))).mean())

    start = [60.0 if x[y].mean() > x[~y].mean() else -60.0, (x[y].mean() + x[~y].mean()) / 2]
    slope, middle = minimize(loss, start, method="Nelder-Mead").x
    return {"slope": round(float(slope) * ODDS_WEIGHT, 2), "middle": round(float(middle), 3)}


def main() -> None:
    """Fit and write."""
    some = [c for c in clips("tune") if c.kind in ("human", "prompt") and c.length_s >= 2.5]
    with ProcessPoolExecutor(2) as pool:
        heard = list(zip(some, pool.map(voices_of, enumerate(some), chunksize=8), strict=True))
    recorded: dict[str, list[list[Voiceprint]]] = {}
    people = [v for c, v in heard if c.kind == "human" and v]
    for clip, voices in heard:
        if clip.kind == "prompt" and voices:
            recorded.setdefault(clip.voice, []).append(voices)
    recorded = {who: of for who, of in recorded.items() if len(of) >= 4}
    draw = np.random.default_rng(SEED)
    near: list[tuple[float, bool]] = []
    same: list[tuple[float, bool]] = []
    for n in range(DRAWS):
        of = recorded[str(draw.choice(sorted(recorded)))]
        chosen = [of[i] for i in draw.choice(len(of), 4, replace=False)]
        known = merged(v for v in (mean(voices[:2]) for voices in chosen[:3]) if v is not None)
        person = n % 2 == 0
        voices = people[int(draw.integers(len(people)))] if person else chosen[3]
        one = voices[int(draw.integers(len(voices)))]
        near.append((max(likeness(one, v) for v in known), person))
        a, b = (people[i] for i in draw.choice(len(people), 2, replace=False))
        if person and len(a) >= 4:
            half = int(draw.integers(2, len(a) - 1))  # not the voiceprint beside it, which overlaps
            same.append((likeness(a[half - 2], a[half]), True))
        same.append((likeness(a[0], b[-1]), False))
        same.append((likeness(chosen[0][0], chosen[1][-1]), True))
    fitted = {
        "person_by_voice": line_of(*map(list, zip(*near, strict=True))),  # type: ignore[arg-type]
        "same_voice": line_of(*map(list, zip(*same, strict=True))),  # type: ignore[arg-type]
    }
    belief.FILE.write_text(json.dumps(fitted, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(fitted))
    for name, pairs in (("person_by_voice", near), ("same_voice", same)):
        yes, no = [p for p, right in pairs if right], [p for p, right in pairs if not right]
        print(
            name,
            *(f"{q:g} %: {np.quantile(yes, q / 100):.2f} / {np.quantile(no, q / 100):.2f}" for q in (1, 5, 50, 95, 99)),
        )


if __name__ == "__main__":
    main()
