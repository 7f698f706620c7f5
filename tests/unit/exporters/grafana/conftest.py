"""Two months of calls in a real store, two programs that show them, and Debian's Prometheus that scrapes both."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest
import yaml

from exporters.cli_dashboards import exported
from exporters.snapshot import Own, Place
from exporters.watch import Watch
from exporters.web.app import create_app, serve
from prober.attempt import Attempt, Purpose, Script
from prober.classify import classify
from prober.events import Ended, Heard, Invited, Party, Response, Sound
from prober.outcome import Outcome
from prober.record import CallRecord, Milestones
from prober.rules import MENU_CHANGED
from prober.verdict import Verdict
from storage.catalogue import Organisation, Service
from storage.spool import Spool
from storage.store import Store

TUESDAY = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
"""Ten o'clock in Paris."""
NOW = datetime(2026, 12, 20, 12, 0, tzinfo=UTC)
HARD = 'Mairie "d\'Été"\n\\ fin'
SERVICES = {
    "caf": Place(ministry="Solidarités", department="75"),
    "cpam": Place(ministry="Solidarités", department="13"),
    "mairie": Place(ministry="Intérieur", department="13"),
    "petit": Place(),
}
TARGETS = {"agent_pickup_rate": 0.85, "human_reach_rate": 0.9}
OUTCOMES = (
    *(Outcome.HUMAN,) * 12,
    *(Outcome.BUSY, Outcome.DISSUADED, Outcome.DROPPED, Outcome.QUEUE_TIMEOUT, Outcome.IVR_ONLY),
    *(Outcome.OWN_FAILURE, Outcome.NETWORK_FAILURE, Outcome.CALLER_BLOCKED, Outcome.INDETERMINATE),
)
OWN = Own(
    seats_total=4,
    seats_free=3,
    calls_in_flight={"queue": 1},
    engines_restarted=0,
    ear_lag_s=0.02,
    registered={"t": True},
)
Result = list[dict[str, Any]]


def a_call(service: str, n: int, outcome: Outcome, script: Script, at: datetime) -> tuple[CallRecord, Verdict]:
    """One call, with the milestones that its outcome asks for."""
    attempt = Attempt(service=service, number="3230", script=script, due_at=at)
    human, cut = outcome is Outcome.HUMAN, outcome is Outcome.QUEUE_TIMEOUT
    end_s = 600.0 if cut else 40.0 + 7 * n
    milestones = Milestones(
        t_invite=0.0,
        t_alert=0.2 + n / 100,
        t_answer=1.5,
        t_ivr=2.0,
        t_optout=4.0 if script is Script.OPTOUT else None,
        t_queue=6.0,
        t_human=20.0 + 7 * n if human else None,
        t_end=end_s,
    )
    events = (
        Invited(at_s=0.0, trunk="t", call_id=attempt.id, invite_at=at.isoformat()),
        Response(at_s=1.5, code=200, reason="OK"),
        Ended(at_s=end_s, by=Party.CALLED, q850=16),
    )
    record = CallRecord(
        attempt=attempt,
        invite_at=at.isoformat(),
        trunk="t",
        events=events,
        milestones=milestones,
        heard=tuple(
            Heard(at_s=8.0, stretch=k, sound=sound, start_s=0.0, end_s=seconds)
            for k, (sound, seconds) in enumerate(((Sound.RECORDING, 6.0), (Sound.SPEECH, 2.0)))
        ),
        hung_up_by=Party.CALLED,
        last_state="queue",
    )
    rule = {"rule_id": MENU_CHANGED} if outcome is Outcome.INDETERMINATE else {}
    return record, replace(classify(record), outcome=outcome, phase="queue", subclass=None, **rule)


async def a_round(store: Store, *, at: datetime = TUESDAY, rounds: int = 2) -> None:
    """Calls to every service with both scripts; `petit` has few. Every outcome comes once a round or more."""
    for turn, service in enumerate(SERVICES):
        for script in (Script.AGENT, Script.OPTOUT):
            outcomes = OUTCOMES * rounds if service != "petit" else OUTCOMES[8:18]
            for n, outcome in enumerate(outcomes):
                hours = turn if n % 7 == 0 else 0
                await store.save(*a_call(service, n % 60, outcome, script, at + timedelta(hours=hours, seconds=n)))


async def filled(store: Store) -> None:
    """The catalogue, a month that is over, the first calls of the running one, a reference call, a late attempt."""
    await store.catalogue.save(
        [Organisation(id="o", name="Organisme « O »")],
        [
            Service(
                id=s,
                name=HARD if s == "mairie" else s.title(),
                organisation="o",
                targets=TARGETS,
                numbers={"3230": "short"},
            )
            for s in SERVICES
        ],
    )
    await a_round(store, at=TUESDAY - timedelta(days=21), rounds=4)
    await a_round(store)
    record, verdict = a_call("", 1, Outcome.HUMAN, Script.DIRECT, datetime.now(UTC))
    await store.save(replace(record, attempt=replace(record.attempt, purpose=Purpose.REFERENCE)), verdict)
    await store.add([Attempt(service="caf", number="1", script=Script.AGENT, due_at=datetime.now(UTC))])


@contextlib.asynccontextmanager
async def shown(watches: list[Watch]) -> AsyncIterator[list[str]]:
    """Each program's page on a port of its own: host and port of each."""
    stop, tasks, places = asyncio.Event(), [], []
    for watch in watches:
        port: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        app = create_app(watch.metrics, watch.health)
        tasks.append(asyncio.create_task(serve(app, host="127.0.0.1", port=0, stop=stop, ready=port.set_result)))
        places.append(f"127.0.0.1:{await port}")
    try:
        yield places
    finally:
        stop.set()
        await asyncio.gather(*tasks)


def watching(store: Store, spool: Path) -> Watch:
    """A program that shows the store."""
    return Watch(store, Spool(spool), lambda: OWN, t_max_s=600.0, places=SERVICES, now=lambda: NOW)


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
        now = time.time()
        return list(self.get("query_range", query=expr, start=now - seconds, end=now, step=1)["result"])

    async def until(self, expr: str, value: float, *, within_s: float = 60.0) -> None:
        """Wait for a value."""
        end_s = time.monotonic() + within_s
        seen: list[float] = []
        while seen != [value]:
            assert time.monotonic() < end_s, f"{expr} is {seen}, not {value}"
            await asyncio.sleep(0.1)
            with contextlib.suppress(OSError):
                seen = [float(r["value"][1]) for r in await asyncio.to_thread(self.query, expr)]


@contextlib.contextmanager
def prometheus_at(folder: Path, targets: list[str]) -> Iterator[Prometheus]:
    """Debian's Prometheus with the exported files, its clocks made fast; one second of nothing is a stale series."""
    files = exported(folder, reports="http://r.example", prometheus="http://p.example", metrics="m.example:1")
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    settings = yaml.safe_load(files["prometheus.yaml"])
    settings["global"] = {"scrape_interval": "500ms", "scrape_timeout": "500ms", "evaluation_interval": "500ms"}
    settings["scrape_configs"][0]["static_configs"][0]["targets"] = targets
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


Exported = Mapping[str, Any]


@pytest.fixture(scope="session")
def files() -> Callable[[str], Any]:
    """An exported file, parsed."""
    texts = exported(Path("/nowhere"), reports="http://r.example", prometheus="http://p.example", metrics="m.example:1")
    return lambda name: yaml.safe_load(texts[name])
