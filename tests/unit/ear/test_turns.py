"""Who reacted to our sentence is a person, dated back to the first word; what goes on regardless is none."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from prober.ear import PromptLibrary
from prober.ear.timeline import Stretch
from prober.ear.turns import Span
from prober.events import Sound

GREETING = "Mairie de Vaux, bonjour, Camille à votre écoute."
REACTION = "Ah d'accord, pas de souci, bonne journée."
OTHER = "Pour connaître les horaires, tapez un. Pour un conseiller, tapez deux, ou restez en ligne."
SENTENCE_S = 4.0


def _last(told: list[Any]) -> list[Any]:
    return list({h.stretch: h for h in told}.values())


def _known(studio: Any) -> PromptLibrary:
    """A library that makes the number one whose recordings, and their voice, are known."""
    wait = studio.says("Tous nos conseillers sont en ligne, merci de bien vouloir patienter quelques instants.")
    return PromptLibrary.empty().learn(prompt_id="w", label="wait", pcm=wait, voice=True)


def _asked(studio: Any, before: Any, greeting: Any, pause_s: float, reaction: Any) -> tuple[Any, tuple[float, float]]:
    """Sound of a call where we speak one second after the greeting; the reaction `pause_s` after our end."""
    start_s = (len(before) + len(greeting)) / 8000 + 1.0
    quiet = studio.silence(1.0 + SENTENCE_S + pause_s)
    return np.concatenate((before, greeting, quiet, reaction, studio.silence(2.0))), (start_s, start_s + SENTENCE_S)


@pytest.mark.parametrize("pause_s", [0.2, 1.0, 3.0])
def test_reaction_makes_whoever_greeted_a_person_though_the_voice_is_like_the_recorded_one(
    studio: Any, hear: Any, pause_s: float
) -> None:
    before = studio.music("waltz", 7.0)
    pcm, own = _asked(studio, before, studio.says(GREETING), pause_s, studio.says(REACTION))
    human = next(h for h in hear(pcm, own=(own,), library=_known(studio)) if h.sound is Sound.HUMAN)
    assert human.start_s == pytest.approx(7.0, abs=0.2)
    assert human.at_s <= own[1] + pause_s + 2.1
    assert human.evidence["reaction_s"] == pytest.approx(pause_s, abs=0.3)
    assert human.evidence["onset"] == human.start_s


@pytest.mark.parametrize("rest", ["Camille.", "J'écoute ?", "Camille, je vous écoute."])
@pytest.mark.parametrize("variant", ["m3", "m7"])
@pytest.mark.parametrize("pause_s", [0.5, 0.7, 0.95])
def test_who_pauses_within_the_greeting_began_before_the_pause(
    studio: Any, hear: Any, pause_s: float, variant: str, rest: str
) -> None:
    """Nothing is known of the number: who speaks after a pause may be a person after an announcement."""
    parts = studio.says("Mairie de Vaux, bonjour,", variant), studio.silence(pause_s), studio.says(rest, variant)
    reaction = studio.says(f"Ah oui, {REACTION}", variant)
    pcm, own = _asked(studio, studio.silence(1.0), np.concatenate(parts), 0.8, reaction)
    human = next(h for h in hear(pcm, own=(own,)) if h.sound is Sound.HUMAN)
    assert human.start_s == pytest.approx(1.0, abs=0.2)


def test_nobody_reacts_nobody_is_a_person(studio: Any, hear: Any) -> None:
    pcm, own = _asked(studio, studio.silence(1.0), studio.says(GREETING), 0.0, studio.silence(6.0))
    assert not [h for h in hear(pcm, own=(own,)) if h.sound is Sound.HUMAN]


def test_reaction_too_late_is_none(studio: Any, hear: Any) -> None:
    pcm, own = _asked(studio, studio.silence(1.0), studio.says(GREETING), 5.0, studio.says(REACTION))
    assert not [h for h in hear(pcm, own=(own,)) if h.sound is Sound.HUMAN]


def test_announcement_repeated_after_our_sentence_is_no_person(studio: Any, hear: Any) -> None:
    prompt = studio.says(OTHER)
    pcm, own = _asked(studio, studio.silence(1.0), prompt, 0.5, prompt)
    assert {h.sound for h in _last(hear(pcm, own=(own,)))} == {Sound.RECORDING, Sound.SILENCE}


def test_known_recording_after_our_sentence_is_no_person(studio: Any, hear: Any) -> None:
    prompt = studio.says(OTHER)
    library = PromptLibrary.empty().learn(prompt_id="m", label="menu", pcm=prompt, voice=True)
    pcm, own = _asked(studio, studio.silence(1.0), studio.says(GREETING), 0.5, prompt)
    assert not [h for h in hear(pcm, own=(own,), library=library) if h.sound is Sound.HUMAN]


def test_voice_that_talked_on_through_our_sentence_does_not_react(studio: Any, hear: Any) -> None:
    greeting, rest = studio.says(GREETING), studio.says(OTHER)
    start_s = len(greeting) / 8000 + 1.0
    gap = studio.silence(0.8)
    again = studio.says("Nos bureaux sont ouverts du lundi au vendredi, de neuf heures à midi.")
    pcm = np.concatenate((greeting, studio.silence(1.3), rest, gap, again, studio.silence(2.0)))
    own = (start_s, (len(pcm) - len(again) - 16000) / 8000 - 0.5)
    assert not [h for h in hear(pcm, own=(own,)) if h.sound is Sound.HUMAN]


def test_keys_are_no_question(studio: Any, hear: Any) -> None:
    greeting = studio.says(GREETING)
    start_s = len(greeting) / 8000 + 0.6
    pcm = np.concatenate((greeting, studio.silence(1.5), studio.says(OTHER), studio.silence(2.0)))
    assert not [h for h in hear(pcm, own=((start_s, start_s + 0.3),)) if h.sound is Sound.HUMAN]


def test_person_stays_the_same_in_the_noise_of_a_room(studio: Any, hear: Any) -> None:
    before = studio.room(1.0, level_dbfs=-46.0, colour=0.9)
    greeting, reaction = studio.says(GREETING, "m3", -46.0), studio.says(REACTION, "m3", -46.0)
    pcm, own = _asked(studio, before, greeting, 0.8, reaction)
    noisy = pcm + np.where(pcm == 0, np.resize(studio.room(6.0, level_dbfs=-46.0, colour=0.9), len(pcm)), 0)
    human = next(h for h in hear(noisy.astype(np.int16), own=(own,)) if h.sound is Sound.HUMAN)
    assert human.start_s == pytest.approx(1.0, abs=0.2)


@pytest.mark.parametrize(
    ("pause_s", "reaction", "person"),
    [
        (0.8, REACTION, True),
        (3.2, REACTION, False),
        (0.8, f"{OTHER} {OTHER}".replace(".", ","), False),
    ],
    ids=["short and soon", "late", "long"],
)
def test_on_a_number_nobody_knows_only_what_looks_like_a_reaction_is_one(
    studio: Any, hear: Any, pause_s: float, reaction: str, person: bool
) -> None:
    pcm, own = _asked(studio, studio.silence(1.0), studio.says(GREETING), pause_s, studio.says(reaction))
    assert any(h.sound is Sound.HUMAN for h in hear(pcm, own=(own,))) is person


def test_who_spoke_before_a_sentence_that_was_ignored_is_not_who_reacts_to_the_next(studio: Any, hear: Any) -> None:
    prompt, greeting = studio.says(OTHER), studio.says(GREETING, "m3")
    first_s = 1.0 + len(prompt) / 8000 + 1.0
    again_s = first_s + SENTENCE_S + 14.0
    after_s = again_s + len(greeting) / 8000 + 1.0
    pcm = np.concatenate(
        (
            studio.silence(1.0),
            prompt,
            studio.silence(again_s - 1.0 - len(prompt) / 8000),
            greeting,
            studio.silence(1.0 + SENTENCE_S + 0.8),
            studio.says(REACTION, "m3"),
            studio.silence(2.0),
        )
    )
    own = ((first_s, first_s + SENTENCE_S), (after_s, after_s + SENTENCE_S))
    human = next(h for h in hear(pcm, own=own, library=_known(studio)) if h.sound is Sound.HUMAN)
    assert human.start_s == pytest.approx(again_s, abs=0.3)


def test_on_an_unknown_number_the_person_begins_where_the_voice_changes(studio: Any, hear: Any) -> None:
    announced = np.concatenate((studio.silence(1.0), studio.says(OTHER), studio.silence(0.35)))
    pcm, own = _asked(studio, announced, studio.slow(GREETING), 0.5, studio.slow(REACTION))
    human = next(h for h in hear(pcm, own=(own,)) if h.sound is Sound.HUMAN)
    assert human.start_s == pytest.approx(len(announced) / 8000, abs=0.3)


def test_on_an_unknown_number_a_voice_that_spoke_before_music_too_is_no_person(studio: Any, hear: Any) -> None:
    before = np.concatenate((studio.says(OTHER), studio.music("waltz", 6.0)))
    pcm, own = _asked(studio, before, studio.says("Merci de patienter quelques instants."), 0.5, studio.says(REACTION))
    assert not [h for h in hear(pcm, own=(own,)) if h.sound is Sound.HUMAN]


@pytest.mark.parametrize(
    ("level_dbfs", "before_dbfs", "talks"),
    [(-36.0, -31.0, True), (-46.0, -31.0, False), (-46.0, -45.0, True)],
    ids=["louder than an echo can be", "as soft as an echo", "as loud as before"],
)
def test_our_echo_is_told_from_a_voice_by_its_level(level_dbfs: float, before_dbfs: float, talks: bool) -> None:
    span = Span(start_s=10.0, end_s=13.5)
    span.over.start_s = 10.2
    for _ in range(50):
        span.over.hear_voice(level_dbfs)
    before = Stretch(number=1, sound=Sound.SPEECH, start_s=7.0, end_s=9.0, level_dbfs=before_dbfs)
    assert span.talked_over(before) is talks
