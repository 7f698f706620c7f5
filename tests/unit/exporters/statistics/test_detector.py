import pytest

from exporters.statistics.detector import corrected_estimated, corrected_known, rogan_gladen


def test_correction_with_known_rates(case):
    for row in case("c14")["rows"]:
        got = corrected_known(row["x"], row["n"], row["sensitivity"], row["specificity"])
        assert got.estimate == pytest.approx(row["corrected"], abs=1e-6)
        bounds = [got.interval.low, got.interval.high]
        assert bounds == pytest.approx(row["ci95_corrected_fixed_se_sp"], abs=1e-6)


def test_a_small_review_widens_the_interval_and_is_reproducible():
    known = corrected_known(170, 200, 0.97, 0.99)
    small = corrected_estimated(170, 200, sensitive=(97, 100), specific=(99, 100))
    assert small.estimate == pytest.approx(known.estimate)
    assert small.interval.high - small.interval.low > known.interval.high - known.interval.low
    assert small == corrected_estimated(170, 200, sensitive=(97, 100), specific=(99, 100))


def test_a_perfect_review_of_few_calls_is_not_taken_for_certainty():
    few = corrected_estimated(170, 200, sensitive=(10, 10), specific=(10, 10))
    many = corrected_estimated(170, 200, sensitive=(1000, 1000), specific=(1000, 1000))
    assert few.estimate == many.estimate == pytest.approx(0.85)
    assert few.interval.high - few.interval.low > 1.3 * (many.interval.high - many.interval.low)


def test_a_coin_cannot_be_corrected():
    assert rogan_gladen(0.85, 0.5, 0.5) is None
    assert corrected_known(17, 20, 0.4, 0.5) is None


def test_a_review_without_a_human_cannot_correct():
    assert corrected_estimated(170, 200, sensitive=(0, 0), specific=(50, 50)) is None


def test_a_correction_stays_a_share():
    assert rogan_gladen(0.99, 0.9, 0.99) == 1.0
    assert rogan_gladen(0.01, 0.9, 0.9) == 0.0
