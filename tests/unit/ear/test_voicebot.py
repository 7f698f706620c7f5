"""A machine that answers our sentence: nobody, once two silent calls have taught its messages."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from prober.ear import Ear, PromptLibrary
from prober.ear.learning import Remembered, learn
from prober.events import Sound

GREETING = "Bonjour, je suis l'assistant virtuel de votre caisse. Dites-moi ce qui vous amène."
AGAIN = "Je n'ai pas entendu votre réponse. Dites-moi ce qui vous amène, en quelques mots."
NEW = "Vous appelez pour une mesure automatique, est-ce bien cela ?"
SENTENCE_S = 3.5


@pytest.fixture(scope="module")
def library(studio: Any) -> PromptLibrary:
    """What two calls teach in which nobody of ours speaks: it greets, and says twice that it heard nothing."""
    still = studio.silence(5.0)
    call = np.concatenate((studio.silence(1.0), studio.says(GREETING), still, studio.says(AGAIN), still))
    state: tuple[Remembered, ...] = ()
    for n in (1, 2):
        ear = Ear()
        ear.begin(0.0)
        told = [*ear.hear(call), *ear.close()]
        assert not [h for h in told if h.sound is Sound.HUMAN]
        state = learn(state, ear.pieces(), n).remembered
    return PromptLibrary(r.as_prompt(None) for r in state if r.is_recording)


@pytest.mark.parametrize("reply", [AGAIN, NEW], ids=["known", "new"])
def test_it_is_nobody_though_it_replies_to_our_sentence(studio: Any, library: PromptLibrary, reply: str) -> None:
    greeting = studio.says(GREETING)
    ours_s = 1.0 + len(greeting) / 8000 + 1.0
    ear = Ear(library)
    ear.begin(0.0)
    told = ear.hear(np.concatenate((studio.silence(1.0), greeting, studio.silence(1.0))))
    ear.own(ours_s, ours_s + SENTENCE_S)
    told += ear.hear(np.concatenate((studio.silence(SENTENCE_S + 0.8), studio.says(reply), studio.silence(6.0))))
    told += ear.close()
    last = {h.stretch: h for h in told}.values()
    assert Sound.RECORDING in {h.sound for h in last}
    assert [h for h in last if h.sound is Sound.HUMAN] == []
