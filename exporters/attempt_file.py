"""Reads a file of attempts, CSV or JSON, into rows of raw values; the meaning of a value is for `imported`.

CSV: UTF-8 with or without a byte-order mark, separated by commas, semicolons or tabs, first row the column names.
JSON: a list of objects, or an object with the list under "calls" or "attempts".
"""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

SHOWN = 20
"""Problems listed in full; the others are only counted."""


class RejectedFile(Exception):
    """Nothing is computed from this file: every problem is one sentence with file, row, column, found and expected."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        hidden = len(problems) - SHOWN
        more = (f"and {hidden} more problem{'s' if hidden > 1 else ''}",) if hidden > 0 else ()
        super().__init__("\n".join((*self.problems[:SHOWN], *more)))


@dataclass(frozen=True, slots=True, kw_only=True)
class RawRow:
    """One row as it stands. Empty cells are left out."""

    number: int
    """CSV: the line of the file, the column names being line 1. JSON: the place in the list, from 1."""
    values: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class RawFile:
    """All rows, and the columns that the file has, filled or not."""

    name: str
    columns: frozenset[str]
    rows: tuple[RawRow, ...]
    decimal_comma: bool = False
    """12,5 may mean twelve and a half: the separator is not a comma."""


def read_file(path: Path, *, of: str = "attempt") -> RawFile:
    """Rows of a file, each one an `of`. RejectedFile if it cannot be read as a table with at least one row."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise RejectedFile([f"{path.name}: {error.strerror}"]) from error
    except UnicodeDecodeError as error:
        raise RejectedFile([f"{path.name}: byte {error.start + 1} is not UTF-8 text, expected UTF-8"]) from error
    if not text.strip():
        raise RejectedFile([f"{path.name}: the file is empty, expected at least one {of}"])
    table = _json(path.name, text) if text.lstrip()[0] in "[{" else _csv(path.name, text)
    if not table.rows:
        raise RejectedFile([f"{path.name}: no {of} in the file, expected at least one"])
    return table


def _json(name: str, text: str) -> RawFile:
    try:
        loaded = json.loads(text)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, character {error.colno}"
        raise RejectedFile([f"{name}: {place}: {error.msg}, expected valid JSON"]) from error
    if isinstance(loaded, dict):
        loaded = loaded.get("calls", loaded.get("attempts"))
    if not isinstance(loaded, list):
        raise RejectedFile([f'{name}: expected a list of attempts, alone or under "calls" or "attempts"'])
    problems = [
        f"{name}: row {i}: found {json.dumps(row)[:40]}, expected an object with the columns of an attempt"
        for i, row in enumerate(loaded, 1)
        if not isinstance(row, dict)
    ]
    if problems:
        raise RejectedFile(problems)
    return RawFile(
        name=name,
        columns=frozenset(key for row in loaded for key in row),
        rows=tuple(
            RawRow(number=i, values={k: v for k, v in row.items() if v is not None and v != ""})
            for i, row in enumerate(loaded, 1)
        ),
    )


def _csv(name: str, text: str) -> RawFile:
    first = text.splitlines()[0]
    separator = max(",;\t", key=first.count)
    reader = csv.reader(text.splitlines(keepends=True), delimiter=separator)
    columns = [c.strip() for c in next(reader)]
    problems = [f"{name}: row 1: column {c!r} stands twice, expected once" for c in columns if columns.count(c) > 1]
    rows = []
    try:
        for cells in reader:
            if len(cells) > len(columns):
                problems.append(f"{name}: row {reader.line_num}: {len(cells)} cells, expected {len(columns)}")
            values = {c: cell.strip() for c, cell in zip(columns, cells, strict=False) if cell.strip()}
            if values:
                rows.append(RawRow(number=reader.line_num, values=values))
    except csv.Error as error:
        problems.append(f"{name}: row {reader.line_num}: {error}, expected a row of a CSV file")
    if problems:
        raise RejectedFile(list(dict.fromkeys(problems)))
    return RawFile(name=name, columns=frozenset(columns), rows=tuple(rows), decimal_comma=separator != ",")
