"""What each lived call means: one situation an outcome, told by its events."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from prober.attempt import Attempt, Script
from prober.call import Call
from prober.classify import Context, Verdict, classify
from prober.events import (
    Ended,
    Event,
    Heard,
    Invited,
    Media,
    MediaReport,
    Overload,
    OwnFailure,
    Party,
    Response,
    Sound,
)
from prober.outcome import Outcome, Who
from prober.rules import RULES
from prober.run import finished

UP: tuple[Event, ...] = (
    Invited(at_s=0.0, trunk="t"),
    Response(at_s=1.0, code=180),
    Response(at_s=3.0, code=200),
    Media(at_s=3.1, flowing=True),
)
BYE = Ended(at_s=20.0, by=Party.CALLED, q850=16)


def voice(start_s: float, end_s: float, label: str | None = None, stretch: int = 1) -> Heard:
    sound = Sound.RECORDING if label else Sound.SPEECH
    return Heard(at_s=end_s, stretch=stretch, sound=sound, start_s=start_s, end_s=end_s, label=label, prompt=label)


def tone(sound: Sound, start_s: float, end_s: float, stretch: int = 9) -> Heard:
    return Heard(at_s=end_s, stretch=stretch, sound=sound, start_s=start_s, end_s=end_s)


def judged(*events: Event, context: Context | None = None, by_us_at_s: float | None = None) -> Verdict:
    due = datetime(2026, 12, 1, tzinfo=UTC)
    call = Call(Attempt(id="x", service="s", number="3646", script=Script.AGENT, due_at=due))
    for event in events:
        call.receive(event)
    if by_us_at_s is not None:
        call.deadline_passed(by_us_at_s)
        call.receive(Ended(at_s=by_us_at_s, by=Party.CALLER))
    assert call.over, "the situation must end the call"
    return classify(finished(call, {}), context)


@pytest.mark.parametrize(
    ("events", "outcome"),
    [
        ((*UP, voice(3.2, 9, "dissuasion"), BYE), Outcome.DISSUADED),
        ((*UP, voice(3.2, 9, "closed"), BYE), Outcome.CLOSED_MESSAGE_IN_HOURS),
        ((*UP, voice(3.2, 9, "callback"), BYE), Outcome.CALLBACK_ONLY),
        ((*UP, voice(3.2, 9, "unassigned"), BYE), Outcome.NUMBER_INVALID),
        ((*UP, voice(3.2, 9, "voicemail"), BYE), Outcome.VOICEMAIL),
        ((*UP, voice(3.2, 9), BYE), Outcome.INDETERMINATE),
        ((*UP, voice(3.2, 9, "menu"), BYE), Outcome.DROPPED),
        ((*UP, replace(BYE, at_s=4.0)), Outcome.DROPPED),
        ((*UP, tone(Sound.CONGESTION_TONE, 5, 8), BYE), Outcome.DROPPED),
        ((*UP, tone(Sound.BUSY_TONE, 5, 8), BYE), Outcome.BUSY),
        ((*UP, tone(Sound.FAX, 5, 8), BYE), Outcome.FAX_OR_MODEM),
        ((*UP, tone(Sound.HUMAN, 5, 8), BYE), Outcome.HUMAN),
        ((*UP, tone(Sound.HUMAN, 5, 8), OwnFailure(at_s=9, what="engine_died")), Outcome.HUMAN),
        ((*UP, OwnFailure(at_s=9, what="engine_died")), Outcome.OWN_FAILURE),
        ((*UP, MediaReport(at_s=19, received=500, lost=100), BYE), Outcome.MEDIA_FAILURE),
        ((Invited(at_s=0), Response(at_s=1, code=486, q850=17)), Outcome.BUSY),
        ((Invited(at_s=0), Response(at_s=1, code=503, q850=34)), Outcome.NETWORK_CONGESTION),
    ],
)
def test_the_situation_has_its_outcome(events: tuple[Event, ...], outcome: Outcome) -> None:
    assert judged(*events).outcome is outcome


def test_dissuasion_that_still_lets_the_caller_wait_is_not_dissuasion() -> None:
    events = (*UP, voice(3.2, 9, "dissuasion"), tone(Sound.MUSIC, 10, 19), BYE)
    verdict = judged(*events)
    assert (verdict.outcome, verdict.phase) == (Outcome.DROPPED, "queue")


def test_music_after_a_beep_is_no_voicemail() -> None:
    """Seen against Asterisk: a short note, then the music of the wait went on."""
    words, beep = voice(3.5, 8.0), tone(Sound.BEEP, 8.1, 8.4)
    music = tone(Sound.MUSIC, 8.4, 30.0, stretch=10)
    assert judged(*UP, words, beep, replace(BYE, at_s=31.0)).outcome == Outcome.VOICEMAIL
    assert judged(*UP, words, beep, music, replace(BYE, at_s=31.0)).outcome == Outcome.DROPPED


@pytest.mark.parametrize(("until_s", "outcome"), [(31.0, Outcome.DROPPED), (36.0, Outcome.INDETERMINATE)])
def test_words_that_nobody_could_name_before_a_cut_in_the_queue(until_s: float, outcome: Outcome) -> None:
    """Perhaps somebody answered: not counted as a cut, unless they are the first words of some recording."""
    music, words = tone(Sound.MUSIC, 3.5, 30.0), voice(30.0, until_s, stretch=10)
    assert judged(*UP, music, words, replace(BYE, at_s=37.0)).outcome == outcome


def test_closed_on_assumed_hours_waits_for_review() -> None:
    verdict = judged(*UP, voice(3.2, 9, "closed"), BYE, context=Context(hours_assumed=True))
    assert (verdict.outcome, verdict.subclass) == (Outcome.INDETERMINATE, "hours_assumed")


def test_a_reviewers_label_wins_over_the_librarys() -> None:
    verdict = judged(*UP, voice(3.2, 9, "menu"), BYE, context=Context(labels={"menu": "closed"}))
    assert verdict.outcome is Outcome.CLOSED_MESSAGE_IN_HOURS


def test_a_failed_reference_call_takes_the_blame_off_the_network_but_not_off_the_service() -> None:
    failed = Context(reference_ok=False)
    congestion = judged(Invited(at_s=0), Response(at_s=1, code=503, q850=34), context=failed)
    assert (congestion.outcome, congestion.rule_id) == (Outcome.OWN_FAILURE, "reference.failed")
    assert judged(Invited(at_s=0), Response(at_s=1, code=486, q850=17), context=failed).outcome is Outcome.BUSY


def test_closed_hours_at_the_invite_come_before_everything() -> None:
    verdict = judged(*UP, tone(Sound.HUMAN, 5, 8), BYE, context=Context(open_at_invite=False))
    assert verdict.outcome is Outcome.OUT_OF_SCHEDULE


def test_another_bodys_connected_identity_is_a_wrong_service() -> None:
    answer = Response(at_s=3.0, code=200, identity="+33240000000")
    events = (Invited(at_s=0), answer, Media(at_s=3.1, flowing=True), tone(Sound.HUMAN, 5, 8), BYE)
    known = Context(other_bodies={"0240000000": "another-town"})
    assert judged(*events, context=known).outcome is Outcome.HUMAN_WRONG_SERVICE
    assert judged(*events).outcome is Outcome.HUMAN


def test_changed_menu_sends_the_call_to_review() -> None:
    verdict = judged(*UP, tone(Sound.HUMAN, 5, 8), BYE, context=Context(menu_changed=True))
    assert verdict.outcome is Outcome.INDETERMINATE


def test_milestones_out_of_order_are_trusted_by_nobody() -> None:
    verdict = judged(*UP, tone(Sound.HUMAN, 1.0, 8), BYE)
    assert (verdict.outcome, verdict.rule_id) == (Outcome.INDETERMINATE, "order.violated")


def test_every_rule_has_its_own_id_and_every_outcome_one_who_answers() -> None:
    ids = [r.rule_id for r in RULES]
    assert len(ids) == len(set(ids))
    assert len(Outcome) == 25
    assert {o for o in Outcome if o.who is Who.OWN} == {
        Outcome.OUT_OF_SCHEDULE,
        Outcome.OWN_CANCELLED,
        Outcome.OWN_FAILURE,
        Outcome.CALLER_BLOCKED,
    }
    assert not Outcome.MEDIA_FAILURE.in_service_denominator
    assert Outcome.INDETERMINATE.in_service_denominator


WAITS = (*UP, tone(Sound.MUSIC, 3.2, 60.0, stretch=1), voice(60.5, 70.0, stretch=2), tone(Sound.MUSIC, 71, 100, 3))


@pytest.mark.parametrize(
    ("late", "outcome"),
    [
        ((), Outcome.QUEUE_TIMEOUT),
        ((Overload(at_s=50.0, resting=("speakers",)),), Outcome.INDETERMINATE),
        ((Overload(at_s=90.0, resting=("speakers",)), Overload(at_s=99.0)), Outcome.QUEUE_TIMEOUT),
        ((Overload(at_s=90.0, lost_s=0.5),), Outcome.INDETERMINATE),
    ],
    ids=["in time", "late while somebody spoke", "late while music played", "sound lost"],
)
def test_whom_a_late_ear_may_have_missed_is_not_held_against_the_service(
    late: tuple[Event, ...], outcome: Outcome
) -> None:
    verdict = judged(*WAITS, *late, by_us_at_s=605.0)
    assert (verdict.outcome, "ear_overloaded" in verdict.flags) == (outcome, bool(late))
