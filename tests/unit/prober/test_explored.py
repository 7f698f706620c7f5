"""What an explored call teaches: waits read from what was heard before each key, and steps in words and back."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prober.attempt import Attempt, Script, Step
from prober.call import Call
from prober.events import LABELS, Ended, Event, Heard, Party, Response, Sent, Sound, Typed
from prober.explored import lines_heard, steps_taken
from prober.number import keys_forbidden
from prober.record import CallRecord
from prober.run import finished
from prober.sip.keys import APART_S, PressedKeys
from prober.step_words import in_words, steps_in


def record_of(*events: Event) -> CallRecord:
    call = Call(Attempt(service="", number="3646", script=Script.AGENT, due_at=datetime(2026, 12, 1, tzinfo=UTC)))
    for event in (Response(at_s=1.0, code=200), *events, Ended(at_s=60.0, by=Party.CALLED)):
        call.receive(event)
    return finished(call, {})


def pressed(at_s: float, keys: str = "1") -> tuple[Event, Event]:
    return Typed(at_s=at_s, keys=keys), Sent(at_s=at_s + 0.2, what="digits", start_s=at_s, text=keys)


def voice(start_s: float, end_s: float | None, stretch: int = 1, **more: str) -> Heard:
    sound = Sound.RECORDING if more else Sound.SPEECH
    return Heard(at_s=end_s or start_s, stretch=stretch, sound=sound, start_s=start_s, end_s=end_s, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("heard", "step"),
    [
        ((voice(2.0, 8.0),), Step(digits="1")),
        ((voice(2.0, 8.0, prompt="p1", label="menu"),), Step(digits="1", label="menu")),
        ((voice(2.0, 8.0, prompt="p1"),), Step(digits="1", prompt="p1")),
        ((voice(2.0, 8.0, prompt="call:2"),), Step(digits="1")),
        ((voice(2.0, None, prompt="p1"),), Step(digits="1", prompt="p1")),
        ((voice(2.0, 4.0, prompt="p1"), voice(5.0, 8.0, 2)), Step(digits="1")),
        ((), Step(digits="1", silence_s=9.0)),
        ((Heard(at_s=7, stretch=1, sound=Sound.MUSIC, start_s=2.0, end_s=7.0),), Step(digits="1", silence_s=3.0)),
    ],
)
def test_a_typed_key_waits_for_the_last_thing_heard_before_it(heard: tuple[Heard, ...], step: Step) -> None:
    assert steps_taken(record_of(*heard, *pressed(10.0)), {"p1"}) == (step,)


def test_each_key_looks_back_to_the_one_before_it_only() -> None:
    record = record_of(voice(2.0, 8.0, prompt="p1", label="menu"), *pressed(10.0), *pressed(15.2, "2"))
    assert steps_taken(record) == (Step(digits="1", label="menu"), Step(digits="2", silence_s=5.0))
    assert lines_heard(record) == (
        "2.0 s to 8.0 s: recorded prompt p1 “menu”",
        "10.0 s: pressed 1",
        "15.2 s: pressed 2",
        "60.0 s: the end, by called",
    )


WAITS = (
    st.builds(dict)
    | st.builds(dict, label=st.sampled_from(LABELS))
    | st.builds(dict, prompt=st.from_regex(r"[0-9a-f]{1,16}", fullmatch=True))
    | st.builds(dict, silence_s=st.integers(1, 60).map(lambda n: n / 2))
)
KEYS = st.from_regex(r"[0-9*#]{1,4}", fullmatch=True).filter(lambda keys: keys_forbidden(keys) is None)
ACTS = KEYS.map(lambda keys: {"digits": keys}) | st.just({"word": "conseiller"})


@given(st.lists(st.tuples(WAITS, ACTS).map(lambda both: Step(**both[0], **both[1])), max_size=4).map(tuple))
def test_steps_are_read_as_they_are_said(steps: tuple[Step, ...]) -> None:
    assert steps_in("; ".join(in_words(step) for step in steps)) == steps


@pytest.mark.parametrize(
    ("presses", "refused"),
    [
        ([("112", 0)], "112"),
        ([("1", 0), ("1", 1), ("2", 2)], "112"),
        ([("3", 0), ("1", 1), ("1", 2), ("2", 3)], "112"),
        ([("1", 0), ("5", 4)], "15"),
        ([("31", 0), ("14", APART_S)], "3114"),
        ([("1", 0), ("1", 1), ("2", 2 + APART_S)], None),
        ([("1", 0), ("2", 1), ("3", 2)], None),
    ],
)
def test_keys_pressed_one_by_one_are_no_way_around_the_guard(
    presses: list[tuple[str, float]], refused: str | None
) -> None:
    keys = PressedKeys()
    *before, last = [keys.refused(digits, at_s) for digits, at_s in presses]
    assert before == [None] * (len(presses) - 1)
    assert (last is not None and f"would dial {refused}," in last) == (refused is not None)


def test_keys_pressed_one_by_one_are_no_way_around_the_operators_list() -> None:
    keys = PressedKeys(never_dial=("3646",))
    assert [keys.refused(digit, at_s) for at_s, digit in enumerate("364")] == [None] * 3
    assert "would dial 3646," in str(keys.refused("6", 3.0))
