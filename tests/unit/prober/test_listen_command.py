"""`decroche listen` at the terminal: what is asked for is looked at before anything is heard."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner

from prober.cli_listen import listen


@pytest.fixture
def silence(tmp_path: Path) -> Path:
    soundfile.write(tmp_path / "zero.wav", np.zeros(8000, dtype=np.int16), 8000)
    return tmp_path / "zero.wav"


def test_a_name_that_is_no_utf_8_is_no_obstacle(silence: Path) -> None:
    """At a terminal, whose own encoding may lack what a sentence holds."""
    name = os.fsencode(silence.parent) + b"/z\xe9ro.wav"
    silence.rename(os.fsdecode(name))
    done = subprocess.run(
        [sys.executable, "-m", "decroche", "listen", name], capture_output=True, timeout=60, check=False,
        env=os.environ | {"PYTHONIOENCODING": "ascii"},
    )  # fmt: skip
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, b"nobody"), done.stderr[-500:]


def test_a_file_named_twice_is_heard_once(silence: Path) -> None:
    done = CliRunner().invoke(listen, ["--json", str(silence), f"{silence.parent}/../{silence.parent.name}/zero.wav"])
    assert (done.exit_code, len(done.stdout.splitlines()), "heard once, as" in done.stderr) == (0, 1, True)


def test_a_picture_without_a_folder_is_refused_before_anything_is_heard(silence: Path) -> None:
    done = CliRunner().invoke(listen, [str(silence), "--plot", str(silence.parent / "none" / "call.png")])
    assert (done.exit_code, done.stdout, "there is no folder" in done.stderr) == (2, "", True)


def test_a_library_without_recordings_is_said(silence: Path) -> None:
    (silence.parent / "nothing").mkdir()
    done = CliRunner().invoke(listen, [str(silence), "--library", str(silence.parent / "nothing")])
    assert (done.exit_code, done.stdout, "nothing: no recording in it" in done.stderr) == (1, "", True)


def test_a_pipe_is_no_file_that_can_be_heard(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.wav")
    done = CliRunner().invoke(listen, [str(tmp_path / "pipe.wav")])
    assert (done.exit_code, done.stderr) == (
        1,
        f"{tmp_path / 'pipe.wav'}: no file but a pipe, a device or a folder (expected WAV or FLAC)\n",
    )


def test_a_full_disk_is_one_sentence(silence: Path) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "decroche", "listen", str(silence)], stdout=full, stderr=subprocess.PIPE, timeout=60,
            check=False,
        )  # fmt: skip
    assert (done.returncode, done.stderr) == (1, b"Error: the output: No space left on device\n")
