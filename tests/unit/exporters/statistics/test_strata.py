import random

import pytest

from exporters.statistics.strata import merge_small
from exporters.statistics.weighted import StratumCount


def row(name, size, weight=0.1, x=0):
    return StratumCount(name=name, weight=weight, size=size, n=size, x=x)


def names(strata):
    return [(s.name, s.size) for s in strata]


def test_single_calls_join_the_hour_before(case):
    c05 = case("c05")
    strata = [row(r["label"], r["n"], r["weight"], r["x"]) for r in c05["strata"]]
    random.Random(3).shuffle(strata)
    got = merge_small(strata)
    assert [(s.name, s.n, s.x) for s in got] == [(r["label"], r["n"], r["x"]) for r in c05["collapsed"]]
    assert [s.weight for s in got] == pytest.approx([r["weight"] for r in c05["collapsed"]])


def test_a_small_first_hour_joins_the_next():
    assert names(merge_small([row("Fri 09", 1), row("Fri 10", 4), row("Fri 11", 4)])) == [
        ("Fri 09-10", 5),
        ("Fri 11", 4),
    ]


def test_bands_join_end_to_end():
    assert names(merge_small([row("Mon 09-11", 5), row("Mon 11-14", 0), row("Mon 14-16", 4)])) == [
        ("Mon 09-14", 5),
        ("Mon 14-16", 4),
    ]


def test_a_weekday_group_too_small_as_a_whole_joins_its_neighbour():
    got = merge_small([row("Mon 09", 9), row("Tue-Thu 09", 1), row("Tue-Thu 10", 0), row("Fri 09", 3)])
    assert names(got) == [("Mon 09 + Tue-Thu 09-10", 10), ("Fri 09", 3)]


def test_the_merge_looks_at_sizes_and_never_at_results():
    sizes = [3, 1, 0, 2, 1, 5]
    empty = [row(f"Mon {9 + i:02}", n) for i, n in enumerate(sizes)]
    full = [row(f"Mon {9 + i:02}", n, x=n) for i, n in enumerate(sizes)]
    assert names(merge_small(empty)) == names(merge_small(full))
    assert sum(s.weight for s in merge_small(empty)) == pytest.approx(0.6)


def test_strata_of_one_number_join_before_they_join_those_of_another():
    got = merge_small([row("3646 Mon 09", 3), row("3646 Fri 09", 1), row("3230 Mon 09", 1), row("3230 Fri 09", 3)])
    assert names(got) == [("3230 Mon 09 + 3230 Fri 09", 4), ("3646 Mon 09 + 3646 Fri 09", 4)]
