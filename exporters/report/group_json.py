"""Roll-up → JSON: the same services give the same bytes."""

from __future__ import annotations

import json
from dataclasses import asdict, fields

from exporters.kpi_json import DIGITS
from exporters.rollup import Placed, RollUp, Standing

FORMAT = 1
SHOWN = ("x", "n", "estimate", "low", "high", "target", "verdict", "undecided")


def roll_up_json(r: RollUp) -> bytes:
    """The group as a JSON document; every service with the two figures its weight goes to."""
    plain = {f.name: getattr(r, f.name) for f in fields(r) if f.name not in ("rates", "services")}
    document = {
        "format": FORMAT,
        **plain,
        "rates": {identifier: _rounded(asdict(rate)) for identifier, rate in r.rates.items()},
        "services": [_service(s) for s in r.services],
    }
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode()


def _service(s: Placed) -> dict[str, object]:
    return {
        "service": s.service,
        "name": s.name,
        "yearly_calls": s.yearly_calls,
        "rates": {identifier: _standing(standing) for identifier, standing in s.standings.items()},
    }


def _standing(s: Standing) -> dict[str, object]:
    return _rounded({name: getattr(s, name) for name in SHOWN})


def _rounded(values: dict[str, object]) -> dict[str, object]:
    return {name: round(value, DIGITS) if isinstance(value, float) else value for name, value in values.items()}
