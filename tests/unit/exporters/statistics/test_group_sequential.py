import pytest

from exporters.statistics.group_sequential import Spending, group_sequential


def test_published_bounds_for_two_to_five_looks(case):
    table = case("c11")["group_sequential"]
    for name, expected in table.items():
        spending, looks = name.rsplit("_K", 1)
        got = group_sequential(int(looks), Spending(spending))
        # The table prints z to three decimals.
        assert [look.z for look in got] == pytest.approx(expected["z"], abs=5.1e-4), name
        assert [look.spent for look in got] == pytest.approx(expected["cum_alpha"], abs=1e-6), name
        nominal = expected["nominal_two_sided_alpha"]
        assert [look.nominal_alpha for look in got] == pytest.approx(nominal, abs=1e-6), name
    assert len(table) == 8


def test_one_look_is_the_ordinary_interval():
    (look,) = group_sequential(1, Spending.OBRIEN_FLEMING)
    assert look.z == pytest.approx(1.959964, abs=1e-6)
