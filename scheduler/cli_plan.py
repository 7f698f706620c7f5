"""The command `decroche plan`: a month's plan, drawn or as it is frozen, and what it will take."""

from __future__ import annotations

import asyncio
import csv
import json
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from storage.cli import a_month

if TYPE_CHECKING:
    from config.settings import Settings
    from scheduler.load import Pace
    from scheduler.planned import Planned

READ_CAMPAIGN = "decroche.read_campaign"
"""Key of `click.Context.meta`: the callable of the root module that reads a campaign file."""
ReadCampaign = Callable[[Path, click.Context], "Settings"]
PREVIEW = "preview"
"""Seed of a dry run of a campaign without one."""
COLUMNS = ("id", "service", "number", "script", "stratum", "weight", "due_at", "status")


@click.command()
@click.argument("campaign", type=click.Path(path_type=Path))
@click.option("--month", metavar="YYYY-MM", callback=a_month, help="Default: the next month.")
@click.option("--dry-run", is_flag=True, help="Draw and show; freeze nothing, open no database.")
@click.option("--json", "as_json", is_flag=True, help="Print one object: plans, attempts, load.")
@click.option("--csv", "as_csv", is_flag=True, help="Print one row an attempt.")
@click.pass_context
def plan(
    context: click.Context, campaign: Path, month: date | None, dry_run: bool, as_json: bool, as_csv: bool
) -> None:
    """Draw and freeze a month's plan, or show the one that is frozen, with its seed, its hash and what it will take.

    A frozen plan is never drawn again: a change of the file shows from the next month on, but for what forbids a call
    (a quiet period, a service taken out), which holds from the next start on. Exit code 1 when a service
    cannot be planned; the sentence says how many calls its open time would hold.
    """
    from scheduler.assemble import uninformed
    from scheduler.faults import notes
    from scheduler.planned import drawn, frozen

    if as_json and as_csv:
        raise click.UsageError("--json and --csv exclude each other")
    read: ReadCampaign = context.meta[READ_CAMPAIGN]
    settings = read(campaign, context)
    wanted = month or (_this_month() + timedelta(days=32)).replace(day=1)
    found = drawn(settings, wanted, PREVIEW) if dry_run else asyncio.run(frozen(settings, wanted))
    unknown = uninformed(settings, datetime.now(UTC))
    for sentence in (*([unknown] if unknown else ()), *notes(settings), *found.refused, *found.shortened):
        click.echo(sentence, err=True)
    if as_csv:
        _csv(found)
    elif as_json:
        click.echo(json.dumps(_plain(settings, found)))
    else:
        _show(settings, found)
    sys.exit(1 if found.refused else 0)


def _this_month() -> date:
    return datetime.now(ZoneInfo("Europe/Paris")).date().replace(day=1)


def _csv(found: Planned) -> None:
    out = csv.DictWriter(sys.stdout, COLUMNS, lineterminator="\n")
    out.writeheader()
    out.writerows(_rows(found))


def _rows(found: Planned) -> list[dict[str, Any]]:
    return [
        {
            "id": a.id,
            "service": a.service,
            "number": a.number,
            "script": a.script.value,
            "stratum": a.stratum,
            "weight": a.weight,
            "due_at": a.due_at.astimezone(UTC).isoformat(timespec="seconds"),
            "status": status,
        }
        for a, status in found.attempts
    ]


def _plain(settings: Settings, found: Planned) -> dict[str, Any]:
    load, pace = _load(settings, found)
    return {
        "month": f"{found.month:%Y-%m}",
        "campaign": found.campaign,
        "plans": list(found.plans),
        "refused": list(found.refused),
        "shortened": list(found.shortened),
        "load": {**asdict(load), "by_class": {k: asdict(v) for k, v in load.by_class.items()}, "means_of": pace.calls},
        "attempts": _rows(found),
    }


def _show(settings: Settings, found: Planned) -> None:
    from rich.console import Console

    from scheduler.calendar_picture import show

    zones = {s.id: ZoneInfo(s.zone) for s in settings.services}
    paris = ZoneInfo("Europe/Paris")
    days = Counter(a.due_at.astimezone(zones.get(a.service, paris)).date() for a, _ in found.attempts)
    load, pace = _load(settings, found)
    console = Console()
    show(console if console.is_terminal else Console(width=120), found.month, days, found.plans, load, pace)


def _load(settings: Settings, found: Planned) -> tuple[Any, Pace]:
    from scheduler.assemble import budget_of
    from scheduler.load import load_of

    channels = max((t.max_calls for t in settings.trunks), default=0)
    attempts = [a for a, status in found.attempts if status != "void"]
    return load_of(attempts, found.pace, budget_of(settings), channels=channels), found.pace
