"""Limits of chance around a rate."""

from __future__ import annotations

import pytest
from scipy.stats import binom

from exporters.statistics.funnel import INNER, OUTER, limits


@pytest.mark.parametrize("alpha", [INNER, OUTER])
@pytest.mark.parametrize("n", [1, 2, 3, 10, 50, 200, 1000])
@pytest.mark.parametrize("rate", [0.02, 0.25, 0.7, 0.85])
def test_chance_goes_beyond_a_limit_as_seldom_as_it_may_and_no_limit_could_be_nearer(
    rate: float, n: int, alpha: float
) -> None:
    bounds = limits(rate, n, alpha=alpha)
    low, high = round(bounds.low * n), round(bounds.high * n)
    assert binom.sf(high, n, rate) <= alpha / 2 < binom.sf(high - 1, n, rate)
    assert binom.cdf(low - 1, n, rate) <= alpha / 2 < binom.cdf(low, n, rate)


def test_two_of_two_are_within_chance_where_a_quarter_of_all_calls_are_reached() -> None:
    """Interpolated limits would have them outside, and one service in sixteen is there by chance."""
    assert limits(0.25, 2, alpha=OUTER).high == 1.0


def test_limits_of_a_normal_size():
    # Spiegelhalter 2005, A.1.1: close to p ± z·sqrt(p(1-p)/n) for large n.
    half = 1.959964 * (0.3 * 0.7 / 10_000) ** 0.5
    bounds = limits(0.3, 10_000, alpha=INNER)
    assert [bounds.low, bounds.high] == pytest.approx([0.3 - half, 0.3 + half], abs=3e-4)


def test_more_attempts_narrow_the_limits_and_the_ends_of_the_scale_hold():
    widths = [b.high - b.low for n in (5, 20, 80, 320) for b in [limits(0.85, n, alpha=OUTER)]]
    assert widths == sorted(widths, reverse=True)
    assert all(0 <= limits(0.99, n, alpha=OUTER).high <= 1 for n in range(1, 40))
    assert (limits(1.0, 9, alpha=INNER).low, limits(0.0, 9, alpha=INNER).high) == (1.0, 0.0)
