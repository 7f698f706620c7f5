import pytest

from exporters.statistics.agreement import cohen_kappa


def test_textbook_table():
    # Cohen's kappa of 20 yes/yes, 5 yes/no, 10 no/yes, 15 no/no: observed 0.70, chance 0.50, kappa 0.40.
    pairs = [("y", "y")] * 20 + [("y", "n")] * 5 + [("n", "y")] * 10 + [("n", "n")] * 15
    got = cohen_kappa(pairs)
    assert (got.n, got.agreed) == (50, 35)
    assert got.kappa == pytest.approx(0.4)


def test_perfect_and_empty_and_constant():
    assert cohen_kappa([("y", "y"), ("n", "n")]).kappa == 1.0
    assert cohen_kappa([]) is None
    assert cohen_kappa([("y", "y")] * 5).kappa is None
