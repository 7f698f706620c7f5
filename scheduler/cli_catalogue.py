"""Commands about catalogues: `decroche catalogue check`, `convert`, `import-annuaire`, `undo-import`, `schema`."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

if TYPE_CHECKING:
    from scheduler.annuaire import Reading
    from scheduler.catalogue import Change, Data, Kept

INVALID = 2
MOST_CLOSED = 0.2
"""An import that ends more of the known services than this share is taken for a mistake unless it is asked for."""
a_file = click.Path(exists=True, dir_okay=False, path_type=Path)
skipping = click.option("--skip-invalid", is_flag=True, help="Leave out the entries with a mistake, and list them.")


@click.group()
def catalogue() -> None:
    """Catalogues: organisations, services and numbers, in YAML or as a table (CSV)."""


@catalogue.command()
@click.argument("file", type=a_file)
@skipping
@click.option("--json", "as_json", is_flag=True, help="Print one object.")
def check(file: Path, skip_invalid: bool, as_json: bool) -> None:
    """Validate a catalogue: one line a mistake with file, line and key; exit code 2 if there is one.

    Beside what a settings file is checked for: numbers that may never be dialled, surtaxed numbers of bodies that may
    not have one, numbers of two services, regions and clocks that are not those of the département.
    """
    from config.catalogue_file import read_catalogue
    from config.loader import ConfigError
    from scheduler.catalogue import findings

    try:
        read = read_catalogue(file, skip_invalid=skip_invalid)
    except ConfigError as error:
        _tell_check(file, [], [str(m) for m in error.mistakes], [], as_json, services=0)
        sys.exit(INVALID)
    found = list(findings(read.data))
    grave = [str(read.mistake(file, f.place, f.what)) for f in found if f.grave]
    notes = [str(read.mistake(file, f.place, f.what)) for f in found if not f.grave]
    _tell_check(file, [str(m) for m in read.skipped], grave, notes, as_json, services=len(read.data["services"]))
    sys.exit(INVALID if grave else 0)


def _tell_check(
    file: Path, skipped: Sequence[str], mistakes: Sequence[str], notes: Sequence[str], as_json: bool, *, services: int
) -> None:
    if as_json:
        told = {"file": str(file), "valid": not mistakes, "services": services, "mistakes": mistakes}
        click.echo(json.dumps(told | {"skipped": skipped, "notes": notes}, ensure_ascii=False))
        return
    for line in mistakes:
        click.echo(line, err=True)
    for line in skipped:
        click.echo(f"skipped  {line}", err=True)
    for line in notes:
        click.echo(f"to know  {line}")
    if not mistakes:
        click.echo(f"{file}: valid, {services} services{f', {len(skipped)} entries skipped' if skipped else ''}")


@catalogue.command()
@click.argument("file", type=a_file)
@click.argument("to", type=click.Path(dir_okay=False, path_type=Path))
@skipping
@click.option("--force", is_flag=True, help="Write over a file that is there.")
def convert(file: Path, to: Path, skip_invalid: bool, force: bool) -> None:
    """Write a catalogue in its other form: .csv is a table, anything else YAML. Nothing but comments is lost."""
    from config.catalogue_file import read_catalogue, write_catalogue

    if to.exists() and not force:
        raise click.ClickException(f"{to} is there already (expected a new file, or --force)")
    read = read_catalogue(file, skip_invalid=skip_invalid)
    for mistake in read.skipped:
        click.echo(f"skipped  {mistake}", err=True)
    write_catalogue(to, read.data)
    click.echo(f"{to}: {len(read.data['organisations'])} organisations, {len(read.data['services'])} services")


@catalogue.command("import-annuaire")
@click.argument("file", type=a_file)
@click.option("--into", type=click.Path(dir_okay=False, path_type=Path), default=Path("catalogue.yaml"),
              show_default=True, metavar="CATALOGUE", help="The catalogue to make or to bring up to date.")  # fmt: skip
@click.option("--type", "types", multiple=True, metavar="mairie", help="Only these types of service; may be repeated.")
@click.option("--department", "departments", multiple=True, metavar="01", help="Only these départements.")
@click.option("--commune", "communes", multiple=True, metavar="01053", help="Only these communes (INSEE).")
@click.option("--dry-run", is_flag=True, help="Say what would change and write nothing.")
@click.option("--allow-closing", is_flag=True, help="Even if more than a fifth of the known services are gone.")
@click.option("--json", "as_json", is_flag=True, help="Print one object.")
def import_annuaire(
    file: Path,
    into: Path,
    types: tuple[str, ...],
    departments: tuple[str, ...],
    communes: tuple[str, ...],
    dry_run: bool,
    allow_closing: bool,
    as_json: bool,
) -> None:
    """Take services from the official directory (DILA, JSON, the whole file or an answer of its API).

    Counter hours are taken for telephone hours and flagged (hours_assumed). A further import changes what the directory
    changed, never what was edited in the catalogue; every record that was not taken as it is gets a line.
    """
    from config.catalogue_file import has_comments, read_catalogue, validated, write_catalogue
    from scheduler.annuaire import Filter, read_directory
    from scheduler.catalogue import CLOSED, applied, changes_of
    from scheduler.imports import Import, Imports, digest_of

    data: Data = read_catalogue(into).data if into.exists() else {"organisations": [], "services": []}
    imports = Imports(into)
    last = imports.last()
    before = dict(last.state) if last else {}
    wanted = Filter(types=types, departments=departments, communes=communes)
    reading = read_directory(file, wanted, known=before.keys())
    _refuse_strangers(reading, types)
    day = _today()
    gone = [key for key in before if reading.whole and key not in reading.seen]
    fresh = [key for key in gone if CLOSED not in before[key]]
    if len(fresh) > max(5, MOST_CLOSED * len(before)) and not allow_closing:
        what = f"{len(fresh)} of {len(before)} known services are not in {file}"
        raise click.ClickException(f"{what}: nothing is changed (expected the whole directory, or --allow-closing)")
    directory = {key: (e.organisation, e.service) for key, e in reading.entries.items()}
    since = {key: max(e.modified, last.at.date()) for key, e in reading.entries.items() if e.modified and last}
    changes, kept = changes_of(data, before, directory, gone, day, since)
    if into.exists() and has_comments(into):
        click.echo(f"{into} holds comments: they are not kept", err=True)
    if not dry_run:
        made = applied(data, changes)
        validated(into, made)
        write_catalogue(into, made)
        state = before | {key: service for key, (_, service) in directory.items()}
        state |= {key: before[key] | {CLOSED: day.isoformat()} for key in fresh}
        imports.add(
            Import(at=datetime.now(UTC), source=file.name, sha256=digest_of(file), state=state, changes=changes)
        )
    _tell_import(reading, changes, kept, into, dry_run=dry_run, as_json=as_json)


def _today() -> date:
    return datetime.now(ZoneInfo("Europe/Paris")).date()


def _refuse_strangers(reading: Reading, types: Iterable[str]) -> None:
    """A type that no record has is a mistake in the order."""
    for name in types:
        if name not in reading.types:
            known = ", ".join(kind for kind, _ in Counter(reading.types).most_common(20))
            raise click.BadParameter(f"no record has the type {name} (expected {known}…)", param_hint="--type")


def _tell_import(
    reading: Reading, changes: Sequence[Change], kept: Sequence[Kept], into: Path, *, dry_run: bool, as_json: bool
) -> None:
    counts = _counts(changes)
    if as_json:
        told = {
            "catalogue": str(into),
            "written": not dry_run,
            "records": len(reading.seen),
            "taken": len(reading.entries),
        }
        rows: Mapping[str, Any] = {
            "counts": counts,
            "changes": [asdict(c) for c in changes],
            "kept": [asdict(k) for k in kept],
            "remarks": [asdict(r) for r in reading.remarks],
        }
        click.echo(json.dumps({**told, **rows}, ensure_ascii=False))
        return
    for change in changes:
        if change.kind != "added" and change.key != "past_hours":
            click.echo(f"{change.kind:9} {change.id}  {_short(change.before)} → {_short(change.after)}")
    for row in kept:
        click.echo(f"kept      {row.id}  {row.key}: {_short(row.here)} (the directory has {_short(row.directory)})")
    for remark in reading.remarks:
        click.echo(f"remark    {remark.directory_id} {remark.name}  {remark.field}: {remark.found!r} {remark.what}")
    click.echo(f"{len(reading.seen)} records read, {len(reading.entries)} taken, {len(reading.remarks)} remarks")
    click.echo(", ".join(f"{n} {kind}" for kind, n in counts.items()) or "nothing changed")
    end = "nothing is written" if dry_run else f"written; `decroche catalogue undo-import {into}` takes it back"
    click.echo(f"{into}: {end}")


def _counts(changes: Sequence[Change]) -> dict[str, int]:
    """Services by kind of change."""
    services = {(c.kind, c.id) for c in changes if c.section == "services"}
    return dict(Counter(kind for kind, _ in sorted(services)))


def _short(value: object) -> str:
    if isinstance(value, list):
        return " ".join(str(v.get("number", v.get("name", v))) if isinstance(v, dict) else str(v) for v in value)
    return "nothing" if value is None else str(value)


@catalogue.command("undo-import")
@click.argument("file", metavar="CATALOGUE", type=a_file)
def undo_import(file: Path) -> None:
    """Take back the last import into a catalogue; what was edited since then stays and is listed."""
    from config.catalogue_file import read_catalogue, validated, write_catalogue
    from scheduler.catalogue import undone
    from scheduler.imports import Imports

    imports = Imports(file)
    last = imports.last()
    if last is None:
        raise click.ClickException(f"{file}: no import to take back (expected one in {imports.folder})")
    made, kept = undone(read_catalogue(file).data, last.changes)
    validated(file, made)
    write_catalogue(file, made)
    imports.drop_last()
    for row in kept:
        click.echo(f"kept      {row.id}  {row.key}: {_short(row.here)}")
    click.echo(f"{file}: the import of {last.source} of {last.at:%Y-%m-%d %H:%M} UTC is taken back")


@catalogue.command()
@click.option("--menu", is_flag=True, help="That of a menu path (menus/3646.yaml) instead.")
def schema(menu: bool) -> None:
    """Print the JSON Schema of settings, campaign and catalogue files, for an editor that completes keys."""
    from config.json_schema import text
    from config.menu_file import MenuFile

    click.echo(text(MenuFile) if menu else text(), nl=False)
