import random
from dataclasses import replace

import pytest

from exporters.statistics.incidence import aalen_johansen
from exporters.statistics.resampling import WeightedCurves, WeightedWait, mean_s
from exporters.statistics.survival import kaplan_meier


def test_equal_weights_give_the_plain_shares_and_median(case):
    data = case("c08b")["data"]
    got = WeightedCurves([WeightedWait(at_s=r["t_s"], ending=r["event"], stratum="", weight=0.05) for r in data])
    plain = aalen_johansen([r["t_s"] for r in data], [r["event"] for r in data])
    for t_s in (30, 60, 180, 300, 600):
        share = got.human_at(t_s)
        assert share.estimate == pytest.approx(plain.at(t_s).human)
        assert share.low <= share.estimate <= share.high
    assert got.human_median_s().estimate is None


def test_equal_weights_give_the_plain_restricted_mean_with_a_bootstrap_as_wide_as_greenwood(case):
    data = case("c07")["data"]
    got = WeightedCurves([WeightedWait(at_s=r["t_s"], ending=r["human"], stratum="", weight=1.0) for r in data])
    mean, se = kaplan_meier([r["t_s"] for r in data], [r["human"] == 1 for r in data]).restricted_mean_s(600)
    weighted = got.restricted_mean_s(600)
    assert weighted.estimate == pytest.approx(mean)
    assert weighted.high - weighted.low == pytest.approx(2 * 1.96 * se, rel=0.1)


def test_equal_weights_give_the_plain_share_that_still_waits_and_its_median(case):
    data = case("c08b")["data"]
    got = WeightedCurves([WeightedWait(at_s=r["t_s"], ending=r["event"], stratum="", weight=0.05) for r in data])
    plain = kaplan_meier([r["t_s"] for r in data], [r["event"] > 0 for r in data])
    for t_s in (1, 60, 180, 300, 600):
        share = got.waiting_at(t_s)
        assert share.estimate == pytest.approx(plain.at(t_s))
        assert share.low <= share.estimate <= share.high
    middle = got.waiting_median_s()
    assert middle.estimate == plain.median_s()
    assert middle.low < middle.estimate
    assert middle.high is None, "in some resamples fewer than half ever leave"


def test_equal_weights_give_the_ordinary_median():
    waits = [WeightedWait(at_s=t, ending=1, stratum="", weight=1.0) for t in (4.0, 4.7, 4.8, 9.4)]
    assert WeightedCurves(waits).ended_median_s().estimate == pytest.approx(4.75)


def waits():
    # A busy stratum that carries most callers, over-sampled the other way round.
    busy = [WeightedWait(at_s=500.0 + i, ending=1, stratum="busy", weight=0.8 / 5) for i in range(5)]
    calm = [WeightedWait(at_s=20.0 + i, ending=1, stratum="calm", weight=0.2 / 20) for i in range(20)]
    return busy + calm


def test_weights_give_each_stratum_its_share_of_callers():
    got = WeightedCurves(waits())
    assert got.human_at(300).estimate == pytest.approx(0.2)
    assert got.human_median_s().estimate == 501.0


def test_order_changes_nothing_and_the_seed_is_fixed():
    shuffled = waits()
    random.Random(1).shuffle(shuffled)
    assert WeightedCurves(shuffled).human_median_s() == WeightedCurves(waits()).human_median_s()


def test_the_mean_of_uncut_waits_is_that_of_their_curve():
    mean, curve = mean_s(waits()), WeightedCurves(waits(), human=False).restricted_mean_s(600)
    assert mean.estimate == pytest.approx(0.8 * 502 + 0.2 * 29.5)
    assert (mean.estimate, mean.low, mean.high) == pytest.approx((curve.estimate, curve.low, curve.high))


def test_a_cut_in_the_middle_changes_the_curves_only_after_it():
    # 20 calm waits end by 39 s; one of the busy ones is cut at 500 s, before the others.
    cut = [replace(w, ending=0) if w.at_s == 500.0 else w for w in waits()]
    whole, shorter = WeightedCurves(waits()), WeightedCurves(cut)
    assert shorter.human_at(499) == whole.human_at(499)
    assert shorter.human_at(501).estimate == pytest.approx(0.2 + 0.8 / 4)
    assert shorter.human_at(504).estimate == pytest.approx(1)
    assert WeightedCurves(cut, ended=False).human_median_s() == shorter.human_median_s()
