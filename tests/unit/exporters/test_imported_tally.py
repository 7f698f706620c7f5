import json
import random
from pathlib import Path

import pytest
from lifelines import KaplanMeierFitter

from exporters.imported import ImportedAttempt, read_attempts
from exporters.imported_tally import attempt_ids, cut, tally_of
from exporters.kpi import DEFINITIONS, estimate
from exporters.statistics.exact import clopper_pearson
from prober.attempt import Script
from prober.outcome import Outcome
from storage.tally import Ending, Enquiries, Times

ROOT = Path(__file__).parents[3]
CASES = ROOT / "tests" / "golden" / "cases"


def attempt(outcome, identity=1, **more):
    return ImportedAttempt(**{"id": identity, "script": Script.AGENT, "outcome": outcome} | more)


def times(tally, kind):
    return {(t.script, t.ending): t.at_s for t in getattr(tally, kind)}


@pytest.fixture(scope="module")
def month():
    return read_attempts(CASES / "c01_outcome_set.json").attempts


def test_the_counts_and_times_of_the_worked_example(month):
    tally = tally_of(month, t_max_s=600)
    assert sum(c.count for c in tally.cells) == 24
    assert sum(c.count for c in tally.cells if c.queued) == 13
    assert times(tally, "human_times")[Script.AGENT, Ending.HUMAN] == (9.4, 48.2, 95.4, 181.9, 312.7)
    assert times(tally, "human_times")[Script.AGENT, Ending.SERVICE] == (1.2, 52.3, 60.0, 98.0, 140.0, 188.8)
    assert times(tally, "human_times")[Script.AGENT, Ending.OURS] == (600.0,)
    assert times(tally, "queue_times")[Script.OPTOUT, Ending.SERVICE] == (65.0,)
    assert sum(len(t.at_s) for t in tally.alert_times) == 20
    assert sum(len(t.at_s) for t in tally.answer_times) == 18


def test_order_of_rows_changes_nothing(month):
    shuffled = list(month)
    random.Random(5).shuffle(shuffled)
    assert tally_of(shuffled, t_max_s=600) == tally_of(month, t_max_s=600)


def test_a_smaller_patience_counts_the_month_again(month):
    got = estimate(tally_of(month, t_max_s=180)).kpis
    # Attempts 3 and 14 waited 312.7 and 181.9 s, attempt 9 was cut at 188.8 s: all three still wait at 180 s.
    assert (got["agent_pickup_rate"].numerator, got["agent_pickup_rate"].denominator) == (3, 12)
    assert got["still_waiting_rate"].numerator == 4
    assert got["drop_rate"].numerator == 0
    assert list(got["time_to_human_seconds"].points) == ["180"]


def test_what_happens_after_t_max_did_not_happen():
    late = attempt(Outcome.HUMAN, t_answer=2.0, t_queue=30.0, t_human=61.0, t_end=70.0)
    assert cut(late, 60.0) == attempt(Outcome.QUEUE_TIMEOUT, t_answer=2.0, t_queue=30.0, t_end=60.0)
    assert cut(late, 61.0) == late
    assert cut(attempt(Outcome.OWN_FAILURE, t_end=99.0), 60.0).outcome is Outcome.OWN_FAILURE
    assert cut(attempt(Outcome.INDETERMINATE, t_end=99.0), 60.0).outcome is Outcome.INDETERMINATE
    assert cut(attempt(Outcome.HUMAN, t_ivr=65.0, t_human=50.0), 60.0).t_ivr is None


@pytest.mark.parametrize("outcome", [Outcome.NO_ANSWER, Outcome.SILENCE, Outcome.IVR_ONLY, Outcome.HUMAN_WRONG_SERVICE])
def test_an_ending_by_the_service_is_event_2_at_its_end(outcome):
    tally = tally_of([attempt(outcome, t_human=20.0, t_end=30.0)], t_max_s=600)
    (got,) = tally.human_times
    assert got == Times(service="", script=Script.AGENT, stratum="", ending=Ending.SERVICE, at_s=(30.0,))


def test_own_and_network_failures_have_no_times():
    rows = [
        attempt(o, i, t_alert=1.0, t_queue=2.0, t_end=5.0)
        for i, o in enumerate((Outcome.OWN_CANCELLED, Outcome.MEDIA_FAILURE))
    ]
    tally = tally_of(rows, t_max_s=600)
    assert (tally.alert_times, tally.human_times, tally.queue_times) == ((), (), ())
    assert sum(c.count for c in tally.cells) == 2


def test_a_row_that_stands_for_several_counts_as_often():
    tally = tally_of([attempt(Outcome.HUMAN, t_human=9.0, count=3), attempt(Outcome.HUMAN, 2, t_human=7.0)], t_max_s=60)
    assert [c.count for c in tally.cells] == [4]
    assert times(tally, "human_times")[Script.AGENT, Ending.HUMAN] == (7.0, 9.0, 9.0, 9.0)


def test_enquiries_reach_a_human_once_and_own_failures_are_no_tries():
    rows = [
        attempt(Outcome.BUSY, 1, enquiry="a"),
        attempt(Outcome.HUMAN, 2, enquiry="a"),
        attempt(Outcome.BUSY, 3, enquiry="b"),
        attempt(Outcome.OWN_FAILURE, 4, enquiry="c"),
    ]
    tally = tally_of(rows, t_max_s=600)
    assert tally.enquiries == Enquiries(total=2, reached=1)
    got = estimate(tally).kpis["enquiry_success_rate"]
    assert (got.numerator, got.denominator, got.estimate) == (1, 2, 0.5)


def test_attempts_without_a_time_leave_the_delay_null_and_say_how_many():
    got = estimate(tally_of([attempt(Outcome.HUMAN, t_end=9.0)], t_max_s=600)).kpis["time_to_human_seconds"]
    assert got.estimate is None
    assert got.reason == "1 of 1 attempts lack the time"


def test_ids_behind_a_figure_are_as_many_as_it_counts(month):
    kpis = estimate(tally_of(month, t_max_s=600)).kpis
    for identifier in DEFINITIONS:
        if identifier == "enquiry_success_rate":
            continue
        members, successes = attempt_ids(identifier, month, 600)
        assert len(members) == kpis[identifier].denominator, identifier
        if identifier.endswith(("_rate", "_share", "_queued", "_refusal")):
            assert len(successes) == kpis[identifier].numerator, identifier
    assert attempt_ids("human_reach_rate", month, 600) == ([15, 16, 17, 18, 19, 20, 21, 22, 24], [15, 16, 19, 21])


def test_time_to_human_of_the_competing_risks_case():
    data = json.loads((CASES / "c08b_mixed_caps_aj.json").read_text())
    outcomes = {0: Outcome.INDETERMINATE, 1: Outcome.HUMAN, 2: Outcome.DISSUADED}
    rows = [
        attempt(outcomes[r["event"]], i, t_human=r["t_s"] if r["event"] == 1 else None, t_end=r["t_s"])
        for i, r in enumerate(data["data"])
    ]
    got = estimate(tally_of(rows, t_max_s=600)).kpis["time_to_human_seconds"]
    for t_s in ("180", "300", "600"):
        assert got.points[t_s].estimate == pytest.approx(data["expected"]["cif_human"][t_s], abs=1e-6)
        assert got.points[t_s].ended_by_service == pytest.approx(data["expected"]["cif_service_end"][t_s], abs=1e-6)
    # Who still waits has an interval too: by log-log once somebody was cut.
    oracle = KaplanMeierFitter().fit([r["t_s"] for r in data["data"]], [r["event"] > 0 for r in data["data"]])
    low, high = oracle.confidence_interval_survival_function_.loc[:300].iloc[-1]
    point = got.points["300"]
    assert point.still_waiting == pytest.approx(float(oracle.survival_function_at_times(300).iloc[0]))
    assert (point.waiting_low, point.waiting_high) == pytest.approx((low, high), abs=1e-6)


def test_who_still_waits_is_a_proportion_while_nobody_was_cut():
    rows = [attempt(Outcome.HUMAN, i, t_human=20.0 * i + 1, t_end=20.0 * i + 9) for i in range(12)]
    rows += [attempt(Outcome.QUEUE_TIMEOUT, 20 + i, t_end=600.0) for i in range(3)]
    point = estimate(tally_of(rows, t_max_s=600)).kpis["time_to_human_seconds"].points["600"]
    exact = clopper_pearson(3, 15)
    assert (point.still_waiting, point.waiting_low, point.waiting_high) == pytest.approx((0.2, exact.low, exact.high))


@pytest.mark.parametrize("cut_s", [100.0, 700.0])
def test_a_weighted_curve_says_who_still_waits_though_a_call_was_cut(cut_s):
    rows = [
        attempt(Outcome.HUMAN, i, t_human=20.0 * i + 1, t_end=20.0 * i + 9, stratum=f"Mon {9 + i % 2:02}", weight=0.5)
        for i in range(20)
    ]
    undecided = {"t_end": cut_s, "stratum": "Mon 09", "weight": 0.5}
    rows += [attempt(Outcome.INDETERMINATE, 20 + i, **undecided) for i in range(4)]
    points = estimate(tally_of(rows, t_max_s=600)).kpis["time_to_human_seconds"].points
    for point in points.values():
        assert point.estimate + point.ended_by_service + point.still_waiting == pytest.approx(1)
        assert point.waiting_low <= point.still_waiting <= point.waiting_high


@pytest.mark.parametrize("outcome", [Outcome.BUSY, Outcome.HUMAN, Outcome.QUEUE_TIMEOUT])
def test_a_weighted_curve_of_calls_that_all_end_alike_is_not_certain(outcome):
    # A call cut at 5 s keeps the plain proportions out; the resamples of none or all are alike, and bound nothing.
    rows = [
        attempt(outcome, i, t_human=40.0 if outcome is Outcome.HUMAN else None, t_end=600.0,
                stratum=f"Mon {9 + i % 2:02}", weight=0.7 if i % 2 else 0.3)
        for i in range(1, 41)
    ]  # fmt: skip
    rows.append(attempt(Outcome.INDETERMINATE, 99, t_end=5.0, stratum="Mon 09", weight=0.3))
    points = estimate(tally_of(rows, t_max_s=600)).kpis["time_to_human_seconds"].points
    for point in points.values():
        for share, low, high in (
            (point.estimate, point.low, point.high),
            (point.still_waiting, point.waiting_low, point.waiting_high),
        ):
            assert low <= share <= high
            assert high - low > 0.05
            assert share in (0, 1)


def test_queue_time_of_the_case_without_endings_by_the_service():
    case = json.loads((CASES / "c07_time_to_human_km.json").read_text())
    expected = case["expected"]
    rows = [
        attempt(
            Outcome.HUMAN if r["human"] else Outcome.QUEUE_TIMEOUT,
            i,
            t_queue=0.0,
            t_human=r["t_s"] if r["human"] else None,
            t_end=r["t_s"],
        )
        for i, r in enumerate(case["data"])
    ]
    got = estimate(tally_of(rows, t_max_s=600)).kpis["queue_time_seconds"]
    assert got.estimate == pytest.approx(expected["rmst_600_s"], abs=1e-6)
    assert got.high - got.estimate == pytest.approx(1.959964 * expected["rmst_600_se_s"], abs=1e-4)
    assert got.points["180"].estimate == pytest.approx(expected["reached_within"]["180"])
    middle = [got.details[name] for name in ("median", "median_low", "median_high")]
    assert middle == [expected["median_s"], *expected["median_ci95_s"]]


def test_weighted_delays_of_the_example_agree_with_its_weighted_rate():
    read = read_attempts(ROOT / "docs" / "examples" / "attempts.csv")
    got = estimate(tally_of(read.attempts, t_max_s=600, unknown=read.unknown)).kpis
    rate, delay = got["agent_pickup_rate"], got["time_to_human_seconds"]
    assert rate.method == "korn_graubard"
    # Strata of two calls: 1 of 2, 1 of 2, 2 of 2, 1 of 2, with weights .4, .2, .25, .15.
    assert rate.estimate == pytest.approx(0.5 * 0.75 + 0.25)
    assert delay.points["600"].estimate == pytest.approx(rate.estimate)
    assert (delay.points["600"].low, delay.points["600"].high) == pytest.approx((rate.low, rate.high))
    assert delay.method == "weighted_aalen_johansen_bootstrap"


# x of n, percentage and exact interval as published or computed from what was published.
PUBLISHED = {
    "Assurance maladie (3646)": (85, 302, 28, 23.1, 33.6),
    "CAF (3230)": (188, 408, 46, 41.2, 51.1),
    "Assurance retraite (Carsat)": (297, 412, 72, 67.5, 76.4),
    "Pôle emploi": (344, 410, 84, 80.0, 87.3),
}


def test_the_national_study_of_2022():
    read = read_attempts(ROOT / "docs" / "examples" / "national-study-2022.csv")

    def rate(attempts):
        return estimate(tally_of(attempts, t_max_s=600, unknown=read.unknown)).kpis["agent_pickup_rate"]

    for service, (x, n, percent, low, high) in PUBLISHED.items():
        got = rate([a for a in read.attempts if a.service == service])
        assert (got.numerator, got.denominator, round(100 * got.estimate)) == (x, n, percent)
        assert [round(100 * got.low, 1), round(100 * got.high, 1)] == [low, high], service
    whole = rate(read.attempts)
    assert (whole.numerator, whole.denominator) == (914, 1532)
    assert [round(100 * f, 1) for f in (whole.estimate, whole.low, whole.high)] == [59.7, 57.2, 62.1]
    assert whole.verdict == "not_met"
