"""Studio recordings in French are read by Whisper and labelled; silence, music and noise have no words.

`make test-labels`: installs the extra (some 250 MB to fetch), so it is no part of `make test`. The recordings are those
of Debian's asterisk-core-sounds-fr-wav, or of the corpus named by DECROCHE_AUDIO.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from prober.ear import Ear, PromptLibrary
from prober.ear.learning import Remembered, learn
from prober.ear.library import Prompt
from prober.ear.listen import listen_to
from prober.recogniser import Pcm, Recogniser
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


def heard(pcm: Pcm, library: PromptLibrary | None = None) -> Ear:
    """An ear that heard a call with this announcement between two silences."""
    quiet, ear = np.zeros(12_000, dtype=np.int16), Ear(library)
    for _ in listen_to([np.concatenate((quiet, pcm, quiet, quiet))], ear):
        pass
    return ear


async def test_third_call_gives_the_words_of_what_the_first_two_share() -> None:
    pcm = read(recording("tt-allbusy"), longest_s=60)
    state: tuple[Remembered, ...] = ()
    for n in (1, 2):
        state = learn(state, heard(pcm).pieces(), n).remembered
    known = [
        Prompt(prompt_id=r.prompt_id, label="", number=None, prints=r.prints, unread=True)
        for r in state
        if r.is_recording
    ]
    excerpts = heard(pcm, PromptLibrary(known)).excerpts.found
    assert [e.prompt_id for e in excerpts] == [p.prompt_id for p in known]
    said = " ".join(await Recogniser().words([e.pcm for e in excerpts]))
    assert "votre appel est important pour nous" in said.lower()
    assert wording(said).label == "wait"


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
