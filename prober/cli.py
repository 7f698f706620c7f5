"""Commands about one call: `decroche call` and `decroche town`."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from prober.attempt import Attempt, Limits, Policy, Profile, Purpose, Script, Step
from prober.failures import MeasurementImpossible
from prober.finite import Finite

if TYPE_CHECKING:
    from config.settings import Settings
    from prober.events import Event
    from prober.record import CallRecord
    from prober.simulator.town import Town

MEASURED, NOT_MADE = 0, 3
"""Exit codes of `decroche call`."""


PATIENCE = Finite(1, 7200)
"""Seconds."""


def steps_of(keys: str, never_dial: Collection[str] = ()) -> tuple[Step, ...]:
    """`1,wait,2` → the steps: each group of keys is pressed once a prompt has been heard to its end.

    Raises ValueError naming the part that is neither keys nor `wait`, or that would dial a line of the
    table or of `never_dial`.
    """
    from prober.number import keys_forbidden

    parts = [part.strip() for part in keys.split(",") if part.strip()]
    wrong = [p for p in parts if p != "wait" and set(p) - set("0123456789*#ABCD")]
    if wrong or not parts:
        raise ValueError(f"{wrong[0] if wrong else keys!r}: expected keys (0-9 * # A-D) and the word wait: 1,wait,2")
    for part in parts:
        if reason := keys_forbidden(part, never_dial):
            raise ValueError(reason)
    return tuple(Step(digits=part) for part in parts if part != "wait")


@click.command()
@click.argument("number", metavar="NUMBER|sip:URI")
@click.option(
    "--script",
    type=click.Choice([s.value for s in Script]),
    default="agent",
    show_default=True,
    help="agent: wait for an agent; optout: refuse the voice server; direct: no voice server.",
)
@click.option("--max-wait", type=PATIENCE, metavar="S", help="Patience from the INVITE.")
@click.option("--trunk", metavar="NAME", help="Carrier to use; default: the first one.")
@click.option("--digits", metavar="1,wait,2", help="Keys, each group after a prompt has been heard.")
@click.option("--json", "as_json", is_flag=True, help="Print one object on standard output.")
@click.option(
    "--trace", type=click.Path(dir_okay=False, path_type=Path), help="Write the SIP messages, secrets masked."
)
@click.option("--live", is_flag=True, help="Draw what is heard while the call runs, on standard error.")
@click.pass_obj
def call(
    settings: Settings,
    number: str,
    script: str,
    max_wait: float | None,
    trunk: str | None,
    digits: str | None,
    as_json: bool,
    trace: Path | None,
    live: bool,
) -> None:
    """Place one call now and say what it met.

    Exit code 0 whenever the measurement was made, whatever the outcome; 2 for a wrong option; 3 when it could not be
    made, or may not: emergency, distress and private lines are never dialled.
    """
    from prober.number import forbidden

    try:
        path = steps_of(digits, settings.numbers.never_dial) if digits else ()
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--digits") from None
    refused = forbidden(number, settings.numbers.allow_surtaxed, settings.numbers.never_dial)
    if refused:
        click.echo(refused, err=True)
        sys.exit(NOT_MADE)
    if trace is not None:
        try:
            trace.open("a").close()
        except OSError as error:
            raise click.BadParameter(f"{trace} cannot be written: {error.strerror}", param_hint="--trace") from None
    limits = Limits(**settings.limits.model_dump())
    if max_wait is not None:
        limits = replace(limits, max_wait_s=max_wait, ring_s=min(limits.ring_s, max_wait))
    attempt = Attempt(
        service="",
        number=number,
        script=Script(script),
        due_at=datetime.now(UTC),
        trunk=trunk,
        purpose=Purpose.MANUAL,
        policy=Policy(settings.policy.say),
        profile=Profile(path=path, refusal=path[:1]),
        limits=limits,
    )
    try:
        record = asyncio.run(_place(settings, attempt, trace, quiet=as_json, live=live))
    except MeasurementImpossible as error:
        click.echo(str(error), err=True)
        sys.exit(NOT_MADE)
    sys.exit(_tell(record, as_json))


async def _place(settings: Settings, attempt: Attempt, trace: Path | None, *, quiet: bool, live: bool) -> CallRecord:
    from prober.run import run_call
    from prober.show import event_line
    from prober.sip.assemble import pool_of, trunk_name

    def show(event: Event) -> None:
        line = event_line(event)
        if line and not quiet:
            click.echo(f"{event.at_s:7.2f} s  {line}", err=True)

    name = trunk_name(settings, attempt.number, attempt.trunk)
    async with pool_of(settings, concurrency=1, trace=trace) as pool:
        line, versions = pool.line(name), pool.versions
        if not live:
            return await run_call(attempt, line, on_event=show, versions=versions)
        from rich.console import Console
        from rich.live import Live

        from prober.live import LiveTimeline

        view = LiveTimeline(attempt.number)
        with Live(view, console=Console(stderr=True), refresh_per_second=8):
            return await run_call(attempt, line, on_call=view.follow, on_event=view.see, versions=versions)


def _tell(record: CallRecord, as_json: bool) -> int:
    from prober.classify import classify
    from prober.show import call_data

    verdict = classify(record)
    data = call_data(record, verdict)
    if as_json:
        click.echo(json.dumps(data, ensure_ascii=False))
    else:
        if data["own_failure"]:
            click.echo(f"reason    {data['own_failure']}")
        click.echo(f"outcome   {verdict.outcome} ({verdict.rule_id}): {verdict.evidence}")
        click.echo(f"answers   {verdict.outcome.who} answers for it; hung up by {data['hung_up_by'] or 'nobody'}")
        for name, value in data["milestones"].items():
            if value is not None:
                click.echo(f"{name:16}  {value:.2f} s")
    return NOT_MADE if verdict.outcome == "own_failure" else MEASURED


@click.command()
@click.option("--listen", default="127.0.0.1:5070", show_default=True, metavar="HOST:PORT", help="SIP over UDP.")
@click.option("--second", metavar="HOST:PORT", help="A second address: the town as another carrier reaches it.")
@click.option("--truth", type=click.Path(dir_okay=False, path_type=Path), help="One JSON line per call; else stdout.")
@click.option("--cast", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="YAML file of services.")
@click.option("--scale", type=Finite(0.01, 10), default=1.0, show_default=True, help="Length of the waits.")
@click.option("--seed", type=int, default=0, show_default=True, help="Same seed, same draws.")
def town(listen: str, second: str | None, truth: Path | None, cast: Path | None, scale: float, seed: int) -> None:
    """Run the simulated called side until stopped: real SIP and RTP, one JSON line of truth per call.

    Each line says what was played when, when the human began to speak, and who hung up. Port 0 takes a free one; the
    addresses are said on standard error.
    """
    from prober.simulator.behaviours import CAST, load_cast
    from prober.simulator.town import Town

    running = Town(
        load_cast(cast) if cast else CAST,
        listen=_address(listen, "--listen"),
        second=_address(second, "--second") if second else None,
        truth=truth or Path("/dev/stdout"),
        scale=scale,
        seed=seed,
    )
    asyncio.run(_live(running))


def _address(text: str, option: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit() or not int(port) < 65536:
        raise click.BadParameter(f"{text!r}: expected HOST:PORT, for example 127.0.0.1:5070", param_hint=option)
    return host, int(port)


async def _live(running: Town) -> None:
    stop = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    try:
        await running.start()
    except OSError as error:
        await running.stop()
        raise click.ClickException(f"cannot listen: {error.strerror or error}") from None
    for host, port in running.addresses:
        click.echo(f"the town answers at sip:NUMBER@{host}:{port}", err=True)
    for service in running.cast:
        click.echo(f"  {service.number:12} {service.name}", err=True)
    click.echo("ready; Ctrl-C stops it", err=True)
    await stop.wait()
    await running.stop()
