import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporters.statistics.anytime import anytime_interval
from exporters.statistics.exact import clopper_pearson


def test_both_mixtures_at_every_look(case):
    for row in case("c11")["confidence_sequence"]:
        for a in (1, 5):
            got = anytime_interval(row["s"], row["n"], a=a)
            assert [got.low, got.high] == pytest.approx(row[f"cs95_beta_{a}_1"], abs=1e-6), (row, a)


def test_no_call_yet_excludes_nothing():
    got = anytime_interval(0, 0)
    assert (got.low, got.high) == (0.0, 1.0)


@given(st.integers(1, 800).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_contains_the_estimate_and_is_wider_than_the_exact_interval(proportion):
    x, n = proportion
    got, exact = anytime_interval(x, n), clopper_pearson(x, n)
    assert 0 <= got.low <= x / n <= got.high <= 1
    assert got.high - got.low >= exact.high - exact.low - 1e-9
