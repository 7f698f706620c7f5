"""The bench's line keeps truth: what is said to be heard at a time is heard at it, and a seed is one line."""

from __future__ import annotations

import numpy as np
import pytest
from ear_corpus import paused
from ear_curves import at_threshold
from ear_line import Conditions, TelephoneLine, drawn, sentence

RATE = 8000


def a_word_at(at_s: float) -> np.ndarray:
    """Silence with half a second of noise in it."""
    sound = np.zeros(12 * RATE, dtype=np.float32)
    at = int(at_s * RATE)
    sound[at : at + RATE // 2] = np.random.default_rng(1).normal(0, 0.2, RATE // 2)
    return sound


@pytest.mark.parametrize("skew", [0.0, 1e-4, 0.01, -0.01])
@pytest.mark.parametrize("gsm", [False, True])
def test_a_word_is_heard_when_the_line_says_so(skew: float, gsm: bool) -> None:
    """Clock, GSM and a buffer that changes its delay thirty times a minute; 10 ms of truth."""
    for seed in range(4):
        at_s = float(np.random.default_rng(seed).uniform(3, 10))
        conditions = Conditions(skew=skew, gsm=gsm, changes_a_minute=30.0)
        line = TelephoneLine(np.random.default_rng(seed), conditions)
        heard = line.over(a_word_at(at_s))
        assert abs(np.flatnonzero(np.abs(heard) > 1500)[0] / RATE - line.heard_s(at_s)) < 0.01


def test_one_seed_is_one_line() -> None:
    """Same draw, same sound; another draw, another."""
    sound = a_word_at(3.0)
    first, again, other = (TelephoneLine(np.random.default_rng(seed)).over(sound) for seed in (5, 5, 6))
    assert np.array_equal(first, again)
    assert len(first) != len(other) or not np.array_equal(first, other)


def test_so_many_packets_are_lost() -> None:
    """3 % of the packets; what replaces a burst after its first packet is silence."""
    hum = np.full(200 * RATE, 0.1, dtype=np.float32)
    heard = TelephoneLine(np.random.default_rng(2), Conditions(loss=0.03)).over(hum)
    level = np.abs(heard.reshape(-1, 160).astype(np.int32)).max(axis=1)
    assert 0.02 < (level < 2000).mean() < 0.04


def test_our_sentence_comes_back() -> None:
    """At its level, after its delay."""
    line = TelephoneLine(np.random.default_rng(3), Conditions(echo_db=-30.0, echo_s=0.15))
    ours = sentence()
    silence, spoken = np.zeros(160, dtype=np.float32), len(ours) // 160
    heard = np.concatenate([line.carry(silence, n < spoken) for n in range(spoken + 10)]) / 32768
    wanted = ours[: len(heard) - 1200]
    back = heard[1200 : 1200 + len(wanted)]
    assert 20 * np.log10(back.std() / wanted.std()) == pytest.approx(-30.0, abs=1.0)
    assert np.corrcoef(back, wanted)[0, 1] > 0.9


def test_a_drawn_line_is_ordinary_or_bad() -> None:
    """Clocks are within 100 ppm but for a few; some lines have GSM, some µ-law."""
    lines = [drawn(np.random.default_rng(n)) for n in range(400)]
    far_off = [line for line in lines if abs(line.skew) > 1e-4]
    assert 0 < len(far_off) < 60 and {abs(line.skew) for line in far_off} == {0.01}
    assert 20 < sum(line.gsm for line in lines) < 120 and 20 < sum(line.mu_law for line in lines) < 120


def test_a_threshold_decides_a_call() -> None:
    """The first probability that reaches it: found, found late, too early, never."""
    calls = [
        (True, 10.0, [(11.0, 0.6, 10.2), (12.0, 0.95, 10.1)]),
        (True, 10.0, [(20.0, 0.9, 10.0)]),
        (True, 10.0, [(6.0, 0.9, 5.0)]),
        (False, None, [(4.0, 0.7, 3.0)]),
        (False, None, []),
    ]
    loose, strict = at_threshold(calls, 0.5), at_threshold(calls, 0.92)
    assert (loose.found, loose.of, loose.false, loose.calls) == (1, 3, 2, 5)
    assert loose.delays_s == (1.0, 10.0)
    assert (strict.found, strict.false, strict.delays_s) == (1, 0, (2.0,))


def test_a_greeting_is_parted_where_it_is_softest_and_loses_nothing() -> None:
    words = np.random.default_rng(2).normal(0, 0.2, 2 * RATE).astype(np.float32)
    words[int(1.18 * RATE) : int(1.3 * RATE)] = 0.0
    parted = paused(words, 0.5)
    assert len(parted) == len(words) + RATE // 2
    assert np.array_equal(parted[: int(1.15 * RATE)], words[: int(1.15 * RATE)])
    assert np.array_equal(parted[-int(0.65 * RATE) :], words[-int(0.65 * RATE) :])
    assert not parted[int(1.25 * RATE) : int(1.75 * RATE)].any()
    assert np.array_equal(paused(words[:RATE], 0.5), words[:RATE])
