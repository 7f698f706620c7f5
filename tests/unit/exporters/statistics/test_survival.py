import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lifelines import KaplanMeierFitter
from lifelines.utils import median_survival_times, restricted_mean_survival_time

from exporters.statistics.survival import kaplan_meier


def test_sixteen_queued_calls_four_cut_by_us(case):
    c07 = case("c07")
    expected = c07["expected"]
    got = kaplan_meier([r["t_s"] for r in c07["data"]], [r["human"] == 1 for r in c07["data"]])
    for row in expected["km_table"]:
        assert got.at(row["t"]) == pytest.approx(row["survival"], abs=1e-6)
    for t_s, share in expected["reached_within"].items():
        assert 1 - got.at(float(t_s)) == pytest.approx(share, abs=1e-6)
    assert got.n == expected["n"]
    assert sum(s.events for s in got.steps) == expected["events"]
    assert got.median_s() == expected["median_s"]
    assert list(got.median_interval_s()) == expected["median_ci95_s"]
    mean, se = got.restricted_mean_s(600)
    assert mean == pytest.approx(expected["rmst_600_s"], abs=1e-6)
    assert se == pytest.approx(expected["rmst_600_se_s"], abs=1e-6)


def test_a_cut_at_the_same_instant_as_an_event_was_still_at_risk():
    got = kaplan_meier([5.0, 5.0, 9.0], [False, True, True])
    assert got.at(5.0) == pytest.approx(2 / 3)


def test_median_never_seen_is_none():
    assert kaplan_meier([5.0, 9.0, 9.0], [True, False, False]).median_s() is None


ROWS = st.lists(st.tuples(st.integers(1, 20), st.booleans()), min_size=2, max_size=30)


@settings(max_examples=25, deadline=None)
@given(ROWS)
def test_equals_lifelines_with_ties(rows):
    times, ended = [float(t) for t, _ in rows], [e for _, e in rows]
    got = kaplan_meier(times, ended)
    oracle = KaplanMeierFitter().fit(times, ended)
    for step in got.steps:
        assert step.survival == pytest.approx(float(oracle.survival_function_at_times(step.at_s).iloc[0]), abs=1e-9)
        if step.survival > 0:
            low, high = oracle.confidence_interval_.loc[step.at_s]
            interval = got.interval(step.at_s)
            assert (interval.low, interval.high) == pytest.approx((low, high), abs=1e-6)
    assert got.restricted_mean_s(25)[0] == pytest.approx(float(restricted_mean_survival_time(oracle, 25)), abs=1e-9)
    # At exactly one half the oracle's logarithms fall on either side of it.
    if all(step.survival != pytest.approx(0.5) for step in got.steps):
        assert (got.median_s() or float("inf")) == median_survival_times(oracle)
