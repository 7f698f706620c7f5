"""Kamailio and rtpengine as two children: both up, or neither."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import re
import shutil
import signal
import socket
import sys
from collections import deque
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from prober.failures import EngineUnusable
from prober.sip.edge.configuration import CONTROL
from prober.sip.outside_dialog import options
from prober.sip.trunk import Target

PACKAGES = {"kamailio": "kamailio kamailio-tls-modules", "rtpengine": "rtpengine-daemon"}
"""Debian packages of each program."""
READY_S = 15.0
GOODBYE_S = 5.0
PR_SET_PDEATHSIG = 1
_TOLD = re.compile(r"(?:edge: |tls_connect: |TLS connect:error:[^:]*:[^:]*::)(.*)")
"""What of their words an operator is told."""
_libc = ctypes.CDLL(None)


class Half:
    """One of the two processes, and its last words."""

    def __init__(self, name: str, process: asyncio.subprocess.Process) -> None:
        self.name, self.process = name, process
        self.words: deque[str] = deque(maxlen=20)
        self.listening = asyncio.create_task(self._listen())

    async def _listen(self) -> None:
        assert self.process.stderr is not None
        async for line in self.process.stderr:
            text = line.decode(errors="replace").rstrip()
            self.words.append(text)
            said = _TOLD.search(text)
            if said:
                sys.stderr.write(f"edge: {said[1]}\n")
                sys.stderr.flush()

    async def stop(self) -> None:
        """End it, and wait until it has ended."""
        with contextlib.suppress(ProcessLookupError):
            self.process.terminate()
        try:
            await asyncio.wait_for(self.process.wait(), GOODBYE_S)
        except TimeoutError:
            self.process.kill()
            await self.process.wait()
        await self.listening


def commands(folder: Path) -> tuple[list[str], list[str]]:
    """How the two are started, whoever starts them."""
    kamailio = ["kamailio", "-DD", "-E", "-m", "64", "-M", "8", "-Y", str(folder), "-f", str(folder / "kamailio.cfg")]
    return ["rtpengine", f"--config-file={folder / 'rtpengine.conf'}"], kamailio


@asynccontextmanager
async def running(folder: Path, inside: Target) -> AsyncIterator[Sequence[Half]]:
    """The edge whose configuration is in `folder`, up while this lasts.

    Raises EngineUnusable where a program is missing or does not start, with its last words.
    """
    missing = [name for name in PACKAGES if shutil.which(name) is None]
    if missing:
        packages = " ".join(PACKAGES[name] for name in missing)
        raise EngineUnusable(f"{' and '.join(missing)} is not installed (Debian: apt-get install {packages})")
    halves: list[Half] = []
    try:
        control = Target(host="127.0.0.1", port=inside.port + CONTROL)
        for command, reach, where in zip(commands(folder), (_sound, _signalling), (control, inside), strict=True):
            process = await asyncio.create_subprocess_exec(
                *command, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.PIPE, preexec_fn=_with_us,
            )  # fmt: skip
            halves.append(Half(command[0], process))
            await _answering(halves, reach(where))
        yield halves
    finally:
        await asyncio.gather(*(half.stop() for half in halves))


async def fallen(halves: Sequence[Half]) -> Half:
    """Wait until one of the two has ended; which."""
    waiting = {asyncio.create_task(half.process.wait()): half for half in halves}
    try:
        done, _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        return waiting[done.pop()]
    finally:
        for task in waiting:
            task.cancel()


async def _answering(halves: Sequence[Half], reached: Coroutine[Any, Any, None]) -> None:
    """Until the last of them answers. Kamailio leaves an rtpengine alone that does not answer when it starts."""
    up, down = asyncio.create_task(reached), asyncio.create_task(fallen(halves))
    try:
        done, _ = await asyncio.wait((up, down), timeout=READY_S, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (up, down):
            task.cancel()
    if down in done:
        half = down.result()
        await half.listening
        raise EngineUnusable(f"{half.name} of the edge did not start: {' | '.join(half.words)[-900:]}")
    if up not in done:
        raise EngineUnusable(f"{halves[-1].name} of the edge does not answer within {READY_S:g} s")


async def _signalling(inside: Target) -> None:
    """Until Kamailio answers OPTIONS."""
    while True:
        try:
            await options(inside)
        except OSError:
            await asyncio.sleep(0.1)
        else:
            return


async def _sound(control: Target) -> None:
    """Until rtpengine answers a ping."""
    while True:
        try:
            if b"pong" in await asyncio.to_thread(_ping, control):
                return
        except OSError:
            await asyncio.sleep(0.1)


def _ping(control: Target) -> bytes:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(1.0)
        sock.connect((control.host, control.port))
        sock.send(b"decroche d7:command4:pinge")
        return sock.recv(512)


def _with_us() -> None:
    """In the child: end when we end, however that comes."""
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
