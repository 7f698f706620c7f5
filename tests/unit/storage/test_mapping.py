"""Months by the clock of a zone, and text that PostgreSQL can hold."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from storage.mapping import month_of, storable


@pytest.mark.parametrize(
    ("at", "zone", "month"),
    [
        (datetime(2026, 11, 30, 22, 59, 59, tzinfo=UTC), "Europe/Paris", date(2026, 11, 1)),
        (datetime(2026, 11, 30, 23, 0, tzinfo=UTC), "Europe/Paris", date(2026, 12, 1)),
        (datetime(2026, 6, 30, 22, 0, tzinfo=UTC), "Europe/Paris", date(2026, 7, 1)),
        (datetime(2027, 1, 1, 2, 0, tzinfo=UTC), "America/Cayenne", date(2026, 12, 1)),
        (datetime(2026, 12, 31, 13, 0, tzinfo=UTC), "Pacific/Noumea", date(2027, 1, 1)),
    ],
)
def test_the_month_is_told_by_the_clock_of_the_zone(at: datetime, zone: str, month: date) -> None:
    assert month_of(at, zone) == month


def test_only_what_postgresql_cannot_hold_is_replaced() -> None:
    assert storable("été \U0001f642 \t'") == "été \U0001f642 \t'"
    assert storable({"a\0": ["\udc80", 1, None, True, 0.5]}) == {"a\ufffd": ["?", 1, None, True, 0.5]}
