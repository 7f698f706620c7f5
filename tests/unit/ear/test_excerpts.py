"""The sound of a recording that waits to be read is kept once, and nothing but it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy.signal import correlate

from prober.ear import Ear, Excerpt, PromptLibrary
from prober.ear.listen import listen_to
from prober.simulator.sounds import Room, Voice, Words
from prober.simulator.voices import Voices

RATE = 8000
Pcm = np.ndarray[Any, np.dtype[np.int16]]
LONG = """Les demandes de passeport se font sur rendez-vous, en semaine comme le samedi matin, auprès du guichet
d'état civil, avec une pièce d'identité, une photographie de moins de six mois, un justificatif de domicile et un timbre
fiscal acheté en ligne. Les actes de naissance sont délivrés sans frais par courrier. Pour une inscription à l'école,
le livret de famille, le carnet de vaccination de l'enfant et un certificat de radiation sont à fournir avant la fin du
mois de juin. Les travaux de voirie, l'éclairage public et la collecte des encombrants relèvent de la communauté de
communes, dont les bureaux se trouvent place de la République, à côté de la médiathèque."""
QUIET = np.zeros(RATE, dtype=np.int16)


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Pcm]:
    voices = Voices(tmp_path_factory.mktemp("sounds"))
    room = Room(seed=5, level_dbfs=-62.0, colour=0.5)

    def says(text: str, variant: str) -> Pcm:
        return voices.clip(Words(text=text, voice=Voice(variant=variant), room=room)).pcm

    return {
        "prompt": says("Tous nos conseillers sont en ligne, merci de patienter quelques instants.", "f2"),
        "person": says("Mairie de Vaux, bonjour, Camille à votre écoute, que puis-je faire pour vous ?", "m3"),
        "word": says("Merci.", "f2"),
        "long": says(LONG, "f2"),
    }


def library(pcm: Pcm, *, unread: bool = True) -> PromptLibrary:
    (known,) = PromptLibrary.empty().learn(prompt_id="wait", label="", pcm=pcm).prompts
    return PromptLibrary([replace(known, unread=unread)])


def heard(known: PromptLibrary, *sounds: Pcm) -> list[Excerpt]:
    ear = Ear(known)
    for _ in listen_to([np.concatenate((QUIET, *sounds, QUIET, QUIET))], ear):
        pass
    return ear.excerpts.found


def likeness(excerpt: Excerpt, sound: Pcm) -> float:
    """Largest correlation of an excerpt with a sound, over all alignments."""
    a, b = excerpt.pcm.astype(float), sound.astype(float)
    return float(correlate(a, b, "full").max() / np.sqrt((a @ a) * (b @ b)))


def test_recording_is_kept_without_who_takes_over_from_it(said: dict[str, Pcm]) -> None:
    (excerpt,) = heard(library(said["prompt"]), said["prompt"], said["person"])
    assert excerpt.prompt_id == "wait"
    assert likeness(excerpt, said["prompt"]) > 0.95
    assert len(excerpt.pcm) <= len(said["prompt"]) + 0.3 * RATE


def test_recording_that_ends_with_the_call_is_kept(said: dict[str, Pcm]) -> None:
    ear = Ear(library(said["prompt"]))
    for _ in listen_to([np.concatenate((QUIET, said["prompt"]))], ear):
        pass
    assert [e.prompt_id for e in ear.excerpts.found] == ["wait"]


def test_recording_that_is_interrupted_is_not_kept(said: dict[str, Pcm]) -> None:
    half = said["prompt"][: int(0.55 * len(said["prompt"]))]
    assert heard(library(said["prompt"]), half, said["person"]) == []


def test_it_is_kept_once_however_often_it_is_heard(said: dict[str, Pcm]) -> None:
    assert len(heard(library(said["prompt"]), said["prompt"], QUIET, QUIET, said["prompt"])) == 1


def test_where_nothing_waits_to_be_read_nothing_is_kept(said: dict[str, Pcm]) -> None:
    assert heard(library(said["prompt"], unread=False), said["prompt"]) == []


def test_a_voice_that_is_no_known_recording_is_never_kept(said: dict[str, Pcm]) -> None:
    assert heard(library(said["prompt"]), said["person"], QUIET, said["person"]) == []


def test_after_a_gap_in_the_sound_two_halves_make_no_whole(said: dict[str, Pcm]) -> None:
    ear, half = Ear(library(said["prompt"])), len(said["prompt"]) // 2
    ear.begin(0.0)
    ear.hear(np.concatenate((QUIET, said["prompt"][:half])))
    ear.begin(30.0)
    ear.hear(np.concatenate((said["prompt"][half:], QUIET)))
    ear.close()
    assert ear.excerpts.found == []


def test_of_a_long_recording_the_first_half_minute_is_kept(said: dict[str, Pcm]) -> None:
    (excerpt,) = heard(library(said["long"]), said["long"])
    assert len(said["long"]) > 33 * RATE
    assert 24 * RATE < len(excerpt.pcm) <= 30.3 * RATE
    assert likeness(excerpt, said["long"][: 30 * RATE]) > 0.95


def test_a_single_word_is_too_short_to_be_read(said: dict[str, Pcm]) -> None:
    word = np.concatenate((said["word"], QUIET))[: int(1.35 * RATE)]
    (known,) = library(word).prompts
    short = replace(known, prints=known.prints[:70])
    assert heard(PromptLibrary([short]), word) == []
