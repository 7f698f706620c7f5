"""When each alert rings and when it does not, by `promtool test rules`; alerts.yaml holds the situations."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml

from exporters.cli_dashboards import FILES

SITUATIONS = yaml.safe_load((Path(__file__).parent / "alerts.yaml").read_text(encoding="utf-8"))


def alerts(files: Callable[[str], Any]) -> dict[str, dict[str, Any]]:
    """Alerting rules by name."""
    return {r["alert"]: r for g in files("rules/decroche_alerting.yaml")["groups"] for r in g["rules"]}


@pytest.mark.needs("promtool")
def test_alerts_ring_when_they_should_and_only_then(files: Callable[[str], Any], tmp_path: Path) -> None:
    rules = alerts(files)
    asked = {**deepcopy(SITUATIONS), "rule_files": [str(f) for f in sorted((FILES / "rules").glob("*.yaml"))]}
    for situation in asked["tests"]:
        for test in situation.get("alert_rule_test", ()):
            # promtool compares whole annotations; the situation says what is particular to it.
            runbook = rules[test["alertname"]]["annotations"]["runbook"]
            test["exp_alerts"] = [
                {
                    "exp_labels": alert["exp_labels"],
                    "exp_annotations": {"summary": alert["summary"], "runbook": runbook},
                }
                for alert in test["exp_alerts"]
            ]
    (tmp_path / "tests.yaml").write_text(yaml.safe_dump(asked), encoding="utf-8")
    done = subprocess.run(
        ["promtool", "test", "rules", str(tmp_path / "tests.yaml")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_alert_is_seen_ringing_and_silent(files: Callable[[str], Any]) -> None:
    seen: dict[str, set[bool]] = {name: set() for name in alerts(files)}
    for situation in SITUATIONS["tests"]:
        for test in situation.get("alert_rule_test", ()):
            seen[test["alertname"]].add(bool(test["exp_alerts"]))
    assert {name: kinds for name, kinds in seen.items() if kinds != {True, False}} == {}


def test_every_alert_says_what_to_do(files: Callable[[str], Any]) -> None:
    for name, rule in alerts(files).items():
        assert len(rule["annotations"]["runbook"]) > 100, name
        assert rule["labels"]["severity"] in ("warning", "critical"), name


def test_a_service_that_collapses_is_an_alarm_and_no_verdict(files: Callable[[str], Any]) -> None:
    said = alerts(files)["DecrocheServiceEffondre"]["annotations"]
    assert said["summary"].startswith("Alarme, pas un verdict")
    assert "50 000 appels entre deux fausses alarmes" in said["runbook"]
