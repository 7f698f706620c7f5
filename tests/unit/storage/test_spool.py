"""The spool, with a database that really goes away and a disk that is really full."""

from __future__ import annotations

import asyncio
import os
import resource
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from prober.attempt import Attempt
from prober.record import CallRecord
from prober.verdict import Verdict
from storage.embedded import EmbeddedPostgres
from storage.migrations import upgrade
from storage.spool import Spool, SpoolError
from storage.store import Store

MakeAttempt = Callable[..., Attempt]
MakeCall = Callable[..., tuple[CallRecord, Verdict]]


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path / "spool")


@pytest.fixture
def server() -> Iterator[EmbeddedPostgres]:
    """A PostgreSQL of this test alone, that may be stopped and started."""
    folder = Path(tempfile.mkdtemp(prefix="decroche-test-"))
    folder.chmod(0o711)
    own = EmbeddedPostgres(folder / "db", settings={"fsync": "off"}, public=folder / "public")
    upgrade(own.start())
    yield own
    own.stop()
    shutil.rmtree(folder)


async def test_with_a_database_nothing_waits(
    store: Store, spool: Spool, an_attempt: MakeAttempt, a_call: MakeCall
) -> None:
    record, verdict = a_call(an_attempt())
    assert await spool.keep(store, record, verdict)
    assert spool.state().count == 0
    assert await store.record(record.attempt.id) == record


async def test_a_record_of_a_time_without_database_is_saved_later_exactly_once(
    store: Store, spool: Spool, an_attempt: MakeAttempt, a_call: MakeCall, tmp_path: Path
) -> None:
    away = Store(f"postgresql://nobody@/none?host={tmp_path}")
    calls = [a_call(an_attempt()) for _ in range(3)]
    for record, verdict in calls:
        assert not await spool.keep(away, record, verdict)
    assert await spool.drain(away) == 0
    state = spool.state()
    assert (state.count, state.refused) == (3, 0)
    assert state.bytes > 0
    assert await asyncio.gather(spool.drain(store), spool.drain(store)) == [3, 0]
    assert await spool.drain(store) == 0
    assert spool.state().count == 0
    for record, _ in calls:
        assert await store.record(record.attempt.id) == record
    assert sum(c.count for c in (await store.counters()).counts if c.name == "attempts") == 3


async def test_a_crash_between_save_and_removal_counts_the_call_once(
    store: Store, spool: Spool, an_attempt: MakeAttempt, a_call: MakeCall
) -> None:
    record, verdict = a_call(an_attempt())
    spool.put(record, verdict)
    await store.save(record, verdict)
    assert await spool.drain(store) == 1
    assert [c.count for c in (await store.counters()).counts if c.name == "attempts"] == [1]


async def test_the_age_is_that_of_the_oldest_record(
    spool: Spool, an_attempt: MakeAttempt, a_call: MakeCall, tmp_path: Path
) -> None:
    assert spool.state().oldest_s == 0
    for name in ("old", "new"):
        spool.put(*a_call(an_attempt(id=name)))
    old = tmp_path / "spool" / "old.json"
    os.utime(old, (old.stat().st_atime, old.stat().st_mtime - 3600))
    assert 3600 <= spool.state().oldest_s < 3700


async def test_a_damaged_file_is_put_aside_and_stops_no_other(
    store: Store, spool: Spool, an_attempt: MakeAttempt, a_call: MakeCall, tmp_path: Path
) -> None:
    spool.put(*a_call(an_attempt(id="good")))
    for name, content in (("cut", b'{"record": {"att'), ("list", b"[]"), ("empty", b"{}")):
        (tmp_path / "spool" / f"{name}.json").write_bytes(content)
    assert await spool.drain(store) == 1
    assert (spool.state().count, spool.state().refused) == (0, 3)
    assert await store.record("good") is not None


async def test_an_id_cannot_lead_out_of_the_folder(
    store: Store, spool: Spool, an_attempt: MakeAttempt, a_call: MakeCall, tmp_path: Path
) -> None:
    spool.put(*a_call(an_attempt(id="../../outside")))
    assert names_in(tmp_path) == ["spool"]
    assert await spool.drain(store) == 1
    assert await store.record("../../outside") is not None


def test_a_spool_over_its_limit_refuses_with_a_sentence(
    tmp_path: Path, an_attempt: MakeAttempt, a_call: MakeCall
) -> None:
    roomy = Spool(tmp_path)
    roomy.put(*a_call(an_attempt(id="first")))
    small = Spool(tmp_path, max_mb=roomy.state().bytes * 1.5 / 1e6)
    with pytest.raises(SpoolError, match=r"attempt second is lost: .* takes no more: it holds .* MB already"):
        small.put(*a_call(an_attempt(id="second")))
    assert small.state().count == 1


def test_a_full_disk_is_a_sentence_and_leaves_nothing_half_written(
    spool: Spool, an_attempt: MakeAttempt, a_call: MakeCall, tmp_path: Path
) -> None:
    # The kernel refuses to write beyond this size, as it does on a full disk.
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))
    try:
        with pytest.raises(SpoolError, match=r"attempt a1 is lost: the database is away and spool .* takes no more"):
            spool.put(*a_call(an_attempt(id="a1")))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)
    assert list((tmp_path / "spool").iterdir()) == []


async def test_a_spool_that_cannot_be_made_is_a_sentence(
    an_attempt: MakeAttempt, a_call: MakeCall, tmp_path: Path
) -> None:
    (tmp_path / "spool").write_text("")
    with pytest.raises(SpoolError, match="is lost"):
        Spool(tmp_path / "spool").put(*a_call(an_attempt()))


async def test_a_server_killed_while_records_come_in_loses_none_and_doubles_none(
    server: EmbeddedPostgres, spool: Spool, an_attempt: MakeAttempt, a_call: MakeCall
) -> None:
    calls = [a_call(an_attempt(service=f"s{n}")) for n in range(60)]
    before = Store(server.url, connections=4)

    one_is_saved = asyncio.Event()

    async def keep(call: tuple[CallRecord, Verdict]) -> bool:
        kept = await spool.keep(before, *call)
        one_is_saved.set()
        return kept

    async def kill_in_the_middle() -> None:
        await one_is_saved.wait()
        assert server.pid is not None
        os.kill(server.pid, signal.SIGQUIT)

    *results, _ = await asyncio.gather(*map(keep, calls), kill_in_the_middle())
    await before.close()
    assert False in results, "some came when the database was away"
    assert True in results, "some came before"
    server.stop()
    after = Store(server.start())
    assert await spool.drain(after) == results.count(False)
    assert await saved_ids(server.url) == {record.attempt.id for record, _ in calls}
    assert sum(c.count for c in (await after.counters()).counts if c.name == "attempts") == 60
    await after.close()


def names_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


async def saved_ids(url: str) -> set[str]:
    async with await psycopg.AsyncConnection.connect(url) as c:
        found = await c.execute(
            "SELECT a.id FROM attempts a JOIN records r ON r.attempt = a.id JOIN judged j ON j.id = a.id"
        )
        return {name for (name,) in await found.fetchall()}
