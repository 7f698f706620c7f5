"""What a caller would know of the cast in advance: its recordings, and a catalogue entry a service.

`python -m prober.simulator.knowledge` writes the fingerprints of the recordings to prompts.npz.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from prober.ear.library import PromptLibrary
from prober.simulator.acts import Answer, Cast, acts_within, sounds_of
from prober.simulator.behaviours import CAST
from prober.simulator.directory import national
from prober.simulator.sounds import Prompt
from prober.simulator.voices import Voices

PROMPTS_FILE = Path(__file__).with_name("prompts.npz")
ALWAYS = "24/7"


def town_prompts(cast: Cast, voices: Voices | None = None) -> list[tuple[str, str, str, NDArray[np.int16]]]:
    """Every recording of the cast: id, label, number, samples at 8 kHz."""
    made = voices or Voices()
    return [
        (sound.id, sound.label, service.number, made.clip(sound).pcm)
        for service in cast
        for sound in sounds_of(service)
        if isinstance(sound, Prompt)
    ]


def profiles(cast: Cast) -> list[dict[str, Any]]:
    """A catalogue entry a service, as a campaign file has it (`services`); the reference number is left out."""
    return [_profile(cast, n) for n, service in enumerate(cast) if service.behaviour != "reference"]


def reference_number(cast: Cast) -> str | None:
    """The number of our own that always answers."""
    return next((s.number for s in cast if s.behaviour == "reference"), None)


def other_bodies(cast: Cast) -> dict[str, str]:
    """Connected identities shown by a service of another body → the service they belong to, where the cast has it."""
    shown = [a.identity for s in cast for a in acts_within(s.acts) if isinstance(a, Answer) and a.other_body]
    owners = {national(s.number): s.id for s in cast}
    return {national(identity): owners.get(national(identity), identity) for identity in shown if identity}


def _profile(cast: Cast, n: int) -> dict[str, Any]:
    service = cast[n]
    known = service.known
    number: dict[str, Any] = {"number": service.number}
    if known.has_menu is not None:
        number["has_menu"] = known.has_menu
    if known.keys:
        number["path"] = [{"digits": key} for key in known.keys]
    if known.refusal_key is not None:
        number["refusal"] = [{"digits": known.refusal_key}]
    elif known.refusal_word is not None:
        number["refusal"] = [{"word": known.refusal_word}]
    return {"id": service.id, "name": service.name, "organisation": service.id, "numbers": [number], "hours": ALWAYS}


def learn(cast: Cast, voices: Voices | None = None) -> PromptLibrary:
    """A library that knows every recording of the cast."""
    library = PromptLibrary.empty()
    for prompt_id, label, number, pcm in town_prompts(cast, voices):
        library = library.learn(prompt_id=prompt_id, label=label, pcm=pcm, number=number)
    return library


if __name__ == "__main__":
    PROMPTS_FILE.write_bytes(learn(CAST).to_bytes())
    print(f"{PROMPTS_FILE.name}: {PROMPTS_FILE.stat().st_size} bytes")
