"""Sound to make calls of: clips by class from a folder with a MANIFEST.csv, split by group, never by file.

`tune` is what thresholds may be set on, `test` what is reported. Nothing of the folder is kept in this project.
"""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from prober.ear.voice import HOP, HOP_S, fresh_probabilities

ROOT = Path(__file__).parents[2]
RATE = 8000
Pcm = NDArray[np.float32]
TUNE = {
    "human": ("picovoice_intent",),
    "prompt": ("allison_en", "allison_es", "tts_kokoro"),
    "music": ("blupi", "colobot"),
}
"""One voice is in one half: Allison speaks English and Spanish. Everything else is `test`."""
LEFT_OUT = ("picovoice_wake", "mycroft")
"""Single words, often of children: no greeting can be cut from them."""
TRUTHS_AGREE_S = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """A file of the corpus."""

    path: Path
    kind: str
    """human, prompt or music."""
    group: str
    length_s: float
    licence: str

    @property
    def voice(self) -> str:
        """Who recorded it: its group, or for groups of several synthetic voices the one in the file's name."""
        named = re.match(r"(kokoro|espeak)_?[a-z]*", self.path.stem)
        return named.group() if named else self.group.removesuffix("_es").removesuffix("_en")

    @property
    def who(self) -> str:
        """Who recorded it in which language: a number speaks one."""
        return f"{self.group}/{self.voice}"

    def sound(self) -> Pcm:
        """Its samples in [-1, 1]."""
        return _samples(self.path)

    def voiced(self) -> NDArray[np.bool_]:
        """Each hop of 256 samples: whether somebody speaks in it."""
        return _voiced(self.path)


@lru_cache(maxsize=2000)
def _samples(path: Path) -> Pcm:
    samples, rate = soundfile.read(path, dtype="float32")
    assert rate == RATE, path
    return np.asarray(samples, dtype=np.float32)


@lru_cache(maxsize=2000)
def _voiced(path: Path) -> NDArray[np.bool_]:
    return fresh_probabilities(_samples(path)) >= 0.5


def folder() -> Path:
    """`$DECROCHE_AUDIO`, else `../shared/audio` beside the project. Exits with a sentence where there is none."""
    found = Path(os.environ.get("DECROCHE_AUDIO") or ROOT.parent / "shared" / "audio")
    if not (found / "MANIFEST.csv").is_file():
        raise SystemExit(f"{found}: no MANIFEST.csv there (expected a corpus; DECROCHE_AUDIO names its folder)")
    return found


def clips(split: str) -> list[Clip]:
    """The clips of one half, `tune` or `test`."""
    return [clip for clip in _all() if (clip.group in TUNE[clip.kind]) == (split == "tune")]


def _all() -> Iterator[Clip]:
    here = folder()
    with (here / "MANIFEST.csv").open(newline="", encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            kind = row["class"].split("_")[0]
            if kind in TUNE and row["group"] not in LEFT_OUT:
                yield Clip(
                    path=here / row["file"],
                    kind=kind,
                    group=row["group"],
                    length_s=float(row["duration"]),
                    licence=row["licence"],
                )


def onsets(sound: Pcm) -> tuple[float, float] | None:
    """Where the words of a clean clip begin, in seconds: by energy, and by a fresh voice detector; None: nowhere."""
    frames = sound[: len(sound) // 160 * 160].reshape(-1, 160)
    level = 10 * np.log10((frames**2).mean(axis=1) + 1e-9)
    loud = level > np.percentile(level, 95) - 25
    voiced = fresh_probabilities(sound) >= 0.5
    first = [_first_run(marks, 3, 5) for marks in (loud, voiced)]
    return None if None in first else (first[0] * 0.02, first[1] * HOP_S)  # type: ignore[operator]


def _first_run(marks: NDArray[np.bool_], needed: int, of: int) -> int | None:
    for at in np.flatnonzero(marks):
        if marks[at : at + of].sum() >= needed:
            return int(at)
    return None


def paused(words: Pcm, seconds: float) -> Pcm:
    """With a pause where they are softest, half a second or more from both ends; as they are when too short."""
    frames = words[: len(words) // 160 * 160].reshape(-1, 160)
    around = np.convolve((frames**2).mean(axis=1), np.ones(5), "valid")[23:-23]
    if len(around) < 10:
        return words
    at = (25 + int(around.argmin())) * 160
    fade = np.linspace(0, 1, 160, dtype=np.float32)
    before, after = words[:at].copy(), words[at:].copy()
    before[-160:] *= fade[::-1]
    after[:160] *= fade
    return np.concatenate((before, np.zeros(int(seconds * RATE), dtype=np.float32), after))


def utterance(
    clip: Clip, span: tuple[int, int], draw: np.random.Generator | None, shortest_s: float, longest_s: float
) -> tuple[Pcm, int] | None:
    """Some seconds of a person within hops `span`, from pause to pause where there is one; None if there are none.

    Drawn, or the first without a `draw`. With it comes the hop that it ends before."""
    sound, voiced = clip.sound(), clip.voiced()[: span[1]]
    starts = [i for i in range(span[0], len(voiced)) if voiced[i] and not voiced[max(span[0], i - 12) : i].any()]
    if not starts:
        return None
    start = starts[0] if draw is None else int(draw.choice(starts))
    least, most = int(shortest_s / HOP_S), int(longest_s / HOP_S)
    ends = [i for i in range(start + least, min(start + most, len(voiced))) if not voiced[i : i + 9].any()]
    end = ends[0] if ends else min(start + most, len(voiced))
    if (end - start) * HOP_S < shortest_s or voiced[start:end].sum() * HOP_S < 0.5 * shortest_s:
        return None
    cut = sound[max(span[0] * HOP, start * HOP - 800) : end * HOP].copy()
    fade = np.linspace(0, 1, 160, dtype=np.float32)
    cut[:160] *= fade
    cut[-160:] *= fade[::-1]
    return cut, end
