"""Where a voice begins and ends, after whatever sounded before it, and that nothing else is called a voice."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from prober.ear import Ear, PromptLibrary, listen
from prober.ear.onset import GAP_HOPS, voice_began_s, voiced_since
from prober.ear.timeline import Stretch
from prober.ear.voice import HOP, HOP_S
from prober.events import VOICES, Sound

GREETING = "Mairie de Vaux, bonjour, Camille à votre écoute."
ANNOUNCEMENT = "Tous nos conseillers sont en ligne, merci de patienter quelques instants."


def _last(told: list[Any]) -> list[Any]:
    return list({h.stretch: h for h in told}.values())


def _voices(told: list[Any]) -> list[Any]:
    return [h for h in _last(told) if h.sound in VOICES]


@pytest.mark.parametrize("loss", [0.0, 0.02])
@pytest.mark.parametrize("variant", ["f2", "m3", "m7"])
@pytest.mark.parametrize("before", ["silence", "music", "ringback"])
def test_onset_is_dated_back_to_the_first_word(studio: Any, hear: Any, before: str, variant: str, loss: float) -> None:
    first = {
        "silence": lambda: studio.silence(3.0),
        "music": lambda: studio.music("ballad", 8.0),
        "ringback": lambda: studio.tone(440.0, on_s=1.5, off_s=3.5, times=2)[: int(7.3 * 8000)],
    }[before]()
    said = studio.says(GREETING, variant)
    voices = _voices(hear(np.concatenate((first, said, studio.silence(2.0))), loss=loss))
    assert len(voices) == 1
    assert voices[0].sound is Sound.SPEECH
    assert voices[0].start_s == pytest.approx(len(first) / 8000, abs=0.2)
    assert voices[0].end_s == pytest.approx((len(first) + len(said)) / 8000, abs=0.3)


@pytest.mark.parametrize("colour", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("level_dbfs", [-60.0, -44.0, -34.0])
def test_room_without_words_is_neither_voice_nor_music(
    studio: Any, hear: Any, colour: float, level_dbfs: float
) -> None:
    told = hear(studio.room(12.0, level_dbfs=level_dbfs, colour=colour))
    assert {h.sound for h in told} <= {Sound.SILENCE, Sound.NOISE}


def test_constant_offset_is_silence(hear: Any) -> None:
    assert {h.sound for h in hear(np.full(24000, 4000, dtype=np.int16))} == {Sound.SILENCE}


def test_sound_clipped_at_full_scale_is_still_a_voice(studio: Any, hear: Any) -> None:
    loud = np.clip(studio.says(GREETING).astype(np.int32) * 12, -32768, 32767).astype(np.int16)
    assert [h.sound for h in _voices(hear(np.concatenate((loud, studio.silence(1.0)))))] == [Sound.SPEECH]


def test_size_of_the_blocks_changes_nothing(studio: Any, hear: Any) -> None:
    pcm = np.concatenate((studio.silence(1.0), studio.says(GREETING), studio.music("waltz", 5.0)))

    def what(block: int) -> list[Any]:
        return [(h.stretch, h.sound, h.start_s, h.end_s) for h in hear(pcm, block=block)]

    assert what(160) == what(1) == what(997) == what(len(pcm))


def test_whole_file_gives_the_live_events(studio: Any) -> None:
    pcm = np.concatenate((studio.silence(1.0), studio.says(GREETING), studio.silence(1.0)))
    ear = Ear()
    ear.begin(0.0)
    live = [h for at in range(0, len(pcm), 400) for h in ear.hear(pcm[at : at + 400])] + ear.close()
    offline = listen(pcm)
    assert [(h.stretch, h.sound, h.start_s) for h in offline] == [(h.stretch, h.sound, h.start_s) for h in live]


def test_clock_starts_where_it_is_told(studio: Any, hear: Any) -> None:
    pcm = np.concatenate((studio.silence(1.0), studio.says(GREETING), studio.silence(1.0)))
    early, late = _voices(hear(pcm)), _voices(hear(pcm, begin_s=100.0))
    assert late[0].start_s == pytest.approx(early[0].start_s + 100.0)


def test_what_sounds_when_packets_stop_ends_there(studio: Any) -> None:
    ear = Ear()
    ear.begin(0.0)
    ear.hear(studio.music("waltz", 4.0))
    ear.begin(20.0)
    told = ear.hear(studio.silence(1.0))
    assert (told[0].sound, told[0].end_s) == (Sound.MUSIC, pytest.approx(4.0, abs=0.05))
    assert all(h.start_s >= 20.0 for h in told[1:])


def test_our_own_sentence_coming_back_is_not_theirs(studio: Any, hear: Any) -> None:
    echo = studio.says("Mesure automatique de l'accueil téléphonique, pour les services publics.") // 4
    pcm = np.concatenate((studio.silence(2.1), echo, studio.silence(2.0)))
    assert not _voices(hear(pcm, own=((2.0, 2.0 + len(echo) / 8000),)))


@pytest.mark.parametrize("loss", [0.0, 0.03])
def test_known_recording_is_named_in_time(studio: Any, hear: Any, loss: float) -> None:
    prompt = studio.says(ANNOUNCEMENT)
    library = PromptLibrary.empty().learn(prompt_id="w1", label="wait", pcm=prompt, number="3646")
    pcm = np.concatenate((studio.silence(1.23), prompt, studio.silence(1.5)))
    told = [h for h in hear(pcm, library=library, number="3646", loss=loss) if h.sound is Sound.RECORDING]
    assert (told[0].label, told[0].prompt) == ("wait", "w1")
    assert told[0].at_s - told[0].start_s <= 1.5
    assert [h.sound for h in _voices(told)] == [Sound.RECORDING]


def test_announcement_heard_twice_is_a_recording(studio: Any, hear: Any) -> None:
    prompt = studio.says(ANNOUNCEMENT)
    gap = studio.music("bossa", 6.0)
    voices = _voices(hear(np.concatenate((prompt, gap, prompt, studio.silence(1.0)))))
    assert [h.sound for h in voices] == [Sound.RECORDING, Sound.RECORDING]


def test_person_right_after_a_known_recording_is_another_stretch(studio: Any, hear: Any) -> None:
    prompt = studio.says(ANNOUNCEMENT)
    library = PromptLibrary.empty().learn(prompt_id="w1", label="wait", pcm=prompt)
    pcm = np.concatenate((prompt, studio.silence(0.2), studio.says(GREETING, "m3"), studio.silence(1.0)))
    voices = _voices(hear(pcm, library=library))
    assert [h.sound is Sound.RECORDING for h in voices] == [True, False]
    assert voices[1].start_s == pytest.approx(len(prompt) / 8000 + 0.2, abs=0.5)


@pytest.mark.parametrize("share", [0.03, 0.08])
def test_the_voices_of_a_room_are_not_the_first_word(studio: Any, hear: Any, share: float) -> None:
    """Colleagues behind the agent are heard before the greeting, and are far softer."""
    colleagues = (studio.says("Alors, pour le dossier, il manque encore une pièce.")[: int(0.9 * 8000)] * share).astype(
        "i2"
    )
    pcm = np.concatenate(
        (colleagues, studio.says("Mairie de Vaux, bonjour, Camille à votre écoute."), studio.silence(1.5))
    )
    speech = [h for h in {h.stretch: h for h in hear(pcm)}.values() if h.sound is Sound.SPEECH]
    assert speech[0].start_s == pytest.approx(0.9, abs=0.2)


def test_a_stop_within_the_first_words_does_not_make_them_the_noise_of_a_room() -> None:
    """The detector holds a voice through the stop, at the level of the room: all of the words before it count."""
    levels = [-25.0] * 8 + [-39.0, -51.0, -51.0, -49.0, -50.0, -47.0]
    hops = [(-50.0, 0.0)] * 6 + [(level, 0.9) for level in levels]
    speech = Stretch(number=1, sound=Sound.SPEECH, start_s=10.0)
    for level in voiced_since(10.0, hops, 10.0 + len(levels) * HOP_S):
        speech.hear_voice(level)
    assert speech.voiced_hops == len(levels)
    assert not speech.begins_at_last(-27.0, 10.5)
    room = Stretch(number=2, sound=Sound.SPEECH, start_s=10.0)
    for level in levels[9:] * 2:
        room.hear_voice(level)
    assert room.begins_at_last(-27.0, 10.5)


def test_a_voice_that_opens_has_the_level_of_the_words_that_opened_it(studio: Any) -> None:
    ear = Ear()
    ear.begin(0.0)
    pcm = np.concatenate((studio.silence(1.0), studio.says(GREETING)))
    for at in range(0, len(pcm), 160):
        if any(h.sound is Sound.SPEECH for h in ear.hear(pcm[at : at + 160])):
            break
    opened = ear._timeline.open
    assert opened is not None
    assert opened.voiced_hops >= 5
    assert -45 < opened.level_dbfs < -10


@pytest.mark.parametrize(
    ("before", "out_of_silence", "began"),
    [
        ([(-60, 0.0)] * 20 + [(-24, 0.1)] * 10, True, 20),
        ([(-60, 0.0)] * 20 + [(-24, 0.1)] * 10, False, 30),
        ([(-60, 0.0)] * 20 + [(-24, 0.1)] * (10 - GAP_HOPS) + [(-60, 0.0)] * GAP_HOPS, True, 20),
        ([(-60, 0.0)] * 19 + [(-24, 0.1)] * (10 - GAP_HOPS) + [(-60, 0.0)] * (GAP_HOPS + 1), True, 30),
        ([(-60, 0.0)] * 20 + [(-40, 0.1)] * 10, True, 30),
        ([(-24, 0.1)] * 30, True, 30),
    ],
    ids=["breathy", "after something", "over a short pause", "another sound", "soft", "without a pause before it"],
)
def test_a_first_word_that_the_detector_misses_belongs_to_the_voice_that_comes_out_of_silence(
    before: list[tuple[float, float]], out_of_silence: bool, began: int
) -> None:
    hops = [*before, *[(-22.0, 0.9)] * 10]
    nothing = np.zeros(len(hops) * HOP, np.float32)
    began_s = voice_began_s(nothing, hops, len(hops) * HOP_S, out_of_silence=out_of_silence)
    assert began_s == pytest.approx(began * HOP_S)
