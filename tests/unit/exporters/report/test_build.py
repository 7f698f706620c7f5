"""From tally and attempts to the report: curves, grid, funnel, facts, changes."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporters.estimates import Delay
from exporters.report.grid import grid_of
from exporters.report.lost import facts_of, funnel_of, incidents_of
from exporters.report.model import AttemptLine, Grid, GridCell, Report
from exporters.report.waiting import shares, waits_of
from exporters.statistics.incidence import aalen_johansen
from exporters.statistics.resampling import WeightedWait
from prober.attempt import Script
from prober.outcome import Outcome

Make = Callable[..., Report]


def line(name: str, outcome: Outcome, **changed: object) -> AttemptLine:
    made = AttemptLine(
        id=name,
        at="2026-10-05T09:30:00+02:00",
        number="3230",
        script=Script.AGENT,
        outcome=outcome,
        rule_id="r",
        subclass=None,
        phase=None,
        flags=(),
        stratum="",
        t_answer=None,
        t_ivr=None,
        t_queue=None,
        t_human=None,
        t_end=None,
        announced_wait_s=None,
        kpis={},
    )
    return replace(made, **changed)  # type: ignore[arg-type]


@given(
    st.lists(st.tuples(st.sampled_from([5.0, 10.0, 30.0, 60.0]), st.sampled_from([0, 1, 2])), min_size=1, max_size=40)
)
def test_the_drawn_curve_is_aalen_johansen(calls: list[tuple[float, int]]) -> None:
    oracle = aalen_johansen([at_s for at_s, _ in calls], [ending for _, ending in calls])
    for point in shares([WeightedWait(at_s=t, ending=e, stratum="", weight=0.25) for t, e in calls])[1:]:
        step = oracle.at(point.at_s)
        assert (point.human, point.ended) == pytest.approx((step.human, step.service))
        assert point.human + point.ended + point.waiting == pytest.approx(1)


def test_the_curve_passes_through_the_published_points(report: Report) -> None:
    delay = report.estimates.kpis["time_to_human_seconds"]
    assert isinstance(delay, Delay)
    for script, curve in report.curves.items():
        for at_s, point in delay.by_script[script.value].points.items():
            drawn = [p for p in curve if p.at_s <= float(at_s)][-1]
            assert drawn.human == pytest.approx(point.estimate)
            assert drawn.ended == pytest.approx(point.ended_by_service)


def test_the_funnel_never_grows_and_loses_every_call_once(report: Report) -> None:
    sizes = [stage.n for stage in report.funnel]
    assert sizes == sorted(sizes, reverse=True)
    lost = [sum(n for _, n in stage.lost) for stage in report.funnel]
    assert [a - b for a, b in pairwise(sizes)] == lost[:-1]
    assert report.funnel[-1].lost == ()


def test_a_call_lost_in_the_queue_is_not_lost_before_it() -> None:
    lines = [
        line("a", Outcome.HUMAN, t_human=50.0),
        line("b", Outcome.DROPPED, t_answer=3.0, t_queue=9.0),
        line("c", Outcome.DISSUADED, t_answer=3.0),
        line("d", Outcome.BUSY),
        line("e", Outcome.OWN_FAILURE),
    ]
    assert {s.name: s.lost for s in funnel_of(lines)} == {
        "made": ((Outcome.OWN_FAILURE, 1),),
        "counted": ((Outcome.BUSY, 1),),
        "answered": ((Outcome.DISSUADED, 1),),
        "queued": ((Outcome.DROPPED, 1),),
        "reached": (),
    }


def test_bands_of_the_grid_widen_with_few_calls_whatever_their_outcomes(report: Report, make: Make) -> None:
    few = make({Outcome.HUMAN: 40})
    assert len(few.grid.bands) < len(report.grid.bands)
    assert make({Outcome.BUSY: 40}).grid.bands == few.grid.bands


def test_the_grid_holds_every_counted_call_and_no_other(report: Report) -> None:
    counted = [a for a in report.attempts if a.outcome.in_service_denominator]
    assert sum(c.n for c in report.grid.cells) == len(counted)
    assert all(bool(a.cell) == a.outcome.in_service_denominator for a in report.attempts)
    grid, _ = grid_of([line("a", Outcome.OWN_FAILURE)])
    assert grid.cells == ()


def test_facts_begin_with_a_forbidden_price_and_leave_out_what_happened_once() -> None:
    defect = {"publication_defect_rate": True}
    lines = [line("p", Outcome.HUMAN, kpis=defect)]
    lines += [line(f"b{i}", Outcome.BUSY) for i in range(4)]
    lines += [line(f"d{i}", Outcome.DISSUADED) for i in range(3)]
    lines += [line("once", Outcome.VOICEMAIL)]
    found = facts_of(lines, Grid(bands=(), weekdays=(), cells=()))
    assert [(f.kind, f.x, f.n) for f in found] == [("price", 1, 9), ("busy", 4, 9), ("dissuaded", 3, 9)]


def test_a_worst_time_is_named_only_when_it_is_proven() -> None:
    def grid(worst: int) -> Grid:
        rest = [GridCell(weekday=d, band=0, x=34, n=40) for d in range(1, 5)]
        cells = (GridCell(weekday=0, band=0, x=worst, n=40), *rest)
        return Grid(bands=((9, 12),), weekdays=tuple(range(5)), cells=cells)

    lines = [line(f"b{i}", Outcome.BUSY) for i in range(4)]
    assert [f.kind for f in facts_of(lines, grid(10))] == ["busy", "worst_cell"]
    assert [f.kind for f in facts_of(lines, grid(29))] == ["busy"]


@pytest.mark.parametrize(("rate", "size", "cells"), [(0.85, 16, 25), (0.95, 10, 40), (0.99, 16, 25)])
def test_where_all_times_are_alike_a_worst_one_is_seldom_named(rate: float, size: int, cells: int) -> None:
    # With intervals of the difference it was named in 9, 30 and 28 % of such months.
    draw, named = random.Random(1), 0
    for _ in range(400):
        reached = [sum(draw.random() < rate for _ in range(size)) for _ in range(cells)]
        grid = tuple(GridCell(weekday=i % 5, band=i // 5, x=x, n=size) for i, x in enumerate(reached))
        named += any(f.kind == "worst_cell" for f in facts_of([], Grid(bands=(), weekdays=(), cells=grid)))
    assert named / 400 <= 0.05


def test_a_day_without_anybody_is_an_incident_but_a_month_without_is_not() -> None:
    reached = [line(f"h{i}", Outcome.HUMAN, at="2026-10-06T09:30:00+02:00") for i in range(5)]
    nobody = [line(f"n{i}", Outcome.NO_ANSWER) for i in range(5)]
    (found,) = incidents_of(reached + nobody)
    assert (found.day, found.kind, found.x, found.n) == ("2026-10-05", "nobody", 5, 5)
    assert incidents_of(nobody) == ()
    few = [line(f"f{i}", Outcome.HUMAN, at=f"2026-10-{6 + i:02}T09:30:00+02:00") for i in range(3)]
    lost = [line(f"l{i}", Outcome.BUSY, at=f"2026-10-{6 + i % 3:02}T09:30:00+02:00") for i in range(40)]
    assert incidents_of([*few, *lost, *nobody]) == (), "three humans in 48 calls: chance leaves five calls without any"
    (strike,) = incidents_of([line("s", Outcome.HUMAN, flags=("strike",))])
    assert (strike.kind, strike.x) == ("strike", 1)


def test_a_change_of_prompts_is_an_incident_with_what_it_left_undecided() -> None:
    before = [line("a", Outcome.INDETERMINATE, at="2026-10-05T09:30:00+02:00")]
    since = [line(f"b{i}", Outcome.INDETERMINATE, at="2026-10-06T09:30:00+02:00") for i in range(2)]
    since += [line("c", Outcome.HUMAN, at="2026-10-07T09:30:00+02:00")]
    (found,) = incidents_of(before + since, ["2026-10-06"])
    assert (found.kind, found.day, found.x, found.n) == ("prompts", "2026-10-06", 2, 3)


@pytest.mark.parametrize("flag", ["near_close", "strike"])
def test_the_rates_are_told_without_calls_that_count_all_the_same(flag: str, make: Make) -> None:
    mix = {Outcome.HUMAN: 60, Outcome.BUSY: 40, Outcome.OWN_FAILURE: 3}
    (without,) = make(mix, marked={Outcome.BUSY: flag}).without
    assert (without.flag, without.n) == (flag, 80)
    for identifier in ("agent_pickup_rate", "human_reach_rate"):
        assert (without.rates[identifier].numerator, without.rates[identifier].denominator) == (60, 60)
    assert make(mix).without == ()
    assert make(mix, marked={Outcome.OWN_FAILURE: flag}).without == (), "it did not count anyway"


def test_announced_waits_stand_beside_those_lived() -> None:
    told = {"t_answer": 5.0, "t_queue": 20.0, "announced_wait_s": 60.0, "flags": ("callback_offered",)}
    got = waits_of(
        [
            line("a", Outcome.HUMAN, t_human=140.0, **told),
            line("b", Outcome.DROPPED, t_end=50.0, **told),
            line("c", Outcome.HUMAN, t_human=10.0),
        ]
    )
    assert (got.announced, got.announced_median_s, got.lived_median_s) == (2, 60.0, 75.0)
    assert (got.longer_than_announced, got.callback_offered) == (1, 2)


def test_changes_need_thirty_calls_in_both_months(report: Report, make: Make) -> None:
    assert [(c.since, c.proven) for c in report.changes] == [("2026-09", True), ("2026-09", True)]
    assert make({Outcome.HUMAN: 29}).changes == ()


def test_a_change_holds_whatever_the_undecided_calls_were(make: Make) -> None:
    # 160 of 200 before. 135 of 200 is a fall; with 15 undecided of the 65 others it need not be one.
    sure = make({Outcome.HUMAN: 135, Outcome.BUSY: 65}).changes[0]
    open_ = make({Outcome.HUMAN: 135, Outcome.BUSY: 50, Outcome.INDETERMINATE: 15}).changes[0]
    assert (sure.proven, open_.proven) == (True, False)
    assert (sure.difference, sure.low) == (open_.difference, open_.low)


def test_no_change_is_said_of_a_month_that_carries_no_verdict(make: Make) -> None:
    assert make({Outcome.HUMAN: 60, Outcome.BUSY: 90, Outcome.OWN_FAILURE: 60}).changes == ()


def test_the_order_of_the_attempts_changes_nothing(report: Report) -> None:
    shuffled = list(report.attempts)
    random.Random(1).shuffle(shuffled)
    assert funnel_of(shuffled) == report.funnel
    assert facts_of(shuffled, report.grid) == report.facts
    assert grid_of(shuffled)[0] == report.grid
