import pytest

from exporters.statistics.exact import clopper_pearson
from exporters.statistics.interval import Interval
from exporters.statistics.verdict import TargetVerdict, against, closed_gates

OPEN = {"n": 200, "df": 199, "undecided": 0.0, "own": 0.0}


def test_examples_on_both_sides_of_a_target(case):
    for row in case("c03")["examples"]:
        interval = clopper_pearson(row["x"], row["n"])
        assert [interval.low, interval.high] == pytest.approx(row["cp"], abs=1e-6)
        assert against(interval, row["target"]) == row["verdict"], row


def test_a_lower_bound_at_the_target_meets_it_and_an_upper_bound_there_does_not_miss_it():
    assert against(Interval(low=0.85, high=0.95), 0.85) is TargetVerdict.MET
    assert against(Interval(low=0.75, high=0.85), 0.85) is TargetVerdict.INCONCLUSIVE


@pytest.mark.parametrize(
    ("change", "closed"),
    [
        ({"n": 29}, True),
        ({"n": 30}, False),
        ({"df": 7}, True),
        ({"df": 8}, False),
        ({"undecided": 0.101}, True),
        ({"undecided": 0.10}, False),
        ({"own": 0.201}, True),
        ({"own": 0.20}, False),
    ],
)
def test_each_gate_closes_just_beyond_its_limit(change, closed):
    assert bool(closed_gates(**(OPEN | change))) is closed


def test_every_closed_gate_says_why():
    reasons = closed_gates(n=12, df=3, undecided=0.5, own=0.5)
    assert len(reasons) == 4
    assert reasons[0] == "12 attempts, at least 30 are needed"
