"""`decroche kpi --month`: the store's month, by the same definitions as a file's."""

from __future__ import annotations

import json
from typing import Any

from click.testing import CliRunner, Result

from config.settings import Settings
from exporters.cli_kpi import kpi
from exporters.cli_report import report


def run(settings: Settings, *arguments: str) -> Result:
    return CliRunner().invoke(kpi, arguments, obj=settings)


def kpis(settings: Settings, *arguments: str) -> dict[str, Any]:
    done = run(settings, *arguments, "--json")
    assert done.exit_code == 0, done.output
    found: dict[str, Any] = json.loads(done.stdout)["kpis"]
    return found


def test_a_month_of_one_service_and_of_all(settings: Settings) -> None:
    one = kpis(settings, "--month", "2026-10", "--service", "mairie-vaux")["agent_pickup_rate"]
    assert (one["numerator"], one["denominator"], one["target"], one["t_max_s"]) == (12, 12, 0.6, 60)
    assert len(one["attempt_ids"]) == 12
    assert one["numerator_ids"] == one["attempt_ids"] == sorted(one["attempt_ids"])
    every = kpis(settings, "--month", "2026-10")
    for found in every.values():
        if found["denominator"] is not None:
            assert len(found["attempt_ids"]) == found["denominator"], found["code"]
    both = every["agent_pickup_rate"]
    assert (both["denominator"], both["target"]) == (24, 0.85)
    assert set(one["attempt_ids"]) < set(both["attempt_ids"])


def test_the_report_and_the_command_print_the_same_figures_with_the_same_lists(settings: Settings) -> None:
    asked = ("--month", "2026-10", "--service", "mairie-vaux")
    done = CliRunner().invoke(report, [*asked, "--json"], obj=settings)
    assert done.exit_code == 0, done.output
    (told,) = json.loads(done.stdout)
    assert told["kpis"] == kpis(settings, *asked)


def test_a_month_is_counted_again_with_less_patience(settings: Settings) -> None:
    short = kpis(settings, "--month", "2026-10", "--service", "mairie-vaux", "--t-max", "1")["agent_pickup_rate"]
    assert (short["numerator"], short["denominator"], short["t_max_s"]) == (0, 12, 1)


def test_a_month_without_calls_is_one_sentence(settings: Settings) -> None:
    assert "no call of 2026-09 is stored" in run(settings, "--month", "2026-09").stderr
    nobody = run(settings, "--month", "2026-10", "--service", "cpam")
    assert nobody.exit_code == 1
    assert "for service 'cpam'; known are departement-marais, mairie-vaux" in nobody.stderr
    assert "are for --from" in run(settings, "--month", "2026-10", "--direct-counts").stderr
