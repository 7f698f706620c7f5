import pytest

from exporters.statistics.detector import corrected, rogan_gladen
from exporters.statistics.exact import clopper_pearson


def test_correction_with_known_rates(case):
    for row in case("c14")["rows"]:
        exact = clopper_pearson(row["x"], row["n"])
        got = [
            rogan_gladen(p, row["sensitivity"], row["specificity"]) for p in (row["apparent"], exact.low, exact.high)
        ]
        assert got == pytest.approx([row["corrected"], *row["ci95_corrected_fixed_se_sp"]], abs=1e-6)


def test_a_small_review_widens_the_interval_and_is_reproducible(case):
    known = case("c14")["rows"][0]
    small = corrected(170, 200, sensitive=(97, 100), specific=(99, 100))
    assert small.estimate == pytest.approx(known["corrected"])
    low, high = known["ci95_corrected_fixed_se_sp"]
    assert small.interval.high - small.interval.low > high - low
    assert small == corrected(170, 200, sensitive=(97, 100), specific=(99, 100))


def test_a_perfect_review_of_few_calls_is_not_taken_for_certainty():
    few = corrected(170, 200, sensitive=(10, 10), specific=(10, 10))
    many = corrected(170, 200, sensitive=(1000, 1000), specific=(1000, 1000))
    assert few.estimate == many.estimate == pytest.approx(0.85)
    assert few.interval.high - few.interval.low > 1.3 * (many.interval.high - many.interval.low)


def test_a_coin_cannot_be_corrected():
    assert rogan_gladen(0.85, 0.5, 0.5) is None
    assert corrected(17, 20, sensitive=(4, 10), specific=(5, 10)) is None


def test_a_review_without_a_human_cannot_correct():
    assert corrected(170, 200, sensitive=(0, 0), specific=(50, 50)) is None


def test_a_correction_stays_a_share():
    assert rogan_gladen(0.99, 0.9, 0.99) == 1.0
    assert rogan_gladen(0.01, 0.9, 0.9) == 0.0
