"""Report → JSON: the same report gives the same bytes. Shares 0 to 1, times in seconds, nine digits."""

from __future__ import annotations

import json
from dataclasses import asdict, fields

from exporters.kpi_json import DIGITS, as_json
from exporters.report.model import Report

FORMAT = 1


def report_json(report: Report) -> bytes:
    """The report as a JSON document; `kpis` as `decroche kpi --json` prints them, with the attempts behind each."""
    rest = {f.name: getattr(report, f.name) for f in fields(report) if f.name != "estimates"}
    described = _rounded({name: _plain(value) for name, value in rest.items()})

    def ids(identifier: str) -> tuple[list[int | str], list[int | str]]:
        inside = [a for a in report.attempts if identifier in a.kpis]
        return [a.id for a in inside], [a.id for a in inside if a.kpis[identifier]]

    estimates = report.estimates
    counts = {"attempts": estimates.attempts, "own": estimates.own, "network": estimates.network}
    document = {
        "format": FORMAT,
        **described,
        "counts": counts,
        "outcomes": dict(estimates.outcomes),
        **as_json(estimates, ids),
    }
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode()


def _plain(value: object) -> object:
    """Dataclasses as objects, tuples as lists."""
    if hasattr(value, "__dataclass_fields__"):
        return {name: _plain(item) for name, item in asdict(value).items()}  # type: ignore[call-overload]
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value


def _rounded(value: object) -> dict[str, object]:
    found = json.loads(json.dumps(value), parse_float=lambda text: round(float(text), DIGITS))
    assert isinstance(found, dict)
    return found
