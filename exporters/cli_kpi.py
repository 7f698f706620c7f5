"""Commands `kpi` and `plan-size`: the figures of a file or of a month, and how many calls a verdict needs.

Nothing heavy is imported before a command runs; only `--month` needs settings and a database.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from prober.finite import Finite
from storage.cli import a_month, open_store

if TYPE_CHECKING:
    from config.settings import Settings
    from exporters.estimates import Target
    from exporters.imported import ImportedAttempt
    from exporters.kpi_json import AttemptIds
    from storage.tally import Review, Tally

PARIS = ZoneInfo("Europe/Paris")
"""A file names no service's zone; roll-ups are by this clock too (decisions.md 21)."""
MOST_LOOKS = 10
"""More would be looking all the time."""
T_MAX_S = 600.0
"""Patience with the attempts of a file, which come with no settings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """A tally, the ids behind it, the day whose targets hold, and the targets of the service."""

    tally: Tally
    attempt_ids: AttemptIds
    on: date | None
    targets: Sequence[Target] = ()
    running: bool = False
    """The month is not closed: no verdict."""


@click.command()
@click.option("--from", "file", type=click.Path(path_type=Path), help="Attempts made by anybody: a CSV or JSON file.")
@click.option("--month", metavar="YYYY-MM", callback=a_month, help="A month of the store.")
@click.option("--service", help="Only this service.")
@click.option(
    "--t-max", "t_max_s", type=Finite(1, 86_400), metavar="SECONDS", help="Default: limits.max_wait_s; of a file 600."
)
@click.option(
    "--target", "targets", multiple=True, metavar="KPI=SHARE[@DATE]", help="agent_pickup_rate=0.85@2026-01-01"
)
@click.option(
    "--review", nargs=4, type=click.IntRange(0), help="Humans found, missed; others confirmed, taken for human."
)
@click.option(
    "--numbers-sampled",
    is_flag=True,
    help="The numbers called are a sample of more: intervals over numbers, not calls.",
)
@click.option("--direct-counts", is_flag=True, help="The plan said that script direct counts for both targets.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def kpi(
    settings: Settings | None,
    file: Path | None,
    month: date | None,
    service: str | None,
    t_max_s: float | None,
    targets: tuple[str, ...],
    review: tuple[int, int, int, int] | None,
    numbers_sampled: bool,
    direct_counts: bool,
    as_json: bool,
) -> None:
    """Print every KPI, with its interval and its verdict, from a file or from a month of the store."""
    if (file is None) == (month is None):
        raise click.UsageError("give either --from FILE or --month YYYY-MM")
    if file is not None:
        counted = _from_file(file, service, t_max_s or T_MAX_S, review, direct_counts, numbers_sampled)
    elif month is None or settings is None:
        raise click.UsageError("--month reads the store, and no settings say where it is; give --from FILE")
    elif review is not None or direct_counts:
        raise click.UsageError("--review and --direct-counts are for --from: the store knows both")
    elif numbers_sampled:
        raise click.UsageError("--numbers-sampled is for --from: the store calls every number of a service")
    else:
        counted = asyncio.run(_from_store(settings, month, service, t_max_s, with_ids=as_json))
    _print(counted, [*counted.targets, *(_target(t, counted.on) for t in targets)], as_json)


def _from_file(
    file: Path,
    service: str | None,
    t_max_s: float,
    review: tuple[int, int, int, int] | None,
    direct_counts: bool,
    numbers_sampled: bool,
) -> Counted:
    from exporters.attempt_file import RejectedFile
    from exporters.imported import read_attempts
    from exporters.imported_tally import attempt_ids, tally_of

    try:
        read = read_attempts(file)
    except RejectedFile as rejected:
        raise click.ClickException(str(rejected)) from rejected
    attempts = [a for a in read.attempts if service is None or a.service == service]
    if not attempts:
        known = ", ".join(sorted({a.service for a in read.attempts} - {""})) or "no service at all"
        raise click.ClickException(f"{file.name}: no attempt of service {service!r}; the file has {known}")
    if numbers_sampled:
        _check_sample(file.name, attempts)
    if read.unused:
        click.echo(f"columns not used: {', '.join(read.unused)}", err=True)
    return Counted(
        tally=tally_of(
            attempts,
            t_max_s=t_max_s,
            unknown=read.unknown,
            review=_review(review),
            direct_counts=direct_counts,
            numbers_sampled=numbers_sampled,
        ),
        attempt_ids=lambda identifier: attempt_ids(identifier, attempts, t_max_s, direct_counts=direct_counts),
        on=min((a.at.astimezone(PARIS).date() for a in attempts if a.at), default=None),
    )


def _check_sample(name: str, attempts: Sequence[ImportedAttempt]) -> None:
    """A sample of numbers names the number of every attempt, and has no weights: nobody knows those of the others."""
    bare = next((a.id for a in attempts if not a.number), None)
    if bare is not None:
        raise click.ClickException(
            f"{name}: attempt {bare}, column number: found nothing, expected the number that was called"
        )
    if any(a.weight is not None for a in attempts):
        raise click.ClickException(f"{name}: column weight: found weights, expected none with --numbers-sampled")


async def _from_store(
    settings: Settings, month: date, service: str | None, t_max_s: float | None, *, with_ids: bool
) -> Counted:
    """A month as PostgreSQL counts it; the ids are read only to be printed."""
    from exporters.progress import Progress
    from exporters.reporting import lists_behind, targets_of

    patience_s = t_max_s or settings.limits.max_wait_s
    async with open_store(settings) as here:
        known = {s.id: s for s in await here.store.catalogue.services()}
        tally = await here.store.tally(month, patience_s, services=None if service is None else [service])
        if not tally.cells:
            whose = f" for service {service!r}; known are {', '.join(sorted(known)) or 'none'}" if service else ""
            raise click.ClickException(f"no call of {month:%Y-%m} is stored{whose}")
        plans = await here.store.plans(month, service=service)
        progress = await Progress.of(here.store, month)
        lists = await lists_behind(here.store, month, patience_s, only=service) if with_ids else {}
    return Counted(
        tally=tally,
        attempt_ids=lists.__getitem__,
        on=month,
        targets=targets_of(known[service]) if service in known else (),
        running=progress.provisional(service, planned=bool(plans)) is not None,
    )


def _review(counts: tuple[int, int, int, int] | None) -> Review | None:
    from storage.tally import Review

    if counts is None:
        return None
    found, missed, confirmed, taken = counts
    return Review(human_found=found, human_missed=missed, other_confirmed=confirmed, other_taken_for_human=taken)


def _target(text: str, on: date | None) -> Target:
    from exporters.estimates import Target
    from exporters.kpi import DEFINITIONS

    identifier, _, rest = text.partition("=")
    share, _, since = rest.partition("@")
    try:
        target = Target(identifier=identifier, value=float(share), since=date.fromisoformat(since) if since else None)
    except ValueError as error:
        raise click.BadParameter(
            f"{text!r}: expected KPI=SHARE or KPI=SHARE@YYYY-MM-DD", param_hint="--target"
        ) from error
    if identifier not in DEFINITIONS or not identifier.endswith("_rate") or not 0 < target.value <= 1:
        raise click.BadParameter(f"{text!r}: expected the name of a rate and a share up to 1", param_hint="--target")
    if target.since and on is None:
        raise click.BadParameter(f"{text!r} has a date, but no attempt has one (column at)", param_hint="--target")
    return target


def _print(counted: Counted, targets: list[Target], as_json: bool) -> None:
    from exporters.kpi import estimate

    estimates = estimate(counted.tally, targets=targets, on=counted.on, running=counted.running)
    if as_json:
        from exporters.kpi_json import as_json as plain

        click.echo(json.dumps(plain(estimates, counted.attempt_ids), indent=2, ensure_ascii=False))
        return
    from rich.console import Console

    from exporters.kpi_table import table

    Console().print(table(estimates))


@click.command("plan-size")
@click.option("--target", type=Finite(0, 1, min_open=True, max_open=True), help="0.85, 0.90… for a verdict.")
@click.option("--half-width", type=Finite(0.001, 0.5), help="0.05 for an interval of 5 points to each side.")
@click.option("--true", "true_rate", type=Finite(0, 1), required=True, help="Rate the service really has.")
@click.option("--power", type=Finite(0, 1, min_open=True, max_open=True), default=0.8, show_default=True)
@click.option("--alpha", type=Finite(0, 1, min_open=True, max_open=True), default=0.05, show_default=True)
@click.option("--deff", type=Finite(1, 1_000), default=1.0, show_default=True, help="Design effect.")
@click.option(
    "--looks", type=click.IntRange(1, MOST_LOOKS), help="Evenly spaced looks, fixed in advance: what each may conclude."
)
@click.option(
    "--spending",
    type=click.Choice(("obrien_fleming", "pocock")),
    default="obrien_fleming",
    show_default=True,
    help="How the looks share the risk: very little early, or about the same each.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def plan_size(
    target: float | None,
    half_width: float | None,
    true_rate: float,
    power: float,
    alpha: float,
    deff: float,
    looks: int | None,
    spending: str,
    as_json: bool,
) -> None:
    """Say how many eligible calls a month give the right verdict with the wanted chance, or an interval so narrow.

    Reports give no verdict before a month is closed. Who must decide earlier fixes the number of looks before the
    first call (--looks 4: every week) and concludes at a look only where its own, stricter bound is passed
    (Lan and DeMets), so that all of them together mislead no more often than one.
    """
    from exporters.statistics.group_sequential import Spending, group_sequential
    from exporters.statistics.sample_size import n_for_half_width, n_for_power

    if target is None and half_width is None:
        raise click.UsageError("give --target for a verdict, --half-width for an interval, or both")
    bounds = group_sequential(looks, Spending(spending), alpha=alpha) if looks else ()
    plan = n_for_power(target, true_rate, wanted=power, deff=deff, alpha=alpha) if target is not None else None
    width = n_for_half_width(true_rate, half_width, deff=deff, alpha=alpha) if half_width is not None else None
    if as_json:
        asked = {"target": target, "true": true_rate, "wanted_power": power, "alpha": alpha, "deff": deff}
        given = {"n": plan.n, "power": round(plan.power, 9), "verdict": plan.verdict} if plan else None
        given = given or {"n": None, "power": None, "verdict": None}
        narrow = {"half_width": half_width, "n_for_half_width": width} if width else {}
        early = {"looks": [{"z": b.z, "nominal_alpha": b.nominal_alpha} for b in bounds]} if bounds else {}
        click.echo(json.dumps({**asked, **given, **narrow, **early}, indent=2))
        return
    if plan is not None:
        words = str(plan.verdict).replace("_", " ")
        chance = "more than 99%" if 0.99 < plan.power < 1 else f"{plan.power:.0%}"
        click.echo(
            f"{plan.n} eligible calls a month and script: a chance of {chance} to conclude “{words}” "
            f"for a service whose true rate is {true_rate:.1%} against a target of {target:.1%}."
        )
    elif target is not None:
        click.echo("No number of calls up to 100,000 is enough: the true rate is too near the target.")
    if width is not None:
        click.echo(
            f"{width} eligible calls a month and script: an interval (Wilson) of at most {half_width:.1%} to each side "
            f"for a service whose true rate is {true_rate:.1%}."
        )
    most = max(plan.n if plan else 0, width or 0)
    if most:
        click.echo(f"Place about {-(-most * 11 // 10)}, a tenth more, for calls that fail on our side.")
    for nth, bound in enumerate(bounds, 1):
        level = f"{1 - bound.nominal_alpha:.4%}"
        click.echo(f"Look {nth} of {looks}: conclude if |z| ≥ {bound.z:.3f} (an exact interval at {level}).")
