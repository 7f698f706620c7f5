import random
from dataclasses import replace

import pytest

from exporters.statistics import resampling
from exporters.statistics.incidence import aalen_johansen
from exporters.statistics.resampling import (
    Estimate,
    WeightedWait,
    ended_median,
    human_by,
    human_median,
    mean,
    resampled,
    restricted_mean,
    waiting_at,
    waiting_median,
)
from exporters.statistics.survival import kaplan_meier


def asked(waits, question) -> Estimate:
    (got,) = resampled(waits, question)
    return got


def test_equal_weights_give_the_plain_shares_and_median(case):
    data = case("c08b")["data"]
    waits = [WeightedWait(at_s=r["t_s"], ending=r["event"], stratum="", weight=0.05) for r in data]
    plain = aalen_johansen([r["t_s"] for r in data], [r["event"] for r in data])
    for t_s in (30, 60, 180, 300, 600):
        share = asked(waits, human_by(t_s))
        assert share.estimate == pytest.approx(plain.at(t_s).human)
        assert share.low <= share.estimate <= share.high
    assert asked(waits, human_median).estimate is None


def test_equal_weights_give_the_plain_restricted_mean_with_a_bootstrap_as_wide_as_greenwood(case):
    data = case("c07")["data"]
    waits = [WeightedWait(at_s=r["t_s"], ending=r["human"], stratum="", weight=1.0) for r in data]
    plain, se = kaplan_meier([r["t_s"] for r in data], [r["human"] == 1 for r in data]).restricted_mean_s(600)
    weighted = asked(waits, restricted_mean(600))
    assert weighted.estimate == pytest.approx(plain)
    assert weighted.high - weighted.low == pytest.approx(2 * 1.96 * se, rel=0.1)


def test_equal_weights_give_the_plain_share_that_still_waits_and_its_median(case):
    data = case("c08b")["data"]
    waits = [WeightedWait(at_s=r["t_s"], ending=r["event"], stratum="", weight=0.05) for r in data]
    plain = kaplan_meier([r["t_s"] for r in data], [r["event"] > 0 for r in data])
    for t_s in (1, 60, 180, 300, 600):
        share = asked(waits, waiting_at(t_s))
        assert share.estimate == pytest.approx(plain.at(t_s))
        assert share.low <= share.estimate <= share.high
    middle = asked(waits, waiting_median)
    assert middle.estimate == plain.median_s()
    assert middle.low < middle.estimate
    assert middle.high is None, "in some resamples fewer than half ever leave"


def test_equal_weights_give_the_ordinary_median():
    waits = [WeightedWait(at_s=t, ending=1, stratum="", weight=1.0) for t in (4.0, 4.7, 4.8, 9.4)]
    assert asked(waits, ended_median).estimate == pytest.approx(4.75)


def waits():
    # A busy stratum that carries most callers, over-sampled the other way round.
    busy = [WeightedWait(at_s=500.0 + i, ending=1, stratum="busy", weight=0.8 / 5) for i in range(5)]
    calm = [WeightedWait(at_s=20.0 + i, ending=1, stratum="calm", weight=0.2 / 20) for i in range(20)]
    return busy + calm


def test_weights_give_each_stratum_its_share_of_callers():
    share, median = resampled(waits(), human_by(300), human_median)
    assert share.estimate == pytest.approx(0.2)
    assert median.estimate == 501.0


def test_order_changes_nothing_and_the_seed_is_fixed():
    shuffled = waits()
    random.Random(1).shuffle(shuffled)
    assert asked(shuffled, human_median) == asked(waits(), human_median)


def test_the_mean_of_uncut_waits_is_that_of_their_curve():
    plain, curve = resampled(waits(), mean, restricted_mean(600))
    assert plain.estimate == pytest.approx(0.8 * 502 + 0.2 * 29.5)
    assert (plain.estimate, plain.low, plain.high) == pytest.approx((curve.estimate, curve.low, curve.high))


def test_a_cut_in_the_middle_changes_the_curves_only_after_it():
    # 20 calm waits end by 39 s; one of the busy ones is cut at 500 s, before the others.
    cut = [replace(w, ending=0) if w.at_s == 500.0 else w for w in waits()]
    for t_s, changed in ((499, 0.2), (501, 0.2 + 0.8 / 4), (504, 1)):
        assert asked(cut, human_by(t_s)).estimate == pytest.approx(changed)
    assert asked(cut, human_by(499)) == asked(waits(), human_by(499))


def test_a_question_is_answered_alike_whatever_else_is_asked():
    cut = [replace(w, ending=0) if w.at_s == 500.0 else w for w in waits()]
    questions = human_median, human_by(300), human_by(502), waiting_median, waiting_at(502), restricted_mean(503)
    assert resampled(cut, *questions) == [asked(cut, question) for question in questions]


def test_a_median_after_the_first_cut_is_that_of_the_curve():
    # Nobody but a calm wait is cut, at 30 s: half of all are reached at 501 s, after it.
    cut = [replace(w, ending=0) if w.at_s == 30.0 else w for w in waits()]
    plain = aalen_johansen(
        [w.at_s for w in cut for _ in range(round(100 * w.weight))],
        [w.ending for w in cut for _ in range(round(100 * w.weight))],
    )
    assert asked(cut, human_median).estimate == plain.median_s() == 501.0


def test_numbers_kept_between_two_services_are_those_that_the_seed_gives_again(monkeypatch):
    kept = resampled(waits(), mean, human_median)
    monkeypatch.setattr(resampling, "USUAL", 0)
    assert resampled(waits(), mean, human_median) == kept
