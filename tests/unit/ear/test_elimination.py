"""By elimination: where nobody is asked, a voice that a well-known number's recordings do not explain is a person's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from prober.ear import Ear, PromptLibrary
from prober.events import Heard, Sound

WAIT = "Tous nos conseillers sont en ligne, merci de patienter quelques instants."
GREETING = "Mairie de Vaux, bonjour, Camille à votre écoute."


@pytest.fixture(scope="module")
def library(studio: Any) -> PromptLibrary:
    return PromptLibrary.empty().learn(prompt_id="w1", label="wait", pcm=studio.says(WAIT))


def _humans(pcm: Any, library: PromptLibrary | None, *, alone: bool = True) -> list[Heard]:
    ear = Ear(library, alone=alone)
    ear.begin(0.0)
    return [h for h in (*ear.hear(pcm), *ear.close()) if h.sound is Sound.HUMAN]


@pytest.fixture(scope="module")
def call(studio: Any) -> Any:
    parts = (studio.silence(1.0), studio.says(WAIT), studio.silence(1.0), studio.says(GREETING, "m3"))
    return np.concatenate((*parts, studio.silence(3.0)))


def test_the_unexplained_voice_is_a_person_dated_back_to_the_first_word(
    studio: Any, library: PromptLibrary, call: Any
) -> None:
    human = _humans(call, library)[0]
    onset_s = 2.0 + len(studio.says(WAIT)) / 8000
    assert human.start_s == pytest.approx(onset_s, abs=0.2)
    assert human.at_s - onset_s <= 2.5


def test_where_we_will_ask_nobody_is_declared(library: PromptLibrary, call: Any) -> None:
    assert _humans(call, library, alone=False) == []


def test_on_a_number_nobody_knows_nobody_is_declared(call: Any) -> None:
    assert _humans(call, None) == []


def test_known_recordings_are_nobody(studio: Any, library: PromptLibrary) -> None:
    quiet = studio.silence(1.0)
    assert _humans(np.concatenate((quiet, studio.says(WAIT), quiet, studio.says(WAIT), quiet)), library) == []


def test_one_word_and_then_silence_is_a_person_a_little_later(studio: Any, library: PromptLibrary) -> None:
    pcm = np.concatenate((studio.silence(1.0), studio.says("Oui, allô ?", "m3"), studio.silence(6.0)))
    human = _humans(pcm, library)[0]
    assert human.start_s == pytest.approx(1.0, abs=0.2)
    assert human.at_s >= 5.0
