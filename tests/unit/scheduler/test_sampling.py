"""Strata, dealt counts and spaced starts, against what brute force draws."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stepped import stepped

from scheduler.openings import timetable
from scheduler.sampling import deal, frame_of, free_instant, generator, largest, place

PARIS = "Europe/Paris"
WEEK = timetable("Mo-Fr 09:00-12:00,13:30-17:00", PARIS)
GAP_S = 900.0


def test_the_spans_of_the_library_are_those_of_every_instant() -> None:
    """Two roads to the same open time: intervals, and asking every five minutes."""

    def judge(at: datetime) -> tuple[bool, bool]:
        local = at.astimezone(ZoneInfo(PARIS))
        minute = 60 * local.hour + local.minute
        return local.weekday() < 5 and (540 <= minute < 720 or 810 <= minute < 1020), False

    for month in (date(2026, 3, 1), date(2026, 10, 1), date(2027, 2, 1)):
        assert WEEK(month) == stepped(judge, PARIS)(month)


@pytest.mark.parametrize(("month", "hours"), [(date(2026, 3, 1), 31 * 24 - 1), (date(2026, 10, 1), 31 * 24 + 1)])
def test_the_change_of_clocks_neither_loses_nor_doubles_an_hour(month: date, hours: int) -> None:
    frame = frame_of(timetable("24/7", PARIS)(month), PARIS)
    assert frame.open_s == hours * 3600
    assert sum(frame.shares) == pytest.approx(1)
    by_hour = frame_of(timetable("24/7", PARIS)(month), PARIS, [1.0] * 24)
    assert by_hour.open_s == frame.open_s


def test_former_hours_hold_to_their_last_day_and_a_shut_day_has_none() -> None:
    spans = timetable(
        "Mo-Fr 10:00-11:00",
        PARIS,
        past=[(date(2026, 12, 15), "Mo-Fr 08:00-18:00")],
        shut=lambda day: day == date(2026, 12, 25),
    )(date(2026, 12, 1))
    lengths = {s.astimezone(ZoneInfo(PARIS)).day: e - s for s, e in spans}
    assert (lengths[15], lengths[16]) == (timedelta(hours=10), timedelta(hours=1))
    assert 25 not in lengths


def test_hours_without_traffic_are_not_called() -> None:
    traffic = [0.0] * 24
    traffic[10] = traffic[15] = 1.0
    frame = frame_of(WEEK(date(2026, 12, 1)), PARIS, traffic)
    counts = deal(frame, 100, frame.room(GAP_S), generator("x"))
    starts = [datetime.fromtimestamp(t, ZoneInfo(PARIS)).hour for t in place(frame, counts, GAP_S, generator("y"))]
    assert set(starts) == {10, 15}


@given(
    n=st.integers(0, 420),
    spacing_s=st.sampled_from([0.0, 60.0, 900.0, 1800.0]),
    seed=st.text(max_size=4),
    hours=st.sampled_from(["Mo-Fr 09:00-17:00", "Mo-Sa 08:10-09:55,10:00-12:20", "24/7", "Tu 10:55-11:05"]),
    busy=st.booleans(),
)
def test_counts_spacing_and_open_time_are_kept_up_to_the_largest_number(
    n: int, spacing_s: float, seed: str, hours: str, busy: bool
) -> None:
    traffic = [1.0 + (hour in (9, 10)) for hour in range(24)] if busy else []
    frame = frame_of(timetable(hours, PARIS)(date(2026, 12, 1)), PARIS, traffic)
    room = frame.room(spacing_s)
    n = min(n, largest(frame, room))
    rng = generator(seed)
    counts = deal(frame, n, room, rng, least_days=15)
    assert counts.sum() == n
    assert (counts <= room).all()
    drawn = np.bincount(frame.strata, counts, len(frame.names))
    assert (np.abs(drawn - n * np.asarray(frame.shares)) < 1).all()
    at = place(frame, counts, spacing_s, rng)
    assert (np.diff(at) >= spacing_s).all()
    cell = np.searchsorted(frame.starts_s, at, side="right") - 1
    assert (np.bincount(cell, minlength=len(counts)) == counts).all()
    assert (at <= frame.ends_s[cell]).all()


def test_starts_across_a_border_are_as_brute_force_draws_them() -> None:
    """Two starts in one band and two in the next, one hour each, 20 minutes apart: all four means and spreads."""
    day = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
    frame = frame_of([(day, day + timedelta(hours=2))], PARIS)  # 10 to 12 in Paris, cut at 11
    counts, rng = np.array([2, 2]), generator("z")
    drawn = np.array([place(frame, counts, 1200.0, rng) for _ in range(3000)]) - day.timestamp()
    brute = np.sort(rng.random((400_000, 4)) * 3600 + np.array([0, 0, 3600, 3600]), axis=1)
    brute = brute[(np.diff(brute, axis=1) >= 1200.0).all(axis=1)]
    assert len(brute) > 5000
    assert drawn.mean(axis=0) == pytest.approx(brute.mean(axis=0), abs=40)
    assert drawn.std(axis=0) == pytest.approx(brute.std(axis=0), abs=40)


def test_more_calls_than_the_time_holds_are_refused() -> None:
    day = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
    frame = frame_of([(day, day + timedelta(minutes=50))], PARIS)
    assert frame.room(GAP_S).tolist() == [4]
    with pytest.raises(ValueError, match="more calls than the open time holds"):
        place(frame, np.array([5]), GAP_S, generator("x"))


def test_a_free_instant_keeps_away_from_what_is_taken() -> None:
    day = datetime(2026, 12, 1, 7, 0, tzinfo=UTC).timestamp()
    frame = frame_of([(datetime.fromtimestamp(day, UTC), datetime.fromtimestamp(day + 3600, UTC))], PARIS)
    (name,) = frame.names
    taken = [day + 600, day + 3000]
    for seed in range(50):
        at = free_instant(frame, name, taken, GAP_S, day, generator(str(seed)))
        assert at is not None
        assert day + 1500 <= at <= day + 2100
    assert free_instant(frame, name, [*taken, day + 1800], GAP_S, day, generator("x")) is None
    assert free_instant(frame, "Sat-Sun 11-14", [], GAP_S, day, generator("x")) is None
