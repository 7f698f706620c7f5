"""Dispatch tells each line what is known of its number and learns from what the call left, beside the calls."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from prober.attempt import Attempt, Limits, Purpose, Script
from prober.ear import Piece, PromptLibrary
from prober.line import Line
from prober.simulator.behaviours import CAST
from prober.simulator.line import SimulatedLine
from scheduler.dispatch import Dispatch, Door
from storage.connection import StoreAway
from storage.spool import Spool
from storage.store import Store

NUMBER = next(s.number for s in CAST if s.id == "departement-marais")
REFERENCE = next(s.number for s in CAST if s.behaviour == "reference")
PRINTS = np.random.default_rng(1).integers(1, 2**32, 200, dtype=np.uint32)


class OverheardLine(SimulatedLine):
    """A simulated line whose ear leaves one piece."""

    def __init__(self) -> None:
        super().__init__(CAST)
        self.told: PromptLibrary | None = None
        self.pieces = (Piece(start_s=1.0, prints=PRINTS),)

    def know(self, library: PromptLibrary) -> None:
        self.told = library


class OverheardPool:
    def __init__(self) -> None:
        self.lines: list[OverheardLine] = []

    def line(self, trunk: str | None = None) -> Line:
        self.lines.append(OverheardLine())
        return self.lines[-1]


@pytest.fixture
async def store(postgres_url: str) -> AsyncIterator[Store]:
    async with Store(postgres_url) as opened:
        yield opened


def dispatch_of(store: Store, tmp_path: Path, *, learns: bool = True) -> tuple[Dispatch, OverheardPool]:
    pool = OverheardPool()
    doors = (Door(name="a", reference_number=REFERENCE),)
    spool = Spool(tmp_path / "spool")
    return Dispatch(
        store=store, spool=spool, pool=pool, doors=doors, facts={}, worker="w", learns=learns  # type: ignore[arg-type]
    ), pool  # fmt: skip


async def call(dispatch: Dispatch, store: Store, purpose: Purpose = Purpose.MEASURE) -> None:
    limits = Limits(max_wait_s=20, ring_s=10, silence_s=5)
    now = datetime.now(UTC)
    attempt = Attempt(service="s", number=NUMBER, script=Script.AGENT, due_at=now, limits=limits, purpose=purpose)
    await store.add([attempt])
    await dispatch.run(attempt)
    await dispatch.settled()


async def test_third_call_is_told_what_the_first_two_left(store: Store, tmp_path: Path) -> None:
    dispatch, pool = dispatch_of(store, tmp_path)
    for _ in range(3):
        await call(dispatch, store)
    told = [len(line.told.prompts) for line in pool.lines if line.told is not None]
    assert told == [0, 0, 1]
    (prompt,) = (await store.prompts.library(NUMBER)).prompts
    assert np.array_equal(prompt.prints, PRINTS)


async def test_where_it_is_not_wanted_nothing_is_told_or_learnt(store: Store, tmp_path: Path) -> None:
    dispatch, pool = dispatch_of(store, tmp_path, learns=False)
    for _ in range(3):
        await call(dispatch, store)
    assert [line.told for line in pool.lines] == [None] * 3
    assert await store.prompts.known(NUMBER) == []


async def test_reference_calls_teach_nothing(store: Store, tmp_path: Path) -> None:
    dispatch, pool = dispatch_of(store, tmp_path)
    for _ in range(3):
        await dispatch.reference_calls()
    await dispatch.settled()
    assert [line.told for line in pool.lines] == [None] * 3
    assert await store.prompts.known(REFERENCE) == []


async def test_store_that_is_away_costs_no_call(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dispatch, pool = dispatch_of(store, tmp_path)

    async def away(*_: object) -> None:
        await asyncio.sleep(0)
        raise StoreAway("away")

    monkeypatch.setattr(store.prompts, "library", away)
    monkeypatch.setattr(store.prompts, "learn", away)
    await call(dispatch, store)
    assert len(pool.lines) == 1
    assert sum((await store.status_counts()).values()) == 0
