"""Synthesised sounds: recordings always the same, agents never, levels and onsets as told; the shipped recordings."""

from __future__ import annotations

import wave
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from random import Random

import numpy as np
import pytest

from prober.ear.library import PromptLibrary
from prober.simulator.agents import draw_lines
from prober.simulator.alaw import decode, encode
from prober.simulator.behaviours import CAST
from prober.simulator.knowledge import PROMPTS_FILE, other_bodies, profiles, reference_number, town_prompts
from prober.simulator.sounds import Prompt, Room, Tone, ToneName, Tune, Voice, Words
from prober.simulator.tunes import SCORES
from prober.simulator.voices import RATE_HZ, Voices, synthesise
from prober.sounds import sound_path

PROMPT = Prompt(id="x/welcome", label="welcome", text="Bienvenue à la mairie, bonjour.", voice=Voice(variant="f2"))
QUIET = Room(seed=3, level_dbfs=-60.0, colour=0.3)


def level_dbfs(pcm) -> float:
    return float(20 * np.log10(np.sqrt(np.mean((pcm / 32768.0) ** 2))))


def strongest_hz(pcm) -> float:
    spectrum = np.abs(np.fft.rfft(pcm * np.hanning(len(pcm))))
    return float(np.argmax(spectrum) * RATE_HZ / len(pcm))


def test_a_recording_has_the_length_of_its_text(tmp_path):
    assert 1.0 < Voices(tmp_path).clip(PROMPT).extent.length_s < 3.0


def test_a_recording_is_the_same_in_every_call_and_every_run(tmp_path):
    made, stored = Voices(tmp_path).clip(PROMPT), Voices(tmp_path).clip(PROMPT)
    assert np.array_equal(made.pcm, stored.pcm) and made.extent == stored.extent


def test_a_damaged_file_of_the_cache_is_made_again(tmp_path):
    made = Voices(tmp_path).clip(PROMPT)
    (path,) = tmp_path.iterdir()
    path.write_bytes(path.read_bytes()[:50])
    again = Voices(tmp_path).clip(PROMPT)
    assert again.extent.length_s == pytest.approx(made.extent.length_s, abs=0.05)
    assert np.array_equal(Voices(tmp_path).clip(PROMPT).pcm, again.pcm)


def _length(folder) -> int:
    return len(Voices(folder).clip(PROMPT).pcm)


def test_processes_share_one_cache(tmp_path):
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        lengths = list(pool.map(_length, [tmp_path] * 4))
    assert len(set(lengths)) == 1 and [p.suffix for p in tmp_path.iterdir()] == [".npz"]


def test_an_agents_words_are_not_kept_on_disk(tmp_path):
    Voices(tmp_path).prepare(draw_lines("mairie", Random(1)).words())
    assert list(tmp_path.iterdir()) == []


def test_the_noise_of_a_room_never_repeats():
    faint, loud = Voice(level_dbfs=-50.0), replace(QUIET, level_dbfs=-15.0)
    noises = [synthesise(Words(text=text, voice=faint, room=loud)).pcm for text in ("Bonjour.", "Bonsoir.")]
    shared = min(map(len, noises))
    assert abs(np.corrcoef(noises[0][:shared], noises[1][:shared])[0, 1]) < 0.1


def test_the_onset_is_that_of_the_clean_voice():
    voice = Voice(variant="m3")
    onsets = [
        synthesise(Words(text="Mairie, bonjour.", voice=voice, room=replace(QUIET, level_dbfs=level))).extent.onset_s
        for level in (-90.0, -30.0)
    ]
    assert onsets == [0.0, 0.0]


@pytest.mark.parametrize("level", [-27.0, -18.0])
def test_speech_has_the_level_it_is_given(level):
    pcm = synthesise(replace(PROMPT, voice=Voice(level_dbfs=level))).pcm
    assert level_dbfs(pcm) == pytest.approx(level, abs=2.0)


@pytest.mark.parametrize(
    ("name", "hz", "on_s"),
    [(ToneName.RINGBACK, 440, 1.5), (ToneName.BUSY, 440, 0.5), (ToneName.CED, 2100, 3.0), (ToneName.CNG, 1100, 0.5)],
)
def test_tones_have_their_frequency_and_cadence(name, hz, on_s):
    pcm = synthesise(Tone(name=name)).pcm
    loud = np.abs(pcm.astype(int)) > 300
    assert strongest_hz(pcm[: int(on_s * RATE_HZ)]) == pytest.approx(hz, abs=3)
    assert np.flatnonzero(loud)[-1] / RATE_HZ == pytest.approx(on_s, abs=0.02)


@pytest.mark.parametrize("name", sorted(SCORES))
def test_tunes_move_between_notes_and_join_onto_themselves(name):
    pcm = synthesise(Tune(name=name)).pcm
    heard = {round(strongest_hz(pcm[at : at + 2000])) for at in range(0, len(pcm) - 2000, 2000)}
    assert len(pcm) > 10 * RATE_HZ and len(heard) >= 6
    steps = np.abs(np.diff(pcm.astype(int)))
    assert abs(int(pcm[0]) - int(pcm[-1])) <= steps.max()


def test_a_law_and_mu_law_keep_the_sound():
    pcm = synthesise(PROMPT).pcm
    for mu in (False, True):
        error = decode(encode(pcm, mu=mu), mu=mu).astype(float) - pcm
        assert level_dbfs(pcm) - level_dbfs(error) > 30


@pytest.mark.parametrize(("name", "longest_s"), [("sentence_fr", 4.0), ("conseiller", 1.5)])
def test_the_shipped_recordings_are_telephone_sound(name, longest_s):
    with wave.open(str(sound_path(name))) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (8000, 1, 2)
        pcm = np.frombuffer(file.readframes(file.getnframes()), np.int16)
    assert 0.5 < len(pcm) / 8000 <= longest_s and level_dbfs(pcm) > -30


def test_a_recording_that_is_not_shipped_is_named():
    with pytest.raises(FileNotFoundError, match="agent"):
        sound_path("agent")


def test_the_shipped_fingerprints_are_those_of_the_cast(tmp_path):
    library = PromptLibrary.from_bytes(PROMPTS_FILE.read_bytes())
    made = town_prompts(CAST, Voices(tmp_path))
    assert {(p.prompt_id, p.label) for p in library.prompts} == {(i, label) for i, label, _, _ in made}
    for prompt_id, _, number, pcm in made:
        fresh = PromptLibrary.empty().learn(prompt_id=prompt_id, label="x", pcm=pcm, number=number).prompts[0]
        match = library.of(number).nearest(fresh.prints[10:72])
        assert match is not None and match.same and match.prompt.prompt_id == prompt_id


def test_a_catalogue_knows_the_menus_and_not_the_reference():
    known = {p["id"]: p for p in profiles(CAST)}
    assert "reference" not in known and reference_number(CAST) == "0199000000"
    assert known["cpam-lys"]["numbers"][0] == {
        "number": "0809990004",
        "has_menu": True,
        "path": [{"digits": "3"}],
        "refusal": [{"digits": "0"}],
    }
    assert known["permis-ouest"]["numbers"][0]["refusal"] == [{"word": "conseiller"}]
    assert "refusal" not in known["caf-orne"]["numbers"][0]
    assert other_bodies(CAST) == {"0261910017": "mairie-lannec"}
