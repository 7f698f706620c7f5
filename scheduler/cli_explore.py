"""The command `decroche explore`: one live call, key by key, and the menu path that it taught."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from prober.attempt import Attempt, Limits, Policy, Profile, Purpose, Script
from prober.cli import NOT_MADE, PATIENCE
from prober.failures import MeasurementImpossible
from prober.step_words import in_words, steps_in

if TYPE_CHECKING:
    from config.campaign import Number, Service
    from config.menu_file import MenuVersion
    from config.settings import Settings
    from prober.record import CallRecord
    from prober.sip.pool import Pool
    from scheduler.dispatch import Dispatch
    from storage.store import Store


@click.command()
@click.argument("number", metavar="NUMBER|sip:URI")
@click.option("--keys", metavar="STEPS", help="Done without being typed: 'after prompt: 1; after silence 3: 2'.")
@click.option("--refusal", is_flag=True, help="The path of a caller who refuses the voice server (script optout).")
@click.option("--max-wait", type=PATIENCE, metavar="S", help="Longest call, from the INVITE.")
@click.option("--trunk", metavar="NAME", help="Carrier to use; default: the first one.")
@click.option(
    "--menus", type=click.Path(file_okay=False, path_type=Path), help="Folder; default: that of the settings."
)
@click.option("--force", is_flag=True, help="Add a version to a path that was reviewed.")
@click.pass_obj
def explore(
    settings: Settings,
    number: str,
    keys: str | None,
    refusal: bool,
    max_wait: float | None,
    trunk: str | None,
    menus: Path | None,
    force: bool,
) -> None:
    """Call a number, hear what it says, press keys, and write the menu path that came of it.

    What is heard is told as it comes. Type 0-9 * # to press a key, c to say "conseiller", a when a person speaks, h to
    hang up. A person who picks up is told who calls, thanked and released. The path goes to menus/NUMBER.yaml and is
    followed once reviewed_on is filled in; --trunk, `decroche pause`, budgets and the guard hold as for any call.
    """
    from prober.number import forbidden

    try:
        steps = steps_in(keys, settings.numbers.never_dial) if keys else ()
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--keys") from None
    if refused := forbidden(number, settings.numbers.allow_surtaxed, settings.numbers.never_dial):
        click.echo(refused, err=True)
        sys.exit(NOT_MADE)
    plain = number if number.lower().startswith("sip:") else re.sub(r"[ .()-]", "", number)
    plain = next((n.number for _, n in _known_as(settings, plain)), plain)
    kept = _kept(menus or settings.menus or Path("menus"), plain, force=force)
    inline = not kept.file.exists() and any(n.path or n.refusal for _, n in _known_as(settings, plain))
    attempt = Attempt(
        service=next((s.id for s, _ in _known_as(settings, plain)), ""),
        number=plain,
        script=Script.AGENT,
        due_at=datetime.now(UTC),
        purpose=Purpose.MANUAL,
        policy=Policy.CONFIRM,
        profile=Profile(path=steps),
        limits=_limits(settings, max_wait),
    )
    try:
        code = _explore(settings, attempt, trunk, kept, refusal=refusal)
    except MeasurementImpossible as error:
        click.echo(str(error), err=True)
        code = NOT_MADE
    if code == 0 and settings.menus is None:
        click.echo(
            f"the settings name no folder of menu paths: `menus: {kept.file.parent}` lets calls follow it", err=True
        )
    if code == 0 and inline:
        click.echo(f"{plain} has a path in the catalogue too: take one of the two out", err=True)
    sys.exit(code)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Where a menu path goes, under which spelling of its number, and which versions stay."""

    file: Path
    number: str
    before: tuple[MenuVersion, ...] = ()


def _kept(folder: Path, number: str, *, force: bool) -> Kept:
    """The number's file, whatever spelling it has there; all its versions stay but a newest one that nobody reviewed.

    Raises before any call.
    """
    from config.loader import read_menus
    from config.menu_file import keeps, menu_file
    from config.trunks import national_form

    above = next(f for f in (folder, *folder.absolute().parents) if f.exists())
    if not (above.is_dir() and os.access(above, os.W_OK | os.X_OK)):
        raise click.ClickException(f"{folder}: no menu path can be written there (expected --menus FOLDER)")
    if not keeps(number):
        raise click.ClickException(f"{number!r}: no menu path is kept under it (expected 3646 or sip:3646@HOST)")
    menu = read_menus(folder).get(national_form(number))
    if menu is None:
        return Kept(file=menu_file(folder, number), number=number)
    file, versions = menu_file(folder, menu.number), menu.versions
    if versions[-1].reviewed_on is None:
        return Kept(file=file, number=menu.number, before=versions[:-1])
    if not force:
        what = f"{file}: version {versions[-1].version} was reviewed on {versions[-1].reviewed_on}"
        raise click.ClickException(f"{what} (expected --force, which adds a version and keeps this one)")
    return Kept(file=file, number=menu.number, before=versions)


def _known_as(settings: Settings, number: str) -> list[tuple[Service, Number]]:
    """The services that the number is known of; the pause and the staff of the first one count."""
    from prober.number import normal

    wanted = normal(number)
    return [(s, n) for s in settings.services for n in s.numbers if normal(n.number) == wanted]


def _limits(settings: Settings, max_wait: float | None) -> Limits:
    """Those of the settings, but for the time in a menu: a person reads it."""
    limits = Limits(**settings.limits.model_dump())
    longest_s = max_wait or limits.max_wait_s
    return replace(limits, max_wait_s=longest_s, ring_s=min(limits.ring_s, longest_s), menu_s=longest_s)


def _explore(
    settings: Settings,
    attempt: Attempt,
    trunk: str | None,
    kept: Kept,
    *,
    refusal: bool,
) -> int:
    from prober.sip.assemble import pool_of, trunk_name
    from scheduler.assemble import check_informed
    from scheduler.exploring import follow
    from scheduler.interrupt import run_until_stopped
    from storage.cli import open_store

    name = trunk_name(settings, attempt.number, trunk)
    check_informed(settings, attempt.due_at, attempt.service)

    async def work(stop: asyncio.Event) -> int:
        async with open_store(settings) as here, pool_of(settings, concurrency=1) as pool:
            known = {p.prompt_id for p in await here.store.prompts.known(attempt.number)}
            dispatch = _dispatch(settings, here.store, pool, name)
            record = await follow(dispatch, replace(attempt, trunk=name), stop, lambda line: click.echo(line, err=True))
        if record is None:
            return NOT_MADE
        return _written(kept, record, known, refusal=refusal)

    return run_until_stopped(work)


def _dispatch(settings: Settings, store: Store, pool: Pool, trunk: str) -> Dispatch:
    """The same way from claim to store as any attempt: kill switch, budget, one call a number."""
    from scheduler.assemble import budget_of, doors_of, learning_of
    from scheduler.dispatch import Dispatch, Door
    from storage.spool import Spool

    door = next((d for d in doors_of(settings) if d.name == trunk), Door(name=trunk))
    return Dispatch(
        store=store,
        spool=Spool(settings.spool.dir, max_mb=settings.spool.max_mb),
        pool=pool,
        doors=(door,),
        facts={},
        worker=f"{os.uname().nodename}:{os.getpid()}",
        budget=budget_of(settings),
        versions=pool.versions,
        learning=learning_of(settings, store.prompts),
    )


def _written(kept: Kept, record: CallRecord, known: set[str], *, refusal: bool) -> int:
    """Write the new version beside those before; the exit code."""
    from config.campaign import Step as StepSettings
    from config.menu_file import MenuFile, MenuVersion, write_menu
    from prober.explored import lines_heard, steps_taken

    if record.milestones.t_answer is None:
        click.echo("nobody answered: nothing is written", err=True)
        return NOT_MADE
    taken = steps_taken(record, known)
    steps = tuple(StepSettings(**asdict(step)) for step in taken)
    version = MenuVersion(
        version=len(kept.before) + 1,
        made_on=_today(),
        has_menu=True if steps else None,
        path=() if refusal else steps,
        refusal=steps if refusal else (),
        heard=lines_heard(record),
    )
    write_menu(kept.file, MenuFile(number=kept.number, versions=(*kept.before, version)))
    for step in taken:
        click.echo(in_words(step))
    click.echo(
        f"{kept.file}: version {version.version}, {len(taken)} steps; fill in reviewed_on once somebody has read it"
    )
    return 0


def _today() -> date:
    return datetime.now(ZoneInfo("Europe/Paris")).date()
