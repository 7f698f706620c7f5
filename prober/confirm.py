"""When a second call over another trunk must confirm what the first one claimed, and whether it does. Pure.

A carrier that does not route a short number answers like a number that does not exist (measure.md §3.3, decisions.md
6): one trunk's word is not enough to blame a service.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from prober.attempt import Attempt, Purpose
from prober.events import OwnFailure, Response, Stopped
from prober.failures import Refusal
from prober.record import CallRecord
from prober.verdict import Context

INVALID_CODES = frozenset({404, 410, 484, 604})
INVALID_CAUSES = frozenset({1, 3, 22})
CONGESTED_CAUSES = frozenset({34, 42, 47})


def claim(record: CallRecord) -> str | None:
    """What an unanswered call claims that another trunk should confirm: `invalid`, `congested`, or None."""
    if record.milestones.t_answer is not None:
        return None
    responses = [e for e in record.events if isinstance(e, Response)]
    refusal = Refusal.of(responses, (), record.attempt.limits.ring_s, Context())
    if refusal is None or refusal.final.origin.value != "remote":
        return None
    if refusal.cause in INVALID_CAUSES or (refusal.cause is None and refusal.final.code in INVALID_CODES):
        return "invalid"
    return "congested" if refusal.cause in CONGESTED_CAUSES else None


def confirming(record: CallRecord, *, trunk: str, attempt_id: str, due_at: datetime) -> Attempt:
    """The confirming attempt: its own record, over `trunk`, exempt from spacing, counted apart."""
    return replace(
        record.attempt,
        id=attempt_id,
        due_at=due_at,
        trunk=trunk,
        purpose=Purpose.CONFIRMATION,
        confirms=record.attempt.id,
    )


def answer(first: CallRecord, second: CallRecord) -> str | None:
    """`agrees` if the second call claims the same, else `disagrees`; None if our side kept it from being made."""
    if any(isinstance(e, OwnFailure | Stopped) for e in second.events):
        return None
    return "agrees" if claim(second) == claim(first) else "disagrees"
