"""Command `declare`: take in the figures that services declare of themselves."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import click

from storage.cli import open_store

if TYPE_CHECKING:
    from config.settings import Settings


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.pass_obj
def declare(settings: Settings, file: Path) -> None:
    """Take in a CSV of declared figures: service, month, presented, answered, dissuaded, source, definition.

    They stand beside the measured ones in the reports and open data of their months and are never counted with them.
    A file with a mistake is refused as a whole; figures of the same service, month and source are replaced.
    """
    from exporters.attempt_file import RejectedFile
    from exporters.declared_file import read_declared

    try:
        rows = read_declared(file)
    except RejectedFile as rejected:
        raise click.ClickException(str(rejected)) from rejected

    async def work() -> None:
        async with open_store(settings) as here:
            known = {s.id for s in await here.store.catalogue.services()}
            unknown = sorted({row.service for row in rows} - known)
            if unknown:
                names = ", ".join(sorted(known)) or "none"
                raise click.ClickException(f"{file.name}: no service is called {', '.join(unknown)}; known are {names}")
            await here.store.declared.save(rows)

    asyncio.run(work())
    click.echo(f"{len(rows)} declared month{'s' if len(rows) > 1 else ''} kept")
