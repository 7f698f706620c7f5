"""Pages over a real socket."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import ClientSession

from exporters.web.app import METRICS_TYPE, PIECE, create_app, scrape, serve
from prober.failures import DecrocheError

PAGE = gzip.compress(b"x 1\n")


async def test_a_scrape_gives_the_page_as_prometheus_reads_it() -> None:
    assert await scrape(lambda: PAGE, lambda: {"ok": True}) == b"x 1\n"


@asynccontextmanager
async def served(page: bytes) -> AsyncIterator[str]:
    """The address of an application that shows this page."""
    stop, port = asyncio.Event(), asyncio.get_running_loop().create_future()
    app = create_app(lambda: page, lambda: {"ok": True})
    running = asyncio.create_task(serve(app, host="127.0.0.1", port=0, stop=stop, ready=port.set_result))
    yield f"http://127.0.0.1:{await port}"
    stop.set()
    await running


@pytest.mark.parametrize(
    ("asked", "coded"),
    [
        ("gzip", "gzip"),
        ("deflate, GZIP;q=0.5", "gzip"),
        ("br, *", "gzip"),
        ("identity", None),
        ("gzip;q=0", None),
        ("gzip; q=0.000, identity", None),
    ],
)
async def test_the_page_goes_out_compressed_to_whoever_takes_it_so(asked: str, coded: str | None) -> None:
    headers = {"Accept-Encoding": asked}
    async with served(PAGE) as address, ClientSession(auto_decompress=False, headers=headers) as session:
        async with session.get(f"{address}/metrics") as response:
            assert response.headers.get("Content-Encoding") == coded
            assert await response.read() == (PAGE if coded else b"x 1\n")
        async with session.head(f"{address}/metrics") as response:
            assert (response.status, response.headers.get("Content-Encoding")) == (200, coded)
            assert await response.read() == b""


async def test_plain_text_is_unpacked_a_piece_at_a_time_and_comes_whole() -> None:
    text = b"".join(b'x{n="%d"} 1\n' % n for n in range(200_000))
    assert len(text) > 2 * PIECE
    headers = {"Accept-Encoding": "identity"}
    async with (
        served(gzip.compress(text)) as address,
        ClientSession(headers=headers) as session,
        session.get(f"{address}/metrics") as response,
    ):
        assert response.headers["Transfer-Encoding"] == "chunked"
        assert await response.read() == text


async def test_whatever_a_client_asks_for_it_gets_the_text_format_as_it_is_now() -> None:
    wanted = {"Accept": "application/openmetrics-text;version=1.0.0", "If-None-Match": '"a"', "Range": "bytes=0-1"}
    async with served(PAGE) as address, ClientSession() as session:
        async with session.get(f"{address}/metrics", headers=wanted) as response:
            assert (response.status, response.headers["Content-Type"]) == (200, METRICS_TYPE)
            assert await response.read() == b"x 1\n"
        for method, path, status in (("POST", "/metrics", 405), ("GET", "/metrics/x", 404), ("GET", "/", 404)):
            async with session.request(method, f"{address}{path}") as response:
                assert response.status == status


@pytest.mark.parametrize(("ok", "status"), [(True, 200), (False, 503)])
async def test_health_is_a_status_and_a_reason(ok: bool, status: int) -> None:
    stop, port = asyncio.Event(), asyncio.get_running_loop().create_future()
    app = create_app(lambda: b"", lambda: {"ok": ok, "store": ok})
    served = asyncio.create_task(serve(app, host="127.0.0.1", port=0, stop=stop, ready=port.set_result))
    async with ClientSession() as session, session.get(f"http://127.0.0.1:{await port}/healthz") as response:
        assert response.status == status
        assert await response.json() == {"ok": ok, "store": ok}
    stop.set()
    await served


async def test_a_taken_port_is_an_error_that_says_so() -> None:
    stop, port = asyncio.Event(), asyncio.get_running_loop().create_future()
    app = create_app(lambda: b"", lambda: {"ok": True})
    served = asyncio.create_task(serve(app, host="127.0.0.1", port=0, stop=stop, ready=port.set_result))
    taken = await port
    with pytest.raises(DecrocheError, match=rf"^web\.port {taken} on 127\.0\.0\.1: .*in use.*expected a free port"):
        await serve(create_app(lambda: b"", dict), host="127.0.0.1", port=taken, stop=stop, ready=print)
    stop.set()
    await served


async def test_reports_written_after_the_start_are_served_and_nothing_beside_them(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("s", encoding="utf-8")
    stop, port = asyncio.Event(), asyncio.get_running_loop().create_future()
    app = create_app(lambda: b"", lambda: {"ok": True}, tmp_path / "reports")
    served = asyncio.create_task(serve(app, host="127.0.0.1", port=0, stop=stop, ready=port.set_result))
    address = f"http://127.0.0.1:{await port}"
    (tmp_path / "reports" / "index.html").write_text("<p>é</p>", encoding="utf-8")
    async with ClientSession() as session:
        async with session.get(f"{address}/reports/") as page:
            assert (page.status, await page.text(encoding="utf-8")) == (200, "<p>é</p>")
        for path in ("/reports/%2e%2e/secret", "/reports/..%2fsecret", "/secret"):
            async with session.get(f"{address}{path}") as refused:
                assert refused.status in (403, 404)
    stop.set()
    await served
