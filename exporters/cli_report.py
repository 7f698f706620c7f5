"""Command `report`: the month of every service, written into a folder or printed."""

from __future__ import annotations

import asyncio
import gc
import os
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from exporters.report.formats import FORMATS
from storage.cli import a_month, open_store

if TYPE_CHECKING:
    from config.settings import Settings


@click.command()
@click.option("--month", metavar="YYYY-MM", callback=a_month, help="Default: the month before this one.")
@click.option("--service", metavar="ID", help="Only this service.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Folder; default: report.out_dir.")
@click.option("--format", "formats", multiple=True, type=click.Choice(FORMATS), help="Default: html and json.")
@click.option("--language", type=click.Choice(("fr", "en")), help="Default: report.language.")
@click.option("--address", default="", metavar="URL", help="Where it will be published, for posters and badges.")
@click.option("--processes", type=click.IntRange(1), help="At once; default: one for each core.")
@click.option("--json", "as_json", is_flag=True, help="Print a list of the reports instead of writing files.")
@click.pass_obj
def report(
    settings: Settings,
    month: date | None,
    service: str | None,
    out: Path | None,
    formats: tuple[str, ...],
    language: str | None,
    address: str,
    processes: int | None,
    as_json: bool,
) -> None:
    """Write the monthly report: one page a service and an index; PDF, poster, badge and open data on request."""
    gc.disable()  # nothing of a thousand modules is garbage, and looking for it is a twentieth of a report
    from exporters.folder import Publication
    from exporters.monthly import write_month
    from exporters.reporting import Asked, reports_of
    from prober.simulator import SIMULATED

    gc.freeze()
    gc.enable()
    wanted = month or month_before(datetime.now(ZoneInfo("Europe/Paris")).date())
    asked = Asked(month=wanted, t_max_s=settings.limits.max_wait_s, simulated=(SIMULATED,))
    publication = Publication(
        out=out or settings.report.out_dir,
        language=language or settings.report.language,
        formats=formats or ("html", "json"),
        address=address,
    )

    async def work() -> list[str]:
        async with open_store(settings) as here:
            if as_json:
                from exporters.report.plain import report_json

                found = await reports_of(
                    here.store, wanted, t_max_s=asked.t_max_s, only=service, simulated=asked.simulated
                )
                return [f"[{','.join(report_json(r).decode() for r in found)}]"] if found else []
            cores = processes or len(os.sched_getaffinity(0))
            files = await write_month(here.store, here.url, asked, publication, only=service, processes=cores)
            return [str(file) for file in files]

    lines = asyncio.run(work())
    if not lines:
        raise click.ClickException(f"no call of {wanted:%Y-%m} is stored{f' for service {service}' if service else ''}")
    for line in lines:
        click.echo(line)


def month_before(day: date) -> date:
    """First day of the month before that of a day."""
    return (day.replace(day=1) - timedelta(days=1)).replace(day=1)
