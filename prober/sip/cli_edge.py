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

if TYPE_CHECKING:
    from config.settings import Settings
    from prober.sip.trunk import Trunk


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
    door, sip = trunk_of(known[trunk]), settings.sip
    width = sip.last_rtp_port - sip.first_rtp_port
    ports = (sip.last_rtp_port + 1, min(sip.last_rtp_port + 1 + width, 65_535))
    with ExitStack() as kept:
        place = folder or Path(kept.enter_context(tempfile.TemporaryDirectory(prefix="decroche-edge-")))
        text = configuration(door, folder=place.resolve(), public_address=sip.public_address or "", rtp_ports=ports)
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
