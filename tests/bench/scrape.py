"""What /metrics costs with 10,000 services: to refresh, to scrape, to scrape twenty times at once during calls."""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg

from exporters.kpi import DEFINITIONS
from exporters.month_figures import KpiFigure, MonthFigures, ServiceFigures, Within, to_document
from exporters.snapshot import Own
from exporters.watch import Watch
from exporters.web.app import create_app, serve
from storage.embedded import EmbeddedPostgres
from storage.migrations import upgrade
from storage.spool import Spool
from storage.store import Store
from storage.tally import Hour

SERVICES = 10_000
ATTEMPTS_A_MONTH = 4
"""Of each service, stored for a year: half a million rows. A scrape and a refresh read none of them."""
OUTCOMES = ("human", "busy", "dissuaded", "dropped", "queue_timeout", "no_answer")
TICK_S = 0.01
Calls = Callable[[], Awaitable[Mapping[str, float]]]
"""Places calls and tells what they felt."""
JUDGED = ("agent_pickup_rate", "human_reach_rate")

FILL = """
INSERT INTO organisations (id, name, ministry)
SELECT 'o' || n, 'Organisme ' || n, 'Ministère ' || n FROM generate_series(0, 19) n;
INSERT INTO services (id, name, organisation, department)
SELECT 's' || n, 'Service ' || n, 'o' || n % 20, lpad((n % 95 + 1)::text, 2, '0') FROM generate_series(1, {n}) n;
INSERT INTO counters (name, labels, count, total)
SELECT 'attempts', jsonb_build_object('service', 's' || n, 'number_class', 'short', 'script', s, 'outcome', o), 9, 0
FROM generate_series(1, {n}) n, unnest(ARRAY['agent', 'optout']) s, unnest(ARRAY[{outcomes}]) o;
INSERT INTO attempts (id, service, month, number, script, purpose, campaign, stratum, due_at, plan, status, invite_at)
SELECT 'a' || n || '-' || m || '-' || k, 's' || n, date_trunc('month', now()) - make_interval(months => m), '3230',
    'agent', 'measure', 'c', '', now() - make_interval(months => m), '{{}}', 'done', now() - make_interval(months => m)
FROM generate_series(1, {n}) n, generate_series(0, 11) m, generate_series(1, {k}) k;
INSERT INTO verdicts (attempt, current, outcome, rule_id, rules_version, evidence, flags, context)
SELECT id, true, 'human', 'r', 'v', '', '{{}}', '{{}}' FROM attempts;
"""


@asynccontextmanager
async def stored(folder: Path) -> AsyncIterator[Store]:
    """A store with a year of so many services, their figures made."""
    server = EmbeddedPostgres(folder / "db", settings={"fsync": "off"}, public=folder / "public")
    url = server.start()
    try:
        upgrade(url)
        outcomes = ", ".join(f"'{o}'" for o in OUTCOMES)
        with psycopg.connect(url, autocommit=True) as c:
            c.execute(FILL.format(n=SERVICES, k=ATTEMPTS_A_MONTH, outcomes=outcomes).encode())
            async with Store(url) as store:
                month = datetime.now(UTC).date().replace(day=1)
                figures = MonthFigures(store, month, t_max_s=600.0)
                document = json.dumps(to_document(full(), figures._basis(())))
                keep = (
                    "INSERT INTO figures (month, service, up_to, document) "
                    "SELECT %s, 's' || n, (SELECT max(id) FROM verdicts), %s::jsonb FROM generate_series(1, %s) n"
                )
                for of in (month, (month - timedelta(days=1)).replace(day=1)):
                    c.execute(keep + " ON CONFLICT DO NOTHING", (of, document, SERVICES))
                yield store
    finally:
        server.stop()


def full() -> ServiceFigures:
    """Every figure there can be."""
    return ServiceFigures(
        kpis=tuple(
            KpiFigure(kpi=k, estimate=0.8125, lower=0.7612, upper=0.8571, n=200, target=0.85 if k in JUDGED else None)
            for k in DEFINITIONS
        ),
        within=tuple(Within(within_s=t, estimate=0.5, lower=0.4, upper=0.6) for t in ("180", "300", "600")),
        collapse=0.1,
        week=tuple(Hour(weekday, hour, 4, 3) for weekday in range(1, 6) for hour in range(8, 18)),
    )


async def latest_s(stop: asyncio.Event) -> float:
    """How late a timer of the same loop was, at the worst: what a call would have felt."""
    worst = 0.0
    while not stop.is_set():
        due = time.perf_counter() + TICK_S
        await asyncio.sleep(TICK_S)
        worst = max(worst, time.perf_counter() - due)
    return worst


CLIENT = """
import sys, time
from concurrent.futures import ThreadPoolExecutor
from urllib.request import Request, urlopen
def scrape(_):
    began = time.perf_counter()
    urlopen(Request(sys.argv[1], headers={"Accept-Encoding": "gzip"})).read()
    return time.perf_counter() - began
n = int(sys.argv[2])
print(max(ThreadPoolExecutor(n).map(scrape, range(n))))
"""


async def scrapes(url: str, n: int) -> float:
    """The slowest of n scrapes at once, from another process."""
    client = await asyncio.create_subprocess_exec(
        sys.executable, "-c", CLIENT, url, str(n), stdout=asyncio.subprocess.PIPE
    )
    return float((await client.communicate())[0])


async def scrapes_until(stop: asyncio.Event, url: str) -> list[float]:
    """Twenty scrapes at once, again and again: the slowest of each round."""
    slowest = []
    while not stop.is_set():
        slowest.append(await scrapes(url, 20))
    return slowest


async def _measure(folder: Path, calls: Calls) -> dict[str, float]:
    async with stored(folder) as store:
        watch = Watch(store, Spool(folder / "spool"), lambda: Own(seats_total=4), t_max_s=600.0)
        found = {}
        for name in ("first_refresh_s", "refresh_s"):
            began = time.perf_counter()
            await watch.refresh()
            found[name] = time.perf_counter() - began
        stop, end, port = asyncio.Event(), asyncio.Event(), asyncio.get_running_loop().create_future()
        app = create_app(watch.metrics, watch.health)
        served = asyncio.create_task(serve(app, host="127.0.0.1", port=0, stop=end, ready=port.set_result))
        url = f"http://127.0.0.1:{await port}/metrics"
        found["page_mb"] = len(watch.metrics()) / 1e6
        found["scrape_s"] = await scrapes(url, 1)
        late = asyncio.create_task(latest_s(stop))
        found["twenty_at_once_s"] = await scrapes(url, 20)
        stop.set()
        found["timer_late_s"] = await late
        for when in ("alone", "scraped"):
            over = asyncio.Event()
            scraped = asyncio.create_task(scrapes_until(over, url)) if when == "scraped" else None
            found |= {f"{name}_{when}": value for name, value in (await calls()).items()}
            over.set()
            if scraped:
                found["rounds"], found["slowest_in_calls_s"] = len(await scraped), max(await scraped)
        end.set()
        await served
        quiet = asyncio.Event()
        late = asyncio.create_task(latest_s(quiet))
        await watch.refresh()
        quiet.set()
        found["timer_late_in_refresh_s"] = await late
        return found


def scrape_cost(calls: Calls) -> dict[str, float]:
    """Seconds, megabytes of the page as it is sent, and what `calls` found, alone and while the page is scraped."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o711)
        return asyncio.run(_measure(folder, calls))
