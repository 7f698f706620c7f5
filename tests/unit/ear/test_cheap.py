"""What is worked out late, or for many hops at once, is what would have been worked out hop by hop."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prober.ear.fingerprint import Fingerprinter, Prints
from prober.ear.library import PromptLibrary
from prober.ear.lstm import Lstm
from prober.ear.repeats import DATED_BACK, RECENT, WAITING, Repeats
from prober.ear.tape import Cutter, Tape
from prober.ear.texture import SILENT_DBFS, THINNED, Texture, level_dbfs, noisiness
from prober.ear.voice import HOP, HOP_S, Samples, VoiceDetector, fresh_probabilities

SOUND: Samples = np.random.default_rng(1).normal(0, 0.1, 300 * HOP).astype(np.float32)
HOPS = SOUND.reshape(-1, HOP)


@settings(deadline=None)
@given(st.lists(st.integers(0, 700), max_size=20), st.integers(0, 19))
def test_packets_of_any_length_make_the_same_hops(lengths: list[int], gap: int) -> None:
    cutter, made, waiting = Cutter(), [], np.empty(0, dtype=np.float32)
    wanted: list[Samples] = []
    pcm = np.random.default_rng(2).integers(-32768, 32767, sum(lengths), dtype=np.int16)
    for n, packet in enumerate(np.split(pcm, np.cumsum(lengths))):
        if n == gap:
            cutter.restart()
            waiting = waiting[:0]
        made += [hop.copy() for hop in cutter.hops(packet)]
        waiting = np.concatenate((waiting, packet / np.float32(32768)))
        whole = len(waiting) // HOP * HOP
        wanted += list(waiting[:whole].reshape(-1, HOP))
        waiting = waiting[whole:]
    assert len(made) == len(wanted)
    assert all(np.array_equal(a, b) for a, b in zip(made, wanted, strict=True))


@settings(deadline=None)
@given(st.lists(st.integers(0, 10), max_size=40), st.integers(0, 12), st.booleans())
def test_a_tape_holds_the_last_values_in_one_piece(lengths: list[int], count: int, silent: bool) -> None:
    tape = Tape(10, np.uint32, silent=silent)
    values = np.arange(1, sum(lengths) + 1, dtype=np.uint32)
    for part in np.split(values, np.cumsum(lengths)):
        tape.add(part)
    whole = np.concatenate((np.zeros(10 * silent, dtype=np.uint32), values))[-10:]
    assert tape.last(count).tolist() == whole[max(0, len(whole) - count) :].tolist()


@lru_cache(maxsize=1)
def _eager() -> Prints:
    """Two sub-prints a hop, made at once."""
    printer = Fingerprinter()
    return np.concatenate([printer.hear(hop) for hop in HOPS])


@settings(max_examples=25, deadline=None)
@given(st.sets(st.integers(0, 299), max_size=12), st.sets(st.integers(0, 299), max_size=4))
def test_sub_prints_made_late_are_those_made_at_once(voiced: set[int], looks: set[int]) -> None:
    repeats = Repeats(PromptLibrary.empty())
    for n, hop in enumerate(HOPS):
        repeats.hear(hop, voiced=n in voiced, end_s=(n + 1) * HOP_S)
        if n in looks:
            near = 2 * min(n + 1, DATED_BACK)
            assert np.array_equal(repeats.last(near), _eager()[: 2 * n + 2][-near:])
    made, eager = repeats.last(RECENT), _eager()
    assert len(made) == len(eager)
    assert all(np.array_equal(made[2 * n : 2 * n + 2], eager[2 * n : 2 * n + 2]) for n in voiced)
    assert set((made != eager).nonzero()[0]) <= set((made == 0).nonzero()[0]), "what is not made is nothing"


def test_where_all_is_wanted_all_is_made_and_elsewhere_most_of_what_is_no_voice_is_not() -> None:
    whole, voices = Repeats(PromptLibrary.empty(), whole=True), Repeats(PromptLibrary.empty())
    for n, hop in enumerate(HOPS):
        for repeats in (whole, voices):
            repeats.hear(hop, voiced=False, end_s=(n + 1) * HOP_S)
    assert np.array_equal(whole.last(RECENT), _eager())
    assert np.count_nonzero(voices.last(RECENT)) <= 2 * WAITING


def test_noisiness_asked_for_late_is_that_of_each_hop() -> None:
    texture, silent = Texture(20), np.zeros(HOP, dtype=np.float32)
    sound = np.concatenate([silent if n % 7 == 3 else hop for n, hop in enumerate(HOPS[:60])])
    for n in range(1, 60):
        block = sound[(n - 1) * HOP : (n + 1) * HOP]
        texture.hear(block, level_dbfs(block[HOP:]))
        if n in (1, 30, 31, 59):
            ends = range(max(1, n - 19), n + 1)
            blocks = [sound[(end - 1) * HOP : (end + 1) * HOP] for end in ends]
            wanted = [1.0 if level_dbfs(b[HOP:]) <= SILENT_DBFS else noisiness(b[None])[0] for b in blocks]
            assert texture.of(sound[: (n + 1) * HOP]) == pytest.approx(wanted, abs=1e-5)


def test_while_texture_rests_hops_are_taken_for_like_the_one_that_is_looked_at() -> None:
    texture = Texture(20)
    texture.resting = True
    for n in range(1, 21):
        block = SOUND[(n - 1) * HOP : (n + 1) * HOP]
        texture.hear(block, level_dbfs(block[HOP:]))
    assert len(set(texture.of(SOUND[: 21 * HOP]))) == 1 + 20 // THINNED, "1 before the first look"


def test_voice_is_heard_alike_hop_by_hop_and_at_once() -> None:
    detector = VoiceDetector()
    one_by_one = [detector.hear(hop) for hop in HOPS[:40]]
    assert fresh_probabilities(SOUND[: 40 * HOP]) == pytest.approx(one_by_one, abs=1e-5)


def test_a_layer_is_the_lstm_of_the_textbook() -> None:
    draw = np.random.default_rng(5)
    given_, carried, bias = draw.normal(0, 0.5, (6, 32)), draw.normal(0, 0.5, (8, 32)), draw.normal(0, 0.5, 32)
    layer = Lstm(*(a.astype(np.float32) for a in (given_, carried, bias)))
    sequence = draw.normal(0, 1, (30, 6)).astype(np.float32)
    state = layer.state()
    out = np.concatenate((layer.run(sequence[:11], state), layer.run(sequence[11:], state)))
    hidden, cell = np.zeros(8), np.zeros(8)
    for x, heard in zip(sequence, out, strict=True):
        gates = x @ given_ + hidden @ carried + bias
        let_in, forget, let_out = (1 / (1 + np.exp(-gates[k : k + 8])) for k in (0, 8, 24))
        cell = forget * cell + let_in * np.tanh(gates[16:24])
        hidden = let_out * np.tanh(cell)
        assert heard == pytest.approx(hidden, abs=1e-5)
