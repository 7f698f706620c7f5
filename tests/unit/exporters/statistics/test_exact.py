import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom
from statsmodels.stats.proportion import proportion_confint

from exporters.statistics.exact import clopper_pearson

PROPORTIONS = st.integers(1, 3000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


def test_every_row_of_the_interval_grid(case):
    rows = case("c02")["rows"]
    for row in rows:
        got = clopper_pearson(row["x"], row["n"])
        assert [got.low, got.high] == pytest.approx(row["clopper_pearson"], abs=1e-6), row
    assert len(rows) > 10


@given(PROPORTIONS)
def test_contains_the_estimate_and_mirrors(proportion):
    x, n = proportion
    got, mirrored = clopper_pearson(x, n), clopper_pearson(n - x, n)
    assert 0 <= got.low <= x / n <= got.high <= 1
    assert got.low == pytest.approx(1 - mirrored.high, abs=1e-9)


@given(PROPORTIONS)
def test_each_side_errs_by_exactly_half_of_alpha(proportion):
    # The definition: at the lower bound, P(X >= x) = 2.5 %; at the upper one, P(X <= x) = 2.5 %.
    x, n = proportion
    got = clopper_pearson(x, n)
    if x:
        assert binom.sf(x - 1, n, got.low) == pytest.approx(0.025, rel=1e-5)
    if x < n:
        assert binom.cdf(x, n, got.high) == pytest.approx(0.025, rel=1e-5)


@given(st.floats(1, 500), st.floats(0.001, 0.999))
def test_takes_the_non_integer_counts_of_an_effective_size(n, share):
    x = share * n
    low, high = proportion_confint(x, n, method="beta")
    got = clopper_pearson(x, n)
    assert (got.low, got.high) == pytest.approx((low, high), abs=1e-9)


@pytest.mark.parametrize(("x", "n"), [(0, 0), (3, 2), (-1, 5)])
def test_refuses_what_is_not_a_proportion(x, n):
    with pytest.raises(ValueError, match="is not a proportion"):
        clopper_pearson(x, n)
