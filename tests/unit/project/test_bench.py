"""`make bench` measures what it is asked for: a part by its name, or all of them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

RUN = Path(__file__).parents[2] / "bench" / "run.py"
PARTS = ("calls", "ear", "plans", "store", "scrape")


def test_a_part_that_does_not_exist_measures_nothing_and_names_those_there_are() -> None:
    done = subprocess.run(
        [sys.executable, str(RUN), "scrapes"], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert all(part in done.stderr for part in PARTS)
