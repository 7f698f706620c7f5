"""When a line may be called in a month, as spans of time: opening hours in force, days off, quiet periods."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

Span = tuple[datetime, datetime]
"""Open from the first instant up to the second, both UTC."""
Openings = Callable[[date], Sequence[Span]]
"""First day of a month → the open spans of the month by the service's clock, in order, none across midnight."""
MIDNIGHT = datetime.min.time()


def days_of(month: date) -> list[date]:
    """All days of a month."""
    after = date(month.year + month.month // 12, month.month % 12 + 1, 1)
    return [month + timedelta(days=n) for n in range((after - month).days)]


def timetable(
    hours: str, zone: str, *, past: Sequence[tuple[date, str]] = (), shut: Callable[[date], bool] = lambda day: False
) -> Openings:
    """Openings by hours in opening_hours syntax.

    `past`: last day and hours of former timetables; `shut`: True for a day without calls, whatever the hours say.
    """
    from opening_hours import OpeningHours, State

    clock, now = ZoneInfo(zone), OpeningHours(hours)
    former = [(until, OpeningHours(text)) for until, text in sorted(past)]

    def spans(month: date) -> list[Span]:
        found = []
        for day in days_of(month):
            if shut(day):
                continue
            in_force = next((h for until, h in former if day <= until), now)
            midnight = datetime.combine(day, MIDNIGHT)
            for start, end, state, _ in in_force.intervals(midnight, midnight + timedelta(days=1)):
                if state == State.OPEN:
                    found.append((_utc(start, clock), _utc(end, clock)))
        return [(start, end) for start, end in found if start < end]

    return spans


def _utc(local: datetime, zone: ZoneInfo) -> datetime:
    return local.replace(tzinfo=zone).astimezone(UTC)
