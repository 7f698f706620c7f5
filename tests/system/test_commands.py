"""The program as a person runs it: real processes, real SIP, what is printed and the exit codes."""

from __future__ import annotations

import csv
import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
import warnings
from pathlib import Path

import pytest
import yaml

DECROCHE = [sys.executable, "-m", "decroche"]


def run(*arguments: str, cwd: Path | None = None, timeout_s: float = 120) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*DECROCHE, *arguments], capture_output=True, text=True, timeout=timeout_s, cwd=cwd, check=False
    )


def children_of(pid: int) -> set[int]:
    """Every living descendant."""
    found: set[int] = set()
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except (OSError, IndexError):
                continue
    wave = {pid}
    while wave:
        wave = {p for p, parent in parents.items() if parent in wave} - found
        found |= wave
    return found


def gone(pids: set[int], within_s: float) -> bool:
    """True once none of them lives (a zombie does not)."""
    until_s = time.monotonic() + within_s
    while time.monotonic() < until_s:
        living = set()
        for pid in pids:
            try:
                if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z":
                    living.add(pid)
            except OSError:
                continue
        if not living:
            return True
        time.sleep(0.1)
    return False


def test_a_call_prints_one_object_with_what_was_seen_and_heard(town: tuple[int, Path]) -> None:
    done = run("call", f"sip:0261910001@127.0.0.1:{town[0]}", "--script", "direct", "--json")
    assert done.returncode == 0, done.stderr
    data = json.loads(done.stdout)
    assert data["outcome"] == "human"
    assert data["rule_id"] == "human.reached"
    assert data["hung_up_by"] == "caller"
    assert data["milestones"]["t_invite"] == 0
    assert data["milestones"]["t_human"] >= data["milestones"]["t_answer"]
    assert [r["code"] for r in data["sip"]][-1] == 200
    assert {"class", "start_s", "end_s", "probability"} <= set(data["heard"][0])
    assert any(h["class"] == "human" for h in data["heard"])
    assert data["rtp"]["received"] > 100
    time.sleep(0.5)
    truth = [json.loads(line) for line in town[1].read_text().splitlines()]
    mine = next(t for t in truth if t["id"] == data["id"])
    assert mine["outcome"] == "human"
    assert abs(mine["t_human"] - data["milestones"]["t_human"]) < 0.5
    assert mine["hung_up_by"] == "caller"


def test_a_busy_number_is_a_measurement_and_exits_zero(town: tuple[int, Path]) -> None:
    done = run("call", f"sip:0536490012@127.0.0.1:{town[0]}", "--json")
    data = json.loads(done.stdout)
    assert (done.returncode, data["outcome"]) == (0, "busy")
    assert data["sip"][-1] == {
        "at_s": data["sip"][-1]["at_s"], "code": 486, "reason": "Busy Here",
        "q850": 17, "q850_location": None, "origin": "remote",
    }  # fmt: skip


def test_keys_are_pressed_once_a_prompt_was_heard(town: tuple[int, Path]) -> None:
    done = run("call", f"sip:3099@127.0.0.1:{town[0]}", "--digits", "1,wait,2", "--max-wait", "60", "--json")
    data = json.loads(done.stdout)
    pressed = [s for s in data["sent"] if s["what"] == "digits"]
    assert pressed and pressed[0]["text"] == "1"
    assert pressed[0]["method"] == "rfc4733"
    first = next(h for h in data["heard"] if h["class"] in ("recording", "speech"))
    assert pressed[0]["start_s"] > first["end_s"]


def test_a_call_that_cannot_be_made_exits_three(tmp_path: Path) -> None:
    nothing = run("call", "3646", cwd=tmp_path)
    assert (nothing.returncode, nothing.stdout) == (3, "")
    assert "needs a trunk" in nothing.stderr
    unknown = run("call", "sip:3646@127.0.0.1:1", "--trunk", "nowhere", cwd=tmp_path)
    assert unknown.returncode == 3
    assert "no trunk is called nowhere" in unknown.stderr
    assert run("call", "sip:3646@127.0.0.1:1", "--json", cwd=tmp_path).returncode == 3


@pytest.mark.parametrize("number", ["112", "sip:112@127.0.0.1", "+33114", "3114", "0612345678"])
def test_an_emergency_distress_or_private_number_is_refused_in_a_sentence(number: str) -> None:
    done = run("call", number)
    assert done.returncode == 3
    assert "never dialled" in done.stderr


def test_the_help_reads_like_a_product() -> None:
    text = run("--help").stdout
    for word in (
        "call",
        "town",
        "plan",
        "pause",
        "resume",
        "run",
        "serve",
        "report",
        "check",
        "kpi",
        "plan-size",
        "reclassify",
        "db",
        "demo",
        *("catalogue", "dashboards", "declare", "listen", "pause", "plan", "prompts", "resume", "trunk"),
    ):
        assert re.search(rf"^  {word} ", text, re.MULTILINE), word


def test_a_bad_file_gives_one_line_a_mistake_and_exits_two(tmp_path: Path) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text("limits:\n  ring_s: sixty\n  rong_s: 3\n")
    done = run("check", str(bad))
    assert done.returncode == 2
    assert re.match(rf"{re.escape(str(bad))}:2: limits\.ring_s: .*expected", done.stderr)
    assert len(done.stderr.strip().splitlines()) == 2
    assert run("check", "config/example.yaml").returncode in (0, 2)


def test_a_taken_port_of_the_town_is_one_sentence(town: tuple[int, Path]) -> None:
    done = run("town", "--listen", f"127.0.0.1:{town[0]}")
    assert done.returncode == 1
    assert "cannot listen" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """The ear is wrong in some call of a thousand: a second run tells chance from a fault, and says so."""
    for _ in range(2):
        out = tmp_path_factory.mktemp("demo") / "demo"
        done = run("demo", "--out", str(out), "--attempts", "1", timeout_s=240)
        differing = [line for line in done.stderr.splitlines() if line.startswith("differs")]
        if not 1 <= len(differing) <= 2:
            break
        warnings.warn(f"the demo ran again: {differing}", stacklevel=1)
    return out, done


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.timeout(500)
def test_the_demo_agrees_with_the_town_and_leaves_everything_it_promises(demo) -> None:
    out, done = demo
    assert done.returncode == 0, done.stderr[-2000:]
    attempts, checks, truth = (rows(out / f"{n}.csv") for n in ("attempts", "checks", "truth"))
    assert len({a["service"] for a in attempts}) >= 14
    assert {a["id"] for a in attempts} | {c["id"] for c in checks} == {t["id"] for t in truth}
    assert {c["purpose"] for c in checks} == {"reference", "confirmation"}
    assert "decroche_attempts_total{" in (out / "metrics.txt").read_text()
    index = (out / "index.html").read_text()
    for service in {a["service"] for a in attempts}:
        assert f'href="{service}.html"' in index
        assert (out / f"{service}.html").exists()


def test_both_lines_give_the_same_records(demo) -> None:
    """What SipLine measured over the wire, and what SimulatedLine gave for the same cast (tests/golden)."""
    golden = json.loads((Path(__file__).parents[1] / "golden" / "verdicts.json").read_text())
    reached = ("t_alert", "t_answer", "t_ivr", "t_queue", "t_human")
    for row in rows(demo[0] / "attempts.csv"):
        simulated = golden[f"{row['service']} {row['script']}"]
        if row["service"] != "passeports-elme":  # its outcome needs the second trunk, which the golden run has not
            assert row["outcome"] == simulated["outcome"], row["service"]
        assert (row["rule_id"], row["hung_up_by"]) == (simulated["rule_id"], simulated["hung_up_by"]), row["service"]
        for name in reached:
            assert (row[name] != "") == (simulated[name] is not None), (row["service"], name)


def test_a_stored_month_is_judged_again_and_reported_from_the_same_file(demo) -> None:
    out, _ = demo
    campaign = str((out / "campaign.yaml").resolve())
    again = run("--config", campaign, "reclassify", "--json")
    assert json.loads(again.stdout)["changed"] == 0
    assert json.loads(again.stdout)["seen"] > 40
    month = next(out.glob("*-simulated")).name[:7]
    pages = run(
        "--config", campaign, "report", "--month", month, "--service", "mairie-vaux", "--out", str(out / "again")
    )
    assert pages.returncode == 0, pages.stderr
    assert (out / "again" / "mairie-vaux.html").exists()
    assert "SIMULÉ" in (out / "again" / "index.html").read_text()
    more = ["--month", month, "--service", "mairie-vaux", "--out", str(out / "more"), "--language", "en"]
    formats = run("--config", campaign, "report", *more, "--format", "pdf", "--format", "badge", "--format", "html")
    assert formats.returncode == 0, formats.stderr
    assert (out / "more" / "mairie-vaux.pdf").read_bytes().startswith(b"%PDF")
    assert 'lang="en"' in (out / "more" / "mairie-vaux.html").read_text()
    assert len(json.loads(run("--config", campaign, "report", "--month", month, "--json").stdout)) > 20
    nothing = run("--config", campaign, "report", "--month", "2020-01")
    assert nothing.returncode == 1
    assert "no call of 2020-01" in nothing.stderr


def test_ctrl_c_ends_the_demo_and_every_process_of_it(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [*DECROCHE, "demo", "--out", str(tmp_path / "demo")], stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    )
    time.sleep(14)
    pids = children_of(process.pid)
    assert len(pids) > 4
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 130
    assert gone(pids, 5)


def test_kill_9_of_the_demo_leaves_no_process(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [*DECROCHE, "demo", "--out", str(tmp_path / "demo")], stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    )
    time.sleep(14)
    pids = children_of(process.pid)
    assert len(pids) > 4
    process.kill()
    process.wait(5)
    assert gone(pids, 12)


def served(campaign: Path) -> tuple[subprocess.Popen[str], str]:
    process = subprocess.Popen([*DECROCHE, "serve", str(campaign)], stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    for line in process.stderr:
        match = re.search(r"(http://[^;]+/metrics)", line)
        if match:
            return process, match[1]
    raise AssertionError("serve said no address")


def fetch(url: str) -> str:
    with urllib.request.urlopen(url, timeout=5) as page:
        return page.read().decode()


def until(condition, within_s: float) -> bool:
    end_s = time.monotonic() + within_s
    while time.monotonic() < end_s:
        if condition():
            return True
        time.sleep(0.5)
    return False


def test_serve_plans_ahead_serves_metrics_and_survives_kill_9(town: tuple[int, Path], tmp_path: Path) -> None:
    data = {
        "database": {"data_dir": "db"},
        "trunks": [{"name": "t", "host": "127.0.0.1", "port": town[0], "reference_number": "0199000000"}],
        "web": {"port": 0},
        "campaign": {"name": "c", "attempts": 50, "seed": 5},
        "organisations": [{"id": "o", "name": "O"}],
        "services": [
            {"id": "s", "name": "S", "organisation": "o", "numbers": [{"number": "0261910001"}], "hours": "24/7"}
        ],
    }
    campaign = tmp_path / "c.yaml"
    campaign.write_text(yaml.safe_dump(data))
    first, url = served(campaign)
    try:
        assert until(lambda: 'decroche_attempts_waiting{status="planned"}' in fetch(url), 30)
        assert until(lambda: 'decroche_reference_call_ok{trunk="t"} 1.0' in fetch(url), 40)
        assert json.loads(fetch(url.replace("/metrics", "/healthz")))["ok"]
        pids = children_of(first.pid)
    finally:
        first.kill()
        first.wait(5)
    assert gone(pids, 12)
    second, url = served(campaign)
    try:
        assert until(lambda: 'decroche_attempts_waiting{status="planned"}' in fetch(url), 30)
        assert os.getpgid(second.pid)
    finally:
        pids = children_of(second.pid)
        second.send_signal(signal.SIGTERM)
        assert second.wait(30) == 0
    assert gone(pids, 5)
