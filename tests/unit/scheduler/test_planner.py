"""Plans: random inside the open hours, spaced, spread, reproducible from the seed."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from prober.attempt import Limits, Policy, Purpose, Script
from scheduler.planner import (
    Draw,
    Line,
    Target,
    TooMany,
    open_slots,
    plan_month,
    replacement,
    strata_weights,
    stratum_of,
)

PARIS = ZoneInfo("Europe/Paris")
MONTH = date(2026, 12, 1)


def nine_to_five(at: datetime) -> tuple[bool, bool]:
    local = at.astimezone(PARIS)
    return local.weekday() < 5 and 9 <= local.hour < 17, False


def target(*lines: Line, scripts: tuple[Script, ...] = (Script.AGENT, Script.OPTOUT)) -> Target:
    known = lines or (Line(number="3646"),)
    return Target(service="s", zone="Europe/Paris", hours=nine_to_five, lines=known, scripts=scripts)


def draw(attempts: int = 100, spacing_s: float = 900, seed: str = "x") -> Draw:
    return Draw(
        campaign="c",
        attempts=attempts,
        margin=0.1,
        spacing_s=spacing_s,
        seed=seed,
        limits=Limits(),
        policy=Policy.CONFIRM,
    )


def test_every_start_is_open_and_no_two_on_a_number_are_closer_than_the_spacing() -> None:
    plan = plan_month(target(), MONTH, draw())
    assert len(plan.attempts) == 220
    assert all(nine_to_five(a.due_at)[0] for a in plan.attempts)
    assert all(b.due_at - a.due_at >= timedelta(seconds=899) for a, b in pairwise(plan.attempts))


def test_scripts_are_one_to_one_and_weights_are_those_of_the_open_minutes() -> None:
    plan = plan_month(target(), MONTH, draw())
    assert Counter(a.script for a in plan.attempts) == {Script.AGENT: 110, Script.OPTOUT: 110}
    assert sum(plan.weights.values()) == pytest.approx(1)
    assert all(a.weight == plan.weights[a.stratum] for a in plan.attempts)
    assert {a.stratum for a in plan.attempts} == set(plan.weights)


def test_the_seed_makes_the_plan_and_the_digest_shows_it() -> None:
    one, same, other = (plan_month(target(), MONTH, draw(seed=s)) for s in ("x", "x", "y"))
    assert one == same
    assert one.digest == same.digest != other.digest


def test_minutes_are_not_round_and_calls_spread_over_the_working_days() -> None:
    plan = plan_month(target(), MONTH, draw())
    assert len({a.due_at.astimezone(PARIS).date() for a in plan.attempts}) >= 15
    minutes = Counter(a.due_at.minute for a in plan.attempts)
    assert max(minutes.values()) < 20


def test_two_numbers_share_the_calls_by_their_weight() -> None:
    plan = plan_month(target(Line(number="3646", share=3), Line(number="3230")), MONTH, draw())
    assert Counter(a.number for a in plan.attempts) == {"3646": 165, "3230": 55}


def test_a_line_open_too_little_is_told_the_largest_number() -> None:
    with pytest.raises(TooMany, match=r"at most 736 calls 15 minutes apart \(expected 2200\)"):
        plan_month(target(), MONTH, draw(attempts=1000))


@pytest.mark.parametrize("month", [date(2026, 3, 1), date(2026, 10, 1)])
def test_the_change_of_clocks_neither_loses_nor_doubles_an_open_hour(month: date) -> None:
    slots = open_slots(target(), month)
    weekdays = len({s.astimezone(PARIS).date() for s in slots})
    assert len(slots) == weekdays * 8 * 12


def test_the_open_time_is_called_evenly_by_stratum() -> None:
    counts: Counter[str] = Counter()
    for n in range(20):
        counts.update(a.stratum for a in plan_month(target(), MONTH, draw(seed=str(n))).attempts)
    weights = strata_weights(open_slots(target(), MONTH), "Europe/Paris")
    total = counts.total()
    for stratum, weight in weights.items():
        assert counts[stratum] / total == pytest.approx(weight, abs=0.02)


def test_a_lost_attempt_is_replaced_later_in_its_stratum_under_another_id() -> None:
    lost = plan_month(target(), MONTH, draw()).attempts[10]
    other = replacement(lost, target(), after=lost.due_at, seed="x")
    assert other is not None
    assert other.id != lost.id
    assert other.due_at > lost.due_at
    assert stratum_of(other.due_at, "Europe/Paris") == lost.stratum


def test_nothing_is_left_to_draw_after_the_month() -> None:
    lost = plan_month(target(), MONTH, draw()).attempts[10]
    assert replacement(lost, target(), after=datetime(2027, 1, 2, tzinfo=UTC), seed="x") is None


def test_weights_follow_the_services_own_traffic_where_it_is_known() -> None:
    busy_mornings = tuple(3.0 if hour < 11 else 1.0 for hour in range(24))
    known = replace(target(), hourly_traffic=busy_mornings)
    plan = plan_month(known, MONTH, draw())
    assert plan.weights_source == "hourly_traffic"
    assert sum(plan.weights.values()) == pytest.approx(1)
    mornings = sum(w for name, w in plan.weights.items() if name.endswith("/morning"))
    assert mornings == pytest.approx(2 * 3 / (2 * 3 + 6))


def test_calls_of_the_pilot_are_planned_and_never_counted() -> None:
    plan = plan_month(target(), MONTH, replace(draw(), pilot_until=date(2026, 12, 4)))
    pilot = {a.due_at.astimezone(PARIS).date() for a in plan.attempts if a.purpose is Purpose.PILOT}
    counted = {a.due_at.astimezone(PARIS).date() for a in plan.attempts if a.purpose is Purpose.MEASURE}
    assert max(pilot) <= date(2026, 12, 4) < min(counted)
    assert len(pilot) >= 3
