"""Commands about what is stored: `decroche db upgrade` and `decroche reclassify`."""

from __future__ import annotations

import asyncio
import contextlib
import json
from datetime import date
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from config.settings import Settings
    from storage.opening import Open


def open_store(settings: Settings) -> contextlib.AbstractAsyncContextManager[Open]:
    """The store these settings name."""
    from storage.opening import opened

    secret = settings.database.url
    return opened(secret.get_secret_value() if secret else None, settings.database.data_dir)


def a_month(context: click.Context, parameter: click.Parameter, text: str | None) -> date | None:
    """Click callback: YYYY-MM → the first day of that month."""
    if text is None:
        return None
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        raise click.BadParameter(f"{text!r} is no month (expected YYYY-MM, for example 2026-12)") from None


@click.group()
def db() -> None:
    """The database."""


@db.command("upgrade")
@click.pass_obj
def db_upgrade(settings: Settings) -> None:
    """Bring the database to the newest schema."""

    async def work() -> None:
        async with open_store(settings):
            click.echo("the database is at the newest schema")

    asyncio.run(work())


@click.command()
@click.option("--month", metavar="YYYY-MM", callback=a_month, help="Only this month.")
@click.option("--service", metavar="ID", help="Only this service.")
@click.option("--json", "as_json", is_flag=True, help="Print one object.")
@click.pass_obj
def reclassify(settings: Settings, month: date | None, service: str | None, as_json: bool) -> None:
    """Judge stored calls again by today's rules; old verdicts are kept."""
    from prober.classify import classify
    from prober.rules import RULES_VERSION

    async def work() -> tuple[int, int]:
        seen = changed = 0
        async with open_store(settings) as here:
            async for record, verdict in here.store.judged_records(month=month, service=service):
                seen += 1
                changed += await here.store.rejudge(record.attempt.id, classify(record, verdict.context))
        return seen, changed

    seen, changed = asyncio.run(work())
    if as_json:
        click.echo(json.dumps({"seen": seen, "changed": changed, "rules_version": RULES_VERSION}))
    else:
        click.echo(f"{seen} calls judged by rules {RULES_VERSION}; {changed} verdicts changed")
