"""Pictures: well-formed, spoken for by title and description, told apart without colour, the same every time."""

from __future__ import annotations

import re
from collections.abc import Callable
from xml.etree import ElementTree

import pytest

from exporters.estimates import Rate
from exporters.report import pictures
from exporters.report.curve import HeatCell, Mark, heat_map, waiting_curve
from exporters.report.figures import WIDTH, Bar, Caption, bars, interval_bar
from exporters.report.language import language
from exporters.report.model import CurvePoint, Report
from prober.attempt import Script
from prober.outcome import Outcome

Make = Callable[..., Report]
SVG = "{http://www.w3.org/2000/svg}"
FR = language("fr")


def drawn(report: Report) -> dict[str, str]:
    rate = report.estimates.kpis["agent_pickup_rate"]
    assert isinstance(rate, Rate)
    return {
        "bar": pictures.verdict_bar(report, rate, FR),
        "funnel": pictures.funnel(report, FR),
        "outcomes": pictures.outcome_bars(report, FR),
        "curve": pictures.waiting_curve(report, Script.AGENT, FR),
        "heat": pictures.heat_map(report, FR),
    }


@pytest.mark.parametrize("name", ["bar", "funnel", "outcomes", "curve", "heat"])
def test_a_picture_is_spoken_for_and_the_same_every_time(name: str, report: Report) -> None:
    svg = drawn(report)[name]
    root = ElementTree.fromstring(svg)
    assert root.get("role") == "img"
    ids = {e.get("id"): e.text for e in root if e.tag in (f"{SVG}title", f"{SVG}desc")}
    assert root.get("aria-labelledby", "").split() == list(ids)
    assert all(ids.values())
    assert svg == drawn(report)[name]


def test_ids_of_the_pictures_of_one_page_never_meet(report: Report) -> None:
    ids = re.findall(r' id="([^"]+)"', "".join(drawn(report).values()))
    assert len(ids) == len(set(ids))


def test_the_bar_lies_between_its_bounds_and_the_target_is_named() -> None:
    svg = interval_bar(
        Caption(name="b", title="t", text="d"), estimate=0.5, low=0.25, high=0.75, target=0.85, aim="objectif 85 %"
    )
    bar = ElementTree.fromstring(svg).findall(f"{SVG}rect")[1]
    left, width = float(bar.get("x", "")), float(bar.get("width", ""))
    assert (left, left + width) == pytest.approx((12 + 396 * 0.25, 12 + 396 * 0.75), abs=0.1)
    assert "objectif 85 %" in svg


def test_without_a_verdict_the_bar_is_hatched_and_not_coloured_as_if_sure(make: Make) -> None:
    unsure, sure = (drawn(make({Outcome.HUMAN: n}))["bar"] for n in (20, 200))
    assert "url(#" in unsure
    assert "url(#" not in sure


def test_small_cells_are_hatched_and_say_no_percentage() -> None:
    cells = [
        HeatCell(row=0, column=0, x=9, n=9, percent="–", sure=False),
        HeatCell(row=0, column=1, x=9, n=10, percent="90 %", sure=True),
    ]
    svg = heat_map(Caption(name="h", title="t", text="d"), ["9 h"], ["lun.", "mar."], cells, "clef")
    rects = [r.get("fill") for r in ElementTree.fromstring(svg).findall(f"{SVG}rect")]
    assert rects[0] == "url(#h-hatch)"
    assert rects[2] == "#0b4f78"
    assert svg.count("%") == 1


def test_a_number_of_five_figures_has_room_beside_the_longest_bar() -> None:
    svg = bars(Caption(name="b", title="t", text="d"), [Bar(label="un agent a répondu", n=20_086, kind="reached")])
    (number,) = (e for e in ElementTree.fromstring(svg).findall(f"{SVG}text") if e.text == "20086")
    assert float(number.get("x", "")) + 5 * 9 < WIDTH


def test_times_too_near_the_end_of_the_curve_are_left_out_rather_than_written_over_it() -> None:
    marks = [Mark(at_s=at_s, label=f"{at_s:g} s", share="50 %") for at_s in (60, 180, 200)]
    points = [CurvePoint(at_s=0, human=0, ended=0, waiting=1)]
    names = ("joint", "attend", "fin")
    svg = waiting_curve(Caption(name="c", title="t", text="d"), points, t_max_s=200, marks=marks, names=names)
    assert [f"{at_s} s" in svg for at_s in (60, 180, 200)] == [True, False, True]


def test_nothing_is_drawn_where_nothing_can_be_said(make: Make) -> None:
    empty = drawn(make({Outcome.NETWORK_FAILURE: 3}))
    assert [name for name, svg in empty.items() if not svg] == ["bar", "outcomes", "curve", "heat"]


def test_the_curve_says_in_words_what_it_draws(report: Report) -> None:
    text = (ElementTree.fromstring(drawn(report)["curve"]).findtext(f"{SVG}desc") or "").replace("\u00a0", " ")
    assert re.fullmatch(r"en 3 min, \d+ % .* ; en 5 min, \d+ % .* ; en 10 min, \d+ % ont parlé à un agent", text)
