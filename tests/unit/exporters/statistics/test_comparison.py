import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.proportion import confint_proportions_2indep

from exporters.statistics.comparison import mover, newcombe
from exporters.statistics.interval import Interval


def test_change_between_two_months(case):
    for row in case("c09")["rows"]:
        first, second = row["month1"], row["month2"]
        got = newcombe(first["x"], first["n"], second["x"], second["n"])
        assert got.estimate == pytest.approx(row["diff"], abs=1e-6)
        assert [got.interval.low, got.interval.high] == pytest.approx(row["ci95"]["newcomb"], abs=1e-6)


def test_weighted_months_are_not_proven_to_differ(case):
    weighted = case("c09")["weighted"]
    first, second = (
        (m["estimate"], Interval(low=m["wilson_neff"][0], high=m["wilson_neff"][1]))
        for m in (weighted["month1"], weighted["month2"])
    )
    got = mover(*first, *second)
    assert got.estimate == pytest.approx(weighted["diff"], abs=2e-6)
    assert [got.interval.low, got.interval.high] == pytest.approx(weighted["ci95_mover"], abs=2e-6)
    assert got.proven is weighted["says_changed"]


def test_a_rise_is_said_only_when_zero_is_outside():
    assert newcombe(156, 200, 172, 200).proven
    assert not newcombe(85, 100, 88, 100).proven
    assert newcombe(172, 200, 156, 200).proven


COUNT = st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(COUNT, COUNT)
def test_equals_statsmodels_and_contains_the_change(first, second):
    got = newcombe(*first, *second)
    low, high = confint_proportions_2indep(*second, *first, method="newcomb", compare="diff")
    assert (got.interval.low, got.interval.high) == pytest.approx((low, high), abs=1e-9)
    assert got.interval.low - 1e-12 <= got.estimate <= got.interval.high + 1e-12
