import pytest

from exporters.statistics.undecided import undecided_bounds
from exporters.statistics.verdict import against


def test_verdict_only_if_worst_and_best_agree(case):
    for row in case("c13")["rows"]:
        got = undecided_bounds(row["human"], row["failed"], row["undecided"])
        assert got.worst == pytest.approx(row["worst"], abs=1e-6)
        assert got.best == pytest.approx(row["best"], abs=1e-6)
        assert got.complete_case == pytest.approx(row["complete_case"], abs=1e-6)
        assert [got.outer.low, got.outer.high] == pytest.approx(row["ci95_outer"], abs=1e-6)
        assert against(got.outer, 0.85) == row["verdict_085"]


def test_nothing_decided_leaves_everything_open():
    got = undecided_bounds(0, 0, 12)
    assert (got.worst, got.best, got.complete_case) == (0.0, 1.0, None)
    assert (got.outer.low, got.outer.high) == (0.0, 1.0)
