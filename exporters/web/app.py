"""/metrics, /healthz and the reports. Nothing is computed for a request."""

from __future__ import annotations

import asyncio
import re
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path

from aiohttp import ClientSession, web

from prober.failures import DecrocheError

METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"
"""Whatever a client would rather have: every Prometheus reads it."""
PIECE = 1 << 20
"""Bytes of plain text at a time."""


def create_app(
    metrics: Callable[[], bytes], health: Callable[[], Mapping[str, object]], report_dir: Path | None = None
) -> web.Application:
    """The application. `metrics`: the page in gzip; `health`: plain values, whose `ok` decides between 200 and 503."""
    app = web.Application()

    async def show_metrics(request: web.Request) -> web.StreamResponse:
        headers = {"Content-Type": METRICS_TYPE, "Vary": "Accept-Encoding"}
        if _takes_gzip(request.headers.get("Accept-Encoding", "")):
            return web.Response(body=metrics(), headers={**headers, "Content-Encoding": "gzip"})
        return await _unpacked(request, metrics(), headers)

    async def show_health(_: web.Request) -> web.Response:
        state = health()
        return web.json_response(dict(state), status=200 if state.get("ok") else 503)

    async def show_index(_: web.Request) -> web.Response:
        raise web.HTTPFound("/reports/index.html")

    app.router.add_get("/metrics", show_metrics)
    app.router.add_get("/healthz", show_health)
    if report_dir is not None:
        report_dir.mkdir(parents=True, exist_ok=True)
        app.router.add_get("/reports/", show_index)
        app.router.add_static("/reports", report_dir)
    return app


def _takes_gzip(accepted: str) -> bool:
    """Whether a client takes gzip, by its Accept-Encoding (RFC 9110 §12.5.3); q=0 is a no."""
    for part in accepted.lower().split(","):
        coding, _, quality = (word.strip() for word in part.partition(";"))
        if coding in ("gzip", "*"):
            return not re.fullmatch(r"q\s*=\s*0(\.0*)?", quality)
    return False


async def _unpacked(request: web.Request, packed: bytes, headers: Mapping[str, str]) -> web.StreamResponse:
    """The page in plain text, a piece at a time: twenty clients at once never hold it twenty times whole."""
    response = web.StreamResponse(headers=headers)
    await response.prepare(request)
    unpacker = zlib.decompressobj(16 + zlib.MAX_WBITS)
    left = b"" if request.method == "HEAD" else packed
    while left:
        await response.write(await asyncio.to_thread(unpacker.decompress, left, PIECE))
        left = unpacker.unconsumed_tail
    await response.write(unpacker.flush())
    return response


async def serve(
    app: web.Application, *, host: str, port: int, stop: asyncio.Event, ready: Callable[[int], None]
) -> None:
    """Serve until `stop`; `ready` is told the port. Raises DecrocheError when the port is taken."""
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port)
        try:
            await site.start()
        except OSError as error:
            taken = f"web.port {port} on {host}: {error.strerror or error} (expected a free port of this machine)"
            raise DecrocheError(taken) from error
        ready(runner.addresses[0][1])
        await stop.wait()
    finally:
        await runner.cleanup()


async def scrape(metrics: Callable[[], bytes], health: Callable[[], Mapping[str, object]]) -> bytes:
    """What Prometheus would read: the page, served on a free port of this machine and fetched once."""
    port: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    stop = asyncio.Event()
    app = create_app(metrics, health)
    served = asyncio.create_task(serve(app, host="127.0.0.1", port=0, stop=stop, ready=port.set_result))
    try:
        url = f"http://127.0.0.1:{await port}/metrics"
        async with ClientSession(raise_for_status=True) as session, session.get(url) as response:
            return await response.read()
    finally:
        stop.set()
        await served
