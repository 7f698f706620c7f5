import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy import quantile as numpy_quantile
from scipy.stats import quantile_test

from exporters.statistics.quantile import mean_interval, median_interval, quantile

VALUES = st.lists(st.integers(0, 600).map(float), min_size=1, max_size=60)


@given(VALUES, st.sampled_from([0.0, 0.25, 0.5, 0.9, 1.0]))
def test_quantile_equals_numpy(values, share):
    assert quantile(values, share) == pytest.approx(float(numpy_quantile(values, share)))


@given(VALUES)
def test_median_interval_is_the_one_of_the_sign_test(values):
    got = median_interval(values)
    expected = quantile_test(values, q=0, p=0.5).confidence_interval(0.95)
    if len(values) < 6:
        assert got is None
    else:
        assert (got.low, got.high) == (expected.low, expected.high)


def test_mean_interval_by_hand():
    # 1, 2, 3: mean 2, standard deviation 1, t(2) = 4.302653, half width 4.302653 / sqrt(3).
    got = mean_interval([1.0, 2.0, 3.0])
    assert (got.low, got.high) == pytest.approx((2 - 2.484138, 2 + 2.484138), abs=1e-6)
    assert mean_interval([1.0]) is None
