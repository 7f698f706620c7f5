"""Attempts carried from claim to store over simulated lines and a real PostgreSQL with procrastinate."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from calling import NUMBER, dispatch_of, never, redraw_of, verdicts, wanted

from exporters.attempts_csv import row_of
from prober.attempt import Attempt, Profile, Purpose, Step
from scheduler import conduct
from scheduler.clock import Clock
from scheduler.conduct import carry_out
from scheduler.dispatch import Door, Facts
from scheduler.queue import Queue
from storage.connection import StoreAway
from storage.mapping import month_of
from storage.store import Store


async def test_each_attempt_is_called_once_and_saved_with_its_verdict(
    store: Store, postgres_url: str, tmp_path: Path
) -> None:
    dispatch = dispatch_of(store, tmp_path)
    attempts = [wanted(s) for s in ("mairie-vaux", "departement-marais", "urssaf-littoral", "mairie-vaux")]
    await asyncio.wait_for(carry_out(attempts, dispatch, postgres_url, concurrency=4, stop=asyncio.Event()), 60)
    found = await verdicts(store)
    assert [found[a.id] for a in attempts] == ["human", "busy", "dissuaded", "human"]
    assert len(dispatch.pool.seen) == 5  # four and the reference call


async def test_an_unallocated_number_is_confirmed_over_the_second_trunk(
    store: Store, postgres_url: str, tmp_path: Path
) -> None:
    one, two = dispatch_of(store, tmp_path, "a"), dispatch_of(store, tmp_path, "a", "b")
    alone, sure = wanted("passeports-elme"), wanted("passeports-elme")
    await carry_out([alone], one, postgres_url, concurrency=1, stop=asyncio.Event())
    await carry_out([sure], two, postgres_url, concurrency=1, stop=asyncio.Event())
    found = await verdicts(store)
    assert (found[alone.id], found[sure.id]) == ("own_failure", "number_invalid")
    assert len(await verdicts(store, Purpose.CONFIRMATION)) == 1


async def test_the_caller_id_is_drawn_at_random_and_kept_with_the_menu_path_of_the_day(
    store: Store, postgres_url: str, tmp_path: Path
) -> None:
    """A plan drawn weeks ago names no caller id, and a menu path that somebody has replaced since."""
    today = Profile(path=(Step(digits="2"),), version=4)
    attempts = [wanted("mairie-vaux", profile=Profile(version=3)) for _ in range(12)]
    dispatch = dispatch_of(store, tmp_path)
    dispatch.doors = (Door(name="a", caller_ids=("0162000001", "0162000002")),)
    dispatch.facts = {"mairie-vaux": Facts(hours=lambda at: (True, False), profiles={NUMBER["mairie-vaux"]: today})}
    await asyncio.wait_for(carry_out(attempts, dispatch, postgres_url, concurrency=1, stop=asyncio.Event()), 60)
    month = month_of(attempts[0].due_at, "Europe/Paris")
    kept = [row_of(judged) async for judged in store.attempts_for_month("mairie-vaux", month)]
    assert len(kept) == 12
    assert {row["caller_id"] for row in kept} == {"0162000001", "0162000002"}
    assert {row["menu_version"] for row in kept} == {"4"}
    record = await store.record(attempts[0].id)
    assert record is not None
    assert record.attempt.profile == today


async def test_a_call_outside_the_hours_is_out_of_schedule(store: Store, postgres_url: str, tmp_path: Path) -> None:
    attempt = wanted("mairie-vaux")
    dispatch = dispatch_of(store, tmp_path, open_now=False)
    await carry_out([attempt], dispatch, postgres_url, concurrency=1, stop=asyncio.Event())
    assert (await verdicts(store))[attempt.id] == "out_of_schedule"


async def test_an_attempt_that_somebody_else_claimed_is_not_dialled(store: Store, tmp_path: Path) -> None:
    attempt = wanted("mairie-vaux")
    await store.add([attempt])
    assert await store.claim(attempt.id, "another")
    dispatch = dispatch_of(store, tmp_path)
    await dispatch.run(attempt)
    assert dispatch.pool.seen == []


async def test_a_job_deferred_twice_waits_once(postgres_url: str) -> None:
    queue = Queue(postgres_url)
    await queue.open()
    attempt = wanted("mairie-vaux")
    try:
        assert await queue.defer(attempt)
        assert not await queue.defer(attempt)
    finally:
        await queue.close()


async def test_calls_to_one_number_follow_each_other(postgres_url: str) -> None:
    queue, up, most = Queue(postgres_url), 0, 0
    await queue.open()
    done, left = asyncio.Event(), 4

    async def run(attempt: Attempt) -> None:
        nonlocal up, most, left
        up += 1
        most = max(most, up)
        await asyncio.sleep(0.05)
        up -= 1
        left -= 1
        if not left:
            done.set()

    try:
        for _ in range(4):
            await queue.defer(wanted("mairie-vaux"))
        await asyncio.wait_for(queue.work(run, concurrency=4, stop=done), 30)
    finally:
        await queue.close()
    assert most == 1


async def test_what_a_crash_left_dialling_ends_as_our_failure_and_is_not_dialled_again(
    store: Store, tmp_path: Path
) -> None:
    attempt = wanted("mairie-vaux")
    await store.add([attempt])
    assert await store.claim(attempt.id, "crashed")
    lost = await store.orphans(-timedelta(seconds=5).total_seconds())
    assert [a.id for a in lost] == [attempt.id]
    dispatch = dispatch_of(store, tmp_path)
    await dispatch.run(attempt)
    assert dispatch.pool.seen == []
    assert (await verdicts(store))[attempt.id] == "own_failure"


async def test_a_crash_after_the_job_was_made_makes_no_second_one(
    store: Store, postgres_url: str, tmp_path: Path
) -> None:
    queue, attempt = Queue(postgres_url), wanted("mairie-vaux")
    await store.add([attempt])
    await queue.open()
    clock = Clock(dispatch_of(store, tmp_path), queue, redraw=redraw_of(store), late_s=600, keep=never)
    try:
        await queue.defer(attempt)
        await clock.release()
        assert len(list(await queue.app.job_manager.list_jobs_async())) == 1
    finally:
        await queue.close()
    assert await store.status(attempt.id) == "queued"


async def test_the_attempt_of_a_worker_that_died_before_dialling_is_planned_again(
    store: Store, postgres_url: str, tmp_path: Path
) -> None:
    queue, attempt = Queue(postgres_url), wanted("mairie-vaux")
    await store.add([attempt])
    await queue.open()
    clock = Clock(dispatch_of(store, tmp_path), queue, redraw=redraw_of(store), late_s=600, keep=never)
    try:
        await clock.release()
        gone = await queue.app.job_manager.register_worker()
        assert await queue.app.job_manager.fetch_job(None, worker_id=gone)
        async with await psycopg.AsyncConnection.connect(postgres_url, autocommit=True) as c:
            await c.execute("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 hour'")
        await clock.sweep()
    finally:
        await queue.close()
    assert await store.status(attempt.id) == "planned"


async def test_a_failed_reference_call_takes_the_blame_from_the_network(
    store: Store, postgres_url: str, tmp_path: Path
) -> None:
    """The reference is the store's: a program that placed none of its own judges by it too."""
    broken = dispatch_of(store, tmp_path)
    broken.doors = (Door(name="a", reference_number="0299999999"),)
    await broken.reference_calls()
    attempt = wanted("cartes-grises")
    other = dispatch_of(store, tmp_path)
    await store.add([attempt])
    await other.run(attempt)
    assert (await verdicts(store))[attempt.id] == "own_failure"
    assert (await store.verdicts(attempt.id))[-1].rule_id == "reference.failed"


async def test_a_store_that_is_away_when_a_call_is_judged_loses_no_record(
    store: Store, postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object, **__: object) -> bool:
        raise StoreAway("away")

    monkeypatch.setattr(store.prompts, "drifted", away)
    monkeypatch.setattr(store, "reference_ok", away)
    attempt = wanted("mairie-vaux")
    await carry_out([attempt], dispatch_of(store, tmp_path), postgres_url, concurrency=1, stop=asyncio.Event())
    assert (await verdicts(store))[attempt.id] == "human"


async def test_what_was_claimed_as_the_store_went_away_is_ended_and_nobody_waits_for_ever(
    store: Store, postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The claim was written, its answer never came: seen when PostgreSQL was killed under several programs."""
    monkeypatch.setattr(conduct, "BEAT_S", 0.2)
    monkeypatch.setattr(conduct, "LEASE_S", 0.5)
    at_once = store.claim

    async def lost(attempt_id: str, worker: str, **more: int) -> bool:
        await at_once(attempt_id, worker, **more)
        raise StoreAway("the answer was lost")

    monkeypatch.setattr(store, "claim", lost)
    attempt = wanted("mairie-vaux")
    dispatch = dispatch_of(store, tmp_path)
    await asyncio.wait_for(carry_out([attempt], dispatch, postgres_url, concurrency=1, stop=asyncio.Event()), 30)
    assert (await verdicts(store))[attempt.id] == "own_failure"


async def test_what_another_program_carries_out_is_not_waited_for(
    store: Store, postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conduct, "BEAT_S", 0.2)
    attempt = wanted("mairie-vaux")
    other = dispatch_of(store, tmp_path)
    other.worker = "another"
    await store.add([attempt])
    await other.run(attempt)
    here = dispatch_of(store, tmp_path)
    await asyncio.wait_for(carry_out([attempt], here, postgres_url, concurrency=1, stop=asyncio.Event()), 30)
    assert attempt.number not in {number for number, _ in here.pool.seen}
