"""Report → JSON: the same report gives the same bytes. Shares 0 to 1, times in seconds, nine digits.

A line for every part, indicator and attempt, so that two months can be compared by lines.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields
from functools import cache
from types import NoneType
from typing import Any

from exporters.kpi_json import DIGITS, as_json
from exporters.report.model import Report

FORMAT = 1


def report_json(report: Report) -> bytes:
    """The report as a JSON document; `kpis` as `decroche kpi --json` prints them, with the attempts behind each."""
    rest = {f.name: plain(getattr(report, f.name)) for f in fields(report) if f.name not in ("estimates", "attempts")}
    by_id = sorted(report.attempts, key=lambda a: a.id)

    def ids(identifier: str) -> tuple[list[int | str], list[int | str]]:
        inside = [a for a in by_id if identifier in a.kpis]
        return [a.id for a in inside], [a.id for a in inside if a.kpis[identifier]]

    estimates = report.estimates
    parts = {
        "format": FORMAT,
        **rest,
        "counts": {"attempts": estimates.attempts, "own": estimates.own, "network": estimates.network},
        "outcomes": dict(estimates.outcomes),
    }
    lines = [f" {_text(name)}: {_text(value)}" for name, value in parts.items()]
    kpis = as_json(estimates, ids)["kpis"]
    assert isinstance(kpis, dict)
    lines.append(' "kpis": {\n' + ",\n".join(f"  {_text(name)}: {_text(kpi)}" for name, kpi in kpis.items()) + "\n }")
    lines.append(' "attempts": [\n' + ",\n".join(f"  {_text(plain(a))}" for a in report.attempts) + "\n ]")
    return ("{\n" + ",\n".join(lines) + "\n}\n").encode()


def plain(value: object) -> object:
    """Dataclasses as objects, tuples as lists, floats with nine digits."""
    kind: Any = type(value)
    if kind in _ATOMS:
        return value
    if isinstance(value, float):
        return round(value, DIGITS)
    if isinstance(value, str | int):
        return value
    if isinstance(value, Mapping):
        return {str(key): item if type(item) in _ATOMS else plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return {name: item if type(item := getattr(value, name)) in _ATOMS else plain(item) for name in _names(kind)}


_ATOMS = frozenset((str, int, bool, NoneType))


@cache
def _names(kind: Any) -> tuple[str, ...]:
    return tuple(f.name for f in fields(kind))


_text = json.JSONEncoder(ensure_ascii=False).encode
