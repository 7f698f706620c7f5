"""Plans: random inside the open hours, spaced, spread, reproducible from the seed."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from stepped import stepped

from prober.attempt import Limits, Policy, Purpose, Script
from scheduler.openings import timetable
from scheduler.pacing import Ceiling
from scheduler.planner import Draw, Line, Target, TooMany, month_frame, plan_month, replacement

PARIS = ZoneInfo("Europe/Paris")
MONTH = date(2026, 12, 1)


def nine_to_five(at: datetime) -> tuple[bool, bool]:
    local = at.astimezone(PARIS)
    return local.weekday() < 5 and 9 <= local.hour < 17, False


OPEN = stepped(nine_to_five, "Europe/Paris")


def target(*lines: Line, scripts: tuple[Script, ...] = (Script.AGENT, Script.OPTOUT)) -> Target:
    known = lines or (Line(number="3646"),)
    return Target(service="s", zone="Europe/Paris", openings=OPEN, lines=known, scripts=scripts)


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
    assert all(b.due_at - a.due_at >= timedelta(minutes=15) for a, b in pairwise(plan.attempts))


def test_a_service_may_have_its_own_number_of_calls() -> None:
    assert len(plan_month(replace(target(), attempts=20), MONTH, draw()).attempts) == 44
    assert plan_month(replace(target(), attempts=0), MONTH, draw()).attempts == ()


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


def test_every_stratum_gets_its_share_of_every_script_rounded_up_or_down() -> None:
    plan = plan_month(target(), MONTH, draw())
    counts = Counter((a.script, a.stratum) for a in plan.attempts)
    for stratum, weight in plan.weights.items():
        both = sum(counts[script, stratum] for script in Script)
        assert abs(both - 220 * weight) < 1
        assert abs(counts[Script.AGENT, stratum] - counts[Script.OPTOUT, stratum]) <= 1


def test_each_number_of_a_service_is_a_stratum_of_its_own() -> None:
    plan = plan_month(target(Line(number="3646", share=3), Line(number="3230")), MONTH, draw())
    assert sum(plan.weights.values()) == pytest.approx(1)
    assert sum(w for name, w in plan.weights.items() if name.startswith("3646 ")) == pytest.approx(0.75)
    assert all(a.stratum.startswith(f"{a.number} ") for a in plan.attempts)


def test_a_few_calls_are_spread_over_as_many_days_as_asked() -> None:
    one_script = target(scripts=(Script.AGENT,))
    for seed in range(30):
        plan = plan_month(one_script, MONTH, replace(draw(attempts=15, seed=str(seed)), margin=0.0))
        assert plan.days == 15
    third = replace(one_script, openings=stepped(lambda at: (nine_to_five(at)[0] and at.day > 20, False), "UTC"))
    assert plan_month(third, MONTH, draw(attempts=15)).days == 9, "the line is open on no more"


def test_a_ceiling_shortens_the_plan_and_the_plan_says_so() -> None:
    per_day = replace(target(), ceiling=Ceiling(per_day=8))
    plan = plan_month(per_day, MONTH, draw())
    days = Counter(a.due_at.astimezone(PARIS).date() for a in plan.attempts)
    assert (len(plan.attempts), max(days.values()), len(days)) == (184, 8, 23)
    assert plan.shortened == "184 attempts instead of 220: at most 8 calls a day on 23 open days"
    share = replace(target(), ceiling=Ceiling(traffic_share=0.05, received_per_month=1000))
    assert len(plan_month(share, MONTH, draw()).attempts) == 50
    assert plan_month(target(), MONTH, draw()).shortened == ""


def test_a_lost_attempt_is_replaced_later_in_its_stratum_away_from_all_other_calls() -> None:
    plan, frame = plan_month(target(), MONTH, draw()), month_frame(target(), MONTH, 900)
    for lost in plan.attempts[::20]:
        taken = [a.due_at for a in plan.attempts]
        other = replacement(lost, target(), frame, taken=taken, after=lost.due_at, draw=draw())
        assert other is not None
        assert (other.number, other.script, other.stratum) == (lost.number, lost.script, lost.stratum)
        assert other.id != lost.id
        assert other.due_at > lost.due_at
        assert nine_to_five(other.due_at)[0]
        assert min(abs(other.due_at - at) for at in taken) >= timedelta(minutes=15)
        assert other == replacement(lost, target(), frame, taken=taken, after=lost.due_at, draw=draw())


def test_the_spacing_holds_from_one_month_to_the_next() -> None:
    always = replace(target(), openings=timetable("24/7", "Europe/Paris"))
    for seed in map(str, range(5)):
        months = [plan_month(always, m, draw(attempts=900, seed=seed)) for m in (MONTH, date(2027, 1, 1))]
        december, january = (plan.attempts for plan in months)
        assert january[0].due_at - december[-1].due_at >= timedelta(minutes=15)


def test_nothing_is_left_to_draw_after_the_month() -> None:
    lost = plan_month(target(), MONTH, draw()).attempts[10]
    end = datetime(2027, 1, 2, tzinfo=UTC)
    assert replacement(lost, target(), month_frame(target(), MONTH, 900), taken=[], after=end, draw=draw()) is None


def test_weights_follow_the_services_own_traffic_where_it_is_known() -> None:
    busy_mornings = tuple(3.0 if hour < 11 else 1.0 for hour in range(24))
    known = replace(target(), hourly_traffic=busy_mornings)
    plan = plan_month(known, MONTH, draw())
    assert plan.weights_source == "hourly_traffic"
    assert sum(plan.weights.values()) == pytest.approx(1)
    mornings = sum(w for name, w in plan.weights.items() if name.endswith(" 00-11"))
    assert mornings == pytest.approx(2 * 3 / (2 * 3 + 6))


def test_calls_of_the_pilot_are_planned_and_never_counted() -> None:
    plan = plan_month(target(), MONTH, replace(draw(), pilot_until=date(2026, 12, 4)))
    pilot = {a.due_at.astimezone(PARIS).date() for a in plan.attempts if a.purpose is Purpose.PILOT}
    counted = {a.due_at.astimezone(PARIS).date() for a in plan.attempts if a.purpose is Purpose.MEASURE}
    assert max(pilot) <= date(2026, 12, 4) < min(counted)
    assert len(pilot) >= 3
