"""Our sentence in a call: said again to who replied and waits, four times at most, never to a recording."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from prober.asking import MAX_SENTENCES
from prober.attempt import Attempt, Script
from prober.call import Call
from prober.events import Event, Heard, Invited, Media, Response, Sent, Sound
from prober.line import SaySentence
from prober.phase import Phase


def heard(sound: Sound, start_s: float, end_s: float | None = None, stretch: int = 1, **more: object) -> Heard:
    at_s = (end_s if end_s is not None else start_s) + 0.5
    return Heard(at_s=at_s, stretch=stretch, sound=sound, start_s=start_s, end_s=end_s, **more)  # type: ignore[arg-type]


def asked() -> Call:
    """Our sentence is out at 11.5; a reaction is awaited until 15.5."""
    due = datetime(2026, 12, 1, 9, 30, tzinfo=UTC)
    call = Call(Attempt(service="s", number="3646", script=Script.AGENT, due_at=due))
    for event in (Invited(at_s=0.0), Response(at_s=3.0, code=200), Media(at_s=3.05, flowing=True)):
        call.receive(event)
    call.receive(heard(Sound.SPEECH, 3.2, 6.0))
    assert call.deadline_passed(call.deadline_s()) == [SaySentence()]
    call.receive(Sent(at_s=11.5, what="sentence", start_s=7.0))
    return call


@pytest.mark.parametrize(("end_s", "due_s"), [(13.0, 15.5), (14.8, 15.8)])
def test_who_replied_and_now_waits_is_asked_again_once_the_reaction_time_is_over(end_s: float, due_s: float) -> None:
    """An agent who said "pardon ?" and whom the ear could not tell from a recording hears who calls, not silence."""
    call = asked()
    call.receive(heard(Sound.SPEECH, 12.5, end_s, stretch=2))
    assert call.deadline_s() == pytest.approx(15.5)
    assert call.deadline_passed(15.5) == []
    assert call.deadline_s() == pytest.approx(due_s)
    assert call.deadline_passed(due_s) == [SaySentence()]
    assert call.phase is Phase.ASKING


def test_whom_we_interrupted_is_asked_once_more_and_who_goes_on_through_that_too_is_not() -> None:
    """An agent who paused for breath finishes the greeting over our sentence; a recording does so every time."""
    call = asked()
    call.receive(heard(Sound.SPEECH, 10.2, 12.5, stretch=2))
    assert call.deadline_passed(15.5) == []
    assert call.deadline_passed(call.deadline_s()) == [SaySentence()]
    call.receive(Sent(at_s=20.0, what="sentence", start_s=15.5))
    call.receive(heard(Sound.SPEECH, 18.5, 21.0, stretch=3))
    assert call.deadline_passed(24.0) == []
    assert call.phase is not Phase.ASKING
    commands = [c for _ in range(3) if not call.over for c in call.deadline_passed(min(call.deadline_s(), 50.0))]
    assert SaySentence() not in commands


def test_who_goes_on_as_the_reaction_time_ends_is_asked_again_at_the_pause() -> None:
    call = asked()
    call.receive(heard(Sound.SPEECH, 12.5, stretch=2))
    assert call.deadline_passed(15.5) == []
    assert call.phase is Phase.ASKING, "the ear may still decide"
    call.receive(heard(Sound.SPEECH, 12.5, 18.0, stretch=2))
    assert call.deadline_passed(19.5) == []
    assert call.deadline_passed(call.deadline_s()) == [SaySentence()]


def test_a_sentence_that_nobody_understands_is_said_four_times_and_no_more() -> None:
    call = asked()
    said, now_s = 1, 11.5
    for turn in range(10):
        call.receive(heard(Sound.SPEECH, now_s + 1, now_s + 2, stretch=2 + turn))
        for _ in range(2):
            if call.deadline_s() < now_s + 10:
                commands = call.deadline_passed(call.deadline_s())
                said += commands.count(SaySentence())
        now_s += 15
        call.receive(Sent(at_s=now_s, what="sentence", start_s=now_s - 4.5))
    assert said == MAX_SENTENCES == 4


@pytest.mark.parametrize(
    "after",
    [
        (heard(Sound.RECORDING, 12.5, 14.0, stretch=2, prompt="p1", label="menu"),),
        (heard(Sound.SPEECH, 12.5, 13.0, stretch=2), heard(Sound.MUSIC, 13.2, stretch=3)),
        (heard(Sound.SPEECH, 12.5, 13.4, stretch=2), heard(Sound.BEEP, 14.6, 15.0, stretch=3)),
        (heard(Sound.SPEECH, 12.5, 12.6, stretch=2),),
        (),
    ],
    ids=["recording", "music", "beep", "blip", "nobody"],
)
def test_nobody_else_is_asked_again_after_our_sentence(after: tuple[Event, ...]) -> None:
    """Nor a voice that was over before it: it has heard us, and said nothing."""
    call = asked()
    for event in after:
        call.receive(event)
    commands = [c for _ in range(3) if not call.over for c in call.deadline_passed(min(call.deadline_s(), 40.0))]
    assert SaySentence() not in commands
