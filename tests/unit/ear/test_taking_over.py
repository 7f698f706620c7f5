"""A person who takes over right after a recording is dated at their own first word."""

from __future__ import annotations

import numpy as np
import pytest

from prober.ear.library import PromptLibrary
from prober.ear.listen import listen
from prober.events import VOICES, Sound
from prober.simulator.acts import sounds_of
from prober.simulator.behaviours import CAST
from prober.simulator.knowledge import PROMPTS_FILE
from prober.simulator.sounds import Prompt
from prober.simulator.voices import Voices

SERVICE = next(s for s in CAST if s.id == "cpam-lys")


def first(service_id: str, label: str) -> np.ndarray:
    service = next(s for s in CAST if s.id == service_id)
    sound = next(x for x in sounds_of(service) if isinstance(x, Prompt) and x.label == label)
    return np.asarray(Voices().clip(sound).pcm)


@pytest.mark.parametrize("gap_s", [0.1, 0.3, 0.61, 0.8])
def test_somebody_who_takes_over_after_a_known_recording_is_dated_at_the_first_word(gap_s: float) -> None:
    draw = np.random.default_rng(0)

    def room(seconds: float) -> np.ndarray:
        return draw.normal(0, 40, int(seconds * 8000)).astype(np.int16)

    known, other = first("cpam-lys", "wait"), first("urssaf-littoral", "dissuasion")
    pcm = np.concatenate([room(0.5), known, room(gap_s), other, room(1.0)])
    library = PromptLibrary.from_bytes(PROMPTS_FILE.read_bytes())
    final = {h.stretch: h for h in listen(pcm, library, SERVICE.number)}
    voices = [h for h in final.values() if h.sound in VOICES]
    assert [h.sound is Sound.RECORDING for h in voices] == [True, False]
    assert voices[0].label == "wait"
    assert voices[1].start_s == pytest.approx(0.5 + len(known) / 8000 + gap_s, abs=0.15)
