"""`decroche explore` over real SIP: what a person types reaches the voice server, and a menu path comes of it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import yaml

EXPLORE = [sys.executable, "-m", "decroche", "explore"]


def explore(number: str, port: int, folder: Path, typed: dict[str, str], *more: str) -> tuple[int, str]:
    """Explore, typing each text once a line that holds its key was told; exit code and what was told."""
    process = subprocess.Popen(
        [*EXPLORE, f"sip:{number}@127.0.0.1:{port}", "--max-wait", "40", *more],
        cwd=folder, text=True, bufsize=1, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stderr is not None
    told = []
    for line in process.stderr:
        told.append(line)
        for key in [k for k in typed if k in line]:
            process.stdin.write(typed.pop(key))
            process.stdin.flush()
    process.stdin.close()
    return process.wait(60), "".join(told)


def test_keys_typed_lead_to_an_agent_who_is_told_and_released(town: tuple[int, Path], tmp_path: Path) -> None:
    port, truth = town
    code, told = explore("3099", port, tmp_path, {"“menu” ended": "2"})
    assert code == 0, told
    assert "sent digits 2" in told
    assert "our sentence is said" in told
    call = json.loads(truth.read_text().splitlines()[-1])
    assert (call["number"], call["digits"], call["outcome"], call["hung_up_by"]) == ("3099", "2", "human", "caller")
    written = yaml.safe_load((tmp_path / "menus" / f"3099@127.0.0.1_{port}.yaml").read_text())
    (version,) = written["versions"]
    assert (version["version"], version["has_menu"], version.get("reviewed_on")) == (1, True, None)
    assert version["path"] == [{"digits": "2", "label": "menu"}]
    assert any("pressed 2" in line for line in version["heard"])


def test_a_key_that_would_complete_an_emergency_number_is_not_pressed(town: tuple[int, Path], tmp_path: Path) -> None:
    port, truth = town
    code, told = explore("3099", port, tmp_path, {"“menu” ended": "1", "sent digits 1": "12"}, "--refusal")
    assert code == 0, told
    assert "the keys 112 would dial 112" in told
    call = json.loads(truth.read_text().splitlines()[-1])
    assert call["digits"] == "1"
    version = yaml.safe_load(next((tmp_path / "menus").iterdir()).read_text())["versions"][0]
    assert [step["digits"] for step in version["refusal"]] == ["1"]
