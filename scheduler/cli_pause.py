"""Commands of the kill switch: `decroche pause` and `decroche resume`."""

from __future__ import annotations

import asyncio
import getpass
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from config.settings import Settings
    from storage.store import Store

LOOKS, LOOK_S = 20, 0.1
"""How often, and how far apart, it is looked whether the calls in progress have ended: two seconds."""


@click.command()
@click.option("--service", metavar="ID", help="Only this service; default: all.")
@click.option("--reason", metavar="TEXT", help="Kept with the calls that are stopped.")
@click.pass_obj
def pause(settings: Settings, service: str | None, reason: str | None) -> None:
    """Stop calling at once: calls in progress are hung up within two seconds, nothing new begins.

    Effective in every program on this database, and after a restart too, until `decroche resume`. A call that is
    stopped is our own doing and counts against nobody.
    """
    click.echo(asyncio.run(_pause(settings, service, reason)))


@click.command()
@click.option("--service", metavar="ID", help="Only this service; default: the pause of all.")
@click.pass_obj
def resume(settings: Settings, service: str | None) -> None:
    """Lift a pause. A service that was paused by name is resumed by name."""
    click.echo(asyncio.run(_resume(settings, service)))


async def _pause(settings: Settings, service: str | None, reason: str | None) -> str:
    from storage.cli import open_store

    async with open_store(settings) as here:
        await _known(settings, here.store, service)
        await here.store.console.give("pause", getpass.getuser(), {"service": service, "reason": reason})
        before = up = await here.store.ledger.up(service)
        for _ in range(LOOKS):
            if not up:
                break
            await asyncio.sleep(LOOK_S)
            up = await here.store.ledger.up(service)
    whom = f"{service} is paused" if service else "all services are paused"
    return f"{whom}: {before} calls were up, {up} are" if before else f"{whom}: no call was up"


async def _resume(settings: Settings, service: str | None) -> str:
    from storage.cli import open_store

    async with open_store(settings) as here:
        await _known(settings, here.store, service)
        await here.store.console.give("resume", getpass.getuser(), {"service": service})
        _, paused = await here.store.console.standing()
    said = f"{service} is resumed" if service else "the pause of all is lifted"
    left = ", ".join(sorted(s for s in paused if s))
    if None in paused:
        return f"{said}, but all services are paused still: decroche resume"
    return f"{said}; paused by name still: {left}" if left else said


async def _known(settings: Settings, store: Store, service: str | None) -> None:
    """A mistyped service would leave the right one ringing. Raises ClickException."""
    known = {s.id for s in settings.services} | {s.id for s in await store.catalogue.services()}
    if service is not None and service not in known:
        near = ", ".join(sorted(known)[:5])
        raise click.ClickException(f"no service is called {service} (expected one of {len(known)}: {near}…)")
