"""Sounds for the ear: generated tones, synthesised voices, the town's tunes, all through A-law as on a telephone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from prober.ear import Ear, PromptLibrary
from prober.events import Heard
from prober.simulator.alaw import A_TO_PCM, encode
from prober.simulator.sounds import Room, Tune, Voice, Words
from prober.simulator.voices import Voices

Pcm = NDArray[np.int16]
RATE_HZ = 8000


class Studio:
    """Makes sounds."""

    def __init__(self, folder: Path) -> None:
        self._voices = Voices(folder)

    @staticmethod
    def silence(length_s: float) -> Pcm:
        return np.zeros(int(length_s * RATE_HZ), dtype=np.int16)

    def tone(self, *hz: float, on_s: float, off_s: float = 0.0, times: int = 1, peak: float = 3000.0) -> Pcm:
        time_s = np.arange(int(on_s * RATE_HZ)) / RATE_HZ
        wave = np.asarray(sum(np.sin(2 * np.pi * f * time_s) for f in hz)) * peak / len(hz)
        return np.tile(np.concatenate((wave.astype(np.int16), self.silence(off_s))), times)

    def music(self, name: str, length_s: float) -> Pcm:
        return np.resize(self._voices.clip(Tune(name=name)).pcm, int(length_s * RATE_HZ))

    def room(self, length_s: float, *, level_dbfs: float, colour: float) -> Pcm:
        clip = self._voices.clip(Room(seed=5, level_dbfs=level_dbfs, colour=colour))
        return np.resize(clip.pcm, int(length_s * RATE_HZ))

    def says(self, text: str, variant: str = "f2", room_dbfs: float = -62.0) -> Pcm:
        room = Room(seed=5, level_dbfs=room_dbfs, colour=0.5)
        return self._voices.clip(Words(text=text, voice=Voice(variant=variant), room=room)).pcm

    def slow(self, text: str) -> Pcm:
        """A voice further from the synthesiser's others than those are from one another: slowed down."""
        pcm = self.says(text, "m1")
        return np.interp(np.arange(0, len(pcm) - 1, 0.75), np.arange(len(pcm)), pcm).astype(np.int16)


@pytest.fixture(scope="session")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Studio:
    return Studio(tmp_path_factory.mktemp("sounds"))


Hear = Callable[..., list[Heard]]


@pytest.fixture(scope="session")
def hear() -> Hear:
    """Sound heard through A-law in blocks; `own`: our spans, told when they begin. Gives every event."""

    def run(
        pcm: Pcm,
        *,
        library: PromptLibrary | None = None,
        number: str = "",
        own: tuple[tuple[float, float], ...] = (),
        loss: float = 0.0,
        block: int = 160,
        begin_s: float = 0.0,
    ) -> list[Heard]:
        line = A_TO_PCM[np.frombuffer(encode(pcm), dtype=np.uint8)].copy()
        chance = np.random.default_rng(11)
        for at in range(0, len(line), 160):
            if chance.random() < loss:
                line[at : at + 160] = 0
        ear = Ear(library, number)
        ear.begin(begin_s)
        waiting, told = list(own), []
        for at in range(0, len(line), block):
            while waiting and begin_s + at / RATE_HZ >= waiting[0][0]:
                ear.own(*waiting.pop(0))
            told += ear.hear(line[at : at + block])
        return told + ear.close()

    return run
