"""Calls to Asterisk, judged against its own books: the first voices, prompts and signalling that are not ours."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from math import inf
from pathlib import Path

import pytest
from asterisk import Asterisk, Truth
from placing import Case, call_all

from prober.attempt import Profile, Step
from prober.classify import classify
from prober.events import DigitReceived, Response, Sent, TransferAsked
from prober.record import CallRecord

ONSET_S = 1.0
"""Time to human may differ by this from what Asterisk wrote down."""
WAIT_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """A call, and what Asterisk's dial plan makes of it."""

    case: Case
    outcome: str
    or_else: str = ""
    """Another outcome, where Asterisk itself sends one cause or another by chance."""
    human: bool = False
    keys: int = 0
    method: str = ""
    wait: bool = False
    """The time in the queue is compared with the queue log."""
    disposition: str = field(default="ANSWERED")


def _to(extension: int, *, key: str | None = None, known: bool = True, caller_id: str = "0162000009") -> Case:
    profile = Profile(path=(Step(digits=key),), has_menu=True) if key else Profile()
    return Case(number=f"02619100{extension:02d}", profile=profile, known=known, caller_id=caller_id)


def _human(case: Case, **more: object) -> Expected:
    return Expected(case=case, outcome="human", human=True, **more)  # type: ignore[arg-type]


EXPECTED: dict[str, Expected] = {
    "direct_agent": _human(_to(1)),
    "ring_group": _human(_to(2)),
    "menu_nothing_pressed": Expected(case=_to(3), outcome="ivr_only"),
    "menu_key_rfc4733": _human(_to(3, key="1"), keys=1, method="rfc4733"),
    "menu_key_info": _human(_to(3, key="1", caller_id="0162000001"), keys=1, method="info"),
    "menu_key_no_telephone_event": _human(_to(3, key="1", caller_id="0162000002"), keys=1, method="info"),
    "menu_key_then_music": _human(_to(3, key="2"), keys=1),
    "queue_position_and_hold_time": _human(_to(4), wait=True),
    "queue_gives_up_on_the_caller": Expected(case=_to(5), outcome="dissuaded", disposition="NO ANSWER"),
    "voicemail": Expected(case=_to(6), outcome="voicemail"),
    "closed_message": Expected(case=_to(7), outcome="closed_message_in_hours"),
    "announcement_then_cause_20": Expected(case=_to(8), outcome="unreachable", disposition="FAILED"),
    "busy": Expected(case=_to(9), outcome="busy", disposition="BUSY"),
    "congestion": Expected(
        case=_to(10), outcome="network_failure", or_else="network_congestion", disposition="CONGESTION"
    ),
    "cause_1": Expected(case=_to(11), outcome="own_failure", disposition="NO ANSWER"),
    "cause_21": Expected(case=_to(12), outcome="rejected", disposition="NO ANSWER"),
    "cause_20": Expected(case=_to(13), outcome="unreachable", disposition="FAILED"),
    "cause_34": Expected(case=_to(14), outcome="network_congestion", disposition="CONGESTION"),
    "follow_me": _human(_to(15)),
    "desk_that_asks_for_a_transfer": _human(_to(16)),
    "directory_by_name": Expected(case=_to(17), outcome="dropped"),
    "conference_alone": Expected(case=_to(18), outcome="silence"),
    "fax_answer_tone": Expected(case=_to(19), outcome="fax_or_modem"),
    "fax_with_t38_offer": Expected(case=_to(20), outcome="fax_or_modem"),
    "redirection": Expected(case=_to(21), outcome="human", disposition="NO ANSWER"),
    "busy_tone_in_band": Expected(case=_to(22), outcome="busy"),
    "rings_for_ever": Expected(case=_to(23), outcome="no_answer", disposition="NO ANSWER"),
    "answered_and_mute": Expected(case=_to(24), outcome="media_failure"),
    # The first call to a number ever: no prompt is known. Nobody may be taken for a human, and no human missed.
    "first_direct_agent": _human(_to(1, known=False)),
    "first_ring_group": _human(_to(2, known=False)),
    "first_menu": Expected(case=_to(3, known=False), outcome="indeterminate"),
    "first_menu_key": _human(_to(3, key="1", known=False), keys=1),
    "first_queue": _human(_to(4, known=False)),
    "first_queue_gives_up": Expected(case=_to(5, known=False), outcome="indeterminate", disposition="NO ANSWER"),
    "first_voicemail": Expected(case=_to(6, known=False), outcome="voicemail"),
    "first_closed_message": Expected(case=_to(7, known=False), outcome="indeterminate"),
    "first_follow_me": _human(_to(15, known=False)),
    "first_directory": Expected(case=_to(17, known=False), outcome="indeterminate"),
}
Books = dict[str, tuple[CallRecord, Truth]]


def disagreements(expected: Expected, record: CallRecord, truth: Truth) -> list[str]:
    """Where what we measured is not what Asterisk wrote down."""
    m, verdict = record.milestones, classify(record)
    keyed = [e.method for e in record.events if isinstance(e, Sent) and e.what == "digits"]
    human_s = truth.human_s if truth.human_s is not None else inf
    checks = {
        f"outcome {verdict.outcome}": verdict.outcome in (expected.outcome, expected.or_else),
        f"disposition {truth.disposition}": truth.disposition == expected.disposition,
        f"{truth.keys} keys": truth.keys == expected.keys,
        f"answered at {m.t_answer}": truth.answer_s is None or _near(m.t_answer, truth.answer_s, 0.2),
        f"human at {m.t_human}": not expected.human or _near(m.t_human, human_s, ONSET_S),
        f"human there at {truth.human_s}": expected.outcome == "human" or truth.human_s is None,
        f"keys by {keyed}": not expected.method or keyed == [expected.method],
    }
    if expected.wait and None not in (m.t_human, m.t_queue, truth.queue_s, truth.hold_s):
        waited_s = m.t_human - m.t_queue  # type: ignore[operator]
        checks[f"waited {waited_s}"] = _near(waited_s, human_s - truth.queue_s, WAIT_S)  # type: ignore[operator]
        whole = (truth.hold_s or 0) + 0.5  # the queue log counts whole seconds
        checks[f"waited {waited_s}, queue log {truth.hold_s}"] = _near(waited_s, whole, WAIT_S + 0.5)
    elif expected.wait:
        checks["no wait"] = False
    return [f"{what} in {truth}" for what, holds in checks.items() if not holds]


def _near(value: float | None, wanted: float, by: float) -> bool:
    return value is not None and abs(value - wanted) <= by


@pytest.fixture(scope="session")
def books(asterisk: Asterisk, library: Path) -> Books:
    """Every call, placed once; one that disagrees is placed again, to tell a busy machine from a fault, and told."""
    found = call_all(asterisk, library, {name: e.case for name, e in EXPECTED.items()})
    again = {n: e.case for n, e in EXPECTED.items() if disagreements(e, *found[n])}
    for name in again:
        warnings.warn(f"{name} was called again: {disagreements(EXPECTED[name], *found[name])}", stacklevel=1)
    return found | call_all(asterisk, library, again)


@pytest.mark.timeout(420)
def test_every_call_reached_asterisk(books: Books) -> None:
    assert set(books) == set(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_what_we_measured_is_what_asterisk_wrote_down(books: Books, name: str) -> None:
    assert disagreements(EXPECTED[name], *books[name]) == []


def test_the_transfer_that_was_asked_for_dialled_nobody(books: Books) -> None:
    record, _ = books["desk_that_asks_for_a_transfer"]
    assert sum(isinstance(e, TransferAsked) for e in record.events) == 1
    assert not [e for e in record.events if isinstance(e, DigitReceived)]


def test_the_redirection_was_followed_once_on_the_same_trunk(books: Books) -> None:
    record, _ = books["redirection"]
    codes = [e.code for e in record.events if isinstance(e, Response)]
    assert codes == [100, 100, 180, 200]
