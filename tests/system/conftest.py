"""The town as a process of its own, for the tests that call it."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

DECROCHE = [sys.executable, "-m", "decroche"]


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Path]]:
    """The town as a command on a free port: (port, truth file)."""
    truth = tmp_path_factory.mktemp("town") / "truth.jsonl"
    process = subprocess.Popen(
        [*DECROCHE, "town", "--listen", "127.0.0.1:0", "--truth", str(truth), "--scale", "0.02"],
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    port = 0
    for line in process.stderr:
        match = re.search(r"sip:NUMBER@127\.0\.0\.1:(\d+)", line)
        port = int(match[1]) if match else port
        if line.startswith("ready"):
            break
    yield port, truth
    process.send_signal(signal.SIGINT)
    assert process.wait(10) == 0
