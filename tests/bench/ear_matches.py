"""Recordings recognised on bad lines, and people's speech taken for a recording."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from functools import lru_cache, partial

import numpy as np
from ear_calls import level, quiet
from ear_corpus import RATE, Clip, Pcm, clips
from ear_line import Conditions, TelephoneLine, faster
from ear_shares import at_most, interval
from ear_sounds import heard
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from prober.ear import PromptLibrary
from prober.ear.fingerprint import BLOCK, HOP, Fingerprinter, Prints, errors
from prober.ear.library import Prompt
from prober.ear.resting import SPEAKERS
from prober.ear.voice import HOP as VOICE_HOP
from prober.ear.voice import fresh_probabilities
from prober.events import Sound

LINES: dict[str, Conditions | None] = {
    "clean": Conditions(),
    "loss 3 %": Conditions(loss=0.03),
    "over music": Conditions(),
    "clock 1 % fast": Conditions(skew=0.01),
    "clock 1 % slow": Conditions(skew=-0.01),
    "stretch: delay changed 12 times a minute": Conditions(changes_a_minute=12.0),
    "GSM full rate": Conditions(gsm=True),
    "drawn": None,
}
KNOWN = 4
"""Recordings of a number."""
LOOK = 16
"""Sub-prints between two looks, as in the ear: 0.256 s."""
VOICED = 1 / 3
"""A second of which so much is voice is compared."""
SLOWEST, FASTEST = 0.85, 1.15


def over_line(sound: Pcm, seed: Sequence[int], conditions: Conditions | None = None) -> NDArray[np.int16]:
    """A sound as it comes out of a line."""
    return TelephoneLine(np.random.default_rng(seed), conditions).over(sound)


def recognised(split: str, case: tuple[str, int]) -> bool:
    """The `n`-th recording, learnt over one drawn line with three others, heard over another."""
    where, n = case
    recordings, draw = long_recordings(split), np.random.default_rng([n, 4])
    others = [int(i) for i in draw.permutation(len(recordings)) if i != n][: KNOWN - 1]
    library = PromptLibrary(learnt(split, i) for i in (n, *others))
    said = level(recordings[n].sound(), -22.0)
    if where == "over music":
        music = [c for c in clips(split) if c.kind == "music" and c.length_s >= 20]
        bed = np.resize(np.roll(music[n % len(music)].sound(), int(draw.integers(10 * RATE))), len(said) + 4 * RATE)
        sound = level(bed, -22.0 - float(draw.uniform(5, 15)))
        sound[2 * RATE : 2 * RATE + len(said)] += said
    else:
        sound = np.concatenate((quiet(2.0), said, quiet(2.0)))
    found = heard(sound, [n, 6], LINES[where], library=library, rest=(SPEAKERS,))
    start_s, length_s = 2.0, len(said) / RATE
    return any(
        h.sound is Sound.RECORDING
        and h.prompt == str(n)
        and min(start_s + length_s, h.end_s or 1e9) - max(start_s, h.start_s) > 0.3 * length_s
        for h in found
    )


@lru_cache(maxsize=500)
def learnt(split: str, n: int) -> Prompt:
    """The `n`-th recording as one drawn line gave it."""
    sound = np.concatenate((long_recordings(split)[n].sound(), quiet(0.1)))
    return PromptLibrary.empty().learn(prompt_id=str(n), label="", pcm=over_line(sound, [n, 5])).prompts[0]


@lru_cache(maxsize=2)
def long_recordings(split: str) -> list[Clip]:
    """Recordings of two seconds and more."""
    return [c for c in clips(split) if c.kind == "prompt" and 2.0 <= c.length_s <= 15.0]


def known_recordings(pool: Executor, split: str, show: Console) -> None:
    """The share recognised, line by line."""
    n = len(long_recordings(split))
    table = Table("line", "recognised", title="a known recording of 2 to 15 s, four known (aim ≥ 99.5 %)")
    cases = [(where, i) for where in LINES for i in range(n)]
    right = list(pool.map(partial(recognised, split), cases, chunksize=16))
    for at, where in enumerate(LINES):
        table.add_row(where, interval(sum(right[at * n : at * n + n]), n))
    table.add_row("all", interval(sum(right), len(right)))
    show.print(table)


@lru_cache(maxsize=1)
def all_recordings() -> tuple[PromptLibrary, Prints]:
    """Every recording of the corpus, of both halves: the library, and its sub-prints in a row."""
    known = []
    for split in ("tune", "test"):
        for c in clips(split):
            if c.kind == "prompt" and c.length_s >= 1.5:
                pcm = (c.sound() * 32767).astype(np.int16)
                learnt = PromptLibrary.empty().learn(prompt_id=c.path.stem, label="", pcm=pcm)
                known.append(Prompt(prompt_id=c.path.stem, label="", number=None, prints=learnt.prompts[0].prints))
    return PromptLibrary(known), np.concatenate([p.prints for p in known])


def looked_at(case: tuple[Clip, int, int]) -> tuple[float, float, int]:
    """A person's clip heard `times` times, each at another speed over another line, against all recordings.

    Seconds of voice compared, the smallest share of bits that differed, and how often a recording was recognised."""
    clip, seed, times = case
    library, joined = all_recordings()
    voiced = fresh_probabilities(clip.sound()) >= 0.5
    looks, least, false = 0, 1.0, 0
    draw = np.random.default_rng([seed, 7])
    for n in range(times):
        speed = float(draw.uniform(SLOWEST, FASTEST))
        samples = over_line(faster(clip.sound(), speed), [seed, n, 8])
        samples = samples[: len(samples) // HOP * HOP]
        prints = Fingerprinter().hear((samples / 32768).astype(np.float32))
        for end in range(BLOCK, len(prints) + 1, LOOK):
            first, last = (int(at * HOP * speed / VOICE_HOP) for at in (end - BLOCK, end))
            if voiced[first:last].sum() < VOICED * (last - first):
                continue
            block = prints[end - BLOCK : end]
            looks, least = looks + 1, min(least, float(errors(joined, block).min()))
            nearest = library.nearest(block)
            false += nearest is not None and nearest.same
    return looks * LOOK * HOP / RATE, least, false


def false_matches(pool: Executor, split: str, wanted_hours: float, show: Console) -> None:
    """People against all recordings, fingerprints alone."""
    people = sorted((c for c in clips(split) if c.kind == "human"), key=lambda c: -c.length_s)
    distinct_s = sum(c.length_s for c in people)
    times = int(wanted_hours * 3600 / (0.8 * distinct_s)) + 1
    rows = list(pool.map(looked_at, ((c, n, times) for n, c in enumerate(people)), chunksize=1))
    hours, false, least = sum(r[0] for r in rows) / 3600, sum(r[2] for r in rows), min(r[1] for r in rows)
    library, joined = all_recordings()
    show.print(
        f"people's speech taken for a recording (aim < 1 in 10 hours): {false} looks in {hours:.1f} hours of voice, "
        f"looked at every {LOOK * HOP / RATE:.2f} s, against {len(library.prompts)} recordings of both halves "
        f"({len(joined) * HOP / RATE / 60:.0f} min); at 95 % fewer than {10 * at_most(false, hours):.2f} in 10 hours; "
        f"the smallest share of bits that differed: {least:.3f} (limit 0.30)"
    )
    show.print(
        f"  the hours are {distinct_s / 60:.0f} min of distinct speech of the {split} half, each clip heard {times} "
        f"times at {SLOWEST:g} to {FASTEST:g} times its speed over drawn lines: they vary lines and pitch, not words"
    )
