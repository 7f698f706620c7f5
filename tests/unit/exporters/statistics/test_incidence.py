import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lifelines import AalenJohansenFitter

from exporters.statistics.exact import clopper_pearson
from exporters.statistics.incidence import aalen_johansen, log_log_interval
from exporters.statistics.risk_table import HUMAN, OURS, SERVICE
from exporters.statistics.survival import kaplan_meier


def curve(data):
    return aalen_johansen([r["t_s"] for r in data], [r["event"] for r in data])


@pytest.mark.parametrize("name", ["c08_", "c08b"])
def test_shares_at_each_horizon(case, name):
    loaded = case(name)
    got, expected = curve(loaded["data"]), loaded["expected"]
    for t_s, share in expected["cif_human"].items():
        assert got.at(float(t_s)).human == pytest.approx(share, abs=1e-6)
    for t_s, share in expected["cif_service_end"].items():
        assert got.at(float(t_s)).service == pytest.approx(share, abs=1e-6)


def test_single_cap_ends_as_the_plain_proportion_with_the_log_log_bounds_of_lifelines(case):
    c08 = case("c08_")
    got, expected = curve(c08["data"]), c08["expected"]
    assert got.at(600).waiting == pytest.approx(expected["still_waiting_600"])
    bounds = log_log_interval(got.at(600))
    assert [bounds.low, bounds.high] == pytest.approx(expected["lifelines_ci95_600"], abs=1e-6)
    assert got.interval(600) == clopper_pearson(9, 20)
    assert got.median_s() is expected["median_time_to_human_all_callers_s"]


def test_kaplan_meier_that_takes_service_endings_for_cuts_is_too_high(case):
    c08 = case("c08_")
    km = kaplan_meier([r["t_s"] for r in c08["data"]], [r["event"] == HUMAN for r in c08["data"]])
    assert 1 - km.at(600) == pytest.approx(c08["expected"]["biased_one_minus_km_600"], abs=1e-6)


def test_human_service_and_cut_at_the_same_instant():
    got = aalen_johansen([3.0, 3.0, 3.0, 8.0], [OURS, SERVICE, HUMAN, HUMAN])
    assert (got.at(3).human, got.at(3).service, got.at(3).waiting) == pytest.approx((0.25, 0.25, 0.5))
    assert got.at(8).human == pytest.approx(0.75)


def test_median_of_all_callers_and_its_bounds():
    got = aalen_johansen([float(t) for t in range(1, 41)], [HUMAN] * 40)
    low, high = got.median_interval_s()
    assert got.median_s() == 20.0
    assert low < 20.0 < high


ROWS = st.lists(st.tuples(st.integers(1, 10**6), st.sampled_from([OURS, HUMAN, SERVICE])), min_size=1, max_size=40)


@settings(max_examples=25, deadline=None)
@given(ROWS.filter(lambda rows: any(e == HUMAN for _, e in rows)))
def test_equals_lifelines_without_ties(rows):
    rows = list({t: (float(t), e) for t, e in rows}.values())
    if not any(e == HUMAN for _, e in rows):
        return
    times, endings = zip(*rows, strict=True)
    got, oracle = aalen_johansen(times, endings), AalenJohansenFitter().fit(times, endings, HUMAN)
    for step in got.steps:
        assert step.human == pytest.approx(float(oracle.cumulative_density_.loc[step.at_s].iloc[0]), abs=1e-9)
        variance = float(oracle.variance_.loc[step.at_s])
        if variance == variance:
            assert step.variance == pytest.approx(variance, abs=1e-9)


@given(ROWS, st.randoms(use_true_random=False))
def test_shares_sum_to_one_whatever_the_order(rows, random):
    got = aalen_johansen([t for t, _ in rows], [e for _, e in rows])
    for step in got.steps:
        assert step.human + step.service + step.waiting == pytest.approx(1)
        bounds = got.interval(step.at_s)
        assert bounds.low - 1e-9 <= step.human <= bounds.high + 1e-9
    random.shuffle(rows)
    assert aalen_johansen([t for t, _ in rows], [e for _, e in rows]) == got
