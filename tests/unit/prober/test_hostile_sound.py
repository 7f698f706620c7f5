"""Sound that tries to pass for a person, heard by the live ear in a call that reacts to it, on a clock that jumps.

What the measurement says of each is written here. Nothing that was recorded may be counted as a person with certainty.
"""

from __future__ import annotations

import wave
from datetime import UTC, datetime

import numpy as np
import pytest

from prober.attempt import Attempt, Limits, Script
from prober.call import Call
from prober.classify import classify
from prober.ear import Ear, PromptLibrary
from prober.ear.decision import SUREST
from prober.events import Ended, Event, Invited, Media, Party, Response, Sent, Sound
from prober.line import Command, HangUp, SaySentence
from prober.record import CallRecord
from prober.run import finished
from prober.simulator.alaw import Pcm, decode, encode
from prober.simulator.sounds import Room, Tune, Voice, Words
from prober.simulator.voices import synthesise
from prober.sounds import sound_path

ROOM = Room(seed=3, level_dbfs=-58.0, colour=0.5)
VOICE = Voice(variant="f2", pitch=55)
LIMITS = Limits(max_wait_s=40, grace_s=0.1, silence_s=12, menu_s=30)
FRAME = 160
with wave.open(str(sound_path("sentence_fr"))) as _file:
    SENTENCE_S = _file.getnframes() / 8000


def said(text: str) -> Pcm:
    return synthesise(Words(text=text, voice=VOICE, room=ROOM)).pcm


def still(seconds: float) -> Pcm:
    return np.resize(synthesise(ROOM).pcm, int(seconds * 8000))


def live(sound: Pcm, library: PromptLibrary | None = None) -> CallRecord:
    """The call of a patient caller who hears this from the answer on; its end is the far end's hang-up."""
    attempt = Attempt(service="s", number="3646", script=Script.AGENT, due_at=datetime.now(UTC), limits=LIMITS)
    call, ear = Call(attempt), Ear(library or PromptLibrary.empty(), "3646")
    due: list[Event] = []
    now_s = 0.0

    def take(commands: list[Command]) -> None:
        for command in commands:
            if isinstance(command, SaySentence):
                ear.own(now_s, now_s + SENTENCE_S)
                due.append(Sent(at_s=now_s + SENTENCE_S, what="sentence", start_s=now_s))
            elif isinstance(command, HangUp):
                due.append(Ended(at_s=now_s, by=Party.CALLER))

    begun: tuple[Event, ...] = (Invited(at_s=0.0), Response(at_s=0.0, code=200), Media(at_s=0.0, flowing=True))
    for event in begun:
        take(call.receive(event))
    ear.answered(0.0)
    ear.begin(0.0)
    heard = decode(encode(np.concatenate((still(0.4), sound))))
    for at in range(0, len(heard) - FRAME, FRAME):
        now_s = (at + FRAME) / 8000
        for event in ear.hear(heard[at : at + FRAME]):
            take(call.receive(event))
        for event in [e for e in due if e.at_s <= now_s]:
            due.remove(event)
            take(call.receive(event))
        if not call.over and now_s >= call.deadline_s():
            take(call.deadline_passed(now_s))
        if call.over:
            break
    call.receive(Ended(at_s=now_s, by=Party.CALLED))
    return finished(call, {})


ALLO = said("Allô ?")
MESSAGE = said("Bonjour, vous êtes bien à la mairie, tous nos agents sont occupés, veuillez patienter.")
MUSIC = synthesise(Tune(name="bossa")).pcm
OTHER_WORDS = said("Votre demande peut aussi être faite sur notre site.")
OVER_MUSIC = np.clip(np.resize(MUSIC, len(MESSAGE)) // 2 + MESSAGE, -32768, 32767).astype(np.int16)
HELLO = said("Allô, bonjour, je vous écoute.")
ANSWERED_BY_CHANCE_S = 1.0 + SENTENCE_S + 1.0
"""From the end of the first words to the next ones, for a recording whose pause has the length that a person's has."""
NEVER_A_PERSON: dict[str, tuple[Pcm, str]] = {
    "allo_once_then_nothing": (np.concatenate((ALLO, still(15))), "indeterminate"),
    "hello_that_repeats_exactly": (np.concatenate((HELLO, still(2.5)) * 6), "ivr_only"),
    "message_that_repeats_exactly": (np.concatenate((MESSAGE, still(2.2)) * 4), "ivr_only"),
    "message_without_a_pause": (np.concatenate((MESSAGE,) * 4), "dropped"),
    "speech_over_music": (np.concatenate((OVER_MUSIC, MUSIC[: 8000 * 4] // 2) * 3), "dropped"),
    "speech_over_music_that_stops": (np.concatenate((OVER_MUSIC, still(3.0)) * 4), "ivr_only"),
}


@pytest.mark.parametrize("name", NEVER_A_PERSON)
def test_it_is_not_taken_for_a_person(name: str) -> None:
    sound, outcome = NEVER_A_PERSON[name]
    record = live(sound)
    assert record.milestones.t_human is None
    assert classify(record).outcome == outcome


def by_chance(first: Pcm) -> Pcm:
    """A recording that says other words a second after our sentence."""
    return np.concatenate((first, still(ANSWERED_BY_CHANCE_S), OTHER_WORDS, still(3)))


@pytest.mark.parametrize(
    "sound",
    [by_chance(ALLO), by_chance(MESSAGE), np.concatenate((ALLO, still(2.0)) * 8)],
    ids=["allo", "message", "allo_again_and_again"],
)
def test_a_recording_with_a_persons_pause_may_pass_for_one_in_a_first_call_but_never_with_certainty(sound: Pcm) -> None:
    """Its next words begin soon after our sentence, by chance: little that can be heard in one call tells it."""
    record = live(sound)
    sure = [h.probability if h.sound is Sound.HUMAN else float(h.evidence.get("human", 0)) for h in record.heard]
    assert 0.5 < max(sure) < SUREST


@pytest.mark.parametrize("known", [HELLO, MESSAGE], ids=["hello", "message"])
def test_it_passes_for_nobody_once_it_is_known(known: Pcm) -> None:
    library = PromptLibrary.empty().learn(prompt_id="p", label="welcome", pcm=known)
    record = live(np.concatenate((known, still(ANSWERED_BY_CHANCE_S), known, still(3))), library)
    assert {h.label for h in record.heard if h.sound.value == "recording"} == {"welcome"}
    assert record.milestones.t_human is None
