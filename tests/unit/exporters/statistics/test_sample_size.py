import pytest

from exporters.statistics.sample_size import least_met, most_not_met, n_for_half_width, n_for_power, power
from exporters.statistics.verdict import TargetVerdict


def test_calls_for_a_half_width(case):
    checked = 0
    for row in case("c10")["half_width_table"]:
        for key, n in row.items():
            if not key.startswith("wilson_pm"):
                continue
            half_width, _, deff = key.removeprefix("wilson_pm").partition("_deff")
            assert n_for_half_width(row["p"], float(half_width), deff=float(deff or 1)) == n, (row["p"], key)
            checked += 1
    assert checked == 48


def test_power_and_calls_for_four_chances_in_five(case):
    for row in case("c10")["power_table"]:
        for n, chance in row["power"].items():
            # The table prints four decimals.
            assert power(int(n), row["target"], row["true_p"]) == pytest.approx(chance, abs=5.1e-5), row
        plan = n_for_power(row["target"], row["true_p"])
        assert (plan.n, plan.verdict) == (row["n_for_80pct"], row["verdict"])
        assert plan.power >= 0.8


def test_least_and_most_counts_for_a_verdict(case):
    for row in case("c03")["rows"]:
        expected = row["clopper_pearson"]
        assert least_met(row["n"], row["target"]) == expected["min_x_met"], row
        assert most_not_met(row["n"], row["target"]) == expected["max_x_not_met"], row


def test_calls_that_share_their_staff_are_worth_fewer():
    assert n_for_power(0.85, 0.92).n == 180
    assert n_for_power(0.85, 0.92, deff=2).n == 360


def test_a_service_exactly_at_its_target_can_never_be_told():
    assert n_for_power(0.85, 0.85) is None


def test_a_perfect_service_meets_with_the_fewest_calls_that_may_carry_a_verdict():
    plan = n_for_power(0.85, 1.0)
    assert (plan.n, plan.power, plan.verdict) == (30, 1.0, TargetVerdict.MET)
