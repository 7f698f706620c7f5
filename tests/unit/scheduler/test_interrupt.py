"""What ends a program that calls: Ctrl-C, SIGTERM, a terminal that closes; under nohup the last one does not."""

from __future__ import annotations

import asyncio
import os
import signal

import pytest

from scheduler.interrupt import run_until_stopped


@pytest.fixture(autouse=True)
def as_before():
    names = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = [signal.getsignal(name) for name in names]
    yield
    for name, handler in zip(names, before, strict=True):
        signal.signal(name, handler)


@pytest.mark.parametrize("name", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_what_is_under_way_ends_in_order(name: signal.Signals) -> None:
    async def work(stop: asyncio.Event) -> int:
        os.kill(os.getpid(), name)
        await asyncio.wait_for(stop.wait(), 10)
        return 7

    signal.signal(name, signal.SIG_DFL)  # these tests may run under nohup themselves
    assert run_until_stopped(work) == 7


def test_under_nohup_a_closed_terminal_ends_nothing() -> None:
    async def work(stop: asyncio.Event) -> int:
        os.kill(os.getpid(), signal.SIGHUP)
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.wait_for(stop.wait(), 10)
        return 7

    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    assert run_until_stopped(work) == 7
    assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
