"""Menu paths as the call machine follows them: each kind of wait, refusals of several steps, the operator's keys."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from prober.attempt import Attempt, Limits, Policy, Profile, Script, Step
from prober.call import Call
from prober.events import Heard, Invited, Media, Response, Sent, Sound
from prober.line import HangUp, SaySentence, SayWord, SendDigits
from prober.phase import Phase

DUE = datetime(2026, 12, 1, 9, 30, tzinfo=UTC)


def attempt(script: Script = Script.AGENT, profile: Profile = Profile(), policy: Policy = Policy.CONFIRM) -> Attempt:
    return Attempt(
        id="a1", service="s", number="3646", script=script, due_at=DUE, profile=profile, policy=policy, limits=Limits()
    )


def answered(a: Attempt | None = None) -> Call:
    call = Call(a or attempt())
    call.receive(Invited(at_s=0.0, trunk="t", invite_at="2026-12-01T09:30:00+00:00"))
    call.receive(Response(at_s=0.1, code=100))
    call.receive(Response(at_s=1.0, code=180))
    call.receive(Response(at_s=3.0, code=200))
    call.receive(Media(at_s=3.05, flowing=True))
    return call


def heard(sound: Sound, start_s: float, end_s: float | None = None, stretch: int = 1, **more: object) -> Heard:
    at_s = (end_s if end_s is not None else start_s) + 0.5
    return Heard(at_s=at_s, stretch=stretch, sound=sound, start_s=start_s, end_s=end_s, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("step", "prompt", "pressed"),
    [
        (Step(digits="1"), {"prompt": "p1", "label": "menu"}, True),
        (Step(digits="1", label="menu"), {"prompt": "p1", "label": "menu"}, True),
        (Step(digits="1", label="menu"), {"prompt": "p1", "label": "legal"}, False),
        (Step(digits="1", prompt="p1"), {"prompt": "p1", "label": "menu"}, True),
        (Step(digits="1", prompt="p2"), {"prompt": "p1", "label": "menu"}, False),
    ],
)
def test_a_step_waits_for_any_speech_a_label_or_a_fingerprint(
    step: Step, prompt: dict[str, str], pressed: bool
) -> None:
    call = answered(attempt(profile=Profile(path=(step,))))
    call.receive(heard(Sound.RECORDING, 3.2, 8.0, **prompt))
    assert (call.deadline_passed(8.6) == [SendDigits(digits="1")]) is pressed


def test_a_step_waits_for_silence_since_the_answer_the_last_sound_and_the_last_key() -> None:
    path = (Step(digits="1", silence_s=3), Step(digits="2", silence_s=2))
    call = answered(attempt(profile=Profile(path=path)))
    call.receive(heard(Sound.SPEECH, 3.2))
    assert call.deadline_s() > 20, "nothing is pressed while somebody speaks"
    call.receive(heard(Sound.SPEECH, 3.2, 8.0))
    assert call.deadline_s() == pytest.approx(11.0)
    assert call.deadline_passed(11.0) == [SendDigits(digits="1")]
    call.receive(Sent(at_s=11.4, what="digits", start_s=11.0, text="1"))
    assert call.deadline_passed(call.deadline_s()) == [SendDigits(digits="2")]
    assert call.receive(heard(Sound.MUSIC, 14.0, stretch=2)) == []
    assert call.phase is Phase.QUEUE


def test_dead_air_after_the_answer_is_pressed_into_and_no_music_is() -> None:
    dead = answered(attempt(profile=Profile(path=(Step(digits="1", silence_s=3),))))
    assert dead.deadline_passed(dead.deadline_s()) == [SendDigits(digits="1")]
    waiting = answered(attempt(profile=Profile(path=(Step(digits="1", silence_s=3),))))
    waiting.receive(heard(Sound.MUSIC, 3.2, 6.0))
    assert waiting.deadline_s() > 20


def test_a_refusal_may_take_several_steps() -> None:
    refusal = (Step(digits="0", label="menu"), Step(word="conseiller", silence_s=1))
    call = answered(attempt(Script.OPTOUT, Profile(refusal=refusal)))
    call.receive(heard(Sound.RECORDING, 3.2, 8.0, prompt="p1", label="menu"))
    assert call.deadline_passed(8.6) == [SendDigits(digits="0")]
    call.receive(Sent(at_s=9.0, what="digits", start_s=8.6, text="0"))
    assert call.deadline_s() == pytest.approx(10.0)
    assert call.deadline_passed(10.0) == [SayWord(word="conseiller")]


def test_who_may_be_a_person_is_told_who_calls_before_a_step_that_waits_for_silence_holds_them_too_long() -> None:
    call = answered(attempt(profile=Profile(path=(Step(digits="1", silence_s=5),))))
    for n, start_s in enumerate((4.0, 8.0, 12.0), start=1):
        call.receive(heard(Sound.SPEECH, start_s, start_s + 1.0, stretch=n))
        assert call.deadline_s() > start_s + 2.5, "allô? is heard, and the step waited for"
    call.receive(heard(Sound.SPEECH, 16.0, 17.0, stretch=4))
    assert call.deadline_passed(call.deadline_s()) == [SaySentence()]


def test_a_voice_server_that_is_known_is_never_asked_while_a_step_waits_for_silence() -> None:
    call = answered(attempt(profile=Profile(path=(Step(digits="1", silence_s=5),))))
    call.receive(heard(Sound.RECORDING, 4.0, 20.0, prompt="p1", label="menu"))
    call.receive(heard(Sound.SPEECH, 21.0, 24.0, stretch=2))
    assert call.deadline_passed(call.deadline_s()) == [SendDigits(digits="1")]


def test_once_a_human_speaks_nothing_is_pressed_and_nothing_ends_the_call_before_they_are_told() -> None:
    call = answered(attempt(profile=Profile(path=(Step(digits="1", optional=True), Step(digits="2")))))
    for n in range(1, 9):
        call.receive(heard(Sound.RECORDING, 3.0 + n, 3.5 + n, stretch=n, prompt=f"p{n}"))
    call.receive(heard(Sound.SPEECH, 13.0, 14.0, stretch=9))
    assert call.receive(heard(Sound.HUMAN, 13.0, 14.0, stretch=9)) == [SaySentence()]
    assert call.deadline_s() == pytest.approx(13.0 + 15.0)
    assert call.receive(Sent(at_s=18.5, what="sentence", start_s=14.5)) == [HangUp()]


def test_a_human_who_came_long_after_our_sentence_is_told_too() -> None:
    call = answered()
    call.receive(heard(Sound.SPEECH, 4.0, 8.0))
    assert call.deadline_passed(call.deadline_s()) == [SaySentence()], "it may be somebody"
    call.receive(Sent(at_s=13.2, what="sentence", start_s=9.0))
    call.receive(heard(Sound.MUSIC, 13.5, 90.0, stretch=2))
    assert call.receive(heard(Sound.HUMAN, 91.0, stretch=3)) == [SaySentence()], "it was a recording"
    assert call.receive(Sent(at_s=97.0, what="sentence", start_s=92.8)) == [HangUp()]


@pytest.mark.parametrize("onset_s", [4.0, 14.0])
def test_a_human_who_reacted_to_our_sentence_is_released_at_once(onset_s: float) -> None:
    call = answered()
    call.receive(heard(Sound.SPEECH, 4.0, 8.0))
    call.deadline_passed(call.deadline_s())
    call.receive(Sent(at_s=13.2, what="sentence", start_s=9.0))
    assert call.receive(heard(Sound.HUMAN, onset_s, 15.0, stretch=1 if onset_s < 9 else 2)) == [HangUp()]
