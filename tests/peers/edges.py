"""`decroche edge` as a test starts it."""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from asterisk import free_port


def edge_port() -> int:
    """The first of three free ones."""
    while True:
        port = free_port()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as second, socket.socket() as third:
            try:
                second.bind(("127.0.0.1", port + 1))
                third.bind(("127.0.0.1", port + 2))
            except OSError:
                continue
            return port


async def started(file: Path, name: str) -> asyncio.subprocess.Process:
    """`decroche edge NAME`, up."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "decroche", "--config", str(file), "edge", name,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    assert process.stdout is not None
    said = (await asyncio.wait_for(process.stdout.readline(), 20)).decode()
    assert said.startswith(f"edge of {name} at 127.0.0.1:"), said + (await process.stdout.read()).decode()
    return process


@asynccontextmanager
async def standing(file: Path, name: str) -> AsyncIterator[list[str]]:
    """An edge while this lasts, and the lines that it says."""
    process = await started(file, name)
    lines: list[str] = []

    async def listen() -> None:
        async for line in process.stdout:  # type: ignore[union-attr]
            lines.append(line.decode())

    listening = asyncio.create_task(listen())
    try:
        yield lines
    finally:
        process.send_signal(signal.SIGINT)
        assert await asyncio.wait_for(process.wait(), 15) == 0
        await listening
