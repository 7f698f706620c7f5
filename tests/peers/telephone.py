"""A person's telephone: baresip, whose keys are pressed over its control socket and whose microphone is a file."""

from __future__ import annotations

import asyncio
import json
import shutil
import tempfile
import time
import wave
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
from asterisk import free_port
from numpy.typing import NDArray

CONFIG = """
poll_method epoll
sip_listen 127.0.0.1:{port}
net_interface 127.0.0.1
call_local_timeout 120
audio_source aufile,{folder}/voice.wav
audio_player aubridge,nobody
audio_alert aubridge,nobody
ausrc_srate 8000
ausrc_channels 1
auplay_srate 8000
auplay_channels 1
rtp_ports 26000-26400
module_path /usr/lib/baresip/modules
module g711.so
module aufile.so
module aubridge.so
module_tmp account.so
module_app menu.so
module_app ctrl_tcp.so
ctrl_tcp_listen 127.0.0.1:{control}
"""


class Telephone:
    """One baresip. `established_s` is when its microphone was opened, seconds since the epoch."""

    def __init__(self, port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.port = port
        self._reader, self._writer = reader, writer
        self._told: asyncio.Queue[str] = asyncio.Queue()
        self.established_s: float | None = None
        self.reading = asyncio.create_task(self._read())

    async def press(self, key: str, what: str = "") -> None:
        """A command of its menu: accept, hold, resume, mute, transfer, hangup."""
        text = json.dumps({"command": key, "params": what, "token": key})
        self._writer.write(f"{len(text)}:{text},".encode())
        await self._writer.drain()

    async def until(self, kind: str) -> None:
        """Until an event of this type: CALL_INCOMING, CALL_ESTABLISHED, CALL_CLOSED…"""
        async with asyncio.timeout(30):
            while await self._told.get() != kind:
                pass

    async def _read(self) -> None:
        while length := (await self._reader.readuntil(b":"))[:-1]:
            message = json.loads((await self._reader.readexactly(int(length) + 1))[:-1])
            kind = str(message.get("type", ""))
            if kind == "CALL_ESTABLISHED":
                self.established_s = time.time()
            self._told.put_nowait(kind)


@asynccontextmanager
async def telephone(voice: NDArray[np.int16]) -> AsyncIterator[Telephone]:
    """A telephone into which these samples are spoken (8 kHz) from the moment a call is answered."""
    folder = Path(tempfile.mkdtemp(prefix="decroche-telephone-"))
    port, control = free_port(), free_port()
    await asyncio.to_thread(_furnish, folder, voice, port, control)
    with (folder / "log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            "baresip", "-f", str(folder), stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log
        )
    try:
        made = Telephone(port, *await _connected(control))
        try:
            yield made
        finally:
            made.reading.cancel()
    finally:
        process.terminate()
        await process.wait()
        shutil.rmtree(folder)


async def _connected(control: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    async with asyncio.timeout(10):
        while True:
            try:
                return await asyncio.open_connection("127.0.0.1", control)
            except OSError:
                await asyncio.sleep(0.05)


def _furnish(folder: Path, voice: NDArray[np.int16], port: int, control: int) -> None:
    (folder / "config").write_text(CONFIG.format(folder=folder, port=port, control=control))
    (folder / "accounts").write_text(f"<sip:person@127.0.0.1:{port}>;regint=0;answermode=manual\n")
    (folder / "contacts").touch()
    with wave.open(str(folder / "voice.wav"), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(voice.astype("<i2").tobytes())
