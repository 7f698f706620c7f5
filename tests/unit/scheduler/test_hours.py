"""Is the line open at this instant? The worked case, row by row; a line that never closes knows no holidays."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from config.campaign import Campaign, Number, Service
from config.settings import QuietPeriod, Schedule, Settings, Strike
from scheduler.assemble import hours_of, openings_of, strike_of

CASE = json.loads((Path(__file__).parents[2] / "golden" / "cases" / "c15_schedule_eligibility.json").read_text())
DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
HOURS = "; ".join(
    f"{DAYS[int(day) - 1]} " + ",".join(f"{a}-{b}" for a, b in spans) for day, spans in CASE["opening_hours"].items()
)


def service(hours: str = HOURS, **more: object) -> Service:
    values = {"id": "s", "name": "S", "organisation": "o", "numbers": (Number(number="3646"),), "hours": hours}
    return Service(**{**values, **more})  # type: ignore[arg-type]


@pytest.mark.parametrize("row", CASE["rows"], ids=lambda r: f"{r['local']} {r['holiday_subdivision'] or ''}")
def test_the_worked_case_row_by_row(row: dict[str, object]) -> None:
    closed_on = tuple(date.fromisoformat(d) for d in row["exceptional_closures"])  # type: ignore[attr-defined]
    judge = hours_of(service(zone=row["tz"], department=row["holiday_subdivision"], closed_on=closed_on))
    assert judge(datetime.fromisoformat(str(row["utc"])))[0] == (row["expected"] == "open")


@pytest.mark.parametrize("row", CASE["rows"], ids=lambda r: f"{r['local']} {r['holiday_subdivision'] or ''}")
def test_what_is_planned_agrees_with_what_is_judged(row: dict[str, object]) -> None:
    closed_on = tuple(date.fromisoformat(d) for d in row["exceptional_closures"])  # type: ignore[attr-defined]
    called = service(zone=row["tz"], department=row["holiday_subdivision"], closed_on=closed_on)
    at = datetime.fromisoformat(str(row["utc"]))
    month = at.astimezone(ZoneInfo(str(row["tz"]))).date().replace(day=1)
    spans = openings_of(Settings(campaign=Campaign(name="c")), called)(month)
    assert any(start <= at < end for start, end in spans) == (row["expected"] == "open")


def test_a_line_that_never_closes_is_open_at_christmas() -> None:
    assert hours_of(service("24/7"))(datetime.fromisoformat("2026-12-25T10:00:00+01:00"))[0]


def test_the_last_minutes_before_closing_are_flagged() -> None:
    judge = hours_of(service())
    assert judge(datetime.fromisoformat("2026-05-12T15:55:00+02:00")) == (True, True)
    assert judge(datetime.fromisoformat("2026-05-12T10:00:00+02:00")) == (True, False)


def test_a_strike_is_told_by_the_clock_of_the_service_and_only_of_those_it_concerns() -> None:
    strike = Strike(first_day=date(2026, 5, 12), last_day=date(2026, 5, 12), why="x", tags=("caf",))
    settings = Settings(schedule=Schedule(strikes=(strike,)))
    late = datetime.fromisoformat("2026-05-12T22:30:00+00:00")
    assert not strike_of(settings, service(tags=("caf",)), late)
    assert strike_of(settings, service(tags=("caf",), zone="America/Guadeloupe"), late)
    assert not strike_of(settings, service(zone="America/Guadeloupe"), late)


def test_nobody_is_called_outside_the_campaign_or_in_a_quiet_period_that_is_theirs() -> None:
    quiet = QuietPeriod(first_day=date(2026, 5, 12), last_day=date(2026, 5, 12), why="x", tags=("elections",))
    campaign = Campaign(name="c", starts_on=date(2026, 5, 5), ends_on=date(2026, 5, 29))
    settings = Settings(campaign=campaign, schedule=Schedule(quiet=(quiet,)))

    def may_call(day: str, *tags: str) -> bool:
        at = datetime.fromisoformat(f"2026-{day}T10:00:00+02:00")
        spans = openings_of(settings, service(tags=tags))(at.date().replace(day=1))
        return any(start <= at < end for start, end in spans)

    assert may_call("05-12")
    assert not may_call("05-12", "elections")
    assert may_call("05-19", "elections")
    assert not may_call("05-04")
    assert not may_call("06-01")


def test_a_service_is_not_called_after_its_last_day() -> None:
    spans = openings_of(Settings(campaign=Campaign(name="c")), service(ends_on=date(2026, 5, 12)))(date(2026, 5, 1))
    assert max(end for _, end in spans) == datetime.fromisoformat("2026-05-12T16:00:00+02:00")
