"""Tones named, and tones and beeps heard where there are none, over drawn lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import replace

import numpy as np
from ear_calls import quiet, tone
from ear_corpus import RATE, Clip, Pcm
from ear_line import Conditions, TelephoneLine, drawn, faster
from ear_shares import at_most, interval
from rich.console import Console
from rich.table import Table

from prober.ear import Ear, PromptLibrary
from prober.ear.resting import FINGERPRINTS, SPEAKERS
from prober.events import Heard, Sound

CADENCES: dict[str, tuple[Sound, tuple[float, ...], float, float]] = {
    "ringback FR": (Sound.RINGBACK, (440.0,), 1.5, 3.5),
    "ringback EU": (Sound.RINGBACK, (425.0,), 1.0, 4.0),
    "ringback US": (Sound.RINGBACK, (440.0, 480.0), 2.0, 4.0),
    "busy FR": (Sound.BUSY_TONE, (440.0,), 0.5, 0.5),
    "busy EU": (Sound.BUSY_TONE, (425.0,), 0.5, 0.5),
    "busy US": (Sound.BUSY_TONE, (480.0, 620.0), 0.5, 0.5),
    "congestion FR": (Sound.CONGESTION_TONE, (440.0,), 0.25, 0.25),
    "congestion EU": (Sound.CONGESTION_TONE, (425.0,), 0.25, 0.25),
    "congestion US": (Sound.CONGESTION_TONE, (480.0, 620.0), 0.25, 0.25),
    "CNG": (Sound.FAX, (1100.0,), 0.5, 3.0),
    "CED": (Sound.FAX, (2100.0,), 3.0, 7.0),
}
SIT = "SIT"
NAMED = frozenset({Sound.RINGBACK, Sound.BUSY_TONE, Sound.CONGESTION_TONE, Sound.SIT, Sound.FAX})
LOSSES = (0.0, 0.01, 0.03)
TIMES = 30
"""Lines drawn for each tone at each loss."""
SPEEDS = (1.0, 0.97, 1.03, 0.94, 1.06)
MINUTES = 155.0
"""So long a span without a false tone shows fewer than 0.02 a minute."""


def heard(
    sound: Pcm, seed: Sequence[int], conditions: Conditions | None = None, *,
    library: PromptLibrary | None = None, rest: tuple[str, ...] = (),
) -> list[Heard]:  # fmt: skip
    """Last states of what the ear hears over a line, drawn if there are no `conditions`. `rest`: what it leaves out."""
    line, ear = TelephoneLine(np.random.default_rng(seed), conditions), Ear(library)
    ear.begin(0.0)
    ear.rest(rest)
    told = ear.hear(line.over(sound)) + ear.close()
    return list({h.stretch: h for h in told}.values())


def ten_seconds(name: str) -> Pcm:
    """A tone as long as one listens to it; the three notes of SIT once."""
    if name == SIT:
        notes = np.concatenate([np.concatenate((tone((f,), 0.33), quiet(0.03))) for f in (950.0, 1400.0, 1800.0)])
        return np.concatenate((quiet(0.5), notes, quiet(2.0)))
    _, hz, on_s, off_s = CADENCES[name]
    one = np.concatenate((tone(hz, on_s), quiet(off_s)))
    return np.concatenate((quiet(0.3), np.resize(one, 10 * RATE), quiet(0.5)))


def named(case: tuple[str, float, int]) -> Conditions | None:
    """The line of this case if its tone is called anything but its name there, or nothing."""
    name, loss, n = case
    own = [n, [*CADENCES, SIT].index(name), int(100 * loss)]
    conditions = replace(drawn(np.random.default_rng([*own, 1])), loss=loss)
    wanted = Sound.SIT if name == SIT else CADENCES[name][0]
    found = {h.sound for h in heard(ten_seconds(name), [*own, 2], conditions)} & NAMED
    return None if found == {wanted} else conditions


def tones(pool: Executor, show: Console) -> None:
    """Each tone, over drawn lines of each loss."""
    names = [*CADENCES, SIT]
    cases = [(name, loss, n) for name in names for loss in LOSSES for n in range(TIMES)]
    failed = [(case, at) for case, at in zip(cases, pool.map(named, cases, chunksize=20), strict=True) if at]
    table = Table("tone", *(f"loss {loss:.0%}" for loss in LOSSES), title="tones named (aim ≥ 99 %)")
    for name in names:
        table.add_row(name, *(f"{TIMES - sum(c[:2] == (name, x) for c, _ in failed)} of {TIMES}" for x in LOSSES))
    of = TIMES * len(names)
    table.add_row("all", *(interval(of - sum(c[1] == loss for c, _ in failed), of) for loss in LOSSES))
    show.print(table)
    show.print(f"all tones, lines drawn, 0 to 3 % loss: {interval(len(cases) - len(failed), len(cases))}")
    for (name, loss, _), at in failed:
        show.print(
            f"  {name} missed: loss {loss:.0%}, clock {at.skew:+.2%}, gain {at.gain_db:+.0f} dB, noise "
            f"{at.noise_dbfs:.0f} dBFS, delay changed {at.changes_a_minute:.0f} a minute{', GSM' if at.gsm else ''}"
        )


def varied(clips: Sequence[Clip], minutes: float) -> Iterator[tuple[Clip, int, float]]:
    """Every clip at one speed after another, until it is so many minutes: clip, seed, speed."""
    spent_s, seed = 0.0, 0
    while spent_s < 60 * minutes:
        for clip in clips:
            speed = SPEEDS[seed // len(clips) % len(SPEEDS)]
            spent_s += clip.length_s / speed
            yield clip, seed, speed
            seed += 1


def false_in(case: tuple[Clip, int, float]) -> tuple[float, int, int]:
    """Seconds heard, tones and beeps in them."""
    clip, seed, speed = case
    sound = faster(clip.sound(), speed)
    found = [h.sound for h in heard(sound, [seed, 3], rest=(SPEAKERS, FINGERPRINTS))]
    return len(sound) / RATE, sum(s in NAMED for s in found), found.count(Sound.BEEP)


def false_tones(pool: Executor, clips: Sequence[Clip], show: Console) -> None:
    """What is called a tone in people, recordings and music."""
    for kind in ("human", "prompt", "music"):
        some = [c for c in clips if c.kind == kind]
        rows = list(pool.map(false_in, varied(some, MINUTES), chunksize=8))
        minutes, apart = sum(r[0] for r in rows) / 60, sum(c.length_s for c in some) / 60
        wrong, beeps = sum(r[1] for r in rows), sum(r[2] for r in rows)
        show.print(
            f"false tones and beeps in {minutes:.0f} min of {kind} (aim < 0.02 a minute): {wrong} and {beeps}, at 95 % "
            f"fewer than {at_most(wrong + beeps, minutes):.3f} a minute; these are {apart:.0f} min of distinct sound, "
            f"each over several drawn lines at {min(SPEEDS):g} to {max(SPEEDS):g} times its speed"
        )
