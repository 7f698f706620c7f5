"""Command `decroche trunk test`: is a trunk fit for a campaign? Says what is wrong in words, within seconds."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from config.settings import Settings
    from prober.sip.trial import Finding

MARKS = {True: "ok", False: "WRONG", None: "?"}


@click.group()
def trunk() -> None:
    """Trunks."""


@trunk.command()
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Print one object.")
@click.pass_obj
def test(settings: Settings, name: str, as_json: bool) -> None:
    """Reach a trunk, register, and call its own reference number. Exit code 1 if anything is wrong."""
    known = [t.name for t in settings.trunks]
    if name not in known:
        raise click.ClickException(f"no trunk is called {name} (expected {', '.join(known) or 'one under trunks'})")

    async def work() -> list[Finding]:
        found = []
        async for finding in _findings(settings, name):
            found.append(finding)
            if not as_json:
                click.echo(f"{MARKS[finding.good]:6} {finding.what:18} {finding.said}")
        return found

    found = asyncio.run(work())
    wrong = [f for f in found if f.good is False]
    if as_json:
        click.echo(json.dumps({"trunk": name, "fit": not wrong, "findings": [asdict(f) for f in found]}))
    sys.exit(1 if wrong else 0)


async def _findings(settings: Settings, name: str) -> AsyncIterator[Finding]:
    from prober.sip.assemble import pool_of, trunk_of
    from prober.sip.spoken import refusal
    from prober.sip.trial import Finding, call_reference, heard, reach, registered

    trunk = trunk_of(next(t for t in settings.trunks if t.name == name))
    reached, unspoken = False, refusal(trunk)
    if unspoken:
        yield Finding(what="protocol", good=False, said=unspoken)
        return
    async for finding in reach(trunk):
        reached = reached or (finding.what == "address" and finding.good is True)
        yield finding
    if not reached:
        return
    async with pool_of(settings, concurrency=1) as pool:
        if trunk.register:
            finding = await registered(pool, trunk)
            yield finding
            if not finding.good:
                return
        if trunk.reference_number is None:
            said = "none: without trunks[].reference_number sound, keys and delay cannot be tried"
            yield Finding(what="reference number", good=None, said=said)
            return
        for finding in await heard(await call_reference(pool, trunk), trunk):
            yield finding
