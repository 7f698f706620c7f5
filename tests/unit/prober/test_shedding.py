"""An engine that cannot keep up leaves the costliest part out first, and the record tells that and all sound lost."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prober.ear.resting import DEAREST
from prober.events import Event, Overload
from prober.sip.shedding import CALM_S, KEEPING_UP_S, LATE_S, PATIENCE_S, Rest, Shedding

STEP_S = 0.01


class Thread:
    """A thread that hears: time passes for what comes in, and in it for what the parts that are on cost."""

    def __init__(self) -> None:
        self.shedding, self.now_s, self.heard_s, self.history = Shedding(), 0.0, 0.0, [()]

    def live(self, for_s: float, cost: dict[int, float]) -> float:
        """Seconds of clock; `cost`: seconds of work a second of sound, by the parts left out. Gives the largest lag."""
        most, until_s = 0.0, self.now_s + for_s
        while self.now_s < until_s:
            self.now_s += STEP_S
            left_out = len(self.shedding.resting)
            self.heard_s = min(self.now_s, self.heard_s + STEP_S / cost[left_out])
            self.shedding.look(self.now_s - self.heard_s, self.now_s)
            most = max(most, self.now_s - self.heard_s)
            if self.shedding.resting != self.history[-1]:
                self.history.append(self.shedding.resting)
        return most


def test_a_thread_that_keeps_up_leaves_nothing_out() -> None:
    thread = Thread()
    assert thread.live(60, {0: 0.9}) < KEEPING_UP_S
    assert thread.history == [()]


def test_the_costliest_part_goes_first_and_the_lag_stays_small() -> None:
    thread = Thread()
    assert thread.live(120, {0: 1.3, 1: 0.8}) < 2 * LATE_S
    assert thread.history[1] == DEAREST[:1]
    assert max(map(len, thread.history)) == 1


def test_a_stall_that_is_caught_up_with_leaves_nothing_out() -> None:
    thread = Thread()
    thread.live(5, {0: 0.5})
    thread.now_s += 1.2
    assert thread.live(10, {0: 0.2}) > LATE_S
    assert thread.history == [()]


def test_if_that_is_not_enough_the_next_one_goes_too() -> None:
    thread = Thread()
    assert thread.live(30, {0: 1.5, 1: 1.4, 2: 1.2, 3: 0.9}) < 2 * LATE_S
    assert thread.history[:3] == [(), DEAREST[:1], DEAREST[:2]]


def test_all_parts_come_back_one_by_one_once_the_load_is_gone() -> None:
    thread = Thread()
    thread.live(20, {0: 1.5, 1: 1.4, 2: 1.2, 3: 0.9})
    thread.live(3 * CALM_S + 5, {0: 0.4, 1: 0.4, 2: 0.3, 3: 0.2})
    assert thread.history[-4:] == [DEAREST, DEAREST[:2], DEAREST[:1], ()]


@given(st.lists(st.tuples(st.floats(0, 10), st.floats(0.001, 5)), max_size=200))
def test_whatever_the_lags_parts_leave_and_come_one_at_a_time(looks: list[tuple[float, float]]) -> None:
    shedding, now_s, changed_s = Shedding(), 0.0, -PATIENCE_S
    for lag_s, step_s in looks:
        now_s += step_s
        before = shedding.resting
        shedding.look(lag_s, now_s)
        assert shedding.resting == DEAREST[: len(shedding.resting)]
        assert abs(len(shedding.resting) - len(before)) <= 1
        if len(shedding.resting) > len(before):
            assert lag_s > LATE_S
        if shedding.resting != before:
            assert now_s - changed_s >= PATIENCE_S
            changed_s = now_s


@pytest.fixture
def call() -> SimpleNamespace:
    """What one call's ear leaves out, and its record."""
    told: list[Event] = []
    ear = SimpleNamespace(rested=[])
    ear.rest = ear.rested.append
    return SimpleNamespace(rest=Rest(ear, told.append), ear=ear, told=told)  # type: ignore[arg-type]


def test_what_is_left_out_is_told_to_the_ear_and_the_record_once(call: SimpleNamespace) -> None:
    for at_s, parts in ((1.0, ()), (2.0, DEAREST[:1]), (2.1, DEAREST[:1]), (9.0, ())):
        call.rest.follow(parts, at_s)
    assert call.ear.rested == [DEAREST[:1], ()]
    assert call.told == [Overload(at_s=2.0, resting=DEAREST[:1]), Overload(at_s=9.0)]


def test_all_sound_that_is_lost_is_in_the_record(call: SimpleNamespace) -> None:
    for n in range(300):
        call.rest.lose(0.02 * (n % 2))
        call.rest.follow(DEAREST, n / 100)
    call.rest.close(3.0)
    assert sum(event.lost_s for event in call.told) == pytest.approx(3.0)
    assert len(call.told) <= 5, "once a second, the change and the end"
