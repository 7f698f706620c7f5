"""Studio recordings in French are read by Whisper and labelled; silence, music and noise have no words.

`make test-labels`: installs the extra (some 250 MB to fetch), so it is no part of `make test`. The recordings are those
of Debian's asterisk-core-sounds-fr-wav, or of the corpus named by DECROCHE_AUDIO.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from prober.recogniser import Recogniser
from prober.simulator.sounds import Tune
from prober.simulator.voices import Voices
from prober.sound_file import read
from prober.wording import wording

KINDS = {
    "all-circuits-busy-now": "dissuasion",
    "conf-getpin": "menu",
    "queue-holdtime": "wait",
    "queue-periodic-announce": "wait",
    "ss-noservice": "unassigned",
    "transfer": "wait",
    "tt-allbusy": "wait",
    "vm-intro": "voicemail",
    "vm-leavemsg": "menu",
}


def recording(name: str) -> Path:
    places = [*Path(os.environ.get("DECROCHE_AUDIO", "audio")).glob(f"prompt_studio/*fr_CA_f_June_{name}.flac")]
    places += Path("/usr/share/asterisk/sounds").glob(f"fr*/{name}.wav")
    assert places, f"no recording {name}: install asterisk-core-sounds-fr-wav, or set DECROCHE_AUDIO"
    return places[0]


async def test_studio_recordings_are_labelled_by_their_words() -> None:
    words = await Recogniser().words([read(recording(name), longest_s=60) for name in KINDS])
    labels = {name: wording(said).label for name, said in zip(KINDS, words, strict=True)}
    assert labels == KINDS, dict(zip(KINDS, words, strict=True))


@pytest.mark.parametrize("kind", ["silence", "noise", "music"])
async def test_where_nothing_is_said_there_is_no_label(kind: str, tmp_path: Path) -> None:
    rng = np.random.default_rng(7)
    sounds = {
        "silence": lambda: np.zeros(40_000, dtype=np.int16),
        "noise": lambda: rng.normal(0, 1500, 40_000).astype(np.int16),
        "music": lambda: np.resize(Voices(tmp_path).clip(Tune(name="waltz")).pcm, 60_000),
    }
    (words,) = await Recogniser().words([sounds[kind]()])
    assert wording(words).label == "", words
