"""What is heard in two calls is a recording; whoever speaks after it, and what never comes again, is not learnt."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prober.ear import Ear, Piece, PromptLibrary
from prober.ear.fingerprint import HOP_S, Prints
from prober.ear.learning import (
    FORGET_ONCE,
    FORGET_RECORDING,
    LEAST,
    MOST_HEARD_ONCE,
    Remembered,
    common,
    learn,
)
from prober.events import Sound

WELCOME = "Bonjour et bienvenue à la caisse primaire. Votre appel peut être enregistré."
WAIT = "Tous nos conseillers sont en ligne, merci de patienter quelques instants."
NEW = "Le serveur vocal évolue. Dites en quelques mots la raison de votre appel."


def _noise(seed: int, length: int) -> Prints:
    """Sub-prints that nothing else shares."""
    return np.random.default_rng(seed).integers(1, 2**32, length, dtype=np.uint32)


def _piece(*parts: Prints) -> Piece:
    return Piece(start_s=0.0, prints=np.concatenate(parts))


def _calls(*calls: list[Piece], state: tuple[Remembered, ...] = (), first: int = 1) -> tuple[Remembered, ...]:
    for n, pieces in enumerate(calls, first):
        state = learn(state, pieces, n).remembered
    return state


def _recordings(state: tuple[Remembered, ...]) -> list[Remembered]:
    return [r for r in state if r.is_recording]


def _heard(pcm: Any) -> tuple[Piece, ...]:
    """The pieces that a call of this sound leaves."""
    ear = Ear()
    ear.begin(0.0)
    ear.hear(pcm)
    ear.close()
    return ear.pieces()


@pytest.fixture(scope="module")
def calls(studio: Any) -> list[Any]:
    """Two calls of one number: two prompts and another person each."""
    quiet = studio.silence(1.0)
    people = [studio.says(f"Bonjour, {name} à votre écoute, quel est votre nom ?", v) for name, v in
              (("Camille", "f4"), ("Didier", "m3"))]  # fmt: skip
    return [np.concatenate((quiet, studio.says(WELCOME), quiet, studio.says(WAIT), quiet, p, quiet)) for p in people]


def test_what_both_calls_play_is_learnt_and_the_people_are_not(calls: list[Any], studio: Any) -> None:
    state = _calls(*(list(_heard(call)) for call in calls))
    found = _recordings(state)
    spoken_s = [len(studio.says(text)) / 8000 for text in (WELCOME, WAIT)]
    assert sum(len(r.prints) for r in found) * HOP_S == pytest.approx(sum(spoken_s), abs=1.2)
    assert {r.calls for r in found} == {2}


def test_third_call_hears_them_as_recordings_and_the_person_as_speech(calls: list[Any], studio: Any) -> None:
    state = _calls(*(list(_heard(call)) for call in calls))
    library = PromptLibrary(replace(r, voice=None).as_prompt(None) for r in _recordings(state))
    quiet = studio.silence(1.0)
    other = studio.says("Allô, bonjour, Odile au téléphone, je vous écoute.", "f5")
    ear = Ear(library)
    ear.begin(0.0)
    pcm = np.concatenate((quiet, studio.says(WAIT), quiet, studio.says(WELCOME), quiet, other, quiet))
    told = {h.stretch: h for h in (*ear.hear(pcm), *ear.close())}
    voices = [h.sound for h in told.values() if h.sound in (Sound.RECORDING, Sound.SPEECH)]
    assert set(voices[:-1]) == {Sound.RECORDING}
    assert voices[-1] is Sound.SPEECH


def test_person_who_takes_over_without_a_pause_is_cut_off(studio: Any) -> None:
    prompt = studio.says(WAIT)
    people = [studio.says(f"{name} à votre écoute, bonjour.", v) for name, v in (("Camille", "f4"), ("Didier", "m3"))]
    lines = [np.concatenate((studio.silence(1.0), prompt, p, studio.silence(1.0))) for p in people]
    (found,) = _recordings(_calls(*(list(_heard(line)) for line in lines)))
    assert len(found.prints) * HOP_S == pytest.approx(len(prompt) / 8000, abs=0.6)


def test_nothing_is_left_of_a_person(studio: Any) -> None:
    greeting, reaction = studio.says("Mairie de Vaux, bonjour."), studio.says("Ah d'accord, pas de souci.")
    start_s = 1.0 + len(greeting) / 8000 + 1.0
    ear = Ear()
    ear.begin(0.0)
    ear.hear(np.concatenate((studio.silence(1.0), greeting, studio.silence(1.0))))
    ear.own(start_s, start_s + 4.0)
    told = ear.hear(np.concatenate((studio.silence(4.5), reaction, studio.silence(3.0))))
    ear.close()
    assert any(h.sound is Sound.HUMAN for h in told)
    assert ear.pieces() == ()


def test_same_call_twice_the_same_makes_no_recording() -> None:
    prompt = _noise(1, 200)
    assert _recordings(_calls([_piece(prompt), _piece(prompt)])) == []
    assert len(_calls([_piece(prompt), _piece(prompt)])) == 1


def test_recording_counts_each_call_once() -> None:
    prompt = _noise(1, 200)
    (found,) = _recordings(_calls(*([_piece(prompt), _piece(prompt)] for _ in range(5))))
    assert (found.calls, found.first_call, found.last_call) == (5, 1, 5)


def test_silence_is_no_recording() -> None:
    nothing = np.zeros(300, dtype=np.uint32)
    assert _recordings(_calls([_piece(nothing)], [_piece(nothing)])) == []


def test_heard_once_is_forgotten_after_some_calls() -> None:
    lone = _noise(1, 200)
    others = [[_piece(_noise(n, 200))] for n in range(2, 2 + FORGET_ONCE)]
    state = _calls([_piece(lone)], *others[:-1])
    assert any(np.array_equal(r.prints, lone) for r in state)
    assert not any(np.array_equal(r.prints, lone) for r in _calls([_piece(lone)], *others))


def test_recording_is_kept_longer_and_forgotten_in_the_end() -> None:
    prompt = [_piece(_noise(1, 200))]
    state = _calls(prompt, prompt)
    assert _recordings(learn(state, [_piece(_noise(2, 200))], 2 + FORGET_RECORDING - 1).remembered)
    assert not _recordings(learn(state, [_piece(_noise(2, 200))], 2 + FORGET_RECORDING).remembered)


def test_what_is_remembered_is_bounded() -> None:
    state: tuple[Remembered, ...] = ()
    for call in range(1, 5):
        state = learn(state, [_piece(_noise(100 * call + n, 90)) for n in range(50)], call).remembered
    assert len(state) == MOST_HEARD_ONCE
    assert {r.last_call for r in state} == {3, 4}


def test_change_of_prompts_is_noticed_once() -> None:
    old, kept, new = ([_piece(_noise(n, 200))] for n in (1, 2, 3))
    state = _calls(*([*old, *kept] for _ in range(4)))
    first = learn(state, [*new, *kept], 5)
    second = learn(first.remembered, [*new, *kept], 6)
    third = learn(second.remembered, [*new, *kept], 7)
    (was,) = (r.prompt_id for r in state if np.array_equal(r.prints, old[0].prints))
    assert (first.gone, second.gone, third.gone) == ((), (was,), ())
    assert len(second.appeared) == 1


def test_another_recording_beside_the_old_ones_is_no_change() -> None:
    usual, new = ([_piece(_noise(n, 200))] for n in (1, 3))
    state = _calls(*(usual for _ in range(4)))
    state = learn(state, [*new, *usual], 5).remembered
    lesson = learn(state, [*new, *usual], 6)
    assert (len(lesson.appeared), lesson.gone) == (1, ())


@settings(max_examples=60, deadline=None)
@given(
    shared=st.integers(LEAST + 40, 300),
    before=st.integers(0, 200),
    after=st.integers(0, 200),
    flipped=st.floats(0.0, 0.12),
    seed=st.integers(0, 2**20),
)
def test_shared_part_is_found_wherever_it_stands(
    shared: int, before: int, after: int, flipped: float, seed: int
) -> None:
    draw = np.random.default_rng(seed)
    prompt = _noise(seed, shared)
    wrong = (draw.random((shared, 32)) < flipped) @ (1 << np.arange(32, dtype=np.uint64))
    again = prompt ^ wrong.astype(np.uint32)
    piece = np.concatenate((_noise(seed + 1, before), again, _noise(seed + 2, after)))
    found = common(piece, np.concatenate((_noise(seed + 3, after), prompt, _noise(seed + 4, before))))
    assert found is not None
    at, place, length = found
    assert at - place == before - after
    assert abs(at - before) <= 20
    assert abs(at + length - before - shared) <= 20


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**20))
def test_strangers_share_nothing(seed: int) -> None:
    assert common(_noise(seed, 300), _noise(seed + 1, 300)) is None


def test_prompts_that_run_together_in_one_call_are_learnt_apart() -> None:
    first, second, third = (_noise(n, 150) for n in (1, 2, 3))
    state = _calls([_piece(first, second, third)], [_piece(first), _piece(third), _piece(second)])
    assert sorted(len(r.prints) for r in _recordings(state)) == [pytest.approx(150, abs=20)] * 3


def test_prompts_with_another_pause_between_them_are_both_learnt() -> None:
    first, second = _noise(1, 150), _noise(2, 150)
    state = _calls([_piece(first, _noise(3, 20), second)], [_piece(first, _noise(4, 40), second)])
    assert sorted(len(r.prints) for r in _recordings(state)) == [pytest.approx(150, abs=20)] * 2


def test_recording_with_lost_packets_is_learnt_whole() -> None:
    prompt = _noise(1, 300)
    lossy = prompt.copy()
    lossy[140:180] = _noise(2, 40)
    (found,) = _recordings(_calls([_piece(prompt)], [_piece(lossy)]))
    assert len(found.prints) == 300
