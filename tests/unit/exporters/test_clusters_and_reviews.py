"""What makes a figure less sure than its n: a detector that errs, calls that share a number or a day."""

import pytest

from exporters.kpi import estimate
from prober.attempt import Script
from prober.outcome import Outcome
from storage.tally import Cell, Day, Ending, Review, Tally, Times


def humans(count, **more):
    return Cell(service="s", script=Script.AGENT, stratum="", outcome=Outcome.HUMAN, count=count, **more)


def failures(count, **more):
    return Cell(service="s", script=Script.AGENT, stratum="", outcome=Outcome.BUSY, count=count, **more)


def test_a_reviewed_sample_corrects_the_human_rates_only():
    review = Review(human_found=97, human_missed=3, other_confirmed=99, other_taken_for_human=1)
    got = estimate(Tally(t_max_s=600, cells=(humans(170), failures(30)), review=review)).kpis
    corrected = got["agent_pickup_rate"].corrected
    # c14: 170 of 200, sensitivity 0.97, specificity 0.99 gives 0.875.
    assert corrected.estimate == pytest.approx(0.875)
    assert corrected.low < 0.875 < corrected.high
    assert corrected.reviewed == 200
    assert got["agent_pickup_rate"].estimate == 0.85
    assert got["dissuasion_rate"].corrected is None


def test_two_reviewers_of_the_same_calls_are_compared_beyond_chance():
    counts = {"both_human": 20, "only_first_human": 5, "only_last_human": 10, "both_other": 15}
    review = Review(human_found=97, human_missed=3, other_confirmed=99, other_taken_for_human=1, **counts)
    corrected = estimate(Tally(t_max_s=600, cells=(humans(20),), review=review)).kpis["agent_pickup_rate"].corrected
    assert (corrected.read_twice, corrected.agreed) == (50, 35)
    assert corrected.kappa == pytest.approx(0.4)  # the textbook table: 0.70 observed, 0.50 by chance


def test_a_review_without_a_person_is_told_and_corrects_nothing():
    review = Review(human_found=0, human_missed=0, other_confirmed=60, other_taken_for_human=0)
    corrected = estimate(Tally(t_max_s=600, cells=(humans(20),), review=review)).kpis["agent_pickup_rate"].corrected
    assert (corrected.reviewed, corrected.humans, corrected.others_confirmed) == (60, 0, 60)
    assert (corrected.estimate, corrected.low, corrected.sensitivity) == (None, None, None)


def test_a_sample_of_numbers_is_as_sure_as_its_numbers_differ(case):
    c06 = case("c06")
    cells = [
        cell
        for c in c06["clusters"]
        for cell in (humans(c["x"], number=c["number"]), failures(c["n"] - c["x"], number=c["number"]))
        if cell.count
    ]
    times = (Times(service="s", script=Script.AGENT, stratum="", ending=Ending.HUMAN, at_s=(9.0,) * 120),)
    got = estimate(Tally(t_max_s=600, cells=tuple(cells), human_times=times)).kpis
    rate = got["agent_pickup_rate"]
    assert [rate.low, rate.high] == pytest.approx(c06["expected"]["korn_graubard"], abs=1e-6)
    assert rate.deff == pytest.approx(c06["expected"]["deff"], abs=1e-6)
    assert rate.gates == ("5 degrees of freedom, at least 8 are needed",)
    wait = got["time_to_human_seconds"]
    assert (wait.estimate, wait.low, wait.high, wait.points["180"].low) == (9.0, None, None, None)


def test_one_number_of_a_sample_says_nothing_of_the_others():
    cells = (humans(170, number="3646"), failures(30, number="3646"))
    got = estimate(Tally(t_max_s=600, cells=cells)).kpis["agent_pickup_rate"]
    assert (got.estimate, got.low, got.high, got.verdict) == (0.85, 0.0, 1.0, "insufficient")
    assert got.deff == 200, "two hundred calls are worth one"


def test_days_that_are_alike_widen_the_interval_that_stands_beside(case):
    c06 = case("c06")
    days = tuple(
        Day(script=Script.AGENT, direct_counts=False, day=f"2026-12-{i:02}", n=c["n"], x=c["x"])
        for i, c in enumerate(c06["clusters"], 1)
    )
    cells = (humans(c06["expected"]["x"]), failures(c06["expected"]["n"] - c06["expected"]["x"]))
    got = estimate(Tally(t_max_s=600, cells=cells, days=days)).kpis
    rate = got["agent_pickup_rate"]
    assert rate.by_day.icc == pytest.approx(c06["expected"]["icc_anova"], abs=1e-6)
    bounds = [rate.by_day.verdict_interval.low, rate.by_day.verdict_interval.high]
    assert bounds == pytest.approx(c06["expected"]["korn_graubard"], abs=1e-6)
    assert [rate.low, rate.high] == pytest.approx(c06["expected"]["naive_clopper_pearson"], abs=1e-6)
    assert got["human_reach_rate"].by_day is None
