"""Months as they are written: YYYY-MM."""

from __future__ import annotations

import re
from datetime import date

YEARS = range(2000, 2101)
"""Years in which calls may have been made or planned; the calendar's first and last ones have no neighbours."""


def month_named(text: str) -> date:
    """First day of a month. Raises ValueError with what was expected."""
    if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", text, re.ASCII):
        raise ValueError("YYYY-MM, for example 2026-12")
    if int(text[:4]) not in YEARS:
        raise ValueError(f"{YEARS[0]}-01 to {YEARS[-1]}-12")
    return date.fromisoformat(f"{text}-01")
