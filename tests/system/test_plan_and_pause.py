"""`decroche plan`, `pause` and `resume` as a person runs them: real processes, real SIP, a real database."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import yaml

from prober.simulator.behaviours import CAST
from storage.embedded import EmbeddedPostgres

DECROCHE = [sys.executable, "-m", "decroche"]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*DECROCHE, *arguments], capture_output=True, text=True, timeout=120, check=False)


def until(condition: Callable[[], object], within_s: float) -> bool:
    end_s = time.monotonic() + within_s
    while time.monotonic() < end_s:
        if condition():
            return True
        time.sleep(0.5)
    return False


def test_pause_hangs_up_a_call_in_progress_and_it_counts_against_nobody(town: tuple[int, Path], tmp_path: Path) -> None:
    waiting = next(s.number for s in CAST if s.behaviour == "endless_queue")
    data = {
        "database": {"data_dir": "db"},
        "trunks": [{"name": "t", "host": "127.0.0.1", "port": town[0], "reference_number": "0199000000"}],
        "campaign": {"name": "c", "attempts": 1, "seed": 5, "scripts": ["agent"]},
        "organisations": [{"id": "o", "name": "O"}],
        "services": [{"id": "s", "name": "S", "organisation": "o", "numbers": [{"number": waiting}], "hours": "24/7"}],
    }
    campaign = tmp_path / "c.yaml"
    campaign.write_text(yaml.safe_dump(data))
    # The database is ours: the campaign that is paused to its end must not take it along.
    database = EmbeddedPostgres(tmp_path / "db")
    address = database.start()
    process = subprocess.Popen([*DECROCHE, "run", str(campaign), "--json"], stdout=subprocess.PIPE, text=True)
    try:
        with psycopg.connect(address, autocommit=True) as c:
            measured = "SELECT count(*) FROM attempts WHERE t_end IS NULL AND status = 'dialling' AND service = 's'"

            def up() -> bool:
                return c.execute(measured.encode()).fetchone() == (1,)

            assert until(lambda: c.execute("SELECT to_regclass('attempts')").fetchone() != (None,), 30)
            assert until(up, 60)
        unknown = run("--config", str(campaign), "pause", "--service", "nobody")
        assert unknown.returncode == 1
        assert "no service is called nobody" in unknown.stderr
        paused = run("--config", str(campaign), "pause", "--service", "s", "--reason", "election night")
        assert paused.stdout == "s is paused: 1 calls were up, 0 are\n"
        assert run("--config", str(campaign), "resume", "--service", "s").stdout == "s is resumed\n"
        said = json.loads(process.communicate(timeout=30)[0])
    finally:
        process.kill()
        process.wait(10)
        database.stop()
    assert [(a["outcome"], a["rule_id"]) for a in said["attempts"]] == [("own_cancelled", "own.stopped")]


def test_a_plan_is_shown_before_it_is_frozen_and_never_changes_afterwards(tmp_path: Path) -> None:
    data = {
        "database": {"data_dir": "db"},
        "trunks": [{"name": "t", "host": "127.0.0.1", "port": 9}],
        "campaign": {"name": "c", "attempts": 20, "seed": 5},
        "organisations": [{"id": "o", "name": "O"}],
        "services": [
            {
                "id": "a",
                "name": "A",
                "organisation": "o",
                "numbers": [{"number": "3646"}],
                "hours": "Mo-Fr 09:00-17:00",
            },
            {"id": "b", "name": "B", "organisation": "o", "numbers": [{"number": "3230"}], "hours": "We 10:00-11:00"},
        ],
    }
    campaign = tmp_path / "c.yaml"
    campaign.write_text(yaml.safe_dump(data))
    dry = run("plan", str(campaign), "--month", "2030-12", "--dry-run")
    assert dry.returncode == 1, "b cannot be planned"
    assert "b: the line is open 3 hours in the month, which holds at most 12 calls 15 minutes apart" in dry.stderr
    assert "December 2030: calls a day" in dry.stdout
    assert not (tmp_path / "db").exists()
    drawn = list(
        csv.DictReader(run("plan", str(campaign), "--month", "2030-12", "--dry-run", "--csv").stdout.splitlines())
    )
    frozen = json.loads(run("plan", str(campaign), "--month", "2030-12", "--json").stdout)
    assert [a["id"] for a in frozen["attempts"]] == [a["id"] for a in drawn]
    assert (frozen["load"]["attempts"], len(frozen["plans"])) == (44, 1)
    data["campaign"]["seed"] = 6  # type: ignore[index]
    campaign.write_text(yaml.safe_dump(data))
    again = json.loads(run("plan", str(campaign), "--month", "2030-12", "--json").stdout)
    assert (again["plans"], again["attempts"]) == (frozen["plans"], frozen["attempts"])
