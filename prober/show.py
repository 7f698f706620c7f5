"""A record and its verdict as plain data and as lines a person reads."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from prober.events import Ended, Event, Heard, MediaReport, Overload, OwnFailure, Response, Sent
from prober.record import CallRecord
from prober.verdict import Verdict

WORDS = {
    100: "trying",
    180: "ringing",
    183: "ringing, with sound",
    200: "answered",
}


def call_data(record: CallRecord, verdict: Verdict) -> dict[str, Any]:
    """What `decroche call --json` prints: one object; seconds from the INVITE, null where not reached."""
    responses = [e for e in record.events if isinstance(e, Response)]
    report = next((e for e in record.events if isinstance(e, MediaReport)), None)
    return {
        "id": record.attempt.id,
        "number": record.attempt.number,
        "script": record.attempt.script.value,
        "trunk": record.trunk,
        "invite_at": record.invite_at,
        "outcome": verdict.outcome.value,
        "who": verdict.outcome.who.value,
        "rule_id": verdict.rule_id,
        "rules_version": verdict.rules_version,
        "evidence": verdict.evidence,
        "subclass": verdict.subclass,
        "phase": verdict.phase,
        "flags": list(verdict.flags),
        "milestones": {k: _round(v) for k, v in asdict(record.milestones).items()},
        "sip": [
            {
                "at_s": _round(r.at_s),
                "code": r.code,
                "reason": r.reason,
                "q850": r.q850,
                "q850_location": r.q850_location,
                "origin": r.origin.value,
            }
            for r in responses
        ],
        "heard": [heard_data(h) for h in record.heard],
        "sent": [
            {
                "what": e.what,
                "text": e.text,
                "method": e.method or None,
                "start_s": _round(e.start_s),
                "end_s": _round(e.at_s),
            }
            for e in record.events
            if isinstance(e, Sent)
        ],
        "rtp": {k: v for k, v in asdict(report).items() if k != "at_s"} if report else None,
        "own_failure": next((own_reason(e) for e in record.events if isinstance(e, OwnFailure)), None),
        "hung_up_by": record.hung_up_by.value if record.hung_up_by else None,
        "versions": dict(record.versions),
    }


def heard_data(heard: Heard) -> dict[str, Any]:
    """One stretch of sound."""
    return {
        "class": heard.sound.value,
        "start_s": _round(heard.start_s),
        "end_s": _round(heard.end_s),
        "probability": _round(heard.probability),
        "label": heard.label,
        "prompt": heard.prompt,
        "evidence": dict(heard.evidence),
    }


def event_line(event: Event) -> str | None:
    """What a person watching the call reads for this event; None when there is nothing to say."""
    match event:
        case Response():
            cause = f", cause {event.q850}" if event.q850 is not None else ""
            return f"{event.code} {WORDS.get(event.code, event.reason)}{cause}"
        case Heard():
            label = f" “{event.label}”" if event.label else ""
            end = "" if event.end_s is None else f" until {event.end_s:.1f} s"
            return f"hears {event.sound.value}{label} from {event.start_s:.1f} s{end}"
        case Sent():
            return f"sent {event.what} {event.text} {event.method}".rstrip()
        case Overload():
            lost = f"; {event.lost_s:.1f} s of sound not heard" if event.lost_s else ""
            return f"the ear is late and hears without {', '.join(event.resting) or 'nothing: all of it again'}{lost}"
        case Ended():
            return f"ended by {event.by.value}"
        case OwnFailure():
            return f"not measured: {own_reason(event)}"
    return None


def own_reason(event: OwnFailure) -> str:
    """Why the measurement could not be made, for a person."""
    return event.detail or event.what.replace("_", " ")


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, 3)
