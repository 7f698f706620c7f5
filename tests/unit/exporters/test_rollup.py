"""Roll-ups: services weighed, counted and compared with chance, never ranked."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from typing import Any

import pytest

from exporters.imported import ImportedAttempt
from exporters.imported_tally import tally_of
from exporters.kpi import estimate
from exporters.places import DEPARTMENTS, REGIONS, department_code, region_of
from exporters.report.group import group_page
from exporters.report.group_json import roll_up_json
from exporters.report.language import language
from exporters.rollup import Placed, RollUp, groups_of, roll_up, standings_of
from prober.attempt import Script
from prober.outcome import Outcome


def placed(service: str, reached: int, lost: int, undecided: int = 0, **where: Any) -> Placed:
    mix = [(Outcome.HUMAN, reached), (Outcome.BUSY, lost), (Outcome.INDETERMINATE, undecided)]
    outcomes = [o for o, n in mix for _ in range(n)]
    tally = tally_of(
        [ImportedAttempt(id=i, script=Script.AGENT, outcome=o, service=service) for i, o in enumerate(outcomes)],
        t_max_s=600,
    )
    standings = standings_of(tally, estimate(tally).kpis)
    return Placed(service=service, name=f"Service {service}", standings=standings, **where)


def rolled(services: list[Placed]) -> RollUp:
    return roll_up(
        "national", "fr", "", services,
        month="2026-10", simulated=False, provisional=False, t_max_s=600, rules_version="1", version="0",
    )  # fmt: skip


def test_a_closed_month_of_few_calls_is_not_called_running_beside_one_that_runs() -> None:
    few, open_ = placed("a", 12, 3), placed("b", 60, 3)
    unfinished = {i: replace(s, verdict="insufficient", running=True) for i, s in open_.standings.items()}
    group = replace(rolled([few, replace(open_, standings=unfinished)]), provisional=True)
    (card, _) = group_page(group, language("fr")).cards
    said = [row.cells[4].text for row in card.services.rows]
    assert said == ["nombre d'appels insuffisant pour conclure", "pas de conclusion avant la fin du mois"]
    assert standings_of_running() == {"agent_pickup_rate": True}


def standings_of_running() -> dict[str, bool]:
    calls = [ImportedAttempt(id=i, script=Script.AGENT, outcome=Outcome.HUMAN, service="a") for i in range(40)]
    tally = tally_of(calls, t_max_s=600)
    return {i: s.running for i, s in standings_of(tally, estimate(tally, running=True).kpis).items()}


def test_services_count_the_same_unless_the_calls_of_all_are_known() -> None:
    small, large = placed("a", 90, 10), placed("b", 200, 800)
    equal = rolled([small, large])
    assert (equal.weights, equal.rates["agent_pickup_rate"].estimate) == ("equal", pytest.approx(0.55))
    one_known = rolled([replace(small, yearly_calls=10), large])
    assert one_known.weights == "equal"
    known = rolled([replace(small, yearly_calls=10), replace(large, yearly_calls=30)])
    assert (known.weights, known.rates["agent_pickup_rate"].estimate) == ("yearly_calls", pytest.approx(0.375))


def test_the_services_are_counted_by_their_conclusion_and_none_is_left_out() -> None:
    met, not_met, open_, silent = placed("a", 200, 0), placed("b", 0, 200), placed("c", 17, 3), placed("d", 0, 0)
    rate = rolled([met, not_met, open_, silent]).rates["agent_pickup_rate"]
    assert (rate.met, rate.not_met, rate.unknown, rate.services) == (1, 1, 2, 3)
    assert (rate.x, rate.n) == (217, 420)


def test_undecided_calls_widen_the_interval_on_both_sides() -> None:
    sure = rolled([placed("a", 80, 20), placed("b", 60, 40)]).rates["agent_pickup_rate"]
    doubt = rolled([placed("a", 80, 10, 10), placed("b", 60, 30, 10)]).rates["agent_pickup_rate"]
    assert doubt.undecided == 20
    assert doubt.low == pytest.approx(sure.low)
    assert doubt.high is not None and sure.high is not None and doubt.high > sure.high


def test_only_what_chance_does_not_explain_is_outside() -> None:
    draw = random.Random(8)
    alike = [placed(f"s{i:03}", x, 200 - x) for i in range(60) for x in [sum(draw.random() < 0.8 for _ in range(200))]]
    assert len(rolled(alike).rates["agent_pickup_rate"].outside) <= 1
    assert rolled([*alike, placed("worst", 60, 140)]).rates["agent_pickup_rate"].outside == ("worst",)
    hidden = [*alike, placed("doubt", 60, 20, 120)]
    assert rolled(hidden).rates["agent_pickup_rate"].outside == (), "its undecided calls may be successes"


def test_chance_explains_more_of_a_service_whose_calls_weigh_differently() -> None:
    alike = [placed(f"s{i:03}", 160, 40) for i in range(60)]
    # The same weighted rate, of 0.68, from as many calls; half of them say next to nothing of it.
    plain, lopsided = (_two_strata(f"two-{w}", (w, 1 - w), (68, 68)) for w in (0.5, 0.98))
    rates = [rolled([*alike, one]).rates["agent_pickup_rate"] for one in (plain, lopsided)]
    assert [rate.outside for rate in rates] == [("two-0.5",), ()]


def _two_strata(service: str, weights: tuple[float, float], reached: tuple[int, int]) -> Placed:
    """100 calls in each."""
    attempts = [
        ImportedAttempt(
            id=f"{stratum}{i}",
            script=Script.AGENT,
            outcome=Outcome.HUMAN if i < x else Outcome.BUSY,
            service=service,
            stratum=stratum,
            weight=weight,
        )
        for stratum, weight, x in zip(("Mon 09", "Tue 09"), weights, reached, strict=True)
        for i in range(100)
    ]
    tally = tally_of(attempts, t_max_s=600)
    return Placed(service=service, name=service, standings=standings_of(tally, estimate(tally).kpis))


def test_groups_by_organisation_ministry_département_and_région() -> None:
    services = [
        placed("a", 5, 5, organisation="caf", organisation_name="CAF", ministry="M", department="61"),
        placed("b", 5, 5, organisation="caf", organisation_name="CAF", ministry="M", department="14"),
        placed("c", 5, 5, organisation="one", ministry="M", department="2a"),
        placed("d", 5, 5, department="2A"),
        placed("e", 5, 5, department="987"),
    ]
    groups = {key: (name, [s.service for s in found]) for key, (name, found) in groups_of(services).items()}
    assert groups == {
        ("national", "fr"): ("", ["a", "b", "c", "d", "e"]),
        ("ministry", "M"): ("M", ["a", "b", "c"]),
        ("region", "28"): ("Normandie", ["a", "b"]),
        ("region", "94"): ("Corse", ["c", "d"]),
        ("department", "2A"): ("Corse-du-Sud", ["c", "d"]),
        ("organisation", "caf"): ("CAF", ["a", "b"]),
    }


def test_every_département_is_in_one_région_or_overseas() -> None:
    assert len(DEPARTMENTS) == 107
    listed = [code for _, codes in REGIONS.values() for code in codes.split()]
    assert len(listed) == len(set(listed)) == 101
    assert {d for d in DEPARTMENTS if region_of(d) is None} == {"975", "977", "978", "986", "987", "988"}
    assert [department_code(c) for c in ("1", "2b", "974")] == ["01", "2B", "974"]


def test_the_order_of_the_services_changes_no_byte_and_json_hides_no_number() -> None:
    services = [placed(f"s{i}", 10 + i, 20 - i) for i in range(9)]
    first = roll_up_json(rolled(services))
    random.Random(2).shuffle(services)
    assert roll_up_json(rolled(services)) == first
    told = json.loads(first)
    assert [s["service"] for s in told["services"]] == [f"s{i}" for i in range(9)]
    assert told["rates"]["agent_pickup_rate"]["n"] == 270
    assert told["rates"]["human_reach_rate"]["estimate"] is None
    assert told["services"][0]["rates"]["agent_pickup_rate"]["n"] == 30
