"""Commands about what is stored: `decroche db upgrade`, `decroche reclassify` and `decroche prompts`."""

from __future__ import annotations

import asyncio
import contextlib
import json
from dataclasses import asdict, replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from storage.months import month_named

if TYPE_CHECKING:
    from config.settings import Settings
    from storage.opening import Open
    from storage.prompts import KnownPrompt, PromptChange


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
        return month_named(text)
    except ValueError as expected:
        raise click.BadParameter(f"{text!r} is no month to count (expected {expected})") from None


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
                at = datetime.fromisoformat(record.invite_at) if record.invite_at else record.attempt.due_at
                labels, drifted = await here.store.prompts.standing(record.attempt.number, at)
                context = replace(
                    verdict.context,
                    labels={**verdict.context.labels, **labels},
                    menu_changed=drifted,
                    strike=_strike(settings, record.attempt.service, at, verdict.context.strike),
                )
                changed += await here.store.rejudge(record.attempt.id, classify(record, context))
        return seen, changed

    seen, changed = asyncio.run(work())
    if as_json:
        click.echo(json.dumps({"seen": seen, "changed": changed, "rules_version": RULES_VERSION}))
    else:
        click.echo(f"{seen} calls judged by rules {RULES_VERSION}; {changed} verdicts changed")


def _strike(settings: Settings, service_id: str, at: datetime, known: bool) -> bool:
    """Whether the service was on strike, by today's settings: it may be known only later; `known` for a stranger."""
    service = next((s for s in settings.services if s.id == service_id), None)
    if service is None:
        return known
    return settings.schedule.struck(at.astimezone(ZoneInfo(service.zone)).date(), service.tags)


@click.command()
@click.argument("number")
@click.option("--label", "labels", multiple=True, metavar="ID=LABEL", help="Say what a recording is.")
@click.option("--reviewed", is_flag=True, help="The changes noticed so far were looked at: calls count again.")
@click.option("--json", "as_json", is_flag=True, help="Print one object.")
@click.pass_obj
def prompts(settings: Settings, number: str, labels: tuple[str, ...], reviewed: bool, as_json: bool) -> None:
    """List the recordings learnt of a number and the changes of its menu; label them, and close a review.

    Words and labels marked "not reviewed" were read by speech recognition (setting ear.label); --label confirms or
    corrects one, and calls judged before follow with `decroche reclassify`.

    While a change waits for its review, calls to the number are judged indeterminate; after it, `decroche reclassify`
    judges them anew.
    """
    from prober.events import LABELS

    named = [text.partition("=") for text in labels]
    if any(not sign or label not in LABELS for _, sign, label in named):
        raise click.BadParameter(f"expected ID=LABEL, a label being one of {', '.join(LABELS)}", param_hint="--label")

    async def work() -> tuple[list[KnownPrompt], list[PromptChange]]:
        async with open_store(settings) as here:
            book = here.store.prompts
            for prompt_id, _, label in named:
                if not await book.label(number, prompt_id, label):
                    raise click.ClickException(f"no recording {prompt_id} is known of {number}")
            if reviewed:
                await book.review(number, datetime.now(UTC))
            return await book.known(number), await book.changes(number)

    known, changes = asyncio.run(work())
    if as_json:
        plain = {"recordings": [asdict(p) for p in known], "changes": [asdict(c) for c in changes]}
        click.echo(json.dumps(plain, default=str, ensure_ascii=False))
        return
    for p in known:
        since = f"{p.calls:4} calls since {p.first_heard_at:%F}"
        by = "" if p.reviewed or not p.label else " (not reviewed)"
        click.echo(f"{p.prompt_id}  {p.length_s:5.1f} s  {since}  {p.label or 'no label'}{by}")
        told = [f"{p.wait_s / 60:g} min"] if p.wait_s is not None else []
        told += [f"place {p.position}"] if p.position is not None else []
        if counted := p.followed + p.unfollowed:
            click.echo(f"{'':18}another recording came next in {p.followed} of {counted}")
        if p.words or told:
            click.echo(f"{'':18}{', '.join(told) + ': ' if told else ''}{p.words or ''}".rstrip())
    for c in changes:
        state = f"reviewed {c.reviewed_at:%F}" if c.reviewed_at else "waits for its review"
        click.echo(f"{c.noticed_at:%F %R}  {len(c.appeared)} new, {len(c.gone)} gone: {state}")
    if not known:
        click.echo(f"no recording of {number} is known")
