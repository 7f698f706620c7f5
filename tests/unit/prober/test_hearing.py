"""Sound is dated by the ear's own count of samples, whenever one comes to look; what never reached the ear is told."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prober.events import Overload
from prober.sip.hearing import Hearing
from prober.sip.tap import BATCH_S, BYTES_A_S, FRAME_S, HELD_S, KEPT_S, Batch


class Line:
    """A clock that jumps, a bridge that puts a frame every 20 ms, an ear that counts: all around Hearing."""

    def __init__(self) -> None:
        self.now_s = self.put_s = self.taken_s = 0.0
        self.told: list[Any] = []
        self.begun: list[float] = []
        self.heard_s = 0.0
        self.stolen_s = 0.0
        """The processor is away for so long while a batch is taken."""
        self.stalled_s = 0.0
        """The media clock is so late."""
        self.skipped_s = 0.0
        """So much sound the media clock left out."""
        ear = SimpleNamespace(begin=self.begun.append, hear=self._hear, close=lambda: ["closed"], rest=lambda parts: 0)
        self.hearing = Hearing(ear, self, clock=lambda: self.now_s, emit=self.told.append)  # type: ignore[arg-type]

    def take(self) -> Batch:
        self.now_s += self.stolen_s
        self.put_s = max(self.put_s, (self.now_s - self.stalled_s - self.skipped_s) // FRAME_S * FRAME_S)
        gone_s = max(0.0, self.put_s - self.taken_s - KEPT_S)
        length_s = round(min(BATCH_S, self.put_s - self.taken_s - gone_s) / FRAME_S) * FRAME_S
        self.taken_s += gone_s + length_s
        pcm = bytes(round(length_s * BYTES_A_S))
        return Batch(pcm=pcm, age_s=HELD_S + self.put_s - self.taken_s, gone_s=gone_s)

    def look(self, step_s: float, *, flowing: bool = True) -> float:
        self.now_s += step_s
        return self.hearing.hear(flowing=flowing)

    @property
    def lost_s(self) -> float:
        return sum(event.lost_s for event in self.told if isinstance(event, Overload))

    def _hear(self, pcm: Any) -> list[Any]:
        self.heard_s += 2 * len(pcm) / BYTES_A_S
        return []


@given(
    st.lists(st.tuples(st.floats(0.01, 0.4), st.floats(0, 0.3), st.floats(0, 0.45)), min_size=5, max_size=40),
)
def test_however_irregular_the_looks_and_the_processor_sound_is_dated_once_and_none_is_lost(
    looks: list[tuple[float, float, float]],
) -> None:
    """The processor is taken from us while we look, and from the media clock, which catches up before the next look."""
    line = Line()
    line.look(0.1)
    for step_s, stolen_s, stalled_s in looks:
        line.stolen_s, line.stalled_s = stolen_s, stalled_s
        line.look(step_s)
        line.stolen_s = line.stalled_s = 0.0
        line.look(0.04)
    line.look(1.1)
    assert line.begun == [pytest.approx(-HELD_S, abs=FRAME_S)]
    assert line.lost_s == 0.0


def test_sound_that_waited_too_long_is_told_to_the_second() -> None:
    line = Line()
    line.look(0.1)
    line.look(KEPT_S + 4.0)
    line.look(0.02)
    assert line.begun[1:] == [pytest.approx(0.1 + 4.0 - HELD_S, abs=2 * FRAME_S)]
    line.hearing.close(flowing=False)
    assert line.lost_s == pytest.approx(4.0, abs=2 * FRAME_S)


def test_a_media_clock_that_is_late_for_a_while_and_catches_up_changes_nothing() -> None:
    line = Line()
    line.look(0.1)
    line.stalled_s = 0.3
    for _ in range(9):
        line.look(0.1)
    line.stalled_s = 0.0
    line.look(0.1)
    line.look(1.1)
    assert len(line.begun) == 1
    assert line.lost_s == 0.0


def test_sound_that_the_media_clock_left_out_is_told_once_that_is_certain() -> None:
    line = Line()
    line.look(0.1)
    line.skipped_s = 2.0
    for _ in range(100):
        line.look(0.04)
    line.hearing.close(flowing=True)
    assert line.lost_s == pytest.approx(2.0, abs=2 * FRAME_S)
    assert len(line.begun) == 2


def test_a_moment_without_a_tap_is_no_lost_sound() -> None:
    """A new description of the call: the library connects it anew."""
    line = Line()
    line.look(0.1)
    line.now_s += 0.8
    line.skipped_s = 0.8
    line.hearing.rejoined()
    for _ in range(50):
        line.look(0.04)
    line.hearing.close(flowing=True)
    assert line.lost_s == 0.0
    assert line.begun[1:] == [pytest.approx(0.9 - HELD_S, abs=0.05)]


def test_what_a_late_ear_did_not_come_to_before_the_end_is_told() -> None:
    line = Line()
    line.look(0.1)
    line.now_s += 3.0
    line.hearing.close(flowing=True)
    assert line.lost_s == pytest.approx(3.0 - BATCH_S, abs=3 * FRAME_S)
    assert line.told[-1] == "closed"


def test_the_last_moments_before_a_hang_up_are_heard() -> None:
    line = Line()
    line.look(0.1)
    line.now_s += 0.3
    line.hearing.close(flowing=True)
    assert line.heard_s == pytest.approx(0.4, abs=FRAME_S)
    assert line.lost_s == 0.0


def test_a_pause_of_the_far_end_is_no_lost_sound_and_what_follows_is_dated_anew() -> None:
    line = Line()
    line.look(0.1)
    for _ in range(20):
        line.look(0.1, flowing=False)
    line.look(0.1)
    line.hearing.close(flowing=True)
    assert line.begun[1] == pytest.approx(2.1 - HELD_S, abs=FRAME_S)
    assert line.lost_s == 0.0


def test_the_oldest_sound_that_waits_says_how_late_the_ear_is() -> None:
    line = Line()
    line.look(0.1)
    assert line.look(0.04) == pytest.approx(0.04 + HELD_S, abs=FRAME_S)
    assert line.look(2.0) == pytest.approx(2.0 + HELD_S, abs=FRAME_S)
    assert line.look(0.0) == pytest.approx(2.0 - BATCH_S + HELD_S, abs=FRAME_S)
