import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import hypergeom

from exporters.statistics.part import chance_of_so_few


@st.composite
def parts(draw):
    calls = draw(st.integers(1, 400))
    n, reached = draw(st.integers(0, calls)), draw(st.integers(0, calls))
    return draw(st.integers(0, n)), n, reached, calls


@given(parts())
def test_the_chance_is_the_hypergeometric_tail(case):
    x, n, reached, calls = case
    assert chance_of_so_few(x, n, reached, calls) == pytest.approx(hypergeom.cdf(x, calls, reached, n), abs=1e-9)


def test_all_of_few_says_little_and_none_of_many_says_much():
    assert chance_of_so_few(5, 5, 5, 10) == 1
    assert chance_of_so_few(0, 5, 5, 10) == pytest.approx(1 / 252)
