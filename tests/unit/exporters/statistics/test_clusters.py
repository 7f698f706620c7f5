import pytest

from exporters.statistics.clusters import Cluster, clustered
from exporters.statistics.exact import clopper_pearson
from exporters.statistics.verdict import against


def test_six_numbers_of_one_service(case):
    c06 = case("c06")
    expected = c06["expected"]
    got = clustered([Cluster(name=c["number"], n=c["n"], x=c["x"]) for c in c06["clusters"]])
    for mine, theirs in (
        (got.estimate, "estimate"),
        (got.variance, "variance"),
        (got.deff, "deff"),
        (got.n_effective, "neff"),
        (got.n_adjusted, "neff_df"),
        (got.icc, "icc_anova"),
        (got.deff_from_icc, "deff_from_icc"),
    ):
        assert mine == pytest.approx(expected[theirs], abs=1e-6), theirs
    assert [got.verdict_interval.low, got.verdict_interval.high] == pytest.approx(expected["korn_graubard"], abs=1e-6)
    assert [got.chart_interval.low, got.chart_interval.high] == pytest.approx(expected["wilson_neff"], abs=1e-6)
    assert got.df == 5
    naive = clopper_pearson(expected["x"], expected["n"])
    assert [naive.low, naive.high] == pytest.approx(expected["naive_clopper_pearson"], abs=1e-6)
    assert against(naive, 0.85) == expected["verdict_085_naive"]


def test_order_of_numbers_changes_nothing_and_uncalled_numbers_are_left_out():
    numbers = [Cluster(name=str(i), n=10, x=x) for i, x in enumerate((3, 9, 10, 7))]
    assert clustered(numbers) == clustered([*reversed(numbers), Cluster(name="silent", n=0, x=0)])


def test_one_number_has_no_variance_between_numbers():
    assert clustered([Cluster(name="3646", n=200, x=170)]) is None


def test_nine_numbers_that_all_succeed_are_not_certain():
    got = clustered([Cluster(name=str(i), n=5, x=5) for i in range(9)])
    assert got.verdict_interval.high == 1.0
    assert got.verdict_interval.low < 1.0
