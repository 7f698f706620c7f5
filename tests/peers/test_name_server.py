"""A trunk named by SRV records of a real name server (dnsmasq), in a network namespace of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.needs("dnsmasq"), pytest.mark.needs("ip")]


@pytest.fixture(scope="module")
def found() -> dict[str, list[object]]:
    """What came of the calls: outcome, INVITEs at the first door and at the spare one."""
    if os.geteuid() != 0:
        pytest.skip("a network namespace of its own takes root")
    here = Path(__file__).parent
    done = subprocess.run(
        ["unshare", "-n", "-m", sys.executable, here / "in_a_network.py"],
        env=os.environ | {"PYTHONPATH": f"{here.parents[1]}:{here.parent / 'sip'}"},
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    return dict(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize(
    ("case", "wanted"),
    [
        ("both_alive", ["busy", 1, 0]),
        ("first_overloaded", ["busy", 1, 1]),
        ("first_dead", ["busy", 0, 1]),
        ("both_dead", ["own_failure", 0, 0]),
        ("no_service_record", ["busy", 0, 1]),
    ],
)
def test_the_doors_are_tried_in_the_order_of_their_priority(
    found: dict[str, list[object]], case: str, wanted: list[object]
) -> None:
    assert found[case] == wanted


def test_a_name_that_leads_nowhere_is_told(found: dict[str, list[object]]) -> None:
    assert found["no_such_name"] == ["trunk gone: the name gone.test leads nowhere (no SRV and no address record)"]
