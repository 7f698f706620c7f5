"""The call machine: phases, deadlines, commands; any sequence of events ends once, in bounded time."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prober.attempt import Attempt, Limits, Policy, Profile, Script, Step
from prober.call import Call
from prober.classify import classify
from prober.events import (
    Ended,
    Event,
    Heard,
    Invited,
    Media,
    Origin,
    OwnFailure,
    Party,
    Response,
    Sent,
    Sound,
    Stopped,
)
from prober.line import HangUp, SaySentence, SayWord, SendDigits
from prober.milestones import in_order
from prober.phase import MOVES, Phase
from prober.run import finished

DUE = datetime(2026, 12, 1, 9, 30, tzinfo=UTC)


def attempt(script: Script = Script.AGENT, profile: Profile = Profile(), policy: Policy = Policy.CONFIRM) -> Attempt:
    return Attempt(
        id="a1", service="s", number="3646", script=script, due_at=DUE, profile=profile, policy=policy, limits=Limits()
    )


def heard(sound: Sound, start_s: float, end_s: float | None = None, stretch: int = 1, **more: object) -> Heard:
    at_s = (end_s if end_s is not None else start_s) + 0.5
    return Heard(at_s=at_s, stretch=stretch, sound=sound, start_s=start_s, end_s=end_s, **more)  # type: ignore[arg-type]


def answered(a: Attempt | None = None) -> Call:
    call = Call(a or attempt())
    call.receive(Invited(at_s=0.0, trunk="t", invite_at="2026-12-01T09:30:00+00:00"))
    call.receive(Response(at_s=0.1, code=100))
    call.receive(Response(at_s=1.0, code=180))
    call.receive(Response(at_s=3.0, code=200))
    call.receive(Media(at_s=3.05, flowing=True))
    return call


def test_ringing_until_the_limit_is_cancelled_by_us() -> None:
    call = Call(attempt())
    call.receive(Invited(at_s=0.0))
    call.receive(Response(at_s=1.0, code=180))
    assert call.deadline_s() == 60.0
    assert call.deadline_passed(60.0) == [HangUp()]
    call.receive(Response(at_s=60.1, code=487, origin=Origin.LOCAL))
    verdict = classify(finished(call, {}))
    assert (verdict.outcome, verdict.rule_id) == ("no_answer", "ring.limit")
    assert call.hung_up_by is Party.CALLER


def test_trying_then_nothing_is_the_networks_failure() -> None:
    call = Call(attempt())
    call.receive(Invited(at_s=0.0))
    call.receive(Response(at_s=0.2, code=100))
    assert call.deadline_s() == pytest.approx(20.2)
    assert call.deadline_passed(20.2) == [HangUp()]
    call.receive(Ended(at_s=20.3, by=Party.CALLER))
    assert classify(finished(call, {})).outcome == "network_failure"


def test_unknown_speech_then_a_pause_gets_our_sentence_and_the_reaction_makes_a_human() -> None:
    call = answered()
    call.receive(heard(Sound.SPEECH, 3.2))
    call.receive(heard(Sound.SPEECH, 3.2, 6.0))
    assert call.deadline_s() == pytest.approx(7.0)
    assert call.deadline_passed(7.0) == [SaySentence()]
    assert call.phase is Phase.ASKING
    call.receive(Sent(at_s=11.5, what="sentence", start_s=7.0))
    assert call.receive(heard(Sound.HUMAN, 3.2, 6.0)) == [HangUp()]
    call.receive(Ended(at_s=13.1, by=Party.CALLER))
    record = finished(call, {})
    assert record.milestones.t_human == 3.2
    assert classify(record).outcome == "human"


def test_human_known_while_the_sentence_is_said_hears_it_to_its_end() -> None:
    call = answered()
    call.receive(heard(Sound.SPEECH, 3.2, 6.0))
    call.deadline_passed(call.deadline_s())
    assert call.receive(heard(Sound.HUMAN, 3.2, 6.0)) == []
    assert call.receive(Sent(at_s=11.5, what="sentence", start_s=7.0)) == [HangUp()]


def test_an_agent_is_never_held_longer_than_the_hard_timer() -> None:
    call = answered(attempt(policy=Policy.SILENT))
    assert call.receive(heard(Sound.HUMAN, 4.0)) == [SaySentence()]
    assert call.deadline_s() == 19.0
    assert call.deadline_passed(19.0) == [HangUp()]


def test_no_reaction_goes_back_to_waiting_and_may_ask_again_of_another_voice() -> None:
    call = answered()
    call.receive(heard(Sound.SPEECH, 3.2, 6.0))
    call.deadline_passed(call.deadline_s())
    call.receive(Sent(at_s=11.5, what="sentence", start_s=7.0))
    assert call.deadline_s() == pytest.approx(15.5)
    assert call.deadline_passed(15.5) == []
    assert call.phase is Phase.LISTENING
    call.receive(heard(Sound.SPEECH, 20.0, 22.0, stretch=2))
    assert call.deadline_passed(call.deadline_s()) == [SaySentence()]


def test_keys_are_pressed_after_the_prompt_and_only_once() -> None:
    call = answered(attempt(profile=Profile(path=(Step(digits="1"), Step(digits="2")))))
    call.receive(heard(Sound.RECORDING, 3.2, 8.0, prompt="p1", label="menu"))
    assert call.phase is Phase.MENU
    assert call.deadline_s() == pytest.approx(8.6)
    assert call.deadline_passed(8.6) == [SendDigits(digits="1")]
    call.receive(heard(Sound.RECORDING, 9.0, 12.0, stretch=2, prompt="p2", label="menu"))
    assert call.deadline_passed(call.deadline_s()) == [SendDigits(digits="2")]
    call.receive(heard(Sound.MUSIC, 13.0, stretch=3))
    assert call.phase is Phase.QUEUE


def test_optional_step_is_skipped_when_the_next_prompt_comes_first() -> None:
    path = (Step(digits="9", label="legal", optional=True), Step(digits="1", label="menu"))
    call = answered(attempt(profile=Profile(path=path)))
    call.receive(heard(Sound.RECORDING, 3.2, 8.0, prompt="p1", label="menu"))
    assert call.deadline_passed(call.deadline_s()) == [SendDigits(digits="1")]


def test_refusal_is_a_word_when_the_profile_says_so() -> None:
    call = answered(attempt(Script.OPTOUT, Profile(refusal=(Step(word="conseiller"),))))
    call.receive(heard(Sound.RECORDING, 3.2, 8.0, prompt="p1", label="menu"))
    assert call.deadline_passed(call.deadline_s()) == [SayWord(word="conseiller")]
    call.receive(Sent(at_s=9.6, what="word", start_s=8.6, text="conseiller"))
    call.receive(Ended(at_s=12.0, by=Party.CALLED))
    assert finished(call, {}).milestones.t_optout == 9.6


def test_silent_refusal_is_dated_five_seconds_after_the_first_prompt() -> None:
    call = answered(attempt(Script.OPTOUT))
    call.receive(heard(Sound.RECORDING, 3.2, 8.0, prompt="p1", label="menu"))
    call.receive(heard(Sound.MUSIC, 14.0, stretch=2))
    call.receive(Ended(at_s=40.0, by=Party.CALLED))
    record = finished(call, {})
    assert record.milestones.t_optout == 13.0
    assert classify(record).outcome == "dropped"
    assert classify(record).phase == "queue"


def test_the_same_prompt_three_times_is_a_dead_end() -> None:
    call = answered()
    commands = []
    for turn in range(3):
        start_s = 4.0 + 10 * turn
        call.receive(heard(Sound.RECORDING, start_s, start_s + 5, stretch=turn + 1, prompt="p1", label="menu"))
        commands += call.deadline_passed(call.deadline_s()) if turn == 2 else []
    assert commands == [HangUp()]
    call.receive(Ended(at_s=60.0, by=Party.CALLER))
    assert classify(finished(call, {})).outcome == "ivr_only"


def test_beep_after_speech_is_a_voicemail_and_we_leave_no_message() -> None:
    call = answered()
    call.receive(heard(Sound.RECORDING, 3.2, 8.0, prompt="p1"))
    call.receive(heard(Sound.BEEP, 8.2, 8.6, stretch=2))
    assert call.deadline_s() == pytest.approx(10.6)
    assert call.deadline_passed(10.6) == [HangUp()]
    call.receive(Ended(at_s=10.7, by=Party.CALLER))
    assert classify(finished(call, {})).outcome == "voicemail"


def test_queue_ends_at_our_patience_plus_grace_and_is_censored() -> None:
    call = answered()
    call.receive(heard(Sound.MUSIC, 4.0))
    assert call.deadline_s() == 605.0
    assert call.deadline_passed(605.0) == [HangUp()]
    call.receive(Ended(at_s=605.1, by=Party.CALLER))
    assert classify(finished(call, {})).outcome == "queue_timeout"


def test_human_three_seconds_after_t_max_is_a_near_miss_not_a_human() -> None:
    call = answered()
    call.receive(heard(Sound.MUSIC, 4.0))
    call.receive(heard(Sound.SPEECH, 603.0, stretch=2))
    assert call.deadline_s() == 608.0
    call.receive(heard(Sound.HUMAN, 603.0, stretch=2))
    call.receive(Ended(at_s=608.5, by=Party.CALLER))
    verdict = classify(finished(call, {}))
    assert verdict.outcome == "queue_timeout"
    assert "near_miss_human_after_tmax" in verdict.flags


def test_silence_after_the_answer_has_its_own_limit() -> None:
    call = answered()
    call.receive(heard(Sound.SILENCE, 3.1))
    assert call.deadline_s() == pytest.approx(63.0)
    assert call.deadline_passed(63.0) == [HangUp()]
    call.receive(Ended(at_s=63.1, by=Party.CALLER))
    assert classify(finished(call, {})).outcome == "silence"


def test_no_sound_after_the_answer_is_a_media_failure() -> None:
    call = Call(attempt())
    call.receive(Invited(at_s=0.0))
    call.receive(Response(at_s=3.0, code=200))
    assert call.deadline_s() == 8.0
    assert call.deadline_passed(8.0) == [HangUp()]
    call.receive(Ended(at_s=8.1, by=Party.CALLER))
    assert classify(finished(call, {})).outcome == "media_failure"


def test_ringback_inside_an_answered_call_is_queueing() -> None:
    call = answered()
    call.receive(heard(Sound.RINGBACK, 3.5))
    assert call.phase is Phase.QUEUE
    call.receive(Ended(at_s=30.0, by=Party.CALLED))
    verdict = classify(finished(call, {}))
    assert verdict.outcome == "dropped"
    assert "false_answer" in verdict.flags


def test_a_busy_tone_after_the_agent_hung_up_erases_nobody() -> None:
    call = answered()
    call.receive(heard(Sound.HUMAN, 4.0, 6.0))
    call.receive(heard(Sound.BUSY_TONE, 8.0, stretch=2))
    call.receive(Ended(at_s=12.0, by=Party.CALLED))
    assert classify(finished(call, {})).outcome == "human"


def test_early_announcement_uses_no_ring_limit() -> None:
    call = Call(attempt())
    call.receive(Invited(at_s=0.0))
    call.receive(Response(at_s=1.0, code=183))
    call.receive(Media(at_s=1.1, flowing=True, early=True))
    call.receive(heard(Sound.SPEECH, 1.5))
    assert call.phase is Phase.EARLY
    assert call.deadline_s() > 60.0
    call.receive(Response(at_s=70.0, code=480, reason="Temporarily Unavailable"))
    verdict = classify(finished(call, {}))
    assert verdict.outcome == "announcement_unanswered"


def test_stop_by_an_operator_hangs_up_at_once() -> None:
    call = answered()
    assert call.receive(Stopped(at_s=9.0, why="pause")) == [HangUp()]
    call.receive(Ended(at_s=9.1, by=Party.CALLER))
    assert classify(finished(call, {})).outcome == "own_cancelled"


def test_a_sound_too_short_to_be_somebody_gets_no_sentence() -> None:
    """The first note of music that returns is a blip of speech to the ear, until it knows better."""
    call = answered()
    call.receive(heard(Sound.MUSIC, 4.0, 9.0))
    call.receive(heard(Sound.SPEECH, 9.0, 9.1, stretch=2))
    assert call.deadline_s() == 605.0
    call.receive(heard(Sound.SPEECH, 20.0, 20.4, stretch=3))
    assert call.deadline_passed(call.deadline_s()) == [SaySentence()]


def test_a_long_prompt_without_a_new_event_is_not_silence() -> None:
    call = answered()
    call.receive(heard(Sound.RECORDING, 3.5, prompt="p1", label="legal"))
    assert call.deadline_s() == pytest.approx(4.0 + call.attempt.limits.menu_s)


SOUNDS = st.sampled_from(list(Sound))
TIMES = st.floats(0, 50, allow_nan=False)


@st.composite
def events(draw: st.DrawFn) -> list[Event]:
    now_s, made = 0.0, [Invited(at_s=0.0)]
    kinds = st.sampled_from(("response", "heard", "media", "sent", "ended", "own", "stop", "time"))
    for _ in range(draw(st.integers(0, 40))):
        now_s += draw(TIMES)
        match draw(kinds):
            case "response":
                code = draw(st.sampled_from((100, 180, 183, 200, 302, 404, 408, 480, 486, 487, 503, 603, 699)))
                made.append(Response(at_s=now_s, code=code, q850=draw(st.none() | st.integers(0, 127))))
            case "heard":
                start_s = now_s - draw(st.floats(0, 5))
                end_s = draw(st.none() | st.just(now_s))
                stretch = draw(st.integers(0, 5))
                label = draw(st.none() | st.sampled_from(("menu", "wait", "closed", "voicemail")))
                sound = draw(SOUNDS)
                made.append(Heard(at_s=now_s, stretch=stretch, sound=sound, start_s=start_s, end_s=end_s, label=label))
            case "media":
                made.append(Media(at_s=now_s, flowing=draw(st.booleans())))
            case "sent":
                what = draw(st.sampled_from(("digits", "word", "sentence")))
                made.append(Sent(at_s=now_s, what=what, start_s=now_s))
            case "ended":
                made.append(Ended(at_s=now_s, by=draw(st.sampled_from(list(Party)))))
            case "own":
                made.append(OwnFailure(at_s=now_s, what="engine_died"))
            case "stop":
                made.append(Stopped(at_s=now_s, why="budget"))
    return made


@settings(max_examples=300, deadline=None)
@given(events(), st.sampled_from(list(Script)), st.sampled_from(list(Policy)))
def test_any_sequence_ends_in_one_outcome_in_bounded_time(made: list[Event], script: Script, policy: Policy) -> None:
    profile = Profile(path=(Step(digits="1"),), refusal=(Step(word="conseiller"),))
    call = Call(attempt(script, profile, policy))
    queue, turns = list(made), 0
    hang_ups = 0
    while not call.over:
        turns += 1
        assert turns < 500, "the machine must come to an end"
        before = call.phase
        deadline_s = call.deadline_s()
        if queue and queue[0].at_s <= deadline_s:
            commands = call.receive(queue.pop(0))
        else:
            commands = call.deadline_passed(deadline_s)
        hang_ups += sum(isinstance(c, HangUp) for c in commands)
        assert call.phase is before or call.phase in MOVES[before] or before is not Phase.OVER
    assert hang_ups <= 1
    record = finished(call, {})
    verdict = classify(record)
    assert verdict.outcome == classify(record).outcome
    assert in_order(record.milestones) or verdict.outcome == "indeterminate"
    limits = call.attempt.limits
    if record.milestones.t_human is not None:
        assert record.milestones.t_human <= limits.max_wait_s


def test_a_pause_that_is_not_silent_gets_time_to_turn_out_as_music() -> None:
    """Seen against Asterisk: our sentence over the hold music hid the greeting of the agent who came then."""
    quiet, sounding = answered(), answered()
    quiet.receive(heard(Sound.SPEECH, 4.0, 9.0))
    sounding.receive(heard(Sound.SPEECH, 4.0, 9.0, evidence={"goes_on": -20.0}))
    assert quiet.deadline_s() == pytest.approx(10.0)
    assert sounding.deadline_s() == pytest.approx(10.7)
    sounding.receive(heard(Sound.BEEP, 9.0, 9.3, stretch=2))
    sounding.receive(heard(Sound.MUSIC, 9.3, stretch=3))
    assert sounding.deadline_s() > 60  # nor is it a voicemail then
