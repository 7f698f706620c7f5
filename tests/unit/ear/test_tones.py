"""Tones are named by frequency and cadence, also when packets are lost; other sounds are never called a tone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from prober.events import Sound

TONES = frozenset({Sound.RINGBACK, Sound.BUSY_TONE, Sound.CONGESTION_TONE, Sound.SIT, Sound.FAX, Sound.BEEP})
CADENCES = [
    ("French ringing", (440.0,), 1.5, 3.5, 3, Sound.RINGBACK, "FR"),
    ("European ringing", (425.0,), 1.0, 4.0, 3, Sound.RINGBACK, "EU"),
    ("North American ringing", (440.0, 480.0), 2.0, 4.0, 3, Sound.RINGBACK, "US"),
    ("French busy", (440.0,), 0.5, 0.5, 8, Sound.BUSY_TONE, "FR"),
    ("North American busy", (480.0, 620.0), 0.5, 0.5, 8, Sound.BUSY_TONE, "US"),
    ("French congestion", (440.0,), 0.25, 0.25, 14, Sound.CONGESTION_TONE, "FR"),
    ("European congestion", (425.0,), 0.25, 0.25, 14, Sound.CONGESTION_TONE, "EU"),
    ("calling fax", (1100.0,), 0.5, 3.0, 3, Sound.FAX, "CNG"),
    ("answering fax", (2100.0,), 3.0, 0.1, 1, Sound.FAX, "CED"),
    ("answering fax whose clock is 1 % fast", (2121.0,), 3.0, 0.1, 1, Sound.FAX, "CED"),
]


def _last(told: list[Any]) -> list[Any]:
    return list({h.stretch: h for h in told}.values())


@pytest.mark.parametrize("loss", [0.0, 0.03])
@pytest.mark.parametrize("peak", [6000.0, 450.0])
@pytest.mark.parametrize(("name", "hz", "on_s", "off_s", "times", "sound", "plan"), CADENCES, ids=lambda v: str(v))
def test_cadence_is_named_whole(
    studio: Any,
    hear: Any,
    name: str,
    hz: tuple[float, ...],
    on_s: float,
    off_s: float,
    times: int,
    sound: Sound,
    plan: str,
    peak: float,
    loss: float,
) -> None:
    pcm = np.concatenate((studio.silence(0.5), studio.tone(*hz, on_s=on_s, off_s=off_s, times=times, peak=peak)))
    found = [h for h in _last(hear(pcm, loss=loss)) if h.sound is not Sound.SILENCE]
    assert {h.sound for h in found} == {sound}
    assert found[0].evidence["plan"] == plan
    assert found[0].start_s == pytest.approx(0.5, abs=0.1)


def test_special_information_tone_is_one_stretch(studio: Any, hear: Any) -> None:
    three = [studio.tone(hz, on_s=0.33, off_s=0.03) for hz in (950.0, 1400.0, 1800.0)]
    found = _last(hear(np.concatenate((studio.silence(0.5), *three, studio.silence(1.0)))))
    assert [h.sound for h in found if h.sound is not Sound.SILENCE] == [Sound.SIT]


def test_beep_between_a_greeting_and_silence(studio: Any, hear: Any) -> None:
    greeting = studio.says("Bonjour, laissez un message après le bip sonore.")
    pcm = np.concatenate((greeting, studio.silence(0.4), studio.tone(1000.0, on_s=0.5), studio.silence(2.0)))
    beep = next(h for h in _last(hear(pcm)) if h.sound is Sound.BEEP)
    assert beep.start_s == pytest.approx(len(greeting) / 8000 + 0.4, abs=0.1)
    assert beep.evidence["hz"] == pytest.approx(1000, abs=5)


@pytest.mark.parametrize("hz", [440.0, 700.0, 1000.0])
def test_beep_on_the_heels_of_a_greeting(studio: Any, hear: Any, hz: float) -> None:
    """As voicemail of exchanges plays it: no gap, so the voice detector hears the beep's start as the last word."""
    greeting = studio.says("Bonjour, laissez un message après le bip sonore.")
    voiced = np.flatnonzero(np.abs(greeting) > 600)
    greeting = greeting[: voiced[-1]]
    pcm = np.concatenate((greeting, studio.tone(hz, on_s=0.44), studio.silence(2.0)))
    beep = next(h for h in _last(hear(pcm)) if h.sound is Sound.BEEP)
    assert beep.start_s == pytest.approx(len(greeting) / 8000, abs=0.15)


def test_pure_note_without_speech_before_is_no_beep(studio: Any, hear: Any) -> None:
    pcm = np.concatenate((studio.silence(4.0), studio.tone(1000.0, on_s=0.5), studio.silence(2.0)))
    assert not [h for h in hear(pcm) if h.sound is Sound.BEEP]


@pytest.mark.parametrize("tune", ["waltz", "ballad", "bossa", "arpeggio"])
def test_hold_music_is_one_stretch_of_music(studio: Any, hear: Any, tune: str) -> None:
    found = _last(hear(studio.music(tune, 30.0)))
    assert [h.sound for h in found if h.sound is not Sound.SILENCE] == [Sound.MUSIC]


def test_speech_holds_no_tone(studio: Any, hear: Any) -> None:
    text = (
        "Pour connaître vos derniers paiements, tapez un. Pour parler à un conseiller, tapez deux. Merci de patienter."
    )
    told = hear(np.concatenate([studio.says(text, v) for v in ("m1", "f1", "m7")]))
    assert not {h.sound for h in told} & TONES


def test_the_last_note_of_music_is_no_beep(studio: Any, hear: Any) -> None:
    """Seen against Asterisk: music that stops on a pure note a few seconds after an announcement."""
    announcement = studio.says("Veuillez patienter, nous recherchons votre correspondant.")
    music = np.concatenate((studio.music("bossa", 2.6), studio.tone(620.0, on_s=0.4)))
    found = _last(hear(np.concatenate((announcement, music, studio.silence(2.0)))))
    assert Sound.MUSIC in {h.sound for h in found}
    assert Sound.BEEP not in {h.sound for h in found}


def test_a_voice_that_music_follows_says_so(studio: Any, hear: Any) -> None:
    announcement = studio.says("Veuillez patienter, nous recherchons votre correspondant.")
    music, quiet = (
        next(h for h in _last(hear(np.concatenate((announcement, after)))) if h.sound is Sound.SPEECH)
        for after in (studio.music("bossa", 4.0), studio.silence(4.0))
    )
    assert "goes_on" in music.evidence
    assert "goes_on" not in quiet.evidence


@pytest.mark.parametrize("beside", [[8000, -8000], [8000, -8000, 8000, -7000]])
def test_the_highest_frequency_there_is_is_heard_and_is_no_tone(hear: Any, beside: list[int]) -> None:
    assert {h.sound for h in hear(np.resize(np.array(beside, dtype=np.int16), 16000))} <= {Sound.MUSIC, Sound.NOISE}
