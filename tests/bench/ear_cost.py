"""What a minute costs to hear, by what sounds: CPU seconds of the ear alone, in packets of 20 ms as live."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence

import numpy as np
from ear_calls import RINGS, quiet, tone
from ear_corpus import RATE, Clip, Pcm
from ear_line import PACKET, Samples, TelephoneLine
from rich.console import Console
from rich.table import Table

from prober.ear import Ear, PromptLibrary

MINUTE = 60 * RATE
TIMES = 3
"""Each minute is heard so often; the cheapest counts, since others use the machine too."""


def costs(clips: Sequence[Clip], show: Console) -> None:
    """Print the table."""
    table = Table("a minute of", "CPU s", "ms the dearest packet", "calls a core", title="what the ear alone costs")
    for name, (sound, library) in _minutes(clips).items():
        heard = [cost(sound, library) for _ in range(TIMES)]
        seconds, dearest = min(s for s, _ in heard), min(d for _, d in heard)
        table.add_row(name, f"{seconds:.2f}", f"{1000 * dearest:.1f}", f"{60 / seconds:.0f}")
    show.print(table)


def cost(sound: Samples, library: PromptLibrary) -> tuple[float, float]:
    """CPU seconds to hear this, and those of the packet that took the longest."""
    ear, dearest = Ear(library), 0.0
    ear.begin(0.0)
    began = last = time.process_time()
    for at in range(0, len(sound), PACKET):
        ear.hear(sound[at : at + PACKET])
        now = time.process_time()
        dearest, last = max(dearest, now - last), now
    return last - began, dearest


def _minutes(clips: Sequence[Clip]) -> dict[str, tuple[Samples, PromptLibrary]]:
    """What sounds, over a telephone line, and what is known of the number."""
    prompts = [c for c in clips if c.kind == "prompt" and 3.0 <= c.length_s <= 12.0]
    voice = max(sorted({c.voice for c in prompts}), key=[c.voice for c in prompts].count)
    of_voice = [c for c in prompts if c.voice == voice]
    played, others = of_voice[:10], of_voice[10:20]
    music = _loud(next(c for c in clips if c.kind == "music" and c.length_s >= 20).sound())
    person = _loud(next(c for c in clips if c.kind == "human" and c.length_s >= 3).sound())
    hz, on_s, off_s = RINGS["FR"]
    ringing = np.concatenate((tone(hz, on_s), quiet(off_s)))
    known, nothing = _library(played), PromptLibrary.empty()
    speaking = _minute(_said(played))
    call = (np.resize(ringing, 10 * RATE), *list(_said(played))[:2], np.resize(music, 36 * RATE), person[: 4 * RATE])
    return {
        "silence": (_line(quiet(60.0)), known),
        "ringback": (_line(_minute([ringing])), known),
        "music": (_line(_minute([music])), known),
        "known recordings": (_line(speaking), known),
        "undecided voice, nothing known": (_line(speaking), nothing),
        "undecided voice, its other recordings known": (_line(speaking), _library(others)),
        "a call: ringing, menu, 60 % music, a person": (_line(_minute([*call, quiet(60.0)])), known),
    }


def _said(clips: Iterable[Clip]) -> Iterable[Pcm]:
    return (np.concatenate((_loud(c.sound()), quiet(1.0))) for c in clips)


def _loud(sound: Pcm) -> Pcm:
    """At the level of the telephone: −25 dB below full scale."""
    return np.clip(sound * np.float32(10 ** (-25 / 20)) / np.sqrt(np.mean(sound**2)), -1, 1)


def _minute(parts: Iterable[Pcm]) -> Pcm:
    return np.resize(np.concatenate(list(parts)), MINUTE)


def _line(sound: Pcm) -> Samples:
    line = TelephoneLine(np.random.default_rng(3))
    return np.concatenate([line.carry(sound[at : at + PACKET], False) for at in range(0, MINUTE, PACKET)])


def _library(clips: Iterable[Clip]) -> PromptLibrary:
    library = PromptLibrary.empty()
    for n, clip in enumerate(clips):
        pcm = (clip.sound() * 32767).astype(np.int16)
        library = library.learn(prompt_id=str(n), label="", pcm=pcm, voice=True)
    return library
