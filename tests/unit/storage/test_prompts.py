"""Recordings learnt from calls in PostgreSQL: shared, counted, labelled, and their changes told."""

from __future__ import annotations

import asyncio
import math
from datetime import UTC, datetime, timedelta

import numpy as np
import psycopg
import pytest
from click.testing import CliRunner
from pydantic import SecretStr

from config.settings import Database, Settings
from prober.ear.fingerprint import Prints
from prober.ear.pieces import Piece, Spoken
from storage.cli import prompts as list_prompts
from storage.migrations import downgrade, upgrade
from storage.store import Store

NOON = datetime(2026, 12, 1, 12, 0, tzinfo=UTC)
NUMBER = "+33 2 61 91 00 01"


def prints(seed: int, length: int = 200) -> Prints:
    return np.random.default_rng(seed).integers(1, 2**32, length, dtype=np.uint32)


def call(*seeds: int) -> list[Piece]:
    return [Piece(start_s=float(n), prints=prints(seed)) for n, seed in enumerate(seeds)]


async def learn_all(store: Store, *calls: list[Piece], number: str = NUMBER) -> None:
    for day, pieces in enumerate(calls):
        await store.prompts.learn(number, pieces, NOON + timedelta(days=day))


async def test_piece_heard_in_two_calls_is_a_recording_of_its_number(store: Store) -> None:
    await learn_all(store, call(1, 2))
    assert (await store.prompts.library(NUMBER)).prompts == ()
    await store.prompts.learn("0261910001", call(1, 3), NOON + timedelta(days=1))
    (prompt,) = (await store.prompts.library("sip:0261910001@127.0.0.1")).prompts
    assert np.array_equal(prompt.prints, prints(1))
    (known,) = await store.prompts.known(NUMBER)
    assert (known.number, known.calls, known.length_s) == ("0261910001", 2, pytest.approx(3.2))
    assert (known.first_heard_at, known.last_heard_at) == (NOON, NOON + timedelta(days=1))
    assert (await store.prompts.library("3646")).prompts == ()


def spoken(seed: int) -> Piece:
    voice = np.zeros(256, dtype=np.float32)
    voice[seed] = 1.0
    return Piece(start_s=0.0, prints=prints(seed), voices=(Spoken(first=20, last=120, voice=voice),))


async def test_voices_of_recordings_are_kept_and_no_other(store: Store, postgres_url: str) -> None:
    await learn_all(store, [spoken(1), spoken(2)], [spoken(1), spoken(3)])
    (prompt,) = (await store.prompts.library(NUMBER)).prompts
    assert prompt.voice is not None
    assert np.array_equal(prompt.voice, spoken(1).voices[0].voice)
    await learn_all(store, [spoken(1)])
    assert len((await store.prompts.library(NUMBER)).voices) == 1
    with psycopg.connect(postgres_url) as c:
        rows = c.execute("SELECT calls >= 2, voice IS NULL, length(voice) FROM prompts ORDER BY 1").fetchall()
    assert rows == [(False, True, None), (False, True, None), (True, False, 512)]


async def test_what_follows_a_recording_is_counted_from_call_to_call(store: Store) -> None:
    both = [Piece(start_s=0.0, prints=prints(1)), Piece(start_s=4.0, prints=prints(2))]
    await learn_all(store, both, both, both)
    follows = {p.prints.tobytes(): p.follows for p in (await store.prompts.library(NUMBER)).prompts}
    assert follows[prints(1).tobytes()] == pytest.approx(math.log(2.5 / 0.5))
    assert follows[prints(2).tobytes()] == pytest.approx(math.log(0.5 / 2.5))


async def test_two_programs_that_learn_at_once_lose_nothing(store: Store) -> None:
    await asyncio.gather(*(store.prompts.learn(NUMBER, call(1, 10 + n), NOON) for n in range(6)))
    (known,) = await store.prompts.known(NUMBER)
    assert known.calls == 6


async def test_label_stays_with_the_recording(store: Store) -> None:
    await learn_all(store, call(1), call(1))
    (known,) = await store.prompts.known(NUMBER)
    assert await store.prompts.label(NUMBER, known.prompt_id, "wait")
    assert not await store.prompts.label("3646", known.prompt_id, "wait")
    await learn_all(store, call(1))
    assert [p.label for p in (await store.prompts.library(NUMBER)).prompts] == ["wait"]


async def test_words_are_read_once_and_give_label_wait_and_place(store: Store) -> None:
    await learn_all(store, call(1), call(1))
    (unread,) = (await store.prompts.library(NUMBER, to_read=True)).prompts
    assert unread.unread
    assert not (await store.prompts.library(NUMBER)).prompts[0].unread
    said = "Vous êtes en troisième position. L'attente est de cinq minutes."
    assert await store.prompts.read(NUMBER, unread.prompt_id, said) == "wait"
    await store.prompts.read(NUMBER, unread.prompt_id, "Nos bureaux sont fermés.")
    (known,) = await store.prompts.known(NUMBER)
    assert (known.label, known.words, known.wait_s, known.position, known.reviewed) == ("wait", said, 300.0, 3, False)
    (prompt,) = (await store.prompts.library(NUMBER, to_read=True)).prompts
    assert (prompt.unread, prompt.announces) == (False, {"announced_wait_s": 300.0, "announced_position": 3})


async def test_label_of_a_person_stays_whatever_is_read(store: Store) -> None:
    await learn_all(store, call(1), call(1))
    (known,) = await store.prompts.known(NUMBER)
    await store.prompts.label(NUMBER, known.prompt_id, "voicemail")
    assert not (await store.prompts.library(NUMBER, to_read=True)).prompts[0].unread
    await store.prompts.read(NUMBER, known.prompt_id, "Bonjour et bienvenue.")
    (known,) = await store.prompts.known(NUMBER)
    assert (known.label, known.reviewed) == ("voicemail", True)
    assert await store.prompts.labels(NUMBER) == {known.prompt_id: "voicemail"}


def test_list_shows_words_numbers_and_what_no_person_has_reviewed(postgres_url: str) -> None:
    async def fill() -> list[str]:
        async with Store(postgres_url) as store:
            await learn_all(store, call(1, 2, 3), call(1, 2, 3))
            known = [p.prompt_id for p in await store.prompts.known(NUMBER)]
            await store.prompts.read(NUMBER, known[0], "Vous êtes en troisième position. L'attente est de 5 minutes.")
            await store.prompts.read(NUMBER, known[1], "")
            return known

    ids = asyncio.run(fill())
    settings = Settings(database=Database(url=SecretStr(postgres_url)))

    def shown(*more: str) -> list[str]:
        done = CliRunner().invoke(list_prompts, [NUMBER, *more], obj=settings, catch_exceptions=False)
        return [line.partition("  3.2 s")[2].partition("  ")[2] or line.strip() for line in done.output.splitlines()]

    since = f"2 calls since {NOON:%F}"
    words = "5 min, place 3: Vous êtes en troisième position. L'attente est de 5 minutes."
    lines = shown()
    follows = [line for line in lines if line.startswith("another recording came next")]
    assert sorted(follows) == [f"another recording came next in {n} of 1" for n in (0, 1, 1)]
    assert [line for line in lines if line not in follows] == [
        f"   {since}  wait (not reviewed)",
        words,
        *[f"   {since}  no label"] * 2,
    ]
    assert shown("--label", f"{ids[0]}=wait")[0] == f"   {since}  wait"


async def test_change_of_prompts_is_kept(store: Store) -> None:
    await learn_all(store, call(1, 2), call(1, 2), call(1, 2), call(3, 2))
    assert await store.prompts.changes() == []
    change = await store.prompts.learn(NUMBER, call(3, 2), NOON)
    assert change is not None
    assert await store.prompts.changes(NUMBER) == [change]
    ids = {p.prompt_id: p.prints for p in (await store.prompts.library(NUMBER)).prompts}
    assert np.array_equal(ids[change.appeared[0]], prints(3))
    assert np.array_equal(ids[change.gone[0]], prints(1))
    assert await store.prompts.changes("3646") == []


async def test_a_change_holds_calls_back_until_it_is_reviewed(store: Store) -> None:
    await learn_all(store, call(1, 2), call(1, 2), call(1, 2), call(3, 2))
    await store.prompts.learn(NUMBER, call(3, 2), NOON)
    assert not await store.prompts.drifted(NUMBER, NOON - timedelta(seconds=1))
    assert await store.prompts.drifted(NUMBER, NOON)
    assert not await store.prompts.drifted("3646", NOON)
    assert await store.prompts.review(NUMBER, NOON + timedelta(days=1)) == 1
    assert not await store.prompts.drifted(NUMBER, NOON)
    (change,) = await store.prompts.changes(NUMBER)
    assert change.reviewed_at == NOON + timedelta(days=1)


async def test_what_does_not_come_again_leaves_no_row(store: Store, postgres_url: str) -> None:
    await learn_all(store, *(call(n) for n in range(20)))
    with psycopg.connect(postgres_url) as c:
        assert c.execute("SELECT max(calls), count(*) <= 12 FROM prompts").fetchone() == (1, True)


async def test_call_that_left_nothing_is_not_counted(store: Store, postgres_url: str) -> None:
    await learn_all(store, [])
    with psycopg.connect(postgres_url) as c:
        assert c.execute("SELECT count(*) FROM prompt_calls").fetchone() == (0,)


def test_the_tables_come_and_go_and_leave_the_others(postgres_url: str) -> None:
    def there() -> set[str]:
        with psycopg.connect(postgres_url) as c:
            names = c.execute("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")
            return {name for (name,) in names}

    new = {"prompts", "prompt_calls", "prompt_changes"}
    assert new <= there()
    downgrade(postgres_url, "0001")
    assert not new & there()
    assert "attempts" in there()
    upgrade(postgres_url)
    assert new <= there()
