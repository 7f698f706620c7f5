"""Dispatch tells each line what is known of its number, and learns and reads what the call left, beside the calls."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from prober.attempt import Attempt, Limits, Purpose, Script
from prober.ear import Excerpt, Piece, PromptLibrary
from prober.line import Line
from prober.recogniser import RecogniserError
from prober.simulator.behaviours import CAST
from prober.simulator.line import SimulatedLine
from scheduler.dispatch import Dispatch, Door
from scheduler.learning import Learning
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
        self.excerpts: tuple[Excerpt, ...] = ()

    def know(self, library: PromptLibrary) -> None:
        self.told = library
        wanted = [p.prompt_id for p in library.prompts if p.unread]
        self.excerpts = tuple(Excerpt(prompt_id=i, pcm=np.zeros(16000, dtype=np.int16)) for i in wanted)


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


class Reader:
    """Stands for the recogniser: says the same of every recording, or fails."""

    def __init__(self, words: str | None) -> None:
        self.said, self.read = words, 0

    async def words(self, recordings: Sequence[np.ndarray[Any, Any]]) -> list[str]:
        self.read += len(recordings)
        await asyncio.sleep(0)
        if self.said is None:
            raise RecogniserError("no words today")
        return [self.said] * len(recordings)


def dispatch_of(
    store: Store, tmp_path: Path, *, learns: bool = True, reader: Reader | None = None
) -> tuple[Dispatch, OverheardPool]:
    pool = OverheardPool()
    learning = Learning(store.prompts, reader) if learns else None  # type: ignore[arg-type]
    doors = (Door(name="a", reference_number=REFERENCE),)
    spool = Spool(tmp_path / "spool")
    return Dispatch(
        store=store, spool=spool, pool=pool, doors=doors, facts={}, worker="w", learning=learning  # type: ignore[arg-type]
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


async def test_recording_is_read_once_and_labelled(store: Store, tmp_path: Path) -> None:
    reader = Reader("Votre temps d'attente est estimé à plus de dix minutes.")
    dispatch, pool = dispatch_of(store, tmp_path, reader=reader)
    for _ in range(5):
        await call(dispatch, store)
    assert reader.read == 1
    (known,) = await store.prompts.known(NUMBER)
    assert (known.label, known.words, known.wait_s, known.reviewed) == ("wait", reader.said, 600.0, False)
    assert [p.announces for p in pool.lines[-1].told.prompts] == [{"announced_wait_s": 600.0}]  # type: ignore[union-attr]


async def test_recording_without_words_to_rely_on_is_not_read_again(store: Store, tmp_path: Path) -> None:
    reader = Reader("")
    dispatch, _ = dispatch_of(store, tmp_path, reader=reader)
    for _ in range(5):
        await call(dispatch, store)
    (known,) = await store.prompts.known(NUMBER)
    assert (reader.read, known.label, known.words) == (1, "", "")


async def test_reader_that_fails_costs_no_call_and_is_asked_again(store: Store, tmp_path: Path) -> None:
    reader = Reader(None)
    dispatch, _ = dispatch_of(store, tmp_path, reader=reader)
    for _ in range(5):
        await call(dispatch, store)
    (known,) = await store.prompts.known(NUMBER)
    assert (reader.read, known.words, known.calls) == (3, None, 5)


async def test_without_a_reader_no_sound_is_asked_for(store: Store, tmp_path: Path) -> None:
    dispatch, pool = dispatch_of(store, tmp_path)
    for _ in range(4):
        await call(dispatch, store)
    assert [line.excerpts for line in pool.lines] == [()] * 4


async def test_what_waits_to_be_read_is_bounded(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scheduler.learning.MOST_WAITING", 3)
    reader = Reader("Bonjour.")
    learning = Learning(store.prompts, reader)  # type: ignore[arg-type]
    line = OverheardLine()
    line.pieces = ()
    line.excerpts = tuple(Excerpt(prompt_id=str(n), pcm=np.zeros(16000, dtype=np.int16)) for n in range(5))
    attempt = Attempt(service="s", number=NUMBER, script=Script.AGENT, due_at=datetime.now(UTC))
    learning.after(line, attempt)
    learning.after(line, attempt)
    await learning.settled()
    assert reader.read == 3


async def test_label_given_since_the_call_is_judged_by(store: Store, tmp_path: Path) -> None:
    dispatch, _ = dispatch_of(store, tmp_path)
    for _ in range(2):
        await call(dispatch, store)
    (known,) = await store.prompts.known(NUMBER)
    await store.prompts.label(NUMBER, known.prompt_id, "closed")
    await call(dispatch, store)
    contexts = [verdict.context.labels async for _, verdict in store.judged_records()]
    assert sorted(map(dict, contexts), key=len) == [{}, {}, {known.prompt_id: "closed"}]


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

    async def away(*_: object, **__: object) -> None:
        await asyncio.sleep(0)
        raise StoreAway("away")

    monkeypatch.setattr(store.prompts, "library", away)
    monkeypatch.setattr(store.prompts, "learn", away)
    await call(dispatch, store)
    assert len(pool.lines) == 1
    assert sum((await store.status_counts()).values()) == 0
