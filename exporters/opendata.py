"""Open data of a month: estimates and anonymised attempts as CSV and Parquet, described by a Table Schema.

A data package (datapackage.json, frictionless): the names of columns are part of it and do not change. Shares are 0 to
1, times seconds from the INVITE. Attempts tell the hour and not the minute, so that nobody on duty can be singled out.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

import pyarrow as pa
import pyarrow.parquet as pq

from exporters.estimates import Rate
from exporters.report.model import AttemptLine, Report
from exporters.report.whole import write_whole

Kind = Literal["string", "integer", "number", "boolean"]
Value = str | int | float | bool | None
LICENCE = {
    "name": "etalab-2.0",
    "title": "Licence Ouverte 2.0",
    "path": "https://www.etalab.gouv.fr/licence-ouverte-open-licence",
}
"""Licence of the published figures; whoever publishes may write another one into datapackage.json."""
ARROW = {"string": pa.string(), "integer": pa.int64(), "number": pa.float64(), "boolean": pa.bool_()}
DIGITS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of the schema."""

    name: str
    kind: Kind
    about: str
    required: bool = False


def _column(name: str, kind: Kind, about: str, *, required: bool = False) -> Column:
    return Column(name=name, kind=kind, about=about, required=required)


ESTIMATES = (
    _column("month", "string", "Month, YYYY-MM, by the service's clock", required=True),
    _column("service", "string", "Identifier of the service", required=True),
    _column("service_name", "string", "Name of the service", required=True),
    _column("organisation", "string", "Body that answers for the service"),
    _column("kpi", "string", "Identifier of the indicator", required=True),
    _column("x", "integer", "Attempts in the numerator; empty for a delay"),
    _column("n", "integer", "Attempts in the denominator"),
    _column("estimate", "number", "Share 0 to 1, or seconds for a delay; empty when it cannot be said"),
    _column("low", "number", "Lower bound of the 95 % interval"),
    _column("high", "number", "Upper bound of the 95 % interval"),
    _column("method", "string", "Method of estimate and interval"),
    _column("target", "number", "Target of the service"),
    _column("verdict", "string", "met, not_met, inconclusive or insufficient"),
    _column("undecided", "integer", "Attempts of the denominator that nobody could decide"),
    _column("t_max_s", "number", "Patience of the caller, seconds", required=True),
    _column("rules_version", "string", "Version of the rules that judged", required=True),
    _column("simulated", "boolean", "True for calls to the simulated town", required=True),
)
ATTEMPTS = (
    _column("id", "string", "Random identifier of the attempt", required=True),
    _column("month", "string", "Month, YYYY-MM", required=True),
    _column("service", "string", "Identifier of the service", required=True),
    _column("number", "string", "Public number dialled", required=True),
    _column("weekday", "integer", "1 is Monday", required=True),
    _column("hour", "integer", "Hour of the call by the service's clock", required=True),
    _column("script", "string", "agent, optout or direct", required=True),
    _column("stratum", "string", "Stratum of the plan"),
    _column("outcome", "string", "One of the 25 outcomes", required=True),
    _column("who", "string", "Who answers for it", required=True),
    _column("counted", "boolean", "In the service denominator", required=True),
    _column("rule_id", "string", "Rule that decided", required=True),
    _column("t_answer_s", "number", "Answer"),
    _column("t_ivr_s", "number", "First automated speech"),
    _column("t_queue_s", "number", "Start of waiting"),
    _column("t_human_s", "number", "First word of a person"),
    _column("t_end_s", "number", "End of the call"),
    _column("simulated", "boolean", "True for a call to the simulated town", required=True),
)
TABLES = {"estimates": ESTIMATES, "attempts": ATTEMPTS}


def write_open_data(reports: Sequence[Report], out: Path) -> list[Path]:
    """Write both tables in both forms and their description; gives the files, the description first."""
    ordered = sorted(reports, key=lambda r: (r.month, r.service.id))
    rows = {"estimates": list(_estimates(ordered)), "attempts": list(_attempts(ordered))}
    described = json.dumps(_package(ordered), ensure_ascii=False, indent=2) + "\n"
    written = [write_whole(out / "datapackage.json", described)]
    for name, columns in TABLES.items():
        written.append(write_whole(out / f"{name}.csv", _csv(columns, rows[name])))
        written.append(write_whole(out / f"{name}.parquet", _parquet(columns, rows[name])))
    return written


def _estimates(reports: Iterable[Report]) -> Iterable[tuple[Value, ...]]:
    for r in reports:
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
                *(None if f is None else round(f, DIGITS) for f in (kpi.estimate, kpi.low, kpi.high)),
                kpi.method,
                rate.target if rate else None,
                str(rate.verdict) if rate and rate.verdict else None,
                rate.undecided if rate else None,
                r.t_max_s,
                r.method.rules_version,
                r.simulated,
            )


def _attempts(reports: Iterable[Report]) -> Iterable[tuple[Value, ...]]:
    for r in reports:
        for a in sorted(r.attempts, key=lambda a: a.id):
            yield _attempt(r, a)


def _attempt(r: Report, a: AttemptLine) -> tuple[Value, ...]:
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


def _csv(columns: Sequence[Column], rows: Iterable[Sequence[Value]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(c.name for c in columns)
    writer.writerows([str(v).lower() if isinstance(v, bool) else v for v in row] for row in rows)
    return text.getvalue()


def _parquet(columns: Sequence[Column], rows: Sequence[Sequence[Value]]) -> bytes:
    schema = pa.schema([pa.field(c.name, ARROW[c.kind], nullable=not c.required) for c in columns])
    cells = [[row[i] for row in rows] for i in range(len(columns))]
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table(cells, schema=schema), sink)
    return bytes(sink.getvalue())


def _package(reports: Sequence[Report]) -> dict[str, object]:
    months = sorted({r.month for r in reports})
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
                    "primaryKey": ["id"] if name == "attempts" else ["month", "service", "kpi"],
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
