"""Attempts made by anybody, from a file: strict, so that no figure comes from a file that contradicts itself.

Columns: id, script, outcome; sip_final, q850, t_alert, t_answer, t_ivr, t_optout, t_queue, t_human, t_end (seconds from
the INVITE), phase; and, optionally, service, number, stratum, weight, at, subclass, enquiry, count. An empty cell means
"did not happen"; a missing column means "not known". `count` makes a row stand for several attempts that are alike.
Other columns are named in `unused` and left alone. The order of rows never matters.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from math import fsum, isfinite
from pathlib import Path
from typing import TypeVar

from exporters.attempt_file import RawFile, RawRow, RejectedFile, read_file
from prober.attempt import Script
from prober.outcome import Outcome, Who
from storage.months import YEARS

REQUIRED = ("id", "script", "outcome")
TIMES = ("t_alert", "t_answer", "t_ivr", "t_optout", "t_queue", "t_human", "t_end")
OPTIONAL = (
    "sip_final",
    "q850",
    "phase",
    "service",
    "number",
    "stratum",
    "weight",
    "at",
    "subclass",
    "enquiry",
    "count",
)
ORDER = (
    *(("t_alert", later) for later in ("t_answer", "t_ivr", "t_queue", "t_human", "t_end")),
    *((earlier, later) for earlier in ("t_answer", "t_ivr", "t_queue") for later in ("t_human", "t_end")),
    ("t_human", "t_end"),
    ("t_optout", "t_end"),
)
"""Pairs that must not run backwards (decisions.md 3)."""
WEIGHT_TOLERANCE = 1e-6
Word = TypeVar("Word", bound=StrEnum)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedAttempt:
    """What the KPIs need of a checked row. Times in seconds from the INVITE."""

    id: int | str
    script: Script
    outcome: Outcome
    t_alert: float | None = None
    t_answer: float | None = None
    t_ivr: float | None = None
    t_optout: float | None = None
    t_queue: float | None = None
    t_human: float | None = None
    t_end: float | None = None
    phase: str | None = None
    service: str = ""
    number: str = ""
    stratum: str = ""
    weight: float | None = None
    at: datetime | None = None
    subclass: str | None = None
    enquiry: str | None = None
    count: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedFile:
    """A file that passed every check, its attempts sorted by id."""

    attempts: tuple[ImportedAttempt, ...]
    unknown: frozenset[str]
    """Milestones, and the phase, that this file has no column for."""
    unused: tuple[str, ...]
    """Columns of this file that mean nothing here."""


def read_attempts(path: Path) -> ImportedFile:
    """Attempts of a CSV or JSON file. RejectedFile lists everything that is wrong with it."""
    raw = read_file(path)
    missing = [c for c in REQUIRED if c not in raw.columns]
    if missing:
        raise RejectedFile([f"{raw.name}: no column {c!r}, expected {', '.join(REQUIRED)}" for c in missing])
    problems: list[str] = []
    parsed = [(row.number, _attempt(_Cells(raw, row, problems))) for row in raw.rows]
    good = [(number, attempt) for number, attempt in parsed if attempt is not None]
    problems += _duplicates(raw.name, good)
    if not problems:
        problems += _weights(raw.name, good)
    if problems:
        raise RejectedFile(problems)
    known = {*REQUIRED, *TIMES, *OPTIONAL}
    return ImportedFile(
        attempts=tuple(sorted((a for _, a in good), key=lambda a: (isinstance(a.id, str), a.id))),
        unknown=frozenset({*TIMES, "phase"} - raw.columns),
        unused=tuple(sorted(raw.columns - known)),
    )


class _Cells:
    """The cells of one row by kind; what is wrong is added to `problems`."""

    def __init__(self, file: RawFile, row: RawRow, problems: list[str]) -> None:
        self.file, self.row, self.problems = file, row, problems

    def wrong(self, column: str, found: object, expected: str) -> None:
        """Say what is wrong with a cell."""
        self.problems.append(
            f"{self.file.name}: row {self.row.number}, column {column}: found {found!r}, expected {expected}"
        )

    def text(self, column: str) -> str | None:
        """Words, or a whole number read as words."""
        value = self.row.values.get(column)
        if value is None or isinstance(value, str):
            return value
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        self.wrong(column, value, "text")
        return None

    def number(self, column: str, low: float, high: float, expected: str) -> float | None:
        """A finite number within bounds."""
        value = self.row.values.get(column)
        if value is None:
            return None
        text = str(value).replace(",", ".") if self.file.decimal_comma else str(value)
        try:
            number = float(text) if not isinstance(value, bool | list | dict) else float("nan")
        except ValueError:
            number = float("nan")
        if isfinite(number) and low <= number <= high:
            return number
        self.wrong(column, value, expected)
        return None

    def whole(self, column: str, low: int, high: int, expected: str) -> int | None:
        """A whole number within bounds."""
        number = self.number(column, low, high, expected)
        if number is not None and number != int(number):
            self.wrong(column, self.row.values[column], expected)
        return None if number is None else int(number)

    def word(self, column: str, words: type[Word]) -> Word | None:
        """A word of a closed list."""
        value = self.row.values.get(column)
        if isinstance(value, str) and value in {w.value for w in words}:
            return words(value)
        self.wrong(column, value, f"one of {', '.join(w.value for w in words)}")
        return None

    def instant(self, column: str) -> datetime | None:
        """A date and time with its zone."""
        value = self.row.values.get(column)
        if value is None:
            return None
        expected = "a date and time with its zone, such as 2026-12-01T09:15:00+01:00"
        try:
            instant = datetime.fromisoformat(str(value))
        except ValueError:
            self.wrong(column, value, expected)
            return None
        if instant.tzinfo is None:
            self.wrong(column, value, expected)
        if instant.year not in YEARS:
            self.wrong(column, value, f"a year from {YEARS[0]} to {YEARS[-1]}")
        return instant

    def identity(self) -> int | str | None:
        """The id; digits alone are a number in CSV as in JSON, so that both give the same lists."""
        text = self.text("id")
        if text is None and "id" not in self.row.values:
            self.wrong("id", None, "an id that no other row has")
        return int(text) if text is not None and text.isdecimal() and str(int(text)) == text else text


def _attempt(cells: _Cells) -> ImportedAttempt | None:
    """The row as an attempt; None if anything is wrong with it."""
    before = len(cells.problems)
    identity = cells.identity()
    script, outcome = cells.word("script", Script), cells.word("outcome", Outcome)
    times = {c: cells.number(c, 0.0, float("inf"), "seconds from the INVITE, 0 or more") for c in TIMES}
    for earlier, later in ORDER:
        first, second = times[earlier], times[later]
        if first is not None and second is not None and second < first:
            cells.wrong(later, second, f"a time not before {earlier} ({first:g})")
    if times["t_human"] is not None and outcome is not None and not _may_speak(outcome):
        cells.wrong("t_human", times["t_human"], f"nothing beside the outcome {outcome.value}: nobody spoke")
    weight = cells.number("weight", 1e-12, 1.0, "the stratum's share of the incoming calls, above 0 and at most 1")
    stratum, enquiry = cells.text("stratum"), cells.text("enquiry")
    count = cells.whole("count", 1, 10**9, "a whole number of attempts, 1 or more")
    if weight is not None and stratum is None:
        cells.wrong("stratum", None, "the stratum that the weight belongs to")
    if enquiry is not None and (count or 1) > 1:
        cells.wrong("count", count, "1 where an enquiry is named")
    cells.whole("sip_final", 100, 699, "a SIP code, 100 to 699")
    cells.whole("q850", 1, 127, "a Q.850 cause, 1 to 127")
    at, number = cells.instant("at"), cells.text("number")
    service, phase, subclass = map(cells.text, ("service", "phase", "subclass"))
    if len(cells.problems) > before or identity is None or script is None or outcome is None:
        return None
    return ImportedAttempt(
        id=identity,
        script=script,
        outcome=outcome,
        t_alert=times["t_alert"],
        t_answer=times["t_answer"],
        t_ivr=times["t_ivr"],
        t_optout=times["t_optout"],
        t_queue=times["t_queue"],
        t_human=times["t_human"],
        t_end=times["t_end"],
        phase=phase,
        subclass=subclass,
        at=at,
        service=service or "",
        number=number or "",
        stratum=stratum or "",
        weight=weight,
        enquiry=enquiry,
        count=count or 1,
    )


def _may_speak(outcome: Outcome) -> bool:
    """True if a human may have spoken in a call of this outcome: a human goes before every ending (measure.md §5.3)."""
    return outcome.who in (Who.REACHED, Who.OWN, Who.UNDECIDED) or outcome is Outcome.HUMAN_WRONG_SERVICE


def _duplicates(name: str, rows: Sequence[tuple[int, ImportedAttempt]]) -> Iterator[str]:
    first: dict[int | str, int] = {}
    for number, attempt in rows:
        if attempt.id in first:
            yield (
                f"{name}: row {number}, column id: found {attempt.id!r}, which row {first[attempt.id]} has too, "
                f"expected an id that no other row has"
            )
        first.setdefault(attempt.id, number)


def _weights(name: str, rows: Sequence[tuple[int, ImportedAttempt]]) -> Iterator[str]:
    """Weights are for all attempts or none, equal within a stratum, and sum to 1 (decisions.md 18)."""
    if all(a.weight is None for _, a in rows):
        return
    strata: dict[tuple[str, Script], dict[str, tuple[float, int]]] = defaultdict(dict)
    for number, attempt in rows:
        if attempt.weight is None:
            yield f"{name}: row {number}, column weight: found nothing, expected a weight as in the other rows"
            continue
        of = strata[attempt.service, attempt.script]
        weight, seen = of.setdefault(attempt.stratum, (attempt.weight, number))
        if weight != attempt.weight:
            yield (
                f"{name}: row {number}, column weight: found {attempt.weight:g}, expected {weight:g} as in row {seen} "
                f"of the same stratum {attempt.stratum!r}"
            )
    for (service, script), of in sorted(strata.items()):
        total = fsum(weight for weight, _ in of.values())
        if abs(total - 1) > WEIGHT_TOLERANCE:
            whose = f"service {service!r}, script {script}" if service else f"script {script}"
            last = max(number for _, number in of.values())
            yield (
                f"{name}: row {last}, column weight: the {len(of)} strata of {whose} sum to {total:g}, expected 1"
                + ("; a stratum that nobody called is missing" if total < 1 else "")
            )
