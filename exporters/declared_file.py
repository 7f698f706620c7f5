"""Figures that services declare of themselves, from a CSV file: strict, and never counted with what is measured.

Columns: service, month (YYYY-MM), presented, answered, dissuaded (calls; empty: not said), source, definition.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path

from exporters.attempt_file import RawRow, RejectedFile, read_file
from storage.declared import Declared
from storage.months import month_named

COUNTS = ("presented", "answered", "dissuaded")
TEXTS = ("service", "source", "definition")
COLUMNS = ("service", "month", *COUNTS, "source", "definition")


def read_declared(path: Path) -> list[Declared]:
    """The rows of a file. RejectedFile lists everything that is wrong with it; nothing is taken from such a file."""
    raw = read_file(path, of="declared month")
    missing = [c for c in COLUMNS if c not in raw.columns]
    if missing:
        raise RejectedFile([f"{raw.name}: no column {c!r}, expected {', '.join(COLUMNS)}" for c in missing])
    unknown = sorted(raw.columns - {*COLUMNS})
    problems = [f"{raw.name}: row 1: column {c!r} means nothing here, expected {', '.join(COLUMNS)}" for c in unknown]
    found: list[tuple[int, Declared]] = []
    for row in raw.rows:
        wrong = list(_wrong(row))
        problems += [f"{raw.name}: row {row.number}, column {c}: found {f!r}, expected {e}" for c, f, e in wrong]
        if not wrong:
            found.append((row.number, _declared(row.values)))
    problems += _repeated(raw.name, found)
    if problems:
        raise RejectedFile(problems)
    return [declared for _, declared in found]


def _wrong(row: RawRow) -> Iterator[tuple[str, object, str]]:
    """Column, what stands there, and what was expected."""
    values = row.values
    for column in TEXTS:
        if not values.get(column):
            yield column, None, {"definition": "what the source counts, in words"}.get(column, "a text")
    try:
        month_named(str(values.get("month")))
    except ValueError as expected:
        yield "month", values.get("month"), f"a month, {expected}"
    counts: dict[str, int] = {}
    for column in COUNTS:
        value = values.get(column)
        if value is None:
            continue
        if not str(value).isdecimal():
            yield column, value, "a whole number of calls, 0 or more"
        else:
            counts[column] = int(str(value))
    if not any(values.get(c) is not None for c in COUNTS):
        yield "presented", None, "at least one of presented, answered, dissuaded"
    for column in ("answered", "dissuaded"):
        if counts.get(column, 0) > counts.get("presented", 10**18):
            yield column, counts[column], f"at most the calls presented ({counts['presented']})"


def _declared(values: Mapping[str, object]) -> Declared:
    counts = {c: int(str(values[c])) if c in values else None for c in COUNTS}
    return Declared(
        service=str(values["service"]),
        month=month_named(str(values["month"])),
        source=str(values["source"]),
        definition=str(values["definition"]),
        presented=counts["presented"],
        answered=counts["answered"],
        dissuaded=counts["dissuaded"],
    )


def _repeated(name: str, rows: Sequence[tuple[int, Declared]]) -> Iterator[str]:
    first: dict[tuple[str, date, str], int] = {}
    for number, d in rows:
        key = (d.service, d.month, d.source)
        if key in first:
            yield (
                f"{name}: row {number}, column source: found {d.source!r} again for {d.service} and {d.month:%Y-%m}, "
                f"as in row {first[key]}, expected one row for each service, month and source"
            )
        first.setdefault(key, number)
