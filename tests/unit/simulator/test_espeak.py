"""The speech library keeps global state: two of it in one process speak with each other's voice, or refuse one."""

from __future__ import annotations

import subprocess
import sys

TOGETHER = """
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from prober.simulator import espeak

together = Barrier(8)

def first(_):
    together.wait(10)
    return id(espeak._engine())

with ThreadPoolExecutor(8) as threads:
    print(len(set(threads.map(first, range(8)))))
"""


def test_calls_that_want_their_first_words_together_start_one_library() -> None:
    """In a process of its own: a second start here would spoil the speech of every test after this one."""
    assert subprocess.run([sys.executable, "-c", TOGETHER], capture_output=True, text=True).stdout == "1\n"
