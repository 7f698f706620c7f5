"""The closed vocabulary of failures: SIP final responses and Q.850 causes → outcome (measure.md §3.3).

    DecrocheError                      every exception of ours
    └── MeasurementImpossible          the call could not be made; ends as an own-side outcome
        ├── NumberForbidden            the guard refused the number
        ├── NoSeat                     no engine had a free place in time
        ├── EngineUnusable             an engine did not start
        └── TrunkUnusable              the trunk's definition cannot work

A failed call is a result, not an exception.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any

from prober.events import VOICES, Heard, Origin, Response
from prober.outcome import Outcome
from prober.verdict import Context

ALLOCATED_CAUSES = range(1, 128)
"""0 is no cause of Q.850: exchanges write it when they know none (Asterisk does, now and then, with a 486)."""
VAGUE_CAUSES = frozenset({16, 31, 127})
"""Causes that say nothing: an earlier, more specific one on a provisional response wins."""
USER_SIDE = frozenset({"U", "RPN", "RLN"})
"""Locations of RFC 8606 on the called side."""
SCREENING_WORDS = ("blocked", "spam", "analytics", "screen", "robocall", "unwanted", "identity", "caller id")


class DecrocheError(Exception):
    """Every exception of ours."""


class MeasurementImpossible(DecrocheError):
    """The measurement could not be made; it never counts against a service."""


class NumberForbidden(MeasurementImpossible):
    """The number must never be dialled."""


class NoSeat(MeasurementImpossible):
    """No engine had a free place in time."""


class EngineUnusable(MeasurementImpossible):
    """An engine did not start."""


class TrunkUnusable(MeasurementImpossible):
    """The trunk as it is defined cannot carry a call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """How an unanswered call ended: its final response, the most specific cause, and what was seen before."""

    final: Response
    cause: int | None
    location: str | None
    text: str
    rang_s: float
    """From the first 18x to the end; 0 if it never rang."""
    alerted: bool
    ring_limit_s: float
    heard: Sequence[Heard]
    context: Context

    @classmethod
    def of(
        cls, responses: Sequence[Response], heard: Sequence[Heard], ring_limit_s: float, context: Context
    ) -> Refusal | None:
        """The refusal of a call that was never answered; None if no final response came."""
        final = next((r for r in responses if r.code >= 300), None)
        if final is None:
            return None
        alert_s = min((r.at_s for r in responses if 180 <= r.code < 190), default=None)
        caused = [r for r in responses if r.q850 in ALLOCATED_CAUSES]
        said = [r for r in caused if r.q850 not in VAGUE_CAUSES] or caused
        cause = max(said, key=lambda r: r.code >= 300, default=None)
        return cls(
            final=final,
            cause=cause.q850 if cause else None,
            location=cause.q850_location if cause else None,
            text=f"{final.reason} {final.reason_text or ''}".lower(),
            rang_s=final.at_s - alert_s if alert_s is not None else 0.0,
            alerted=alert_s is not None,
            ring_limit_s=ring_limit_s,
            heard=heard,
            context=context,
        )


CONDITIONS: Mapping[str, Callable[[Refusal], bool]] = {
    "confirmed": lambda r: r.context.confirmation == "agrees",
    "second_carrier": lambda r: r.context.confirmation == "agrees" and r.context.reference_ok is True,
    "called_side": lambda r: r.location in USER_SIDE,
    "screened": lambda r: r.location in {"TN", "LN", "LPN", "BI"} or any(w in r.text for w in SCREENING_WORDS),
    "blocked_text": lambda r: any(w in r.text for w in SCREENING_WORDS),
    "heard": lambda r: any(h.sound in VOICES for h in r.heard),
    "alerted": lambda r: r.alerted,
    "rang": lambda r: r.rang_s >= min(30.0, r.ring_limit_s / 2),
    "ring_limit": lambda r: r.rang_s > 0 and r.final.at_s >= r.ring_limit_s,
    "local": lambda r: r.final.origin is not Origin.REMOTE,
    "own_hop": lambda r: r.final.own_hop,
    "fax_number": lambda r: r.context.fax_number,
}


def _load() -> dict[str, dict[str, list[dict[str, Any]]]]:
    text = resources.files("prober").joinpath("sip_outcomes.json").read_text(encoding="utf-8")
    table: dict[str, dict[str, list[dict[str, Any]]]] = json.loads(text)
    return table


TABLE = _load()


def by_cause(refusal: Refusal) -> tuple[str, Outcome] | None:
    """(word, outcome) by Q.850 cause; an unknown cause is kept by its number; None without a cause."""
    if refusal.cause is None:
        return None
    rows = TABLE["q850"].get(str(refusal.cause))
    if rows is None:
        return f"unknown_cause_{refusal.cause}", Outcome.INDETERMINATE
    return f"q850_{refusal.cause}", _first(rows, refusal)


def by_code(refusal: Refusal) -> tuple[str, Outcome]:
    """(word, outcome) by SIP code; a local code is our own failure whatever it says; unknown codes by their class."""
    code = refusal.final.code
    if refusal.final.origin is not Origin.REMOTE and code != 487:
        return f"local_{code}", Outcome.OWN_FAILURE
    rows = TABLE["sip"].get(str(code))
    if rows is not None:
        return f"sip_{code}", _first(rows, refusal)
    by_class = {3: Outcome.NETWORK_FAILURE, 5: Outcome.NETWORK_FAILURE, 6: Outcome.REJECTED}
    return f"unknown_code_{code}", by_class.get(code // 100, Outcome.OWN_FAILURE)


def _first(rows: Sequence[Mapping[str, Any]], refusal: Refusal) -> Outcome:
    for row in rows:
        if all(CONDITIONS[name](refusal) for name in row.get("if", ())):
            return Outcome(row["outcome"])
    raise AssertionError("a row without conditions must end each list")  # held by a test
