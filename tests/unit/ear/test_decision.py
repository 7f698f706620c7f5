"""Who speaks: a person is decided from all evidence, dated back to the first word, and stays undecided on little."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from prober.ear import Ear, PromptLibrary, belief
from prober.ear.decision import DECIDED
from prober.ear.evidence import Evidence
from prober.events import Heard, Sound

WAIT = "Tous nos conseillers sont en ligne, merci de patienter quelques instants."
GREETING = "Mairie de Vaux, bonjour, Camille à votre écoute, que puis-je faire pour vous ?"
WAITS = Evidence(learnt=True, compares=True, voiced_s=2.0, longest_s=2.4, prints=2.0, unlike_recorded=1.5, waited_s=1.0)


@pytest.fixture(scope="module")
def library(studio: Any) -> PromptLibrary:
    return PromptLibrary.empty().learn(prompt_id="w1", label="wait", pcm=studio.says(WAIT), voice=True)


def _told(pcm: Any, library: PromptLibrary | None) -> list[Heard]:
    ear = Ear(library)
    ear.begin(0.0)
    return [*ear.hear(pcm), *ear.close()]


def _humans(pcm: Any, library: PromptLibrary | None) -> list[Heard]:
    return [h for h in _told(pcm, library) if h.sound is Sound.HUMAN]


@pytest.fixture(scope="module")
def call(studio: Any) -> Any:
    parts = (studio.silence(1.0), studio.says(WAIT), studio.silence(1.0), studio.slow(GREETING))
    return np.concatenate((*parts, studio.silence(3.0)))


def test_a_voice_like_no_recorded_one_is_a_person_dated_back_to_the_first_word(
    studio: Any, library: PromptLibrary, call: Any
) -> None:
    human = _humans(call, library)[0]
    onset_s = 2.0 + len(studio.says(WAIT)) / 8000
    assert human.start_s == human.evidence["onset"] == pytest.approx(onset_s, abs=0.2)
    assert human.at_s - onset_s <= 4.0
    assert human.probability >= DECIDED


def test_on_a_number_nobody_knows_nobody_is_a_person_who_was_not_asked(call: Any) -> None:
    """Two voices, the second of which waits: to be learnt, should it be a recording's."""
    assert _humans(call, None) == []


def test_known_recordings_are_nobody(studio: Any, library: PromptLibrary) -> None:
    quiet = studio.silence(1.0)
    assert _humans(np.concatenate((quiet, studio.says(WAIT), quiet, studio.says(WAIT), quiet)), library) == []


def test_music_under_words_is_told_by_the_pauses_between_them(studio: Any, library: PromptLibrary) -> None:
    said = studio.slow(GREETING)
    music = studio.music("bossa", len(said) / 8000 + 1)[: len(said)] // 3
    depths = []
    for words in (said, np.clip(said.astype(int) + music, -32768, 32767).astype(np.int16)):
        told = _told(np.concatenate((studio.silence(1.0), words, studio.silence(0.5))), library)
        depths.append(next(float(h.evidence["depth_db"]) for h in told if "depth_db" in h.evidence))
    assert depths[0] > 30 > 20 > depths[1]


@pytest.mark.parametrize("level_db", [-18, -24])
def test_a_soft_voice_on_a_quiet_line_is_heard_from_its_first_word(studio: Any, level_db: int) -> None:
    said = (studio.slow(GREETING) * 10 ** (level_db / 20)).astype(np.int16)
    told = _told(np.concatenate((studio.silence(1.0), said, studio.silence(2.0))), None)
    heard = [h for h in {h.stretch: h for h in told}.values() if h.sound is Sound.SPEECH]
    assert heard[0].start_s == pytest.approx(1.0, abs=0.25)
    assert sum((h.end_s or 0.0) - h.start_s for h in heard) > 0.8 * len(said) / 8000


def test_one_word_stays_undecided_with_its_probability(studio: Any, library: PromptLibrary) -> None:
    pcm = np.concatenate((studio.silence(1.0), studio.says("Oui, allô ?", "m3"), studio.silence(6.0)))
    last = {h.stretch: h for h in _told(pcm, library)}.values()
    (speech,) = (h for h in last if h.sound is Sound.SPEECH)
    assert 0.0 < float(speech.evidence["human"]) < DECIDED


def test_what_is_kept_with_the_verdict_gives_it_again(library: PromptLibrary, call: Any) -> None:
    human = _humans(call, library)[0]
    kinds = {field.name: field.type for field in fields(Evidence)}
    kept = {k: bool(v) if kinds[k] == "bool" else v for k, v in human.evidence.items() if k in kinds}
    (again,) = belief.posterior([belief.odds(Evidence(**kept))])
    assert again == pytest.approx(human.probability, abs=0.02)


@pytest.mark.parametrize(
    ("change", "sign"),
    [
        ({"unlike_recorded": -3.0}, -1),
        ({"unlike_recorded": 1.8}, 1),
        ({"voiced_s": 4.0, "longest_s": 2.8}, 1),
        ({"waited_s": 2.0}, 1),
        ({"reaction_s": 0.8, "reaction_length_s": 1.5}, 1),
        ({"talked_over": True}, -1),
        ({"ignored": 1}, -1),
        ({"nothing_known": True}, -1),
        ({"longest_s": 12.0}, -1),
        ({"nearest_recording": 1.05}, -1),
        ({"depth_db": 12.0}, -1),
        ({"due": 1.1}, -1),
        ({"reaction_s": 0.8, "reaction_length_s": 0.8}, 1),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_each_piece_of_evidence_speaks_for_what_it_should(change: dict[str, Any], sign: int) -> None:
    assert sign * (belief.odds(replace(WAITS, **change)) - belief.odds(WAITS)) > 0


def test_a_reaction_outweighs_a_voice_like_the_recorded_one() -> None:
    alike = replace(WAITS, unlike_recorded=-3.0)
    assert belief.posterior([belief.odds(alike)])[0] < 0.5
    reacted = replace(alike, reaction_s=0.8, reaction_length_s=2.0, reaction_over=True, same_voice=2.0)
    assert belief.posterior([belief.odds(reacted)])[0] > 0.8


def test_every_term_has_a_weight_and_no_weight_is_without_a_term() -> None:
    names = set(belief.terms(WAITS))
    assert {kind: set(of) for kind, of in belief.WEIGHTS.items()} == {"learnt": names, "strange": names}


@given(st.lists(st.floats(-50, 50), min_size=1, max_size=8))
def test_beginnings_share_what_nobody_leaves(odds: list[float]) -> None:
    found = belief.posterior(odds)
    assert 0.0 <= sum(found) <= 1.0 + 1e-9
    assert [p for _, p in sorted(zip(odds, found, strict=True))] == sorted(found)
    alone = belief.posterior(odds[:1])
    assert alone[0] == pytest.approx(1 / (1 + np.exp(-odds[0])))
