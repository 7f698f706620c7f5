"""Debian's Prometheus scrapes a running `decroche serve` that calls the town, over a kill -9."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from scraping import prometheus_at

from prober.attempt import Attempt, Limits, Script
from storage.store import Store

DECROCHE = [sys.executable, "-m", "decroche"]
TOTAL = "sum(max by (service, script, outcome) (decroche_attempts_total))"
SERVICES = {"accueil": "0261910001", "occupe": "0536490012"}


@pytest.fixture
def town_port(tmp_path: Path) -> Iterator[int]:
    """The town on a free port."""
    town = [*DECROCHE, "town", "--listen", "127.0.0.1:0", "--truth", str(tmp_path / "truth.jsonl"), "--scale", "0.02"]
    process = subprocess.Popen(town, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    yield next(int(m[1]) for line in process.stderr if (m := re.search(r"sip:NUMBER@127\.0\.0\.1:(\d+)", line)))
    process.terminate()
    process.wait(10)


def serve(campaign: Path, database: str) -> tuple[subprocess.Popen[str], int]:
    """`decroche serve`, and the port of its page."""
    environment = {**os.environ, "DECROCHE_TEST_DATABASE": database}
    process = subprocess.Popen([*DECROCHE, "serve", str(campaign)], stderr=subprocess.PIPE, text=True, env=environment)
    assert process.stderr is not None
    return process, next(int(m[1]) for line in process.stderr if (m := re.search(r":(\d+)/metrics", line)))


async def order(database: str, n: int) -> None:
    """Attempts that are due now."""
    async with Store(database) as store:
        limits = Limits(ring_s=5.0, max_wait_s=20.0, grace_s=0.5, grace_speech_s=0.5)
        due_at = datetime.now(UTC)
        await store.add(
            Attempt(service=s, number=number, script=Script.DIRECT, due_at=due_at, campaign="c", limits=limits)
            for s, number in SERVICES.items()
            for _ in range(n)
        )


@pytest.mark.needs("prometheus")
@pytest.mark.timeout(300)
def test_prometheus_follows_calls_to_the_town_over_a_kill(town_port: int, postgres_url: str, tmp_path: Path) -> None:
    campaign = tmp_path / "c.yaml"
    data = {
        "database": {"url": "$DECROCHE_TEST_DATABASE"},
        "trunks": [{"name": "t", "host": "127.0.0.1", "port": town_port, "reference_number": "0199000000"}],
        "web": {"port": 0},
        "campaign": {"name": "c", "attempts": 1, "seed": 5},
        "organisations": [{"id": "o", "name": "Préfecture", "ministry": "Intérieur"}],
        "services": [
            {
                "id": s,
                "name": s.title(),
                "organisation": "o",
                "numbers": [{"number": n}],
                "department": "55",
                "hours": "24/7",
            }
            for s, n in SERVICES.items()
        ],
    }
    campaign.write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")
    process, port = serve(campaign, postgres_url)
    data["web"] = {"port": port}
    campaign.write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")
    try:
        with prometheus_at(tmp_path, [port]) as prometheus:
            prometheus.until('decroche_reference_call_ok{trunk="t"}', 1)
            asyncio.run(order(postgres_url, 2))
            prometheus.until("max_over_time(sum(decroche_calls_in_flight)[2m:1s]) > bool 0", 1)
            prometheus.until(TOTAL, 4, within_s=90)
            prometheus.until('sum(max by (service) (decroche_attempts_total{outcome="human"}))', 2)
            prometheus.until('sum(max by (service) (decroche_attempts_total{outcome="busy",service="occupe"}))', 2)
            info = prometheus.query('decroche:service_info{service="accueil"}')[0]["metric"]
            assert (info["ministry"], info["department"], info["report"]) == ("Intérieur", "55 Meuse", "accueil.html")
            process.kill()
            process.wait(10)
            prometheus.until("up", 0)
            process, again = serve(campaign, postgres_url)
            assert again == port
            prometheus.until(TOTAL, 4)
            asyncio.run(order(postgres_url, 1))
            prometheus.until(TOTAL, 6, within_s=90)
            prometheus.until("sum(resets(decroche_attempts_total[5m]))", 0)
    finally:
        process.terminate()
        process.wait(30)
