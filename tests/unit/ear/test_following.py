"""Which recording follows another is learnt from calls; where one is due, an unknown voice is rather a recording."""

from __future__ import annotations

from math import log

import numpy as np
import pytest

from prober.ear import Piece, PromptLibrary
from prober.ear.evidence import due
from prober.ear.fingerprint import HOP_S, Prints
from prober.ear.learning import COUNTED, FOLLOWS_S, Remembered, follows_odds, learn
from prober.ear.library import Prompt
from prober.ear.timeline import Timeline
from prober.events import Sound

LENGTH = 200
LENGTH_S = LENGTH * HOP_S


def _prints(name: str) -> Prints:
    """Sub-prints that nothing else shares."""
    return np.random.default_rng(ord(name)).integers(1, 2**32, LENGTH, dtype=np.uint32)


def _call(played: str, gap_s: float = 1.0) -> list[Piece]:
    """A call that plays these recordings, one after the other."""
    return [Piece(start_s=n * (LENGTH_S + gap_s), prints=_prints(name)) for n, name in enumerate(played)]


def _learn(*calls: list[Piece]) -> tuple[Remembered, ...]:
    state: tuple[Remembered, ...] = ()
    for n, pieces in enumerate(calls, 1):
        state = learn(state, pieces, n).remembered
    return state


def _counts(state: tuple[Remembered, ...]) -> dict[str, tuple[int, int]]:
    """Name of a recording → calls in which another one followed it, and did not."""
    names = {_prints(name).tobytes(): name for name in "abcdefgh"}
    return {names[r.prints.tobytes()]: (r.followed, r.unfollowed) for r in state if r.is_recording}


def test_each_call_since_two_proved_it_tells_whether_another_recording_follows() -> None:
    assert _counts(_learn(_call("abc"), _call("abc"))) == {"a": (1, 0), "b": (1, 0), "c": (0, 1)}
    assert _counts(_learn(*[_call("abc")] * 4)) == {"a": (3, 0), "b": (3, 0), "c": (0, 3)}


def test_pieces_may_come_in_any_order() -> None:
    backwards = [list(reversed(_call("abc")))] * 2
    assert _counts(_learn(*backwards)) == _counts(_learn(_call("abc"), _call("abc")))


def test_two_recordings_in_one_piece_follow_each_other() -> None:
    both = [Piece(start_s=3.0, prints=np.concatenate((_prints("a"), _prints("b"))))]
    assert _counts(_learn(_call("a"), _call("b"), both)) == {"a": (1, 0), "b": (0, 1)}


def test_what_comes_much_later_does_not_follow() -> None:
    late = _call("ab", gap_s=FOLLOWS_S + 0.1)
    assert _counts(_learn(late, late)) == {"a": (0, 1), "b": (0, 1)}


def test_a_message_that_others_follow_only_at_times_is_followed_by_none() -> None:
    """A wait that is announced twice: the second time a person may answer."""
    assert _counts(_learn(_call("aba"), _call("aba")))["a"] == (0, 1)


def test_what_was_heard_once_is_followed_by_nothing_known_and_follows_nothing() -> None:
    """It may be a person."""
    assert _counts(_learn(_call("ad"), _call("ae"))) == {"a": (0, 1)}


def test_old_calls_count_less_and_less() -> None:
    often = _learn(*[_call("ab")] * (COUNTED + 1))
    assert _counts(often)["a"] == (COUNTED, 0)
    since = _learn(*[_call("ab")] * (COUNTED + 1), *[_call("ac")] * 1, *[_call("a")] * 5)
    assert _counts(since)["a"][0] < COUNTED
    assert follows_odds(*_counts(since)["a"]) < follows_odds(*_counts(often)["a"])


def test_odds_start_even() -> None:
    assert follows_odds(0, 0) == 0.0
    assert follows_odds(1, 0) == pytest.approx(log(3))
    assert follows_odds(0, 1) == pytest.approx(-log(3))


def _timeline(*stretches: tuple[Sound, float, float, str | None]) -> Timeline:
    made = Timeline()
    for sound, start_s, end_s, prompt in stretches:
        made.switch(sound, start_s, start_s).prompt = prompt
        made.close(end_s, end_s)
    return made


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ([(Sound.RECORDING, 1.0, 4.0, "a"), (Sound.SILENCE, 4.0, 5.0, None)], 1.1),
        ([(Sound.RECORDING, 1.0, 4.0, "a"), (Sound.MUSIC, 4.0, 5.0, None)], 0.0),
        ([(Sound.RECORDING, 1.0, 4.0, "a"), (Sound.RINGBACK, 4.0, 5.0, None)], 0.0),
        ([(Sound.RECORDING, 1.0, 4.0, "a"), (Sound.SILENCE, 4.0, 4.1 + FOLLOWS_S, None)], 0.0),
        ([(Sound.RECORDING, 1.0, 4.0, "b")], -2.0),
        ([(Sound.RECORDING, 1.0, 4.0, "call:3")], 0.0),
        ([(Sound.SPEECH, 1.0, 4.0, None)], 0.0),
        ([], 0.0),
    ],
)
def test_a_recording_is_due_right_after_one_that_others_follow(
    before: list[tuple[Sound, float, float, str | None]], expected: float
) -> None:
    begins_s = max((end_s for _, _, end_s, _ in before), default=5.0)
    timeline = _timeline(*before, (Sound.SPEECH, begins_s, begins_s + 1.0, None))
    assert due(timeline, [timeline.stretches[-1]], {"a": 1.1, "b": -2.0}) == expected


def test_a_file_of_the_library_keeps_what_follows() -> None:
    prompt = Prompt(prompt_id="a", label="", number="3646", prints=_prints("a"), follows=1.1)
    assert PromptLibrary.from_bytes(PromptLibrary([prompt]).to_bytes()).prompts[0].follows == 1.1
