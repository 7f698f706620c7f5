"""The pipe that the library's media clock fills: what comes out of it, and that nobody waits for a reader."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    """Two taps and two tones, in a process of their own."""
    command = [sys.executable, str(Path(__file__).with_name("taps.py"))]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.splitlines()[-1])


def test_all_sound_of_a_second_comes_out_and_its_end_is_fresh(found: dict[str, Any]) -> None:
    assert found["missing_s"] == pytest.approx(0.0, abs=0.1)
    assert found["hz"] == pytest.approx(400, abs=2)
    assert found["age_s"] < 0.1


def test_half_a_second_is_taken_at_once_and_the_age_tells_of_what_is_left(found: dict[str, Any]) -> None:
    assert found["batch_s"] == 0.5
    assert found["left_age_s"] > 0.08


def test_a_call_hears_nothing_of_the_call_before_it(found: dict[str, Any]) -> None:
    """The library's writer holds one frame back; it comes out first once the next call is heard."""
    assert found["next_call_hz"] == pytest.approx(1000, abs=5)
    assert found["first_frame_hz"] == pytest.approx(1000, abs=26)


def test_a_pipe_that_nobody_reads_halts_nothing(found: dict[str, Any]) -> None:
    assert found["missing_beside_a_full_pipe_s"] == pytest.approx(0.0, abs=0.1)
    assert found["full_pipe_s"] < 0.6
    assert found["missing_after_a_full_pipe_s"] < 0.6
    assert found["after_a_full_pipe_hz"] == pytest.approx(400, abs=4)


def test_sound_that_waits_too_long_is_let_go_the_oldest_first(found: dict[str, Any]) -> None:
    assert found["kept_s"] == pytest.approx(0.2, abs=0.03)
    assert found["gone_s"] > 0.15
