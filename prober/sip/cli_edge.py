"""Command `decroche edge`: TLS 1.3, SRTP and IPv6 to a carrier, spoken for the prober by Kamailio and rtpengine."""

from __future__ import annotations

import asyncio
import shlex
import signal
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click

from prober.failures import TrunkUnusable

if TYPE_CHECKING:
    from config.settings import Settings
    from prober.sip.trunk import Trunk


PORTS_A_CALL = 8
"""Two sides with RTP and RTCP each, and as many that rest after a call."""
LEAST_CALLS = 8
LAST_PORT = 65_535


def rtp_ports(settings: Settings, name: str) -> tuple[int, int]:
    """First and last RTP port of a trunk's edge: after the prober's own, and those of the edges before it in the file.

    Two rtpengines would bind the same port without a word. Raises TrunkUnusable when there are not enough.
    """
    first = settings.sip.last_rtp_port + 1
    for trunk in settings.trunks:
        last = first + PORTS_A_CALL * max(trunk.max_calls, LEAST_CALLS) - 1
        if trunk.name == name:
            break
        first = last + 1 if trunk.edge else first
    if last > LAST_PORT:
        raise TrunkUnusable(
            f"trunk {name}: its edge needs the RTP ports {first} to {last} (expected a lower last_rtp_port)"
        )
    return first, last


@click.command()
@click.argument("trunk")
@click.option(
    "--write", "folder", type=click.Path(file_okay=False, path_type=Path), help="Only write the configuration there."
)
@click.pass_obj
def edge(settings: Settings, trunk: str, folder: Path | None) -> None:
    """Stand between decroche and the carrier of TRUNK, until stopped.

    Speaks what the trunk says (transport, srtp, an IPv6 host) to the carrier, and plain UDP to decroche at the trunk's
    `edge`. Needs kamailio, kamailio-tls-modules and rtpengine-daemon.
    """
    from prober.sip.assemble import trunk_of
    from prober.sip.edge.certificate import shown_by
    from prober.sip.edge.configuration import configuration, write
    from prober.sip.edge.running import commands

    known = {t.name: t for t in settings.trunks}
    if trunk not in known:
        raise click.ClickException(f"no trunk is called {trunk} (expected {', '.join(known) or 'one under trunks'})")
    door, public = trunk_of(known[trunk]), settings.sip.public_address or ""
    ports = rtp_ports(settings, trunk)
    with ExitStack() as kept:
        place = folder or Path(kept.enter_context(tempfile.TemporaryDirectory(prefix="decroche-edge-")))
        text = configuration(door, folder=place.resolve(), public_address=public, rtp_ports=ports)
        write(text, place, shown_by(door) if door.transport == "tls" else None)
        if folder:
            for command in commands(folder.resolve()):
                click.echo(shlex.join(command))
            return
        asyncio.run(_stand(place, door))


async def _stand(folder: Path, trunk: Trunk) -> None:
    from prober.sip.edge.running import fallen, running

    assert trunk.edge is not None
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    async with running(folder, trunk.edge) as halves:
        asked = " and ".join(trunk.needs) or trunk.transport.upper()
        inside = f"{trunk.edge.host}:{trunk.edge.port}"
        click.echo(f"edge of {trunk.name} at {inside}, {asked} to {trunk.host}; Ctrl-C stops")
        ends = asyncio.create_task(fallen(halves))
        done, _ = await asyncio.wait((ends, asyncio.create_task(stopped.wait())), return_when=asyncio.FIRST_COMPLETED)
        if ends in done:
            half = ends.result()
            raise click.ClickException(f"{half.name} ended: {' | '.join(half.words)[-900:]}")
