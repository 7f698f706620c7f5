import pytest
from scipy.stats import binom

from exporters.statistics.funnel import INNER, OUTER, limits


def test_limits_hold_what_chance_explains_and_no_more():
    for n in (10, 50, 200, 1000):
        for alpha in (INNER, OUTER):
            bounds = limits(0.7, n, alpha=alpha)
            inside = sum(binom.pmf(x, n, 0.7) for x in range(n + 1) if bounds.low <= x / n <= bounds.high)
            assert 1 - alpha - 0.12 / n**0.25 <= inside <= 1 - alpha / 4, (n, alpha, inside)


def test_limits_of_a_normal_size():
    # Spiegelhalter 2005, A.1.1: close to p ± z·sqrt(p(1-p)/n) for large n.
    half = 1.959964 * (0.3 * 0.7 / 10_000) ** 0.5
    bounds = limits(0.3, 10_000, alpha=INNER)
    assert [bounds.low, bounds.high] == pytest.approx([0.3 - half, 0.3 + half], abs=2e-4)


def test_more_attempts_narrow_the_limits_and_the_ends_of_the_scale_hold():
    widths = [b.high - b.low for n in (5, 20, 80, 320) for b in [limits(0.85, n, alpha=OUTER)]]
    assert widths == sorted(widths, reverse=True)
    assert all(0 <= limits(0.99, n, alpha=OUTER).high <= 1 for n in range(1, 40))
    assert (limits(1.0, 9, alpha=INNER).low, limits(0.0, 9, alpha=INNER).high) == (1.0, 0.0)
