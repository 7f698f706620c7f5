"""Recordings go to a process through a pipe and come back as words; whatever that process does is one sentence."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from prober import recogniser
from prober.recogniser import Recogniser, RecogniserError

COUNTS = """
import json
from prober.recogniser import _recordings
import sys
for pcm in _recordings(sys.stdin.buffer):
    print(json.dumps({"words": f"{len(pcm)} {int(pcm[0])} {int(pcm[-1])}"}), flush=True)
"""
RECORDINGS = [np.arange(-5, 8000, dtype=np.int16), np.full(300_000, -32768, dtype=np.int16)]


def program(text: str) -> Recogniser:
    return Recogniser(command=(sys.executable, "-c", text))


async def test_every_recording_comes_whole_and_in_order() -> None:
    assert await program(COUNTS).words(RECORDINGS) == ["8005 -5 7999", "300000 -32768 -32768"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("import sys; sys.exit('no weights here')", "read 0 of 2 recordings: no weights here"),
        ('print(\'{"words": "one"}\')', "read 1 of 2 recordings: no word from it"),
        ("print('bonjour'); print('bonjour')", "answered something else than words"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "read 0 of 2 recordings: no word from it"),
    ],
)
async def test_a_process_that_fails_is_one_sentence(text: str, sentence: str) -> None:
    with pytest.raises(RecogniserError, match=sentence):
        await program(text).words(RECORDINGS)


async def test_a_process_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recogniser, "START_S", 0.2)
    monkeypatch.setattr(recogniser, "EACH_S", 0.0)
    with pytest.raises(RecogniserError, match="took too long"):
        await program("import sys, time; sys.stdin.read; time.sleep(60)").words(RECORDINGS[:1])


def test_a_missing_part_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recogniser, "EXTRA", ("numpy", "no_such_weights"))
    assert recogniser.missing() == "no no_such_weights here: labels need the extra decroche[labels] (make labels)"
    monkeypatch.setattr(recogniser, "EXTRA", ("numpy",))
    assert recogniser.missing() is None
