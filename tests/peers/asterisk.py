"""Asterisk as the called side: its own process in its own root, and its own books as the truth.

Times come from its channel event log (microseconds), waits from its queue log, endings from its call detail records.
"""

from __future__ import annotations

import contextlib
import csv
import os
import shutil
import socket
import subprocess
import tempfile
import time
import wave
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from authority import Authority
from numpy.typing import NDArray

HERE = Path(__file__).parent
ROOT = Path(os.environ.get("DECROCHE_ASTERISK_ROOT", "/var/tmp/decroche-peers/sid"))
FRENCH = "/usr/share/asterisk/sounds/fr_CA_f_June"
"""Its recorded French voice."""
START_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Cel:
    """One line of the channel event log; `at_s` is seconds since the epoch."""

    kind: str
    at_s: float
    linked: str
    channel: str
    exten: str
    app: str
    extra: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """What Asterisk wrote down of one call, seconds from the arrival of the INVITE; None: it did not happen."""

    human_s: float | None
    answer_s: float | None
    queue_s: float | None
    connect_s: float | None
    hold_s: int | None
    """Whole seconds in the queue, from its queue log."""
    keys: int
    secure: str | None
    """`1 1 HOST:PORT` where signalling and sound were encrypted, with the address that the sound came in at."""
    disposition: str


def free_port() -> int:
    """A port of UDP and TCP that nobody has now."""
    while True:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp, socket.socket() as tcp:
            udp.bind(("127.0.0.1", 0))
            with contextlib.suppress(OSError):
                tcp.bind(udp.getsockname())
                return int(udp.getsockname()[1])


class Asterisk:
    """Started once for all cases; `truth` reads what it wrote about the last call to an extension."""

    def __init__(self) -> None:
        self.port, self.tls_port = free_port(), free_port()
        (ROOT / "tmp").mkdir(exist_ok=True)
        self.folder = Path(tempfile.mkdtemp(prefix="decroche-asterisk-", dir=ROOT / "tmp"))
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, voices: Sequence[tuple[NDArray[np.int16], NDArray[np.int16]]]) -> None:
        """Write the configuration and each agent's greeting and reply, start, and wait until it is fully booted."""
        place = "/" + str(self.folder.relative_to(ROOT))
        for name in ("etc", "log/cel-custom", "log/cdr-csv", "run", "spool", "db", "cache", "agents"):
            (self.folder / name).mkdir(parents=True)
        for source in (HERE / "asterisk").glob("*.conf"):
            text = source.read_text().replace("@place@", place)
            text = text.replace("@port@", str(self.port)).replace("@tls@", str(self.tls_port))
            (self.folder / "etc" / source.name).write_text(text)
        self.authority = Authority(self.folder / "keys")
        self.authority.certify("peer", "DNS:localhost,IP:127.0.0.1,IP:::1")
        for number, (hello, reply) in enumerate(voices):
            for name, pcm in (("hello", hello), ("reply", reply)):
                with wave.open(str(self.folder / "agents" / f"{name}{number}.wav"), "wb") as file:
                    file.setparams((1, 2, 8000, 0, "NONE", ""))
                    file.writeframes(pcm.astype("<i2").tobytes())
        self._process = subprocess.Popen(
            ["chroot", ROOT, "asterisk", "-f", "-q", "-C", f"{place}/etc/asterisk.conf"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        until_s = time.monotonic() + START_S
        while self.command("core waitfullybooted") is None:
            if self._process.poll() is not None or time.monotonic() > until_s:
                raise RuntimeError(f"asterisk did not start: see {self.folder}/log/full")
            time.sleep(0.3)

    @property
    def pid(self) -> int:
        """Process id."""
        assert self._process is not None
        return self._process.pid

    def stop(self) -> None:
        """End it and remove its folder."""
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def command(self, text: str) -> str | None:
        """Output of a console command; None while nobody listens."""
        config = f"/{self.folder.relative_to(ROOT)}/etc/asterisk.conf"
        done = subprocess.run(
            ["chroot", ROOT, "asterisk", "-C", config, "-rx", text], capture_output=True, text=True, check=False
        )
        return done.stdout if done.returncode == 0 else None

    def prompt(self, name: str) -> NDArray[np.int16]:
        """A French prompt as Asterisk plays it: 8 kHz samples."""
        made = self.folder / f"{name}.wav"
        self.command(f"file convert {FRENCH}/{name}.gsm /{made.relative_to(ROOT)}")
        with wave.open(str(made)) as file:
            return np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")

    def truth(self, call_id: str) -> Truth:
        """Of the call with this Call-ID, once no channel is alive. Raises StopIteration if it never came."""
        self.settled()
        lines = self.events()
        linked = next(e.linked for e in lines if e.kind == "call" and call_id in e.extra)
        first = next(e for e in lines if e.kind == "CHAN_START" and e.linked == linked)
        mine = [e for e in lines if e.linked == first.linked]

        def when(kind: str, *, channel: str | None = None, app: str | None = None) -> float | None:
            found = (e for e in mine if e.kind == kind and channel in (None, e.channel) and app in (None, e.app))
            return next((e.at_s - first.at_s for e in found), None)

        queue = [f.split("|") for f in (self.folder / "log/queue_log").read_text().splitlines()]
        hold = next((int(f[5]) for f in queue if f[1] == first.channel and f[4] == "CONNECT"), None)
        secure = next((e.extra for e in mine if e.kind == "secure"), None)
        return Truth(
            human_s=when("human"),
            answer_s=when("ANSWER", channel=first.channel),
            queue_s=when("APP_START", app="Queue"),
            connect_s=when("BRIDGE_ENTER", channel=first.channel),
            hold_s=hold,
            keys=sum(e.kind == "key" for e in mine),
            secure=secure,
            disposition=self._disposition(first.channel),
        )

    def settled(self) -> None:
        """Wait until no channel is alive. Raises RuntimeError."""
        until_s = time.monotonic() + 15
        while time.monotonic() < until_s:
            if "0 active channels" in (self.command("core show channels count") or ""):
                return
            time.sleep(0.2)
        raise RuntimeError("asterisk still carries a call")

    def events(self) -> list[Cel]:
        """Its channel event log so far."""
        with (self.folder / "log/cel-custom/truth.csv").open(newline="") as file:
            return [
                Cel(kind=r[0], at_s=float(r[1]), linked=r[2], channel=r[3], exten=r[4], app=r[5], extra=r[6])
                for r in csv.reader(file)
            ]

    def _disposition(self, channel: str) -> str:
        with (self.folder / "log/cdr-csv/Master.csv").open(newline="") as file:
            return next((r[14] for r in csv.reader(file) if channel in r[16:17]), "")
