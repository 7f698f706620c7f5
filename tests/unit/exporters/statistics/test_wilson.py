import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint

from exporters.statistics.wilson import wilson

PROPORTIONS = st.integers(1, 3000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


def test_every_row_of_the_interval_grid(case):
    for row in case("c02")["rows"]:
        got = wilson(row["x"], row["n"])
        assert [got.low, got.high] == pytest.approx(row["wilson"], abs=1e-6), row


@given(PROPORTIONS)
def test_contains_the_estimate_and_equals_statsmodels(proportion):
    x, n = proportion
    got = wilson(x, n)
    assert 0 <= got.low <= x / n <= got.high <= 1
    assert (got.low, got.high) == pytest.approx(proportion_confint(x, n, method="wilson"), abs=1e-9)
