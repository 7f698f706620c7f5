"""The speech library keeps global state: two of it in one process speak with each other's voice, or refuse one."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from prober.simulator import espeak


def test_calls_that_want_their_first_words_together_start_one_library() -> None:
    espeak._started.cache_clear()
    together = Barrier(8)

    def first() -> int:
        together.wait(10)
        return id(espeak._engine())

    with ThreadPoolExecutor(8) as threads:
        assert len(set(threads.map(lambda _: first(), range(8)))) == 1
