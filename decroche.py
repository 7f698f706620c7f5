"""decroche: the composition root and its commands. Reads top to bottom; may import everything, nothing imports it."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import io
import json
import logging
import os
import secrets
import sys
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from config.cli import JUDGE, check
from config.lazy import LazySettings
from config.loader import ConfigError, find_config, load
from config.namesakes import namesake
from exporters.cli_dashboards import dashboards
from exporters.cli_declared import declare
from exporters.cli_kpi import kpi, plan_size
from exporters.cli_report import report
from prober.cli import call, town
from prober.cli_listen import listen
from prober.cli_trunk import trunk
from prober.failures import DecrocheError
from prober.sip.cli_edge import edge
from scheduler.cli import READ_CAMPAIGN, pause, plan, resume
from scheduler.cli_catalogue import catalogue
from scheduler.cli_explore import explore
from scheduler.interrupt import INTERRUPTED, run_until_stopped
from storage.cli import db, open_store, prompts, reclassify

if TYPE_CHECKING:
    from config.lines import KeyPath
    from config.settings import Settings
    from exporters.watch import Watch
    from scheduler.dispatch import Dispatch
    from storage.opening import Open


UNWRITABLE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.EFBIG})
"""What a full or locked disk says, wherever it is met."""


class Settled(click.Group):
    """Loads the settings once a command that needs them is called; a mistake in them is one line and exit code 2."""

    def invoke(self, context: click.Context) -> Any:
        try:
            return super().invoke(context)
        except ConfigError as error:
            for mistake in error.mistakes:
                click.echo(str(mistake), err=True)
            sys.exit(2)
        except DecrocheError as error:
            raise click.ClickException(str(error)) from error
        except OSError as error:
            if error.errno not in UNWRITABLE:
                raise
            raise click.ClickException(f"{error.filename or 'the output'}: {error.strerror}") from error


@click.group(cls=Settled, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.option(
    "--config", "file", type=click.Path(path_type=Path), help="Settings; else $DECROCHE_CONFIG, else ./decroche.yaml."
)
@click.option("--verbose", "-v", is_flag=True, help="Say what happens inside.")
@click.version_option(package_name="decroche")
@click.pass_context
def main(context: click.Context, file: Path | None, verbose: bool) -> None:
    """When an ordinary person dials this public number, does a human answer, and after how long?

    Mystery calls over SIP, a verdict that can be checked, and a monthly report a service can contest.
    """
    for stream in (sys.stdout, sys.stderr):  # a terminal without our quotes, or a file name that is no UTF-8
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    logging.basicConfig(level=logging.INFO if verbose else logging.ERROR, format="%(levelname)s %(name)s: %(message)s")
    claimed = namesake()
    if claimed:
        sys.exit(claimed)
    context.meta[READ_CAMPAIGN] = _campaign
    context.obj = LazySettings(file) if context.invoked_subcommand != "check" else None
    context.meta[JUDGE] = _faults


def _campaign(file: Path, context: click.Context) -> Settings:
    """The campaign file, together with the settings file where it is another one."""
    beside = find_config(context.obj.file)
    files = [f for f in (beside, file) if f is not None]
    several = beside is not None and beside.resolve() != file.resolve()
    settings = load(*(files if several else [file]), judge=_faults)
    if settings.campaign is None:
        raise click.ClickException(f"{file}: there is no campaign in it (expected a section campaign and services)")
    if not settings.trunks:
        raise click.ClickException(f"{file}: nothing to call with (expected at least one trunk under trunks)")
    return settings


def _faults(settings: Settings) -> Iterable[tuple[KeyPath, str]]:
    from prober.sip.assemble import unspoken
    from scheduler.faults import faults

    return (*faults(settings), *unspoken(settings))


@contextlib.asynccontextmanager
async def dispatching(settings: Settings, here: Open) -> AsyncIterator[Dispatch]:
    """Engines up, reference calls placed, ready to carry attempts."""
    from prober.sip.assemble import pool_of
    from scheduler.assemble import budget_of, catalogue_of, check_informed, doors_of, facts_of, learning_of
    from scheduler.dispatch import Dispatch
    from storage.spool import Spool

    check_informed(settings, datetime.now(UTC))
    await here.store.catalogue.save(*catalogue_of(settings))
    learning = learning_of(settings, here.store.prompts)
    spool = Spool(settings.spool.dir, max_mb=settings.spool.max_mb)
    async with pool_of(settings, concurrency=settings.engines.concurrency, spare=settings.engines.spare) as pool:
        yield Dispatch(
            store=here.store,
            spool=spool,
            pool=pool,
            doors=doors_of(settings),
            facts=facts_of(settings),
            worker=f"{os.uname().nodename}:{os.getpid()}",
            reference_s=settings.schedule.reference_s,
            budget=budget_of(settings),
            versions={"decroche": metadata.version("decroche"), **pool.versions},
            learning=learning,
        )


@main.command()
@click.argument("campaign", type=click.Path(path_type=Path))
@click.option("--seed", type=int, help="Of the draw of scripts and order; default: the campaign's, else drawn.")
@click.option("--csv", "csv_out", type=click.Path(dir_okay=False, path_type=Path), help="Write one row an attempt.")
@click.option("--json", "as_json", is_flag=True, help="Print one object: what was called and what it met.")
@click.pass_context
def run(context: click.Context, campaign: Path, seed: int | None, csv_out: Path | None, as_json: bool) -> None:
    """Run a campaign now: every attempt is due at once, paced by the limits of trunks and services."""
    settings = _campaign(campaign, context)

    async def work(stop: asyncio.Event) -> int:
        async with open_store(settings) as here, dispatching(settings, here) as dispatch:
            rows = await campaign_now(settings, here, dispatch, stop=stop, seed=seed, quiet=as_json)
            _tell(rows, settings, csv_out, as_json)
            return INTERRUPTED if stop.is_set() else 0

    sys.exit(run_until_stopped(work))


async def campaign_now(
    settings: Settings, here: Open, dispatch: Dispatch, *, stop: asyncio.Event, seed: int | None, quiet: bool
) -> list[dict[str, str]]:
    """Draw the attempts, run them with live progress, and give their rows and those of the checks from the store."""
    from exporters.attempts_csv import row_of
    from exporters.terminal import Progress
    from prober.attempt import Purpose
    from scheduler.assemble import attempts_now
    from scheduler.conduct import carry_out

    assert settings.campaign is not None
    drawn = seed if seed is not None else settings.campaign.seed
    began = datetime.now(UTC)
    attempts = attempts_now(settings, at=began, seed=secrets.randbits(64) if drawn is None else drawn)
    progress = Progress(total=len(attempts), seats=settings.engines.concurrency)
    if not quiet:
        dispatch.watchers.started = lambda a: progress.started(a.id, a.service)
        dispatch.watchers.finished = progress.judged
    with progress if not quiet else contextlib.nullcontext():
        await carry_out(attempts, dispatch, here.url, concurrency=settings.engines.concurrency, stop=stop)
    found = []
    for month in sorted({began.date().replace(day=1), datetime.now(UTC).date().replace(day=1)}):
        for purpose in Purpose:
            async for judged in here.store.attempts_for_month(None, month, purpose=purpose):
                if judged.attempt.due_at >= began:
                    found.append(row_of(judged))
    return found


def _tell(rows: list[dict[str, str]], settings: Settings, csv_out: Path | None, as_json: bool) -> None:
    from exporters.attempts_csv import write_rows
    from exporters.terminal import show_rows
    from scheduler.assemble import names_of

    measured = [r for r in rows if r["purpose"] == "measure"]
    if csv_out:
        write_rows(csv_out, measured)
    if as_json:
        click.echo(json.dumps({"attempts": measured, "checks": [r for r in rows if r not in measured]}))
    else:
        show_rows(measured, names_of(settings.services))


@main.command()
@click.argument("campaign", type=click.Path(path_type=Path))
@click.pass_context
def serve(context: click.Context, campaign: Path) -> None:
    """Run a campaign by the clock and serve /metrics, /healthz and the reports, until stopped.

    Plans are drawn ahead and frozen. Of several programs on one database one holds the clock; all of them call.
    """
    from exporters.web.app import create_app
    from exporters.web.app import serve as serve_http
    from scheduler.assemble import campaign_seed, draw_of, targets_of, terms_of
    from scheduler.by_the_clock import run_by_the_clock
    from scheduler.interrupt import together
    from scheduler.planning import seed_of

    settings = _campaign(campaign, context)

    async def work(stop: asyncio.Event) -> int:
        async with open_store(settings) as here, dispatching(settings, here) as dispatch:
            watch = watching(settings, here, dispatch)
            app = create_app(watch.metrics, watch.health, settings.report.out_dir)
            web = settings.web
            calling = run_by_the_clock(
                dispatch,
                here.url,
                targets=targets_of(settings),
                draw=draw_of(settings, await seed_of(here.store, *campaign_seed(settings))),
                concurrency=settings.engines.concurrency,
                terms=terms_of(settings),
                stop=stop,
            )
            served = serve_http(app, host=web.host, port=web.port, stop=stop, ready=_say_port(web.host))
            await together(calling, watch.until(stop), served, stop=stop)
            return 0

    sys.exit(run_until_stopped(work))


def _say_port(host: str) -> Callable[[int], None]:
    return lambda port: click.echo(f"metrics at http://{host}:{port}/metrics; Ctrl-C stops", err=True)


def watching(settings: Settings, here: Open, dispatch: Dispatch) -> Watch:
    """What /metrics shows of this program and its store."""
    from exporters.snapshot import Own
    from exporters.watch import Watch

    def own() -> Own:
        pool = dispatch.pool
        return Own(
            seats_total=pool.seats_total,
            seats_free=pool.seats_free,
            calls_in_flight=dispatch.phases(),
            engines_restarted=pool.engines_restarted,
            ear_lag_s=pool.lag_ms / 1000,
            registered={t.name: pool.registered(t.name) for t in settings.trunks},
        )

    return Watch(here.store, dispatch.spool, own, t_max_s=settings.limits.max_wait_s)


@main.command()
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), default=Path("demo"), show_default=True)
@click.option("--attempts", type=click.IntRange(1, 20), default=2, show_default=True, help="Per service and script.")
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--no-verify", is_flag=True, help="Do not fail when a measured outcome differs from what was played.")
def demo(out: Path, attempts: int, seed: int, no_verify: bool) -> None:
    """Run a campaign against the simulated town and check every outcome against what was played.

    Real SIP and RTP on 127.0.0.1, an embedded PostgreSQL, live progress, then a table per service. Writes the report,
    attempts.csv, checks.csv, truth.csv and metrics.txt. Exit code 1 when a measured outcome differs from the truth.
    """
    from prober.simulator.stage import fresh_folder, town_running

    async def work(stop: asyncio.Event) -> int:
        fresh_folder(out)
        async with town_running(out, seed=seed, attempts=attempts) as campaign:
            settings = load(campaign)
            async with open_store(settings) as here, dispatching(settings, here) as dispatch:
                rows = await campaign_now(settings, here, dispatch, stop=stop, seed=seed, quiet=False)
                if stop.is_set():
                    return INTERRUPTED
                await _show(settings, here, dispatch, rows, out)
        return _verify(rows, out, no_verify=no_verify)

    sys.exit(run_until_stopped(work))


def _verify(rows: list[dict[str, str]], out: Path, *, no_verify: bool) -> int:
    """Say how many rows agree with the truth, and every difference; the exit code."""
    from prober.simulator.compare import differences, read_rows

    found = differences(rows, read_rows(out / "truth.csv"))
    for line in found:
        click.echo(f"differs  {line}", err=True)
    agreeing = f"{len(rows)} calls measured, {len(found)} differences from what the town played"
    click.echo(f"{agreeing}; see {out}/")
    return 1 if found and not no_verify else 0


async def _show(settings: Settings, here: Open, dispatch: Dispatch, rows: list[dict[str, str]], out: Path) -> None:
    """The table, the CSV files, the report and a scrape."""
    from exporters.attempts_csv import write_rows
    from exporters.folder import Publication
    from exporters.monthly import write_month
    from exporters.reporting import Asked
    from exporters.web.app import scrape
    from prober.simulator import SIMULATED
    from prober.simulator.behaviours import CAST
    from prober.simulator.demo_campaign import DEMO, MONTH_ATTEMPTS, SCALE
    from scheduler.assemble import draw_of, targets_of
    from scheduler.simulated_month import simulate_month

    write_rows(out / "checks.csv", [r for r in rows if r["purpose"] != "measure"])
    _tell(rows, settings, out / "attempts.csv", as_json=False)
    watch = watching(settings, here, dispatch)
    await watch.refresh(budget_s=float("inf"))
    (out / "metrics.txt").write_bytes(await scrape(watch.metrics, watch.health))
    this = datetime.now(ZoneInfo("Europe/Paris")).date().replace(day=1)
    before = (this - timedelta(days=1)).replace(day=1)
    draw = replace(draw_of(settings, "demo"), attempts=MONTH_ATTEMPTS, margin=0.0)
    await simulate_month(here.store, CAST, list(targets_of(settings).values()), draw, before, SCALE)
    for month, place in ((this, out), (before, out / f"{before:%Y-%m}-simulated")):
        asked = Asked(month=month, t_max_s=settings.limits.max_wait_s, simulated=(SIMULATED, DEMO))
        await write_month(here.store, here.url, asked, Publication(out=place, formats=("html",)))


_SETTING_UP = (check, catalogue, plan, trunk, edge, call, explore, listen, town)
_MEASURED = (pause, resume, report, kpi, plan_size, declare, dashboards, prompts, db, reclassify)
for command in (*_SETTING_UP, *_MEASURED):
    main.add_command(command)

if __name__ == "__main__":
    main()
