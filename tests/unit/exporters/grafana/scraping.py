"""Programs that show their pages, and Debian's Prometheus that scrapes them."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import urlopen

import yaml

from exporters.cli_dashboards import exported
from exporters.watch import Watch
from exporters.web.app import create_app, serve

Result = list[dict[str, Any]]


class Loop:
    """An event loop in a thread of its own."""

    def __enter__(self) -> Loop:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def __call__(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Run this there and give what it gives."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(120)


def put(expr: str, **values: str) -> str:
    """The query as Grafana sends it: a value is escaped as its data source for Prometheus does unless told a format."""
    given = {"__rate_interval": "10m", "indicateur": "agent_pickup_rate", **values}
    formats: dict[str, Callable[[str], str]] = {
        "doublequote": lambda value: '"' + value.replace('"', '\\"') + '"',
        "regex": lambda value: re.sub(r"[\\^$*+?.()|[\]{}/]", r"\\\g<0>", value),
        "": lambda value: value.replace("\\", "\\\\").replace("'", "\\\\'"),
    }
    return re.sub(r"\$\{?(\w+)(?::(\w+))?\}?", lambda m: formats[m[2] or ""](given[m[1]]), expr)


def seen(result: list[dict[str, Any]]) -> dict[tuple[tuple[str, str], ...], float]:
    """Value by labels."""
    return {
        tuple(sorted((k, v) for k, v in r["metric"].items() if k != "__name__")): float(r["value"][1]) for r in result
    }


def queries(files: Callable[[str], Any], name: str) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Panels with each of their queries."""
    return [(p, t) for p in files(f"dashboards/{name}.json")["panels"] for t in p.get("targets", ())]


@contextlib.contextmanager
def showing(watch: Watch, port: int = 0) -> Iterator[int]:
    """A program's page on a port, served by a thread of its own whatever the store does; gives the port."""
    with Loop() as loop:
        served, stop, there = loop(_start(watch, port))
        try:
            yield there
        finally:
            loop(_end(served, stop))


async def _start(watch: Watch, port: int) -> tuple[asyncio.Task[None], asyncio.Event, int]:
    shown: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    stop, app = asyncio.Event(), create_app(watch.metrics, watch.health)
    served = asyncio.create_task(serve(app, host="127.0.0.1", port=port, stop=stop, ready=shown.set_result))
    return served, stop, await shown


async def _end(served: asyncio.Task[None], stop: asyncio.Event) -> None:
    stop.set()
    await served


@dataclass(frozen=True, slots=True, kw_only=True)
class Prometheus:
    """A running Prometheus."""

    address: str

    def get(self, path: str, **asked: object) -> Any:
        """What the API gives."""
        with urlopen(f"{self.address}/api/v1/{path}?{urlencode(asked)}", timeout=20) as answer:
            said = json.load(answer)
        assert said["status"] == "success", said
        return said["data"]

    def query(self, expr: str) -> Result:
        """Series that hold now."""
        data = self.get("query", query=expr)
        if data["resultType"] == "scalar":
            return [{"metric": {}, "value": data["result"]}]
        return list(data["result"])

    def course(self, expr: str, *, seconds: float = 10.0) -> Result:
        """Series over the last seconds."""
        now = int(time.time())  # the same steps for every query
        return list(self.get("query_range", query=expr, start=now - seconds, end=now, step=1)["result"])

    def until(self, expr: str, value: float, *, within_s: float = 60.0) -> None:
        """Wait for a value."""
        end_s = time.monotonic() + within_s
        seen: list[float] = []
        while seen != [value]:
            assert time.monotonic() < end_s, f"{expr} is {seen}, not {value}"
            time.sleep(0.1)
            with contextlib.suppress(OSError):
                seen = [float(r["value"][1]) for r in self.query(expr)]


@contextlib.contextmanager
def prometheus_at(folder: Path, ports: list[int]) -> Iterator[Prometheus]:
    """Debian's Prometheus with the exported files, its clocks made fast."""
    files = exported(folder, reports="http://r.example", prometheus="http://p.example", metrics="m.example:1")
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    settings = yaml.safe_load(files["prometheus.yaml"])
    settings["global"] = {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"}
    settings["scrape_configs"][0]["static_configs"][0]["targets"] = [f"127.0.0.1:{port}" for port in ports]
    (folder / "prometheus.yaml").write_text(yaml.safe_dump(settings))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [
            "prometheus",
            f"--config.file={folder / 'prometheus.yaml'}",
            f"--storage.tsdb.path={folder / 'tsdb'}",
            f"--web.listen-address=127.0.0.1:{port}",
            "--log.level=error",
        ]
    )
    try:
        yield Prometheus(address=f"http://127.0.0.1:{port}")
    finally:
        process.terminate()
        process.wait(20)
