import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporters.statistics.pooled import Part, pooled
from exporters.statistics.weighted import StratumCount, weighted


def part(weight, n, x):
    rate = x / n
    return Part(weight=weight, estimate=rate, variance=rate * (1 - rate) / (n - 1), n=n, n_effective=n, df=n - 1)


def test_services_without_strata_are_the_strata_of_the_worked_example(case):
    # svy 0.35.0, prop(ci_method="korn-graubard"), design wr=True: SE 0.039403, lower bound 0.724719.
    c04 = case("c04")
    got = pooled([part(s["weight"], s["n"], s["x"]) for s in c04["strata"]])
    assert got.estimate == pytest.approx(c04["expected"]["estimate"], abs=1e-6)
    assert got.variance**0.5 == pytest.approx(0.039403, abs=1e-6)
    assert [got.interval.low, got.interval.high] == pytest.approx([0.724719, 0.888118], abs=1e-6)


SERVICES = st.lists(
    st.integers(2, 60).flatmap(lambda n: st.tuples(st.floats(0.01, 9), st.just(n), st.integers(0, n))), min_size=1
)


@given(SERVICES)
def test_the_estimate_is_inside_and_order_and_unit_of_the_weights_change_nothing(rows):
    got = pooled([part(*row) for row in rows])
    assert got.interval.low - 1e-12 <= got.estimate <= got.interval.high + 1e-12
    random.Random(1).shuffle(rows)
    again = pooled([part(w * 4, n, x) for w, n, x in rows])
    assert again.estimate == pytest.approx(got.estimate, abs=1e-12)
    assert again.interval.low == pytest.approx(got.interval.low, abs=1e-9)


@given(SERVICES)
def test_two_levels_are_one_when_every_service_is_one_stratum(rows):
    mass = sum(w for w, _, _ in rows)
    strata = [StratumCount(name=str(i), weight=w / mass, size=n, n=n, x=x) for i, (w, n, x) in enumerate(rows)]
    one, two = weighted(strata), pooled([part(*row) for row in rows])
    assert two.estimate == pytest.approx(one.estimate, abs=1e-9)
    assert two.n_effective == pytest.approx(one.n_effective, rel=1e-6)
    assert two.interval.low == pytest.approx(one.verdict_interval.low, abs=1e-6)


def test_a_heavy_service_of_two_calls_is_not_certain():
    # It holds 60 % of the calls received: of its rate two calls tell little.
    assert pooled([part(0.6, 2, 2), part(0.4, 198, 170)]).interval.low < 0.5


def test_nothing_to_pool():
    assert pooled([]) is None
