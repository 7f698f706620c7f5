"""`make bench-ear`: how well the ear hears, on calls made of held-out voices and music. Prints; asserts nothing.

Each number gets two calls to learn from and one that is judged; the judged call is lived four times: with our sentence
and without it, knowing what was learnt and knowing nothing. The same sound goes to AMD() rules and to voice
activity alone; with `--ablation` it is judged once more without each part. `--split tune` is for setting thresholds,
`test` (default) for figures.
"""

from __future__ import annotations

import argparse
import json
import platform
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from functools import partial

import numpy as np
from ear_baselines import amd, first_voice_s
from ear_calls import Lived, Scene, live, scene, service
from ear_corpus import clips
from ear_cost import costs
from ear_curves import Belief, curves
from ear_lessons import learnt
from ear_matches import false_matches, known_recordings
from ear_shares import interval
from ear_sounds import false_tones, tones
from rich.console import Console
from rich.table import Table

from prober.ear import EAR_VERSION, Ear, PromptLibrary
from prober.ear.resting import FINGERPRINTS
from prober.events import Sound

WAYS = ("asked, learnt", "asked, first call", "not asked, learnt", "not asked, one prompt unknown")
ABLATED = (
    "asked, learnt, without voiceprints",
    "not asked, learnt, without voiceprints",
    "asked, learnt, without fingerprints",
    "not asked, learnt, without fingerprints",
)
SOUNDS = ("tones", "recordings", "people")
EARLY_S = 1.0
"""Somebody called human more than this before the person's first word was nobody."""
FOUND_S = 5.0
CALIBRATION_BINS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one way of judging made of one call."""

    way: str
    present: bool
    valid: bool
    group: str
    pauses: bool
    declared: bool
    false: bool
    """Somebody was called human where nobody was, or more than a second before."""
    error_s: float | None
    delay_s: float | None
    """From the first word to the decision."""
    undecided: bool
    probability: float | None
    onset_s: float | None
    beliefs: tuple[Belief, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """Everything about one number's calls."""

    outcomes: tuple[Outcome, ...]
    vad_error_s: float | None
    vad_false: bool
    amd_human: str | None
    amd_prompts: tuple[str, ...]
    plays: int
    recognised: int
    cpu_s: float
    heard_s: float


def judge(way: str, it: Scene, lived: Lived, pauses: bool) -> Outcome:
    """Compare the first person declared with the one who was there."""
    human, onset_s = lived.human(), lived.onset_s
    false = human is not None and (onset_s is None or human.start_s < onset_s - EARLY_S)
    found = human is not None and not false
    speech = [h for h in lived.final() if h.sound is Sound.SPEECH and (h.end_s or lived.length_s) - h.start_s >= 0.7]
    return Outcome(
        way=way,
        present=onset_s is not None,
        valid=it.valid,
        group=it.group,
        pauses=pauses,
        declared=human is not None,
        false=false,
        error_s=human.start_s - onset_s if found and human is not None and onset_s is not None else None,
        delay_s=human.at_s - onset_s if found and human is not None and onset_s is not None else None,
        undecided=human is None and bool(speech),
        probability=human.probability if human is not None else None,
        onset_s=onset_s,
        beliefs=lived.beliefs(),
    )


def without_fingerprints(library: PromptLibrary | None, number: str) -> Ear:
    """An ear that recognises nothing."""
    ear = Ear(library, number)
    ear.rest((FINGERPRINTS,))
    return ear


def number(split: str, n: int, *, ablation: bool = False) -> Number:
    """The calls of the `n`-th number. `ablation`: the judged one is judged without each part too."""
    draw = np.random.default_rng([n, 2026])
    sounds = clips(split)
    people = [c for c in sounds if c.kind == "human"]
    it = service(draw, sounds)
    present, pauses = n % 2 == 0, n % 4 == 1 or n % 8 == 2
    known = learnt(draw, it, people[1::4])
    people = [p for n, p in enumerate(people) if n % 4 != 1]  # nobody answers twice
    made, seed = scene(draw, it, people if present else [], pauses=pauses), int(draw.integers(2**31))
    missing = int(draw.integers(len(known))) if known else 0
    libraries = {
        WAYS[0]: PromptLibrary(known),
        WAYS[1]: PromptLibrary.empty(),
        WAYS[2]: PromptLibrary(known),
        WAYS[3]: PromptLibrary(k for i, k in enumerate(known) if i != missing),
    }
    began = time.process_time()
    lived = {way: live(made, seed, library=libraries[way], asks=way.startswith("asked"), keep_on=True) for way in WAYS}
    cpu_s, heard_s = time.process_time() - began, sum(each.length_s for each in lived.values())
    for way in ABLATED if ablation else ():
        unvoiced = (
            PromptLibrary(replace(k, voice=None) for k in known) if "voiceprints" in way else PromptLibrary(known)
        )
        lived[way] = live(
            made, seed, library=unvoiced, asks=way.startswith("asked"), keep_on=True,
            ear_of=without_fingerprints if "fingerprints" in way else Ear,
        )  # fmt: skip
    plain = lived[WAYS[2]]
    voice_s = first_voice_s(plain.sound, made.answer_s)
    recordings = [h for h in plain.final() if h.sound is Sound.RECORDING]
    plays = [(a, b) for a, b in plain.plays if b - a >= 2.0]
    return Number(
        outcomes=tuple(judge(way, made, each, pauses) for way, each in lived.items()),
        vad_error_s=voice_s - plain.onset_s if voice_s is not None and plain.onset_s is not None else None,
        vad_false=voice_s is not None and (plain.onset_s is None or voice_s < plain.onset_s - EARLY_S),
        amd_human=amd(plain.sound[int(plain.onset_s * 8000) :]) if plain.onset_s is not None else None,
        amd_prompts=tuple(amd(plain.sound[int(a * 8000) :]) for a, _ in plays),
        plays=len(plays),
        recognised=sum(
            any(min(b, h.end_s or b) - max(a, h.start_s) > 0.3 * (b - a) for h in recordings) for a, b in plays
        ),
        cpu_s=cpu_s,
        heard_s=heard_s,
    )


def share(rows: Sequence[Outcome], which: Callable[[Outcome], bool]) -> str:
    return interval(sum(map(which, rows)), len(rows))


def way_rows(rows: Sequence[Outcome]) -> Iterable[tuple[str, str, str]]:
    """Figure, aim and value for one way of judging."""
    there, valid = [r for r in rows if r.present], [r for r in rows if r.present and r.valid]
    nobody = [r for r in rows if not r.present]
    found = [r for r in there if r.error_s is not None and abs(r.error_s) <= FOUND_S]
    first = "first" in rows[0].way
    yield (
        "human found (onset within 5 s, decided within 8 s)",
        "≥ 97 %",
        interval(sum((r.delay_s or 0) <= 8 for r in found), len(there)),
    )
    yield "… decided at any time", "", interval(len(found), len(there))
    yield "human declared where none is", "≤ 5 %" if first else "≤ 0.5 %", share(nobody, lambda r: r.declared)
    yield "human declared before the person spoke", "", share(there, lambda r: r.false)
    for limit_s, aim in ((0.5, "≥ 95 %"), (1.0, "≥ 98 %")):
        for name, of in (("all", there), ("valid truth", valid)):
            yield (
                f"onset within ±{limit_s:g} s, of {name}",
                aim if name == "all" else "",
                share(of, lambda r, limit_s=limit_s: r.error_s is not None and abs(r.error_s) <= limit_s),
            )
    delays = sorted(r.delay_s for r in found if r.delay_s is not None)
    if delays:
        aim = "≤ 2.0 / ≤ 8 s" if rows[0].way.startswith("asked") else "≤ 2.0 / ≤ 5 s"
        yield (
            "decision after the first word, median / p95",
            aim,
            (f"{delays[len(delays) // 2]:.1f} / {delays[int(0.95 * (len(delays) - 1))]:.1f} s (n = {len(delays)})"),
        )
    yield "uncertain (speech undecided, nobody declared)", "" if first else "≤ 5 %", share(rows, lambda r: r.undecided)


def calibration(rows: Iterable[Outcome]) -> tuple[float, list[tuple[float, float, int]]]:
    """Expected calibration error of the verdicts HUMAN, and (stated, right, n) for each bin in use."""
    stated = [(r.probability, not r.false) for r in rows if r.probability is not None]
    bins = []
    for k in range(CALIBRATION_BINS):
        inside = [s for s in stated if k / CALIBRATION_BINS < s[0] <= (k + 1) / CALIBRATION_BINS]
        if inside:
            p, right = np.mean([s[0] for s in inside]), np.mean([s[1] for s in inside])
            bins.append((float(p), float(right), len(inside)))
    error = sum(abs(p - right) * n for p, right, n in bins) / max(1, len(stated))
    return float(error), bins


def main() -> None:
    """Live the calls and print the tables."""
    wanted = argparse.ArgumentParser(description=__doc__)
    wanted.add_argument("--numbers", type=int, default=240)
    wanted.add_argument("--first", type=int, default=0, help="number of the first one: other calls of the same seed")
    wanted.add_argument("--split", choices=("test", "tune"), default="test")
    wanted.add_argument("--processes", type=int, default=2)
    wanted.add_argument("--only", choices=("calls", "cost", *SOUNDS), help="default: all of them")
    wanted.add_argument("--hours", type=float, default=8.0, help="of people's voice compared with recordings")
    wanted.add_argument("--ablation", action="store_true", help="judge each call without each part too")
    wanted.add_argument("--json", help="write every outcome to this file")
    asked = wanted.parse_args()
    began = time.monotonic()
    show, sounds = Console(width=150), clips(asked.split)
    if asked.only in (None, "cost"):
        costs(sounds, show)
    if asked.only == "cost":
        return
    with ProcessPoolExecutor(asked.processes) as pool:
        for part in SOUNDS if asked.only is None else {asked.only} & set(SOUNDS):
            show.print(f"ear {EAR_VERSION}, {asked.split} half, {part}:")
            if part == "tones":
                tones(pool, show)
                false_tones(pool, sounds, show)
            elif part == "recordings":
                known_recordings(pool, asked.split, show)
            else:
                false_matches(pool, asked.split, asked.hours, show)
        if asked.only in SOUNDS:
            show.print(f"{time.monotonic() - began:.0f} s")
            return
        span = range(asked.first, asked.first + asked.numbers)
        made = list(pool.map(partial(number, asked.split, ablation=asked.ablation), span, chunksize=4))
    show.print(
        f"ear {EAR_VERSION}, {datetime.now(UTC):%d %B %Y}, {platform.machine()}, a core a process; {asked.split} half: "
        + ", ".join(f"{k} {len({c.group for c in sounds if c.kind == k})} groups" for k in ("human", "prompt", "music"))
        + f"; {len(made)} numbers, two calls learnt and one judged each"
    )
    outcomes = [o for m in made for o in m.outcomes]
    for way in WAYS:
        table = Table("figure", "aim", "measured", title=way, title_justify="left")
        for row in way_rows([o for o in outcomes if o.way == way]):
            table.add_row(*row)
        show.print(table)
    _parts(made, outcomes, show)
    curves({way: [(o.present, o.onset_s, o.beliefs) for o in outcomes if o.way == way] for way in WAYS}, show)
    heard_s, cpu_s = sum(m.heard_s for m in made), sum(m.cpu_s for m in made)
    show.print(f"{heard_s / cpu_s:.0f} s of sound a CPU second, the simulated line and the call machine included")
    show.print(f"{time.monotonic() - began:.0f} s")
    if asked.json:
        with open(asked.json, "w", encoding="utf-8") as out:  # noqa: PTH123
            json.dump([asdict(m) for m in made], out)


def _parts(made: Sequence[Number], outcomes: Sequence[Outcome], show: Console) -> None:
    """What each part buys, known recordings, pauses, groups and calibration."""
    there = [m for m in made if m.amd_human is not None]
    table = Table(
        "what decides", "onset within ±0.5 s", "human where none is, or too early", title="what each part buys"
    )
    vad = sum(m.vad_error_s is not None and abs(m.vad_error_s) <= 0.5 for m in there)
    table.add_row(
        "voice activity alone", interval(vad, len(there)), interval(sum(m.vad_false for m in made), len(made))
    )
    prompts = [p for m in made for p in m.amd_prompts]
    table.add_row(
        "AMD() asked at the first word of the person / of each recording",
        f"says human: {interval(sum(m.amd_human == 'human' for m in there), len(there))}",
        f"says human: {interval(sum(p == 'human' for p in prompts), len(prompts))}",
    )
    for way in (*WAYS, *ABLATED):
        rows = [o for o in outcomes if o.way == way]
        if not rows:
            continue
        near = [o for o in rows if o.present]
        table.add_row(
            way, share(near, lambda r: r.error_s is not None and abs(r.error_s) <= 0.5), share(rows, lambda r: r.false)
        )
    show.print(table)
    first = [o for o in outcomes if o.way == WAYS[1] and not o.present]
    for pauses in (True, False):
        some = [o for o in first if o.pauses is pauses]
        kind = "1.3 to 4.5 s" if pauses else "short"
        show.print(f"first call, nobody there, pauses {kind}: false human {share(some, lambda r: r.declared)}")
    known = sum(m.recognised for m in made), sum(m.plays for m in made)
    show.print(f"recordings played and recognised after two calls (aim ≥ 99.5 %): {interval(*known)}")
    for group in sorted({o.group for o in outcomes if o.present}):
        of = [o for o in outcomes if o.group == group and o.way == WAYS[2]]
        show.print(f"  {group}: {share(of, lambda r: r.error_s is not None and abs(r.error_s) <= 0.5)} within ±0.5 s")
    for name, rows in (("asked", outcomes), ("not asked", outcomes)):
        error, bins = calibration(o for o in rows if o.way in WAYS[:3] and o.way.startswith(name))
        told = "; ".join(f"stated {p:.2f}, right {right:.2f} (n = {n})" for p, right, n in bins)
        show.print(f"calibration of HUMAN, {name} (aim ≤ 0.03): {error:.3f}; {told}")


if __name__ == "__main__":
    main()
