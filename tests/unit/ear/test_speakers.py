"""Whose voice: recorded voices are known again, people are told from them, and no person's voice is kept."""

from __future__ import annotations

import collections
import io
import pickle
import struct
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from prober.ear import Ear, Piece, PromptLibrary
from prober.ear.learning import Remembered, learn
from prober.ear.pieces import Spoken
from prober.ear.speaker import WEIGHTS, Voiceprint, likeness, voiceprint
from prober.ear.speaker_weights import MAGIC, read
from prober.ear.speakers import Said, Speakers, merged, since, voice_in
from prober.ear.voice import HOP, HOP_S
from prober.events import Heard, Sound

WAIT = "Tous nos conseillers sont en ligne, merci de patienter quelques instants."
NEW = "Le serveur vocal évolue. Dites en quelques mots la raison de votre appel. Nous vous rappellerons sous peu."
GREETING = "Mairie de Vaux, bonjour, Camille à votre écoute, que puis-je faire pour vous ce matin ?"


def _voice(seed: int) -> Voiceprint:
    """A voice like no other."""
    raw = np.zeros(256, dtype=np.float32)
    raw[seed] = 1.0
    return raw


@pytest.fixture(scope="module")
def library(studio: Any) -> PromptLibrary:
    return PromptLibrary.empty().learn(prompt_id="w1", label="wait", pcm=studio.says(WAIT), voice=True)


def _heard(pcm: Any, library: PromptLibrary) -> list[Heard]:
    ear = Ear(library)
    ear.begin(0.0)
    return [*ear.hear(pcm), *ear.close()]


def _called_human(told: list[Heard]) -> list[Heard]:
    return [h for h in told if h.sound is Sound.HUMAN]


def test_one_voice_is_more_alike_than_two(studio: Any) -> None:
    f2, m3 = ([voice_in(studio.says(text, v) / np.float32(32768)) for text in (WAIT, NEW)] for v in ("f2", "m3"))
    assert min(likeness(*f2), likeness(*m3)) > 0.75 > max(likeness(a, b) for a in f2 for b in m3)


def test_a_voiceprint_does_not_depend_on_the_level(studio: Any) -> None:
    speech = studio.says(WAIT)[:12800] / np.float32(32768)
    soft, loud = voiceprint(speech / 20), voiceprint(speech / 10)
    assert likeness(soft, loud) > 0.99
    assert float(np.linalg.norm(soft)) == pytest.approx(1.0, abs=1e-3)
    assert soft.min() >= 0


def test_the_weights_carry_their_notice() -> None:
    with np.load(WEIGHTS) as file:
        notice = file["notice"].tobytes().decode()
    assert "Copyright 2019 Resemble.AI" in notice
    assert "Apache License" in notice


def test_silence_has_nobodys_voice(studio: Any) -> None:
    assert voice_in(np.zeros(40000, dtype=np.float32)) is None
    assert voice_in(studio.says(WAIT)[:4000] / np.float32(32768)) is None


def test_a_new_recording_of_a_recorded_voice_is_undecided(studio: Any, library: PromptLibrary) -> None:
    pcm = np.concatenate((studio.silence(1.0), studio.says(NEW), studio.silence(5.0)))
    told = _heard(pcm, library)
    assert _called_human(told) == []
    last = {h.stretch: h for h in told}.values()
    assert max(float(h.evidence.get("likeness", 0)) for h in last if h.sound is Sound.SPEECH) > 0.75


def test_who_takes_over_from_it_is_a_person_from_then_on(studio: Any, library: PromptLibrary) -> None:
    new = studio.says(NEW)
    pcm = np.concatenate((studio.silence(1.0), new, studio.silence(0.3), studio.slow(GREETING)))
    human = _called_human(_heard(np.concatenate((pcm, studio.silence(2.0))), library))[0]
    assert human.start_s == pytest.approx(1.3 + len(new) / 8000, abs=0.3)
    assert human.at_s - human.start_s <= 8.0  # of the 5.8 s that they speak and a pause
    assert human.probability >= 0.88


def test_what_such_a_call_leaves_ends_before_the_person(studio: Any, library: PromptLibrary) -> None:
    new = studio.says(NEW)
    ear = Ear(library)
    ear.begin(0.0)
    said = (studio.silence(1.0), new, studio.silence(0.3), studio.slow(GREETING), studio.silence(2.0))
    ear.hear(np.concatenate(said))
    ear.close()
    (piece,) = ear.pieces()
    assert len(piece.prints) * 0.016 == pytest.approx(len(new) / 8000, abs=0.5)
    recorded = voice_in(new / np.float32(32768))
    assert recorded is not None
    assert piece.voices
    assert min(likeness(s.voice, recorded) for s in piece.voices) > 0.75


def test_the_voice_of_a_recording_is_learnt_and_no_other(studio: Any) -> None:
    def pieces(*parts: Any) -> tuple[Piece, ...]:
        ear = Ear()
        ear.begin(0.0)
        ear.hear(np.concatenate([studio.silence(1.0), *parts]))
        ear.close()
        return ear.pieces()

    wait, gap = studio.says(WAIT), studio.silence(1.0)
    first = learn((), pieces(wait, gap, studio.slow(GREETING)), 1).remembered
    assert [r.voice for r in first] == [None, None]
    second = learn(first, pieces(wait, gap, studio.says(NEW, "m3")), 2).remembered
    (recording,) = (r for r in second if r.is_recording)
    assert recording.voice is not None
    assert likeness(recording.voice, voice_in(wait / np.float32(32768))) > 0.85
    assert [r.voice for r in second if not r.is_recording] == [None, None]


@pytest.mark.parametrize(("hops", "said", "enrols"), [(14, 0, 0), (18, 1, 0), (21, 1, 0), (30, 1, 1), (50, 1, 1)])
def test_half_a_second_tells_who_speaks_but_makes_no_voice_to_compare_others_with(
    studio: Any, hops: int, said: int, enrols: int
) -> None:
    sound = (studio.says(WAIT) / np.float32(32768))[: hops * HOP].reshape(hops, HOP)
    speakers = Speakers()
    for n in range(hops + 5):
        hop = sound[n] if n < hops else np.zeros(HOP, dtype=np.float32)
        speakers.hear(hop, voiced=n < hops, wanted=True, now_s=(n + 1) * HOP_S)
    assert len(speakers.between(0.0, 9.0)) == said
    assert len(speakers.enrolling(0.0, 9.0)) == enrols


def _prints(seed: int, length: int = 300) -> Any:
    return np.random.default_rng(seed).integers(1, 2**32, length, dtype=np.uint32)


def test_only_voices_within_the_shared_part_are_the_recordings() -> None:
    state: tuple[Remembered, ...] = learn((), [Piece(start_s=0.0, prints=_prints(1))], 1).remembered
    both = np.concatenate((_prints(1), _prints(2)))
    voices = (
        Spoken(first=50, last=150, voice=_voice(1)),
        Spoken(first=250, last=350, voice=_voice(2)),
        Spoken(first=400, last=500, voice=_voice(3)),
    )
    after = learn(state, [Piece(start_s=0.0, prints=both, voices=voices)], 2).remembered
    (recording,) = (r for r in after if r.is_recording)
    assert np.array_equal(recording.voice, _voice(1))
    assert all(r.voice is None for r in after if not r.is_recording)
    again = learn(after, [Piece(start_s=0.0, prints=both, voices=(replace(voices[0], voice=_voice(9)),))], 3)
    kept = next(r for r in again.remembered if r.prompt_id == recording.prompt_id)
    assert np.array_equal(kept.voice, _voice(1))


def test_a_recording_without_a_voice_gets_one_when_it_is_heard_again(studio: Any) -> None:
    wait = studio.says(WAIT)
    ear = Ear(PromptLibrary.empty().learn(prompt_id="w1", label="wait", pcm=wait))
    ear.begin(0.0)
    ear.hear(np.concatenate((studio.silence(1.0), wait, studio.silence(1.0))))
    ear.close()
    (piece,) = ear.pieces()
    assert piece.prompt == "w1"
    assert 1 <= len(piece.voices) <= 3


def test_a_library_keeps_voices_in_its_file(library: PromptLibrary) -> None:
    plain = PromptLibrary.empty().learn(prompt_id="x", label="", pcm=np.ones(16000, dtype=np.int16))
    read_again = PromptLibrary.from_bytes(library.joined(plain).to_bytes())
    assert [p.voice is None for p in read_again.prompts] == [False, True]
    assert likeness(read_again.voices[0], library.voices[0]) > 0.999


def test_voices_that_are_alike_are_one() -> None:
    near = _voice(1) * 0.9 + _voice(3) * 0.436
    assert len(merged([_voice(1), near, _voice(2)])) == 2
    assert merged([]) == ()


@given(st.lists(st.floats(0.1, 3.0), max_size=8), st.lists(st.floats(0.1, 3.0), max_size=8))
def test_who_took_over_is_found_where_the_odds_turn(before: list[float], after: list[float]) -> None:
    odds = [-o for o in before] + after
    said = [Said(start_s=float(n), end_s=n + 1.0, voice=_voice(n)) for n in range(len(odds))]
    k, total = since(said, lambda s: odds[int(s.start_s)])
    assert k == len(before)
    assert total == pytest.approx(sum(after))


def test_old_checkpoints_are_read_without_pytorch_and_nothing_else_is() -> None:
    array = np.arange(6, dtype=np.float32)
    system = io.BytesIO()
    for each in (MAGIC, 1001, {}):
        pickle.dump(each, system, protocol=2)
    # OrderedDict / _rebuild_tensor_v2 / persistent id, as opcodes
    state = (
        b"\x80\x02}X\x0b\x00\x00\x00model_state}X\x01\x00\x00\x00wctorch._utils\n_rebuild_tensor_v2\n"
        b"((X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x007X\x03\x00\x00\x00cpuK\x06NtQK\x00"
        b"(K\x02K\x03t(K\x03K\x01t\x89NtRss."
    )
    tail = pickle.dumps(["7"], protocol=2) + struct.pack("<q", 6) + array.tobytes()
    assert np.array_equal(read(system.getvalue() + state + tail)["w"], array.reshape(2, 3))
    with pytest.raises(pickle.UnpicklingError, match=r"collections\.Counter is not expected"):
        read(system.getvalue() + pickle.dumps({"model_state": collections.Counter()}, protocol=2))
    with pytest.raises(ValueError, match="no checkpoint"):
        read(pickle.dumps(1))
