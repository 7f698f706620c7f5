"""Commands, heartbeats and the one scheduler, between two connections to one database."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import psycopg
import pytest

from storage.store import Store


@pytest.fixture
async def other(postgres_url: str) -> AsyncIterator[Store]:
    """Another process's store on the same database."""
    async with Store(postgres_url) as opened:
        yield opened


async def test_of_two_that_serve_one_database_one_schedules(store: Store, other: Store) -> None:
    assert await store.console.single_scheduler()
    assert not await other.console.single_scheduler()
    assert await store.console.single_scheduler(), "and goes on to"


async def test_two_timers_of_one_program_that_ask_at_once_get_one_answer(store: Store) -> None:
    assert await asyncio.gather(*(store.console.single_scheduler() for _ in range(3))) == [True] * 3


async def test_the_other_takes_over_once_the_first_is_closed(store: Store, other: Store) -> None:
    assert await store.console.single_scheduler()
    await store.close()
    assert await other.console.single_scheduler()


async def test_who_lost_the_connection_asks_for_the_place_again(
    store: Store, other: Store, postgres_server: str
) -> None:
    assert await store.console.single_scheduler()
    cut_all(postgres_server)
    assert await other.console.single_scheduler(), "the place was free"
    assert not await store.console.single_scheduler(), "and is taken"
    assert not await store.console.single_scheduler()


async def test_a_command_is_heard_at_once(store: Store, other: Store) -> None:
    heard = store.console.commands()
    waiting = asyncio.ensure_future(anext(heard))
    await other.console.give("pause", "Ada")
    assert (await waiting).word == "pause"
    waiting = asyncio.ensure_future(anext(heard))
    began = time.monotonic()
    given = await other.console.give("resume", "Ada", {"service": "caf"})
    command = await waiting
    assert time.monotonic() - began < 2.0
    assert (command.id, command.word, command.argument, command.given_by) == (
        given,
        "resume",
        {"service": "caf"},
        "Ada",
    )
    await heard.aclose()


async def test_commands_given_before_are_heard_first_and_in_order(store: Store, other: Store) -> None:
    first = await other.console.give("pause", "Ada")
    await other.console.give("resume", "Ada")
    await other.console.give("stop", "Ada")
    heard = store.console.commands(first)
    assert [(await anext(heard)).word for _ in range(2)] == ["resume", "stop"]
    await heard.aclose()


async def test_listening_outlives_a_cut_connection(store: Store, other: Store, postgres_server: str) -> None:
    await other.console.give("pause", "Ada")
    heard = store.console.commands()
    assert (await anext(heard)).word == "pause"
    waiting = asyncio.ensure_future(anext(heard))
    cut_all(postgres_server)
    await other.console.give("resume", "Ada")
    assert (await asyncio.wait_for(waiting, 10)).word == "resume"
    await heard.aclose()


async def test_the_last_word_says_who_is_paused(store: Store) -> None:
    assert await store.console.standing() == (0, frozenset())
    await store.console.give("pause", "Ada", {"service": None, "reason": "election night"})
    await store.console.give("pause", "Ada", {"service": "caf"})
    last = await store.console.give("report", "Ada")
    assert await store.console.standing() == (last, {None, "caf"})
    await store.console.give("resume", "Ada")
    assert (await store.console.standing())[1] == {"caf"}, "what was paused by name is resumed by name"
    await store.console.give("resume", "Ada", {"service": "caf"})
    assert (await store.console.standing())[1] == frozenset()


async def test_a_worker_is_known_by_its_last_beat(store: Store) -> None:
    await store.console.beat("b", {"calls": 1})
    await store.console.beat("a")
    (_, before) = await store.console.workers()
    await store.console.beat("b", {"calls": 2})
    (a, b) = await store.console.workers()
    assert (a.name, b.name, b.details) == ("a", "b", {"calls": 2})
    assert b.beat_at > before.beat_at


def cut_all(postgres_server: str) -> None:
    """What a restart of the database does to its clients."""
    with psycopg.connect(postgres_server.format("postgres"), autocommit=True) as c:
        c.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname LIKE 'test_%'")
