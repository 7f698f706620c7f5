"""Open data of a month: estimates, roll-ups, declared figures and anonymised attempts as CSV and Parquet.

A data package (datapackage.json, frictionless) describes the tables. Shares are 0 to 1, times seconds from the INVITE.
Attempts tell the hour and not the minute, so that nobody on duty can be singled out. Rows are written as they come:
a month of thousands of services needs the memory of a few.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from exporters.estimates import Rate
from exporters.opendata_columns import KEYS, TABLES, Column
from exporters.report.model import AttemptLine, Report
from exporters.report.whole import write_whole
from exporters.rollup import RollUp

Value = str | int | float | bool | None
Row = tuple[Value, ...]
LICENCE = {
    "name": "etalab-2.0",
    "title": "Licence Ouverte 2.0",
    "path": "https://www.etalab.gouv.fr/licence-ouverte-open-licence",
}
"""Licence of the published figures; whoever publishes may write another one into datapackage.json."""
ARROW = {"string": pa.string(), "integer": pa.int64(), "number": pa.float64(), "boolean": pa.bool_()}
DIGITS = 6
ROWS = 50_000
"""Of a group of rows in a Parquet file, held in memory until it is full."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """What one service adds."""

    month: str
    estimates: tuple[Row, ...]
    attempts: tuple[Row, ...]
    declared: tuple[Row, ...]


class OpenData:
    """The tables in the making: files appear under their names when all are whole."""

    def __init__(self, out: Path) -> None:
        self._out = out
        self._months: set[str] = set()
        self._tables = {name: _Table(out / name, columns) for name, columns in TABLES.items()}

    def add(self, rows: Rows) -> None:
        """Write the rows of a service; services come in the order of their ids."""
        self._months.add(rows.month)
        self._tables["estimates"].write(rows.estimates)
        self._tables["attempts"].write(rows.attempts)
        self._tables["declared"].write(rows.declared)

    def close(self, rolled: Iterable[RollUp] = ()) -> list[Path]:
        """Add the roll-ups and finish; gives the files, the description first."""
        self._tables["rollups"].write([row for r in rolled for row in _rolled(r)])
        files = [file for table in self._tables.values() for file in table.close()]
        described = json.dumps(_package(sorted(self._months)), ensure_ascii=False, indent=2) + "\n"
        return [write_whole(self._out / "datapackage.json", described), *files]

    def abandon(self) -> None:
        """Drop what was written so far; tables published before stay."""
        for table in self._tables.values():
            table.abandon()


class _Table:
    """One table in both forms."""

    def __init__(self, place: Path, columns: Sequence[Column]) -> None:
        place.parent.mkdir(parents=True, exist_ok=True)
        self._places = [place.with_suffix(".csv"), place.with_suffix(".parquet")]
        self._parts = [p.with_name(f"{p.name}.part") for p in self._places]
        self._schema = pa.schema([pa.field(c.name, ARROW[c.kind], nullable=not c.required) for c in columns])
        self._csv = self._parts[0].open("w", encoding="utf-8", newline="")
        self._writer = csv.writer(self._csv, lineterminator="\n")
        self._writer.writerow(c.name for c in columns)
        self._parquet = pq.ParquetWriter(self._parts[1], self._schema)
        self._held: list[Row] = []

    def write(self, rows: Iterable[Row]) -> None:
        for row in rows:
            self._writer.writerow([str(v).lower() if isinstance(v, bool) else v for v in row])
            self._held.append(row)
        if len(self._held) >= ROWS:
            self._flush()

    def _flush(self) -> None:
        cells = [[row[i] for row in self._held] for i in range(len(self._schema))]
        self._parquet.write_table(pa.table(cells, schema=self._schema))
        self._held = []

    def close(self) -> list[Path]:
        if self._held:
            self._flush()
        self._parquet.close()
        self._csv.close()
        for part, place in zip(self._parts, self._places, strict=True):
            part.replace(place)
        return self._places

    def abandon(self) -> None:
        self._parquet.close()
        self._csv.close()
        for part in self._parts:
            part.unlink(missing_ok=True)


def rows_of(report: Report) -> Rows:
    """What a service's month adds."""
    attempts = sorted(report.attempts, key=lambda a: a.id)
    return Rows(
        month=report.month,
        estimates=tuple(_estimates(report)),
        attempts=tuple(_attempt(report, a) for a in attempts),
        declared=tuple(
            (report.month, report.service.id, d.source, d.presented, d.answered, d.dissuaded, d.definition)
            for d in report.declared
        ),
    )


def _estimates(r: Report) -> Iterable[Row]:
    for identifier, kpi in r.estimates.kpis.items():
        rate = kpi if isinstance(kpi, Rate) else None
        yield (
            r.month,
            r.service.id,
            r.service.name,
            r.service.organisation or None,
            identifier,
            rate.numerator if rate else None,
            kpi.denominator,
            *map(_rounded, (kpi.estimate, kpi.low, kpi.high)),
            kpi.method,
            rate.target if rate else None,
            str(rate.verdict) if rate and rate.verdict else None,
            rate.undecided if rate else None,
            r.t_max_s,
            r.method.rules_version,
            r.simulated,
            r.provisional is not None,
        )


def _rolled(r: RollUp) -> Iterable[Row]:
    for rate in r.rates.values():
        yield (
            r.month,
            r.kind,
            r.id,
            r.name or None,
            rate.identifier,
            rate.services,
            rate.x,
            rate.n,
            *map(_rounded, (rate.estimate, rate.low, rate.high)),
            r.weights,
            rate.met,
            rate.not_met,
            rate.unknown,
            r.t_max_s,
            r.rules_version,
            r.simulated,
            r.provisional,
        )


def _attempt(r: Report, a: AttemptLine) -> Row:
    at = datetime.fromisoformat(a.at)
    times = (a.t_answer, a.t_ivr, a.t_queue, a.t_human, a.t_end)
    return (
        a.id,
        r.month,
        r.service.id,
        a.number,
        at.isoweekday(),
        at.hour,
        a.script.value,
        a.stratum or None,
        a.outcome.value,
        a.outcome.who.value,
        a.outcome.in_service_denominator,
        a.rule_id,
        *(None if t is None else round(t, 1) for t in times),
        r.simulated,
    )


def _rounded(figure: float | None) -> float | None:
    return None if figure is None else round(figure, DIGITS)


def _package(months: Sequence[str]) -> dict[str, object]:
    return {
        "name": "decroche-" + "-".join(months) if months else "decroche",
        "title": "Public services on the telephone: measured estimates and attempts",
        "licenses": [LICENCE],
        "resources": [
            {
                "name": name,
                "path": f"{name}.csv",
                "format": "csv",
                "encoding": "utf-8",
                "schema": {
                    "fields": [_field(c) for c in columns],
                    "missingValues": [""],
                    "primaryKey": KEYS[name],
                },
            }
            for name, columns in TABLES.items()
        ],
    }


def _field(column: Column) -> dict[str, object]:
    field: dict[str, object] = {"name": column.name, "type": column.kind, "description": column.about}
    if column.kind == "boolean":
        field |= {"trueValues": ["true"], "falseValues": ["false"]}
    return field | ({"constraints": {"required": True}} if column.required else {})
