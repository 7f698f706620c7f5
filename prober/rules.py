"""The ordered RULES: the first whose predicate holds gives the outcome (measure.md §5.3, decisions.md 2).

A confirmed human comes before anything the line did afterwards: a busy tone after the agent hung up erases nobody.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from prober.case import Case
from prober.events import (
    VOICES,
    Ended,
    Overload,
    OwnFailure,
    Sent,
    Sound,
    Stopped,
)
from prober.failures import by_cause, by_code
from prober.milestones import in_order
from prober.outcome import Outcome

RULES_VERSION = "2026.11.3"
MENU_CHANGED = "menu.changed"
"""The rule that holds attempts back once a service's prompts are others; they are counted apart."""
SHORT_S = 2.0
"""An answer cut within this time is `dropped`, phase `answer`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One line of the table."""

    rule_id: str
    outcome: Outcome | Callable[[Case], Outcome]
    when: Callable[[Case], bool]
    comment: str
    subclass: Callable[[Case], str | None] = lambda case: None
    phase: Callable[[Case], str | None] = lambda case: None


def _event(case: Case, kind: type) -> bool:
    return any(isinstance(e, kind) for e in case.record.events)


def _refused_by_cause(case: Case) -> Outcome:
    found = by_cause(case.refusal) if case.refusal else None
    return found[1] if found else Outcome.INDETERMINATE


def _refused_by_code(case: Case) -> Outcome:
    return by_code(case.refusal)[1] if case.refusal else Outcome.INDETERMINATE


def _early_subclass(case: Case) -> str | None:
    names = {"closed": "closed", "dissuasion": "saturated", "unassigned": "moved"}
    words = case.last_words()
    return names.get(case.label(words) or "", "other") if words else None


def _cut_phase(case: Case) -> str:
    if case.m.t_end is not None and case.m.t_end - (case.m.t_answer or 0.0) < SHORT_S and not case.of(*VOICES):
        return "answer"
    return "queue" if case.m.t_queue is not None else "ivr"


def _unanswered(case: Case) -> bool:
    return not case.answered


RULES: tuple[Rule, ...] = (
    Rule(
        rule_id="hours.closed",
        outcome=Outcome.OUT_OF_SCHEDULE,
        when=lambda c: c.context.open_at_invite is False,
        comment="the hours in force at the INVITE say closed",
    ),
    Rule(
        rule_id="order.violated",
        outcome=Outcome.INDETERMINATE,
        when=lambda c: not in_order(c.m),
        comment="milestones out of order: nobody can trust this record",
    ),
    Rule(
        rule_id=MENU_CHANGED,
        outcome=Outcome.INDETERMINATE,
        when=lambda c: c.context.menu_changed,
        comment="the prompts changed: calls since then wait for review",
    ),
    Rule(
        rule_id="human.wrong_service",
        outcome=Outcome.HUMAN_WRONG_SERVICE,
        when=lambda c: c.t_human is not None and (c.wrong_identity() is not None or c.said("other_body") is not None),
        comment="a human, but the connected identity or the recorded greeting is another body's",
    ),
    Rule(
        rule_id="human.reached",
        outcome=Outcome.HUMAN,
        when=lambda c: c.t_human is not None,
        comment="a human began to speak within T_max",
    ),
    Rule(
        rule_id="own.stopped",
        outcome=Outcome.OWN_CANCELLED,
        when=lambda c: _event(c, Stopped),
        comment="stopped by operator, budget or kill switch",
    ),
    Rule(
        rule_id="own.failure",
        outcome=Outcome.OWN_FAILURE,
        when=lambda c: _event(c, OwnFailure),
        comment="the measurement could not be made",
    ),
    Rule(
        rule_id="early.unassigned",
        outcome=Outcome.NUMBER_INVALID,
        when=lambda c: c.said("unassigned") is not None,
        comment="a message says that the number is not allocated or has changed",
    ),
    Rule(
        rule_id="early.busy_tone",
        outcome=Outcome.BUSY,
        when=lambda c: not c.answered and c.by_us and any(h.sound is Sound.BUSY_TONE for h in c.heard),
        comment="busy tone before any answer, ended by us",
    ),
    Rule(
        rule_id="early.congestion_tone",
        outcome=Outcome.NETWORK_CONGESTION,
        when=lambda c: not c.answered and c.by_us and any(h.sound is Sound.CONGESTION_TONE for h in c.heard),
        comment="congestion tone before any answer (decisions.md 7)",
    ),
    Rule(
        rule_id="refused.by_cause",
        outcome=_refused_by_cause,
        subclass=_early_subclass,
        when=lambda c: not c.by_us and c.refusal is not None and by_cause(c.refusal) is not None,
        comment="Q.850 cause of the final response, or the more specific one of a provisional response",
    ),
    Rule(
        rule_id="refused.announcement",
        outcome=Outcome.ANNOUNCEMENT_UNANSWERED,
        subclass=_early_subclass,
        when=lambda c: c.refusal is not None and any(h.sound in VOICES for h in c.heard),
        comment="a message before any answer, then release",
    ),
    Rule(
        rule_id="early.patience",
        outcome=Outcome.QUEUE_TIMEOUT,
        when=lambda c: not c.answered and c.by_us and c.patience_spent and c.m.t_queue is not None,
        comment="waiting music before any answer until our patience ended",
    ),
    Rule(
        rule_id="ring.limit",
        outcome=Outcome.NO_ANSWER,
        when=lambda c: _unanswered(c) and c.by_us and c.record.last_state in ("ringing", "early"),
        comment="it rang until our limit; we cancelled",
    ),
    Rule(
        rule_id="trying.silent",
        outcome=Outcome.NETWORK_FAILURE,
        when=lambda c: _unanswered(c) and c.by_us and c.record.last_state == "trying",
        comment="100 Trying, then nothing (decisions.md 7)",
    ),
    Rule(
        rule_id="refused.by_code",
        outcome=_refused_by_code,
        when=lambda c: c.refusal is not None,
        comment="SIP final response",
    ),
    Rule(
        rule_id="own.no_response",
        outcome=Outcome.OWN_FAILURE,
        when=_unanswered,
        comment="no response at all: nothing shows that the call left our side",
    ),
    # answered from here on
    Rule(
        rule_id="tone.fax",
        outcome=Outcome.FAX_OR_MODEM,
        when=lambda c: bool(c.of(Sound.FAX)),
        comment="CED or CNG tone",
    ),
    Rule(
        rule_id="tone.busy",
        outcome=Outcome.BUSY,
        when=lambda c: bool(c.of(Sound.BUSY_TONE)),
        comment="busy tone in band",
    ),
    Rule(
        rule_id="tone.congestion",
        outcome=Outcome.DROPPED,
        phase=_cut_phase,
        when=lambda c: bool(c.of(Sound.CONGESTION_TONE)),
        comment="congestion tone after the answer (decisions.md 7)",
    ),
    Rule(
        rule_id="voicemail",
        outcome=Outcome.VOICEMAIL,
        when=lambda c: c.said("voicemail") is not None or c.beeped(),
        comment="invitation to leave a message, or speech then a beep and silence",
    ),
    Rule(
        rule_id="media.none",
        outcome=Outcome.MEDIA_FAILURE,
        when=lambda c: c.media_lost(),
        comment="answered, but no usable sound came in; a machine that was recognised before may well stop sending",
    ),
    Rule(
        rule_id="said.callback",
        outcome=Outcome.CALLBACK_ONLY,
        when=lambda c: c.by_them and c.turned_away("callback"),
        comment="a call back was offered and the call ended",
    ),
    Rule(
        rule_id="said.closed_assumed",
        outcome=Outcome.INDETERMINATE,
        subclass=lambda c: "hours_assumed",
        when=lambda c: c.context.hours_assumed and c.turned_away("closed"),
        comment="says closed, but our hours are a counter's: to review (decisions.md 11)",
    ),
    Rule(
        rule_id="said.closed",
        outcome=Outcome.CLOSED_MESSAGE_IN_HOURS,
        when=lambda c: c.turned_away("closed"),
        comment="says closed while published open",
    ),
    Rule(
        rule_id="said.dissuasion",
        outcome=Outcome.DISSUADED,
        when=lambda c: c.turned_away("dissuasion"),
        comment="told to call later or to use the site, with no way to wait",
    ),
    Rule(
        rule_id="own.late_ear",
        outcome=Outcome.INDETERMINATE,
        subclass=lambda c: "ear_overloaded",
        when=lambda c: c.missed_somebody(),
        comment="our ear was late, and somebody may have spoken unheard: nothing is held against the service",
    ),
    Rule(
        rule_id="queue.patience",
        outcome=Outcome.QUEUE_TIMEOUT,
        when=lambda c: c.by_us and c.m.t_queue is not None and c.patience_spent,
        comment="still waiting at T_max",
    ),
    Rule(
        rule_id="menu.dead_end",
        outcome=Outcome.IVR_ONLY,
        when=lambda c: c.by_us and c.m.t_queue is None and c.prompts() > 0,
        comment="the voice server gave no path to a person before our limit",
    ),
    Rule(
        rule_id="menu.hung_up",
        outcome=Outcome.IVR_ONLY,
        when=lambda c: c.by_them and c.m.t_queue is None and c.prompts() >= 3,
        comment="the voice server went round, then hung up",
    ),
    Rule(
        rule_id="cut",
        outcome=Outcome.DROPPED,
        phase=_cut_phase,
        when=lambda c: c.by_them and not (c.of(Sound.SPEECH) if c.m.t_queue is None else c.left_undecided()),
        comment="cut by the far end in answer, menu or queue",
    ),
    Rule(
        rule_id="silence",
        outcome=Outcome.SILENCE,
        when=lambda c: c.by_us and not c.of(*VOICES, Sound.MUSIC, Sound.RINGBACK),
        comment="sound flows, nothing is said",
    ),
    Rule(
        rule_id="undecided",
        outcome=Outcome.INDETERMINATE,
        when=lambda c: True,
        comment="speech that nobody could name, then the end",
    ),
)
NETWORK_OR_UNSURE = frozenset(
    {Outcome.INDETERMINATE, Outcome.NETWORK_CONGESTION, Outcome.NETWORK_FAILURE, Outcome.MEDIA_FAILURE}
)


def flags(case: Case) -> tuple[str, ...]:
    """Marks beside the outcome (measure.md §5.3)."""
    sentence = any(isinstance(e, Sent) and e.what == "sentence" for e in case.record.events)
    found = {
        "near_close": case.context.near_close,
        "strike": case.context.strike,
        "price_announced": case.said("price") is not None,
        "callback_offered": case.said("callback") is not None,
        "announced_wait": case.m.announced_wait_s is not None,
        "transferred": case.m.t_transfer is not None,
        "false_answer": bool(case.of(Sound.RINGBACK)),
        "near_miss_human_after_tmax": case.late_human,
        "short_number": len(case.record.attempt.number) <= 4,
        "sentence_said": sentence,
        "ear_overloaded": _event(case, Overload),
        "cut_by_far_end": case.by_them and _event(case, Ended),
    }
    return tuple(name for name, true in found.items() if true)
