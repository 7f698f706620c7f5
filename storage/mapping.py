"""Records, attempts and verdicts as rows of the tables, and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import RowMapping

from prober.attempt import Attempt
from prober.events import Ended, Response
from prober.outcome import Outcome
from prober.plain import attempt_from_plain, context_from_plain, to_plain
from prober.record import MILESTONE_NAMES, CallRecord, Milestones
from prober.verdict import Verdict

DEFAULT_ZONE = "Europe/Paris"
Row = Mapping[str, Any] | RowMapping


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedAttempt:
    """An attempt as the figures see it: when it was called, its milestones and one verdict; no events."""

    attempt: Attempt
    invite_at: datetime | None
    trunk: str | None
    last_state: str
    hung_up_by: str | None
    sip_final: int | None
    q850: int | None
    milestones: Milestones
    verdict: Verdict
    judged_at: datetime


def month_of(at: datetime, zone: str) -> date:
    """First day of the month an instant falls in, by the clock of a zone (decisions.md 21)."""
    return at.astimezone(ZoneInfo(zone)).date().replace(day=1)


def attempt_row(attempt: Attempt, zone: str) -> dict[str, Any]:
    """Row of a planned attempt."""
    return {
        "id": attempt.id,
        "service": attempt.service,
        "month": month_of(attempt.due_at, zone),
        "number": attempt.number,
        "script": attempt.script.value,
        "purpose": attempt.purpose.value,
        "campaign": attempt.campaign,
        "stratum": attempt.stratum,
        "weight": attempt.weight,
        "confirms": attempt.confirms,
        "due_at": attempt.due_at,
        "plan": to_plain(attempt),
        "status": "planned",
    }


def record_columns(record: CallRecord, zone: str) -> dict[str, Any]:
    """Columns of `attempts` that the call itself fills."""
    invite_at = datetime.fromisoformat(record.invite_at) if record.invite_at else None
    code, cause = final_response(record)
    return {
        "month": month_of(invite_at or record.attempt.due_at, zone),
        "invite_at": invite_at,
        "trunk": record.trunk,
        "last_state": record.last_state,
        "hung_up_by": record.hung_up_by.value if record.hung_up_by else None,
        "sip_final": code,
        "q850": cause,
        **{name: getattr(record.milestones, name) for name in MILESTONE_NAMES},
    }


def final_response(record: CallRecord) -> tuple[int | None, int | None]:
    """Final SIP code, and the last Q.850 cause given with it or with the end of the call.

    A cause that Q.850 does not have is left to the document: it is the far end's word, and these become labels.
    """
    code = cause = None
    for event in record.events:
        if isinstance(event, Response) and 200 <= event.code <= 699:
            code = event.code
        if isinstance(event, Response | Ended) and 0 < (event.q850 or 0) <= 127:
            cause = event.q850
    return code, cause


def verdict_row(attempt_id: str, verdict: Verdict) -> dict[str, Any]:
    """Row of a verdict that is the current one."""
    return {
        "attempt": attempt_id,
        "current": True,
        "outcome": verdict.outcome.value,
        "rule_id": verdict.rule_id,
        "rules_version": verdict.rules_version,
        "evidence": storable(verdict.evidence),
        "subclass": verdict.subclass,
        "phase": verdict.phase,
        "flags": list(verdict.flags),
        "context": storable(to_plain(verdict.context)),
    }


def verdict_of(row: Row) -> Verdict:
    """Verdict of a row of `verdicts` or `judged`."""
    return Verdict(
        outcome=Outcome(row["outcome"]),
        rule_id=row["rule_id"],
        rules_version=row["rules_version"],
        evidence=row["evidence"],
        subclass=row["subclass"],
        phase=row["phase"],
        flags=tuple(row["flags"]),
        context=context_from_plain(row["context"]),
    )


def judged_of(row: Row) -> JudgedAttempt:
    """Judged attempt of a row of `judged`."""
    return JudgedAttempt(
        attempt=attempt_from_plain(row["plan"]),
        invite_at=row["invite_at"],
        trunk=row["trunk"],
        last_state=row["last_state"] or "",
        hung_up_by=row["hung_up_by"],
        sip_final=row["sip_final"],
        q850=row["q850"],
        milestones=Milestones(**{name: row[name] for name in MILESTONE_NAMES}),
        verdict=verdict_of(row),
        judged_at=row["judged_at"],
    )


def storable(value: Any) -> Any:
    """Plain data without what PostgreSQL's text cannot hold: NUL and lone surrogates, which a far end may send."""
    if isinstance(value, str):
        return value.replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, dict):
        return {storable(key): storable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [storable(item) for item in value]
    return value
