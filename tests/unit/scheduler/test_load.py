"""What a plan will take, by hand; ceilings and budgets as sentences."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from prober.attempt import Attempt, Limits, Script
from scheduler.load import Pace, load_of
from scheduler.pacing import Budget, Ceiling, Price, Spent, allowed

NINE = datetime(2026, 12, 1, 8, 0, tzinfo=UTC)
PRICES = {"ordinary": Price(minute_eur=0.01), "surtaxed": Price(call_eur=0.15, minute_eur=0.2)}


def attempt(minute: float, number: str = "3646", max_wait_s: float = 595.0) -> Attempt:
    due_at = NINE + timedelta(minutes=minute)
    limits = Limits(max_wait_s=max_wait_s)
    return Attempt(service="s", number=number, script=Script.AGENT, due_at=due_at, limits=limits)


def test_minutes_euros_and_agents_by_price_class() -> None:
    """Three calls of ten minutes at most (595 s and 5 s of grace), two of them surtaxed."""
    attempts = [attempt(0), attempt(60, "0892000000"), attempt(120, "0892000000")]
    load = load_of(attempts, Pace(connected_s=120, agent_s=5, calls=9), Budget(prices=PRICES), channels=2)
    assert (load.attempts, load.minutes, load.worst_minutes) == (3, 6.0, 30.0)
    assert load.euros == pytest.approx(0.02 + 2 * 0.55)
    assert load.worst_euros == pytest.approx(0.10 + 2 * 2.15)
    assert (load.agent_s, load.worst_agent_s) == (15, 45)
    assert {name: c.attempts for name, c in load.by_class.items()} == {"ordinary": 1, "surtaxed": 2}
    assert (load.peak, load.engines, load.trunks) == (1, 1, 1)


def test_what_is_expected_knows_t_max() -> None:
    """Waits of three minutes on average, cut at 60 s: 180 (1 - exp(-1/3)) s; never above what was measured or T_max."""
    short, long = [attempt(0, max_wait_s=55.0)], [attempt(0, max_wait_s=3595.0)]
    guessed = load_of(short, Pace(), Budget(), channels=1)
    assert guessed.minutes == pytest.approx(0.850, abs=0.001)
    assert guessed.minutes < guessed.worst_minutes == 1.0
    assert load_of(long, Pace(), Budget(), channels=1).minutes == pytest.approx(3.0, abs=0.001)
    measured = Pace(connected_s=240, agent_s=20, calls=9)
    assert load_of(short, measured, Budget(), channels=1).minutes == 1.0
    assert load_of(long, measured, Budget(), channels=1).minutes == 4.0
    assert load_of(long, measured, Budget(), channels=1).agent_s == 15.0


def test_the_peak_is_of_calls_that_all_last_until_the_end() -> None:
    """Five in the first nine minutes; the sixth begins as the first one ends."""
    attempts = [attempt(minute) for minute in (0, 2, 4, 6, 8, 10, 30)]
    load = load_of(attempts, Pace(), Budget(), channels=2)
    assert (load.peak, load.engines, load.trunks) == (5, 2, 3)
    nothing = load_of([], Pace(), Budget(), channels=0)
    assert (nothing.peak, nothing.engines, nothing.trunks) == (0, 0, 0)


def test_the_lowest_ceiling_holds_and_is_named() -> None:
    ceiling = Ceiling(per_day=10, per_month=150, traffic_share=0.02, received_per_month=10_000)
    assert allowed(ceiling, 440, open_days=22) == (150, "150 attempts instead of 440: at most 150 calls a month")
    assert allowed(ceiling, 440, open_days=5) == (
        50,
        "50 attempts instead of 440: at most 10 calls a day on 5 open days",
    )
    few = Ceiling(traffic_share=0.02, received_per_month=1_000)
    assert allowed(few, 440, open_days=22)[1].endswith("at most 2.0% of the 1000 calls that the service receives")
    assert allowed(ceiling, 100, open_days=22) == (100, "")
    assert allowed(Ceiling(traffic_share=0.02), 440, open_days=22) == (440, ""), "nothing is known of its traffic"


def test_a_budget_is_passed_by_the_first_of_its_stops() -> None:
    budget = Budget(euros=10.0, minutes=100.0)
    assert budget.limited
    assert not Budget().limited
    assert budget.exceeded(Spent(euros=10.0, minutes=100.0, agent_s=1e6)) == ""
    assert budget.exceeded(Spent(euros=1.0, minutes=100.1)) == "the budget of 100 minutes a month"
