"""`python tests/bench/ear_fit.py [NUMBERS]`: fits prober/ear/belief.json on the tuning half, from a seed.

First the lines of likeness: every clip goes over a drawn line; its voiceprints are those the ear would make. A recorded
voice is told from a person's by the likeness to the nearest of three other recordings of the same voice; two words of
one person from those of two by their likeness to each other.

Then the weights: calls of the bench are lived by an ear that collects evidence and never decides, with what was
learnt, with one prompt missing, without its voices, and with nothing known; asked and not asked. At each instant
somebody began at one of the beginnings, or nobody did: a conditional logit (McFadden 1974) in which every call of a way
weighs the same, with normal priors about what is thought of each term before the calls were looked at.
"""

from __future__ import annotations

import json
import multiprocessing
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from ear_calls import live, scene, service
from ear_corpus import Clip, clips
from ear_lessons import learnt
from ear_line import TelephoneLine
from scipy.optimize import minimize

from prober.ear import Ear, PromptLibrary, belief
from prober.ear.decision import Decision
from prober.ear.evidence import Beginning, Evidence
from prober.ear.speaker import Voiceprint, likeness
from prober.ear.speakers import ENROLS, Speakers, mean, merged
from prober.ear.timeline import Stretch, Timeline
from prober.ear.voice import HOP, HOP_S, VoiceDetector
from prober.ear.voice_odds import FILE

SEED, DRAWS = 7, 4000
CHANGED, NEAR_S = 0.1, 1.0
SYNTHETIC = 0.2
"""So many numbers are answered by agents whose voices are recorded ones."""
PRIOR = {
    "beginning": (-0.5, -2.5), "voiced": (0.5, 0.0), "recognisable": (1.0, 0.0), "before": (-0.5, 0.0),
    "unlike_recorded": (1.8, 0.0), "like_recorded": (1.0, 0.0), "no_voices": (1.2, 0.0), "unlike_before": (0.3, 0.6),
    "like_before": (0.3, 0.8), "no_print": (-1.0, 0.0), "one_print": (-0.5, 0.0), "waited": (1.2, 1.2),
    "reacts_soon": (4.0, 2.7), "reacts_otherwise": (0.0, 0.0),
    "reaction_short": (0.3, 1.5), "reaction_long": (-0.5, -2.0), "same_voice": (0.5, 0.5), "ignored": (-1.5, -1.5),
    "only_reacted": (-2.5, -3.0), "nothing_known": (-0.7, 0.0),
    "talked_over": (-2.5, -2.5), "taken_over": (-2.0, -1.5),
    "nearly_known": (-2.0, 0.0), "over_music": (-1.0, -0.7), "talks": (-1.0, -1.0),
    "due": (-0.7, 0.0), "voicebot": (-2.5, -2.5),
}  # fmt: skip
"""Mean of the weight of each term, on a number that is known and on a strange one."""
PRIOR_SD, HELD_SD = 0.5, 0.05
HELD = ("only_reacted", "taken_over", "voicebot")
"""Kept at their priors: an onset that is seconds late wrongs a service, and calls here hold too few of them; of
voicebots, whose recorded voice says nothing but a reply to us, they hold none."""
ODDS_WEIGHT = 0.6
"""Voiceprints overlap by half: each counts for so much of an independent one."""


def voices_of(numbered: tuple[int, Clip, Clip]) -> tuple[list[Voiceprint], list[Voiceprint]]:
    """The voiceprints of a clip heard over a line, and of another clip over the same line."""
    n, *both = numbered
    clip, other = (voiceprints(n, c) for c in both)
    return clip, other


def voiceprints(n: int, clip: Clip) -> list[Voiceprint]:
    """Those of a clip over the `n`-th line."""
    line = TelephoneLine(np.random.default_rng([SEED, n]))
    samples = (line.over(clip.sound()) / 32768).astype(np.float32)
    speakers, detector = Speakers(), VoiceDetector()
    for at in range(0, len(samples) - HOP + 1, HOP):
        hop = samples[at : at + HOP]
        speakers.hear(hop, voiced=detector.hear(hop) >= 0.5, wanted=True, now_s=(at + HOP) / HOP * HOP_S)
    return [s.voice for s in speakers.said if s.weight >= ENROLS]


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


def lines() -> dict[str, dict[str, float]]:
    """The two lines of likeness."""
    some = [c for c in clips("tune") if c.kind in ("human", "prompt") and c.length_s >= 2.5]
    draw = np.random.default_rng(SEED)
    prompts = [c for c in some if c.kind == "prompt"]

    def beside(clip: Clip) -> Clip:
        """A recording that is heard in the same call: another one of that voice, or any where a person answers."""
        near = [c for c in prompts if c is not clip and (clip.kind == "human" or c.who == clip.who)]
        return near[int(draw.integers(len(near)))]

    with ProcessPoolExecutor(2) as pool:
        pairs = [(n, clip, beside(clip)) for n, clip in enumerate(some)]
        heard = list(zip(pairs, pool.map(voices_of, pairs, chunksize=8), strict=True))
    recorded: dict[str, list[tuple[list[Voiceprint], list[Voiceprint]]]] = {}
    people = []
    for (_, clip, other), (voices, others) in heard:
        if voices and others and clip.kind == "prompt":
            recorded.setdefault(clip.who, []).append((voices, others))
        elif voices and others:
            people.append((other.who, voices, others))
    recorded = {who: of for who, of in recorded.items() if len(of) >= 4}
    people = [p for p in people if p[0] in recorded]
    near: list[tuple[float, bool]] = []
    same: list[tuple[float, bool]] = []
    for n in range(DRAWS):
        person = n % 2 == 0
        who, voices, others = people[int(draw.integers(len(people)))]
        of = recorded[who if person else str(draw.choice(sorted(recorded)))]
        chosen = [of[i] for i in draw.choice(len(of), 4, replace=False)]
        if not person:
            voices, others = chosen[3]
        known = merged(v for v in (mean(own[:2]) for own, _ in chosen[:3]) if v is not None)
        one = voices[int(draw.integers(len(voices)))]
        near.append((max(likeness(one, v) for v in (*known, *others[:2])), person))
        a, b = (people[i][1] for i in draw.choice(len(people), 2, replace=False))
        if person and len(a) >= 4:
            half = int(draw.integers(2, len(a) - 1))  # not the voiceprint beside it, which overlaps
            same.append((likeness(a[half - 2], a[half]), True))
        same.append((likeness(a[0], b[-1]), False))
        same.append((likeness(chosen[0][0][0], chosen[0][1][-1]), True))
    fitted = {
        "person_by_voice": line_of(*map(list, zip(*near, strict=True))),  # type: ignore[arg-type]
        "same_voice": line_of(*map(list, zip(*same, strict=True))),  # type: ignore[arg-type]
    }
    for name, of in (("person_by_voice", near), ("same_voice", same)):
        yes, no = [p for p, right in of if right], [p for p, right in of if not right]
        print(
            name,
            *(f"{q:g} %: {np.quantile(yes, q / 100):.2f} / {np.quantile(no, q / 100):.2f}" for q in (1, 5, 50, 95, 99)),
        )
    return fitted


class Collecting(Decision):
    """Notes the evidence of every instant that brings something new, and decides nothing."""

    def __init__(self, known: PromptLibrary) -> None:
        super().__init__(known)
        self.noted: list[Instant] = []

    def _decide(
        self, found: list[tuple[Beginning, Evidence]], run: list[Stretch], timeline: Timeline, now_s: float
    ) -> None:
        values = np.array([list(belief.terms(it).values()) for _, it in found])
        last = self.noted[-1] if self.noted else None
        if last is None or last.terms.shape != values.shape or float(np.abs(values - last.terms).max()) > CHANGED:
            starts = tuple(at.start_s for at, _ in found)
            self.noted.append(Instant(at_s=now_s, starts=starts, terms=values, learnt=found[-1][1].learnt))


@dataclass(frozen=True, slots=True, kw_only=True)
class Instant:
    """The evidence of every beginning at one time."""

    at_s: float
    starts: tuple[float, ...]
    terms: np.ndarray
    """(beginnings, terms)"""
    learnt: bool
    right: int | None = None
    """The beginning that was one; None: nobody began."""


def collecting(library: PromptLibrary | None, number: str) -> Ear:
    """An ear that never decides."""
    ear = Ear(library, number)
    known = (library or PromptLibrary.empty()).of(number)
    ear._decision = Collecting(known)
    ear._turns = ear._decision.turns
    return ear


def number(n: int) -> list[tuple[float, list[Instant]]]:
    """The instants of one number's calls, with what each call weighs."""
    draw = np.random.default_rng([n, SEED])
    sounds = clips("tune")
    people = [c for c in sounds if c.kind == "human"]
    it = service(draw, sounds)
    known = learnt(draw, it, people[1::4])
    people = [p for i, p in enumerate(people) if i % 4 != 1]
    if draw.random() < SYNTHETIC:  # timbre alone must not decide: some agents have a recorded voice
        people = [c for c in sounds if c.kind == "prompt" and c.length_s >= 5 and c not in it.prompts]
    made, seed = scene(draw, it, people if n % 2 == 0 else [], pauses=n % 4 == 1), int(draw.integers(2**31))
    missing = int(draw.integers(len(known))) if known else 0
    whole, less = PromptLibrary(known), PromptLibrary(k for i, k in enumerate(known) if i != missing)
    ways = (
        (1.0, whole, True),
        (1.0, whole, False),
        (0.15, less, True),
        (0.15, less, False),
        (0.25, PromptLibrary(replace(k, voice=None) for k in known), n % 8 < 4),
        (0.15, PromptLibrary(replace(k, voice=None) for k in less.prompts), n % 8 >= 4),
        (1.0, PromptLibrary.empty(), True),
        (0.5, PromptLibrary.empty(), False),
    )
    found = []
    for weight, library, asks in ways:
        ears: list[Ear] = []

        def ear_of(*known: Any, ears: list[Ear] = ears) -> Ear:
            ears.append(collecting(*known))
            return ears[-1]

        lived = live(made, seed, library=library, asks=asks, keep_on=True, ear_of=ear_of)
        found.append((weight, [truth(one, lived.onset_s) for one in ears[0]._decision.noted]))  # type: ignore[attr-defined]
    return found


def truth(one: Instant, onset_s: float | None) -> Instant:
    """Which beginning was that of the person, if they had begun."""
    if onset_s is None or one.at_s < onset_s:
        return one
    theirs = [n for n, start_s in enumerate(one.starts) if start_s > onset_s - NEAR_S]
    return replace(one, right=min(theirs, key=lambda n: abs(one.starts[n] - onset_s))) if theirs else one


def weights_of(calls: list[tuple[float, list[Instant]]], learnt: bool) -> dict[str, float]:
    """The weights under which what happened is likeliest."""
    names = belief.terms(Evidence(learnt=learnt))
    prior = np.array([PRIOR[name][0 if learnt else 1] for name in names])
    sd = np.array([HELD_SD if name in HELD else PRIOR_SD for name in names])
    of = [(w / len(kept), kept) for w, call in calls if (kept := [i for i in call if i.learnt is learnt])]
    rows = [(w, i) for w, kept in of for i in kept]
    values = np.concatenate([i.terms for _, i in rows])
    sizes = np.array([len(i.starts) for _, i in rows])
    first = np.concatenate(([0], np.cumsum(sizes)[:-1]))
    weigh = np.array([w for w, _ in rows])
    right = np.array([-1 if i.right is None else i.right for _, i in rows])
    chosen = first + np.maximum(right, 0)
    owner = np.repeat(np.arange(len(rows)), sizes)

    def loss(b: np.ndarray) -> tuple[float, np.ndarray]:
        each = values @ b
        most = np.maximum(0, np.maximum.reduceat(each, first))
        parts = np.exp(each - most[owner])
        whole = np.exp(-most) + np.add.reduceat(parts, first)
        likely = np.where(right >= 0, each[chosen] - most, -most) - np.log(whole)
        p = parts / whole[owner] * weigh[owner]
        slope = values.T @ p - values[chosen].T @ (weigh * (right >= 0))
        away = (b - prior) / sd
        return float(-(weigh * likely).sum() + (away**2).sum() / 2), slope + away / sd

    fitted = minimize(loss, prior, jac=True, method="L-BFGS-B", options={"maxiter": 2000})
    return {name: round(float(value), 3) for name, value in zip(names, fitted.x, strict=True)}


def main() -> None:
    """Fit and write: the lines first, for the evidence is made with them."""
    numbers = int(sys.argv[1]) if sys.argv[1:] else 96
    fitted: dict[str, Any] = {**json.loads(FILE.read_text(encoding="utf-8")), **lines()}
    FILE.write_text(json.dumps(fitted, indent=1) + "\n", encoding="utf-8")
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        calls = [call for of in pool.map(number, range(numbers), chunksize=4) for call in of]
    fitted["weights"] = {name: weights_of(calls, name == "learnt") for name in ("learnt", "strange")}
    FILE.write_text(json.dumps(fitted, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(fitted, indent=1))


if __name__ == "__main__":
    main()
