"""What the ear leaves out costs verdicts, never their truth: nobody is called human, nothing is taken for music."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from prober.ear import Ear, PromptLibrary
from prober.ear.resting import DEAREST, FINGERPRINTS, SPEAKERS, TEXTURE
from prober.events import Heard, Sound

WAIT = "Tous nos conseillers sont en ligne, merci de patienter quelques instants."
NEW = "Pour une carte grise ou un permis de conduire, rendez-vous sur notre site internet."
GREETING = "Mairie de Vaux, bonjour, Camille à votre écoute."


@pytest.fixture(scope="module")
def library(studio: Any) -> PromptLibrary:
    return PromptLibrary.empty().learn(prompt_id="w1", label="wait", pcm=studio.says(WAIT))


def heard(library: PromptLibrary, *parts: tuple[tuple[str, ...], Any]) -> tuple[list[Heard], Ear]:
    """The stretches in their last state; each part of the sound is heard while these parts of the ear rest."""
    ear = Ear(library)
    ear.begin(0.0)
    last: dict[int, Heard] = {}
    for resting, pcm in parts:
        ear.rest(resting)
        last |= {h.stretch: h for h in ear.hear(pcm)}
    last |= {h.stretch: h for h in ear.close()}
    return [h for h in last.values() if h.sound is not Sound.SILENCE], ear


def test_without_fingerprints_recording_and_person_stay_undecided(studio: Any, library: PromptLibrary) -> None:
    call = np.concatenate(
        [studio.silence(1.0), studio.says(WAIT), studio.silence(1.0), studio.says(GREETING, "m3"), studio.silence(5.0)]
    )
    stretches, ear = heard(library, (DEAREST, call))
    assert {h.sound for h in stretches} == {Sound.SPEECH}
    onset_s = 2.0 + len(studio.says(WAIT)) / 8000
    assert min(abs(h.start_s - onset_s) for h in stretches) < 0.3
    assert not any(piece.prints.any() for piece in ear.pieces())


def test_who_began_while_nothing_was_compared_is_not_called_human_afterwards(
    studio: Any, library: PromptLibrary
) -> None:
    voice, quiet = studio.says(GREETING, "m3"), studio.silence(5.0)
    middle = len(voice) // 3
    first = np.concatenate((studio.silence(1.0), voice[:middle]))
    stretches, _ = heard(library, ((FINGERPRINTS,), first), ((), np.concatenate((voice[middle:], quiet))))
    assert {h.sound for h in stretches} == {Sound.SPEECH}


def test_a_new_announcement_is_nobody_while_voices_are_not_compared(studio: Any) -> None:
    known = PromptLibrary.empty().learn(prompt_id="w1", label="wait", pcm=studio.says(WAIT), voice=True)
    call = np.concatenate((studio.silence(1.0), studio.says(NEW), studio.silence(5.0)))
    for resting in ((), (SPEAKERS,)):
        stretches, _ = heard(known, (resting, call))
        assert {h.sound for h in stretches} == {Sound.SPEECH}, resting


def test_taken_in_again_the_fingerprints_recognise_as_before(studio: Any, library: PromptLibrary) -> None:
    quiet = studio.silence(5.0)
    call = np.concatenate((studio.says(WAIT), quiet[:8000], studio.says(GREETING, "m3"), quiet))
    stretches, _ = heard(library, ((FINGERPRINTS,), quiet[:16000]), ((), call))
    assert [h.sound for h in stretches] == [Sound.RECORDING, Sound.HUMAN]


@pytest.mark.parametrize("sound", ["noise", "music"])
def test_with_less_texture_music_and_noise_are_told_apart(studio: Any, library: PromptLibrary, sound: str) -> None:
    noise = np.random.default_rng(4).normal(0, 1200, 8 * 8000).astype(np.int16)
    pcm = noise if sound == "noise" else studio.music("waltz", 8.0)
    whole, thin = heard(library, ((), pcm))[0], heard(library, ((TEXTURE,), pcm))[0]
    assert [h.sound.value for h in thin] == [h.sound.value for h in whole] == [sound]
