"""Opening hours by asking every five minutes: what timetables are held against, and rules that no timetable says."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from scheduler.openings import MIDNIGHT, Openings, Span, days_of

STEP = timedelta(minutes=5)


def stepped(judge: Callable[[datetime], tuple[bool, bool]], zone: str) -> Openings:
    """Openings of a rule that only answers for an instant, asked every five minutes."""
    clock = ZoneInfo(zone)

    def spans(month: date) -> list[Span]:
        found: list[Span] = []
        for day in days_of(month):
            at = datetime.combine(day, MIDNIGHT, clock).astimezone(UTC)
            end = datetime.combine(day + timedelta(days=1), MIDNIGHT, clock).astimezone(UTC)
            fresh = True
            while at < end:
                if judge(at)[0]:
                    if found and found[-1][1] == at and not fresh:
                        found[-1] = (found[-1][0], at + STEP)
                    else:
                        found.append((at, at + STEP))
                    fresh = False
                at += STEP
        return found

    return spans
