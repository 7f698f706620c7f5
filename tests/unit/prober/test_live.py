"""The live view of a call: what is drawn after each event, and what `--live` may not be combined with."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from rich.console import Console

from prober import live
from prober.attempt import Attempt, Script
from prober.call import Call
from prober.cli_listen import listen
from prober.events import Ended, Heard, Invited, Party, Response, Sent, Sound
from prober.live import LOOKS, LiveTimeline


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Seconds since the INVITE, set by the test."""
    now = [0.0]
    monkeypatch.setattr(live.time, "monotonic", lambda: now[0])
    return now


def drawn(view: LiveTimeline, width: int = 80) -> list[str]:
    console = Console(file=io.StringIO(), width=width)
    console.print(view)
    return [line.rstrip() for line in console.file.getvalue().splitlines()]  # type: ignore[attr-defined]


def heard(stretch: int, sound: Sound, start_s: float, end_s: float | None = None, **more: object) -> Heard:
    return Heard(at_s=end_s or start_s, stretch=stretch, sound=sound, start_s=start_s, end_s=end_s, **more)  # type: ignore[arg-type]


def test_every_class_has_a_look_of_its_own() -> None:
    assert set(LOOKS) == set(Sound)
    assert len(set(LOOKS.values())) >= len(Sound) - 1


def test_a_call_is_drawn_as_it_comes(clock: list[float]) -> None:
    view = LiveTimeline("3646")
    assert drawn(view)[0].startswith("3646")
    view.follow(Call(Attempt(service="", number="3646", script=Script.AGENT, due_at=datetime.now(UTC))))
    view.see(Invited(at_s=0.0))
    view.see(Response(at_s=1.0, code=200))
    recording = {"probability": 0.93, "label": "wait", "prompt": "w1", "evidence": {"bit_error": 0.07}}
    view.see(heard(1, Sound.RECORDING, 1.0, 4.0, **recording))
    view.see(heard(2, Sound.SPEECH, 6.0, probability=0.5))
    clock[0] = 8.0
    lines = drawn(view)
    assert "8.0 s  inviting  1.0 s: 200 answered" in lines[0]
    assert lines[1] == " " * 4 + 12 * "▒" + 8 * " " + 9 * "▓"
    row = next(line for line in lines if "recording" in line)
    assert row.split() == ["1.00", "4.00", "▒", "recording", "0.93", "■■■■■", "wait", "w1", "bit_error=0.07"]
    assert lines[-1] == "somebody speaks since 6.00 s: recording or human undecided"


def test_the_person_is_shown_from_the_first_word_once_known(clock: list[float]) -> None:
    view = LiveTimeline("3646")
    view.see(Invited(at_s=0.0))
    view.see(heard(1, Sound.SPEECH, 6.0))
    view.see(Sent(at_s=10.0, what="sentence", start_s=8.0))
    view.see(heard(1, Sound.HUMAN, 6.0, 7.5, probability=0.95))
    view.see(Ended(at_s=12.0, by=Party.CALLER))
    clock[0] = 99.0
    lines = drawn(view)
    assert lines[1].strip() == 6 * "█"
    assert lines[2] == " " * 32 + 9 * "▲" + "  we speak"
    assert lines[-1] == "a human speaks from 6.00 s"
    assert "12.0 s" in lines[0], "the clock stops with the call"


@pytest.mark.parametrize("length_s", [0.1, 30.0, 3600.0, 20_000.0])
@pytest.mark.parametrize("width", [40, 80, 200])
def test_a_call_of_any_length_fits_the_terminal(clock: list[float], length_s: float, width: int) -> None:
    view = LiveTimeline("3646")
    view.see(Invited(at_s=0.0))
    for n in range(40):
        view.see(heard(n, Sound.MUSIC, n * length_s / 40, (n + 1) * length_s / 40))
    clock[0] = length_s
    lines = drawn(view, width)
    assert max(map(len, lines)) <= width
    assert lines[1].count("♪") >= min(int(length_s), width) / 3
    assert len(lines) < 24


@pytest.mark.parametrize("more", [["3939"], ["--library", "."], ["--plot", "a.png"], ["--label"]])
def test_live_takes_one_number_and_nothing_for_files(more: list[str], tmp_path: Path) -> None:
    done = CliRunner().invoke(listen, ["--live", "3646", *more])
    assert (done.exit_code, "one number to call, and nothing that is for files" in done.output) == (2, True)


def test_live_obeys_the_guard_of_every_call() -> None:
    from config.settings import Settings

    done = CliRunner().invoke(listen, ["--live", "112"], obj=Settings())
    assert (done.exit_code, "never dialled" in done.output) == (3, True)
