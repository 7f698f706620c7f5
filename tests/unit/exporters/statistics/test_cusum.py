"""The collapse alarm: how rarely it is wrong, how soon it is right, and when it holds its tongue."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporters.statistics.cusum import (
    BETWEEN_FALSE_ALARMS,
    COLLAPSED,
    USUAL_N,
    between_alarms,
    watched,
    watchman,
)

SHARES = [n / 20 for n in range(1, 13)]


@pytest.mark.parametrize("usual", SHARES)
def test_false_alarms_are_as_rare_as_stated_and_a_collapse_is_seen_within_the_table(usual: float) -> None:
    """Table of docs/grafana.md: attempts to an alarm once nine calls in ten fail, in the mean."""
    w = watchman(usual)
    assert between_alarms(usual, w.failure, w.success, w.level) >= BETWEEN_FALSE_ALARMS
    assert between_alarms(usual, w.failure, w.success, w.level - 1) < BETWEEN_FALSE_ALARMS
    seen = {
        0.05: 5,
        0.1: 7,
        0.15: 8,
        0.2: 9,
        0.25: 11,
        0.3: 14,
        0.35: 16,
        0.4: 18,
        0.45: 22,
        0.5: 25,
        0.55: 32,
        0.6: 40,
    }
    assert between_alarms(COLLAPSED, w.failure, w.success, w.level) <= seen[usual] + 0.1


def test_the_mean_is_the_one_of_a_walk_that_can_be_counted_by_hand() -> None:
    """Steps of one and a level of two at a coin: E0 = 1 + E0/2 + E1/2, E1 = 1 + E0/2, so E0 = 6."""
    assert between_alarms(0.5, 1, 1, 2) == pytest.approx(6)
    assert between_alarms(0.25, 1, 1, 1) == pytest.approx(4)


def test_the_mean_is_what_drawing_at_random_gives() -> None:
    draw, runs = random.Random(7), []
    for _ in range(3000):
        total = n = 0
        while total < 6:
            n += 1
            total = max(0, total + (2 if draw.random() < 0.4 else -3))
        runs.append(n)
    assert sum(runs) / len(runs) == pytest.approx(between_alarms(0.4, 2, 3, 6), rel=0.06)


def test_a_service_that_stops_answering_rings_and_is_quiet_again_when_it_answers() -> None:
    usual = [n % 5 != 0 for n in range(200)]
    assert watched(usual) is not None and watched(usual) < 1
    down = usual + [False] * 12
    assert watched(down) == 1
    assert watched([*down, *[True] * 8]) < 0.5  # type: ignore[operator]


@pytest.mark.parametrize(
    "reached",
    [[True] * (USUAL_N + 19), [n % 4 == 0 for n in range(300)]],
    ids=["too few attempts", "it fails most of the time anyway"],
)
def test_where_nothing_is_usual_there_is_no_alarm(reached: list[bool]) -> None:
    assert watched(reached) is None


@given(st.lists(st.booleans(), max_size=300))
def test_it_is_a_share_of_the_level_and_one_more_human_never_raises_it(reached: list[bool]) -> None:
    now = watched(reached)
    assert now is None or 0 <= now <= 1
    after = watched([*reached, True])
    if now is not None and after is not None and watched([*reached, False]) is not None:
        assert after <= watched([*reached, False])  # type: ignore[operator]
