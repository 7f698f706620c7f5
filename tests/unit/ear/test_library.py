"""A library recognises its recordings on their number, keeps on disk, and refuses what is none."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from prober.ear import PromptLibrary
from prober.ear.fingerprint import BLOCK, Fingerprinter, Prints

TEXT = "Tous nos conseillers sont en ligne, merci de patienter quelques instants."
OTHER = "Vous pouvez aussi consulter notre site internet à toute heure."


def _block(pcm: Any, from_s: float) -> Prints:
    samples = pcm[: len(pcm) // 128 * 128].astype(np.float32) / 32768
    at = int(from_s * 62.5)
    return Fingerprinter().hear(samples)[at : at + BLOCK]


@pytest.fixture(scope="module")
def library(studio: Any) -> PromptLibrary:
    return PromptLibrary.empty().learn(prompt_id="w1", label="wait", pcm=studio.says(TEXT), number="+33 2 61 91 00 01")


def test_second_of_a_known_recording_is_found_with_its_place(studio: Any, library: PromptLibrary) -> None:
    match = library.nearest(_block(studio.says(TEXT), 1.0))
    assert match is not None and match.same
    assert (match.prompt.prompt_id, match.prompt.label) == ("w1", "wait")
    assert match.place_s == pytest.approx(2.0, abs=0.05)


def test_another_sentence_of_the_same_voice_is_not_found(studio: Any, library: PromptLibrary) -> None:
    match = library.nearest(_block(studio.says(OTHER), 1.0))
    assert match is None or not match.same


def test_same_words_by_another_voice_are_not_found(studio: Any, library: PromptLibrary) -> None:
    match = library.nearest(_block(studio.says(TEXT, "m3"), 1.0))
    assert match is None or not match.same


def test_a_known_recording_under_loud_music_is_near_where_not_the_same(studio: Any, library: PromptLibrary) -> None:
    said = studio.says(TEXT)
    mixed = np.clip(said + 2.6 * studio.music("bossa", len(said) / 8000)[: len(said)], -32768, 32767).astype(np.int16)
    found = [library.nearest(_block(mixed, at_s)) for at_s in np.arange(0.3, 2.4, 0.25)]
    near = [match for match in found if match is not None and not match.same]
    assert len(near) >= 2
    assert all(match.prompt.prompt_id == "w1" and match.limit < match.error <= 1.3 * match.limit for match in near)


@pytest.mark.parametrize("dialled", ["0261910001", "sip:0261910001@127.0.0.1:5060", "+33261910001", "02 61 91 00 01"])
def test_number_is_the_same_in_any_form(library: PromptLibrary, dialled: str) -> None:
    assert len(library.of(dialled).prompts) == 1


def test_prompts_of_another_number_are_left_out(library: PromptLibrary) -> None:
    assert not library.of("3646").prompts


def test_kept_and_read_again_it_knows_the_same(studio: Any, library: PromptLibrary) -> None:
    again = PromptLibrary.from_bytes(library.to_bytes())
    match = again.nearest(_block(studio.says(TEXT), 1.0))
    assert match is not None and match.same
    assert [(p.prompt_id, p.label, p.number) for p in again.prompts] == [("w1", "wait", "0261910001")]


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 broken", b"\x93NUMPY nothing", b"some words"])
def test_bytes_that_are_no_library_give_a_sentence(data: bytes) -> None:
    with pytest.raises(ValueError, match="no prompt library") as refused:
        PromptLibrary.from_bytes(data)
    assert "pickle" not in str(refused.value)


def test_too_short_a_recording_is_refused(studio: Any) -> None:
    with pytest.raises(ValueError, match="too short"):
        PromptLibrary.empty().learn(prompt_id="x", label="wait", pcm=studio.silence(0.8))


def test_digital_silence_around_another_voice_makes_it_no_recording(studio: Any) -> None:
    known = np.concatenate((studio.says(TEXT), studio.silence(1.0)))
    library = PromptLibrary.empty().learn(prompt_id="w1", label="wait", pcm=known)
    other = np.concatenate((studio.says(OTHER, "m3"), studio.silence(1.0)))
    length_s = len(studio.says(OTHER, "m3")) / 8000
    found = [library.nearest(_block(other, length_s - 1 + 0.05 * n)) for n in range(20)]
    assert not any(match is not None and match.same for match in found)
