from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exporters.estimates import Target
from exporters.imported import ImportedAttempt, read_attempts
from exporters.imported_tally import tally_of
from exporters.kpi import DEFINITIONS, estimate, target_in_force
from prober.attempt import Script
from prober.outcome import Outcome, Who
from storage.tally import Cell, Ending, Stratum, Tally, Times

CASES = Path(__file__).parents[2] / "golden" / "cases"


@pytest.fixture(scope="module")
def month():
    return read_attempts(CASES / "c01_outcome_set.json").attempts


@pytest.fixture(scope="module")
def kpis(month):
    return estimate(tally_of(month, t_max_s=600)).kpis


def humans(count, **more):
    return Cell(service="s", script=Script.AGENT, stratum="", outcome=Outcome.HUMAN, count=count, **more)


def failures(count, outcome=Outcome.BUSY, **more):
    return Cell(**{"service": "s", "script": Script.AGENT, "stratum": "", "outcome": outcome, "count": count} | more)


def agent_rate(*cells, **more):
    return estimate(Tally(t_max_s=600, cells=cells), **more).kpis["agent_pickup_rate"]


def test_every_rate_of_the_worked_example(case, kpis):
    expected = case("c01_outcome")["expected"]
    for key, identifier in case("c01_identifiers")["identifiers"].items():
        row, got = expected[key], kpis[identifier]
        assert (got.numerator, got.denominator) == (row["numerator"], row["denominator"]), key
        assert got.estimate == pytest.approx(row["estimate"], abs=1e-6)
        assert [got.low, got.high] == pytest.approx(row["ci95"]["clopper_pearson"], abs=1e-6)
        assert [got.chart.low, got.chart.high] == pytest.approx(row["ci95"]["wilson"], abs=1e-6)
        assert got.raw_verdict == row.get("verdict_clopper_pearson")
        assert got.target == row.get("target")
    assert kpis["network_share"].estimate == pytest.approx(expected["network_failure_share"], abs=1e-6)
    assert kpis["post_dial_delay_seconds"].estimate == pytest.approx(expected["mean_pdd_s"], abs=1e-6)
    assert kpis["time_to_pickup_seconds"].estimate == pytest.approx(expected["median_time_to_pickup_s"], abs=1e-6)


def test_the_line_that_counts_network_failures_as_failures(case, kpis):
    row = case("c01_outcome")["expected"]["user_view_agent_rate_counting_network_as_failure"]
    got = kpis["agent_pickup_rate"].pessimistic
    assert (got.numerator, got.denominator) == (row["numerator"], row["denominator"])
    assert [got.low, got.high] == pytest.approx(row["ci95"]["clopper_pearson"], abs=1e-6)


def test_exclusions_are_counted(case, month):
    expected = case("c01_outcome")["expected"]
    got = estimate(tally_of(month, t_max_s=600))
    assert (got.attempts, got.own, got.network) == (
        expected["n_attempts"],
        expected["n_excluded_own"],
        expected["n_network"],
    )
    assert got.attempts - got.own - got.network == expected["n_service_denominator"]
    assert len(got.outcomes) == 25
    assert sum(got.outcomes.values()) == 24


def test_twelve_attempts_miss_the_target_by_arithmetic_but_are_insufficient(kpis):
    got = kpis["agent_pickup_rate"]
    assert (got.raw_verdict, got.verdict) == ("not_met", "insufficient")
    assert any("30" in gate for gate in got.gates)


def test_the_readings_of_k2b_are_told_apart(case):
    expected = case("c16")["expected"]
    read = read_attempts(CASES / "c16_k2b_readings.json")
    got = estimate(tally_of(read.attempts, t_max_s=600)).kpis
    for identifier in ("agent_pickup_rate", "agent_pickup_rate_queued", "drop_rate"):
        assert [got[identifier].numerator, got[identifier].denominator] == expected[identifier]
    assert got["queue_time_seconds"].denominator == expected["queue_time_seconds_denominator"]
    assert expected["agent_pickup_rate_queued"] not in expected["other_readings_of_agent_pickup_rate_queued"].values()


def test_identifiers_are_those_of_the_measure_in_their_order(kpis):
    assert list(kpis) == list(DEFINITIONS)
    codes = "K1,K2,K2b,K3,K3b,K4,K5,K6,K7,K8,K8b,K9,K10,K11,K12,K13,K14"
    assert ",".join(k.code for k in kpis.values()) == codes


def test_no_attempt_is_no_rate_and_neither_0_nor_1():
    got = estimate(Tally(t_max_s=600, cells=())).kpis
    for kpi in got.values():
        assert (kpi.estimate, kpi.low, kpi.high) == (None, None, None)
        assert kpi.reason
    assert got["agent_pickup_rate"].verdict == "insufficient"


def test_undecided_attempts_bound_the_rate_as_in_the_worked_example(case):
    for row in case("c13")["rows"]:
        got = agent_rate(
            humans(row["human"]), failures(row["failed"]), failures(row["undecided"], Outcome.INDETERMINATE)
        )
        assert (got.estimate, got.worst, got.best) == pytest.approx((row["worst"], row["worst"], row["best"]), abs=1e-6)
        assert [got.low, got.high] == pytest.approx(row["ci95_outer"], abs=1e-6)
        assert got.verdict == row["verdict_085"]


def test_more_than_a_tenth_undecided_is_insufficient():
    got = agent_rate(humans(300), failures(34, Outcome.INDETERMINATE))
    assert (got.raw_verdict, got.verdict) == ("met", "insufficient")


def test_more_than_a_fifth_of_own_failures_is_insufficient():
    assert agent_rate(humans(80), failures(20, Outcome.OWN_FAILURE)).verdict == "met"
    assert agent_rate(humans(79), failures(21, Outcome.OWN_FAILURE)).verdict == "insufficient"


def test_an_undecided_attempt_makes_the_worst_of_a_bad_rate_higher():
    got = estimate(Tally(t_max_s=600, cells=(humans(6), failures(2), failures(2, Outcome.INDETERMINATE))))
    dissuasion = got.kpis["dissuasion_rate"]
    assert (dissuasion.best, dissuasion.worst) == pytest.approx((0.2, 0.4))


@pytest.mark.parametrize(("subclass", "counted"), [(None, 1), ("saturated", 1), ("closed", 0), ("moved", 0)])
def test_an_announcement_is_dissuasion_unless_it_says_otherwise(subclass, counted):
    cell = failures(1, Outcome.ANNOUNCEMENT_UNANSWERED, subclass=subclass)
    assert estimate(Tally(t_max_s=600, cells=(cell,))).kpis["dissuasion_rate"].numerator == counted


def test_publication_defects_include_a_price_where_none_may_be_asked():
    cells = (humans(7), humans(1, price_breach=True), failures(2, Outcome.NUMBER_INVALID))
    got = estimate(Tally(t_max_s=600, cells=cells)).kpis["publication_defect_rate"]
    assert (got.numerator, got.denominator) == (3, 10)


def test_direct_lines_count_for_both_targets_only_if_the_plan_said_so():
    def rates(counts):
        cell = humans(40)
        tally = Tally(t_max_s=600, cells=(replace(cell, script=Script.DIRECT, direct_counts=counts),))
        got = estimate(tally).kpis
        return got["agent_pickup_rate"].denominator, got["human_reach_rate"].denominator

    assert rates(False) == (0, 0)
    assert rates(True) == (40, 40)


def test_a_source_without_a_column_has_null_for_what_needs_it():
    got = estimate(Tally(t_max_s=600, cells=(humans(20),), unknown=frozenset({"t_answer", "t_queue"}))).kpis
    assert got["technical_pickup_rate"].estimate is None
    assert got["technical_pickup_rate"].reason == "the attempts have no column t_answer"
    assert got["agent_pickup_rate_queued"].denominator is None
    assert got["agent_pickup_rate"].estimate == 1.0


# Weights


def stratified(case):
    strata = case("c04")["strata"]
    cells = [
        Cell(service="s", script=Script.AGENT, stratum=s["label"], outcome=outcome, count=count)
        for s in strata
        for outcome, count in ((Outcome.HUMAN, s["x"]), (Outcome.NO_ANSWER, s["n"] - s["x"]))
        if count
    ]
    weights = [Stratum(service="s", script=Script.AGENT, name=s["label"], weight=s["weight"]) for s in strata]
    return Tally(t_max_s=600, cells=tuple(cells), strata=tuple(weights))


def test_weights_give_the_stratified_estimate(case):
    expected = case("c04")["expected"]
    got = estimate(stratified(case)).kpis["agent_pickup_rate"]
    assert (got.numerator, got.denominator, got.method) == (102, 120, "korn_graubard")
    assert got.estimate == pytest.approx(expected["estimate"], abs=1e-6)
    assert [got.low, got.high] == pytest.approx(expected["korn_graubard"], abs=1e-6)
    assert [got.chart.low, got.chart.high] == pytest.approx(expected["wilson_neff"], abs=1e-6)


def test_a_planned_stratum_that_nobody_called_gives_its_weight_to_its_neighbour():
    def cell(stratum, outcome, count):
        return Cell(service="s", script=Script.AGENT, stratum=stratum, outcome=outcome, count=count)

    cells = (
        cell("Mon 09", Outcome.HUMAN, 10),
        cell("Mon 11", Outcome.HUMAN, 5),
        cell("Mon 11", Outcome.NO_ANSWER, 5),
        cell("Mon 10", Outcome.OWN_FAILURE, 2),
    )
    weights = tuple(
        Stratum(service="s", script=Script.AGENT, name=f"Mon {hour}", weight=weight)
        for hour, weight in (("09", 0.5), ("10", 0.3), ("11", 0.2))
    )
    got = estimate(Tally(t_max_s=600, cells=cells, strata=weights)).kpis["agent_pickup_rate"]
    assert got.estimate == pytest.approx(0.8 * 1.0 + 0.2 * 0.5)


def test_two_services_are_pooled_by_their_attempts(case):
    one = stratified(case)
    other = Tally(
        t_max_s=600,
        cells=(replace(humans(60), service="t", stratum="Mon 09"),),
        strata=(Stratum(service="t", script=Script.AGENT, name="Mon 09", weight=1.0),),
    )
    both = Tally(t_max_s=600, cells=one.cells + other.cells, strata=one.strata + other.strata)
    got = estimate(both).kpis["agent_pickup_rate"]
    assert got.estimate == pytest.approx((120 * case("c04")["expected"]["estimate"] + 60) / 180, abs=1e-6)


@pytest.mark.parametrize("script", [Script.AGENT, Script.DIRECT])
def test_calls_outside_the_plan_count_for_their_number_beside_those_of_the_plan(case, script):
    planned = stratified(case)
    times = tuple(
        Times(service="s", script=c.script, stratum=c.stratum, ending=ending, at_s=(60.0,) * c.count)
        for c in planned.cells
        for ending in [Ending.HUMAN if c.outcome is Outcome.HUMAN else Ending.SERVICE]
    )
    counts = script is Script.DIRECT
    stray = Cell(service="s", script=script, stratum="", outcome=Outcome.BUSY, direct_counts=counts, count=40)
    more = Times(service="s", script=script, stratum="", ending=Ending.SERVICE, at_s=(5.0,) * 40)
    both = replace(planned, cells=(*planned.cells, stray), human_times=(*times, more))
    got = estimate(both).kpis
    rate, wait = got["agent_pickup_rate"], got["time_to_human_seconds"]
    assert (rate.numerator, rate.denominator) == (102, 160)
    assert rate.estimate == pytest.approx(case("c04")["expected"]["estimate"] * 120 / 160, abs=1e-6)
    assert wait.denominator == 160
    assert wait.points["600"].estimate == pytest.approx(rate.estimate)


# Targets


def test_the_target_is_the_one_in_force_on_the_day():
    targets = [
        Target(identifier="agent_pickup_rate", value=0.70),
        Target(identifier="agent_pickup_rate", value=0.80, since=date(2026, 1, 1)),
        Target(identifier="agent_pickup_rate", value=0.90, since=date(2027, 1, 1)),
    ]

    def on(day):
        return target_in_force(targets, "agent_pickup_rate", day)

    assert [on(date(2025, 12, 31)), on(date(2026, 1, 1)), on(date(2026, 12, 31))] == [0.70, 0.80, 0.80]
    assert on(date(2027, 5, 1)) == 0.90
    assert on(None) == 0.70
    assert target_in_force(targets, "human_reach_rate", date(2026, 1, 1)) == 0.90
    assert target_in_force(targets, "drop_rate", date(2026, 1, 1)) is None


def test_a_lower_target_can_be_met_where_the_programme_s_is_not():
    cells = (humans(165), failures(35))
    assert agent_rate(*cells).verdict == "inconclusive"
    assert agent_rate(*cells, targets=[Target(identifier="agent_pickup_rate", value=0.7)]).verdict == "met"


# Properties

ROWS = st.lists(
    st.tuples(
        st.sampled_from([Script.AGENT, Script.OPTOUT]),
        st.sampled_from([o for o in Outcome if o.who is not Who.OWN]),
        st.booleans(),
        st.integers(3, 590),
    ),
    min_size=1,
    max_size=25,
)


def attempts_from(rows):
    def one(i, script, outcome, queued, end_s):
        reached = outcome is Outcome.HUMAN
        return ImportedAttempt(
            id=i,
            script=script,
            outcome=outcome,
            t_alert=1.0,
            t_answer=2.0 if queued or reached else None,
            t_queue=2.5 if queued else None,
            t_human=float(end_s) if reached else None,
            t_end=float(end_s),
        )

    return [one(i, *row) for i, row in enumerate(rows)]


@settings(max_examples=40, deadline=None)
@given(ROWS, st.randoms(use_true_random=False))
def test_the_order_of_attempts_changes_nothing(rows, random):
    attempts = attempts_from(rows)
    before = tally_of(attempts, t_max_s=600)
    random.shuffle(attempts)
    assert tally_of(attempts, t_max_s=600) == before
    cells = list(before.cells)
    random.shuffle(cells)
    assert estimate(replace(before, cells=tuple(cells))) == estimate(before)


@settings(max_examples=40, deadline=None)
@given(ROWS, st.sampled_from([o for o in Outcome if o.who is Who.OWN]))
def test_an_own_side_failure_changes_no_figure_but_the_own_share(rows, outcome):
    attempts = attempts_from(rows)
    more = [*attempts, ImportedAttempt(id="own", script=Script.AGENT, outcome=outcome, t_alert=0.5, t_end=3.0)]
    before, after = (estimate(tally_of(a, t_max_s=600)).kpis for a in (attempts, more))
    for identifier in before:
        if identifier != "own_share":
            old, new = before[identifier], after[identifier]
            assert (old.numerator, old.denominator, old.estimate, old.low, old.high) == (
                new.numerator,
                new.denominator,
                new.estimate,
                new.low,
                new.high,
            ), identifier
    assert after["own_share"].numerator == 1


@settings(max_examples=40, deadline=None)
@given(ROWS)
def test_every_interval_contains_its_estimate(rows):
    for kpi in estimate(tally_of(attempts_from(rows), t_max_s=600)).kpis.values():
        for figure in (kpi, *getattr(kpi, "points", {}).values()):
            if figure.estimate is not None:
                assert figure.low is None or figure.low <= figure.estimate + 1e-9, kpi
                assert figure.high is None or figure.estimate <= figure.high + 1e-9, kpi


@settings(max_examples=25, deadline=None)
@given(ROWS.filter(lambda rows: len(rows) >= 4))
def test_weights_as_the_attempts_fell_give_the_plain_rates(rows):
    attempts = [replace(a, script=Script.AGENT, stratum=f"Mon {9 + a.id % 2:02}") for a in attempts_from(rows)]
    counted = [a for a in attempts if a.outcome.in_service_denominator]
    if not counted:
        return
    share = {f"Mon {h:02}": sum(a.stratum == f"Mon {h:02}" for a in counted) / len(counted) for h in (9, 10)}
    plain = tally_of(attempts, t_max_s=600)
    strata = tuple(Stratum(service="", script=Script.AGENT, name=n, weight=w) for n, w in share.items())
    weighted = estimate(replace(plain, strata=strata)).kpis
    for identifier, kpi in estimate(plain).kpis.items():
        # The network's and the probe's shares have other bases, which the weights were not proportional to.
        if identifier not in ("network_share", "own_share"):
            assert weighted[identifier].estimate == pytest.approx(kpi.estimate, abs=1e-9), identifier
