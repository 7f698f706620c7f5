"""Run in a network of its own (`unshare -n -m`): calls over a trunk whose doors a real name server names.

Prints one JSON line: per case the outcome, and how many INVITEs each door got. `first` and `spare` are the doors by SRV
priority; dnsmasq serves the zone on 127.0.0.1:53, where the system's own resolver looks too.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import tempfile
from datetime import UTC, datetime

from peer import Call, Peer
from placing import LIMITS, SOUNDS

from prober.attempt import Attempt, Script
from prober.classify import classify
from prober.events import OwnFailure
from prober.run import run_call
from prober.sip.bridge import Setup
from prober.sip.pool import Pool
from prober.sip.trunk import Trunk, TrunkUnusable, targets

FIRST, SPARE = 5061, 5062
ZONE = (
    f"--srv-host=_sip._udp.carrier.test,first.carrier.test,{FIRST},10,0",
    f"--srv-host=_sip._udp.carrier.test,spare.carrier.test,{SPARE},20,0",
    "--address=/first.carrier.test/127.0.0.1",
    "--address=/spare.carrier.test/127.0.0.2",
    "--address=/plain.test/127.0.0.2",
)


async def overloaded(call: Call) -> None:
    """503: no more calls here."""
    call.reply(503, "Service Unavailable", "Retry-After: 30")


async def door(host: str, port: int) -> Peer:
    """A far end that says busy."""
    _, peer = await asyncio.get_running_loop().create_datagram_endpoint(Peer, local_addr=(host, port))
    return peer


async def call(trunk: Trunk) -> str:
    """Outcome of one call; our own failure with its sentence."""
    attempt = Attempt(service="s", number="3646", script=Script.AGENT, due_at=datetime.now(UTC), limits=LIMITS)
    async with Pool(Setup(trunks=(trunk,), sounds=SOUNDS, transaction_ms=3000), concurrency=1) as pool:
        record = await asyncio.wait_for(run_call(attempt, pool.line(trunk.name)), 30)
    return next((e.detail for e in record.events if isinstance(e, OwnFailure)), classify(record).outcome.value)


async def cases() -> dict[str, list[object]]:
    """Each case: [outcome, INVITEs at the first door, INVITEs at the spare one]."""
    carrier = Trunk(name="carrier", host="carrier.test", calls_per_second=50)
    found: dict[str, list[object]] = {}

    async def case(name: str, trunk: Trunk, *doors: Peer | None) -> None:
        outcome = await call(trunk)
        invites = [
            len({s.split("Call-ID: ")[1][:16] for s in d.seen if s.startswith("INVITE")}) if d else 0 for d in doors
        ]
        found[name] = [outcome, *invites]
        for each in doors:
            if each:
                each.seen.clear()

    first, spare = await door("127.0.0.1", FIRST), await door("127.0.0.2", SPARE)
    await case("both_alive", carrier, first, spare)
    first.script = overloaded
    await case("first_overloaded", carrier, first, spare)
    await first.close()
    await case("first_dead", carrier, None, spare)
    await spare.close()
    await case("both_dead", carrier, None, None)
    plain = await door("127.0.0.2", 5060)
    await case("no_service_record", Trunk(name="plain", host="plain.test", calls_per_second=50), None, plain)
    await plain.close()
    try:
        targets(Trunk(name="gone", host="gone.test"))
    except TrunkUnusable as error:
        found["no_such_name"] = [str(error)]
    return found


def main() -> None:
    """Bring the network up, start the name server, place the calls."""
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    with tempfile.NamedTemporaryFile("w", suffix=".conf") as resolver:
        resolver.write("nameserver 127.0.0.1\n")
        resolver.flush()
        subprocess.run(["mount", "--bind", resolver.name, "/etc/resolv.conf"], check=True)
        server = subprocess.Popen(
            ["dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--no-resolv", "--no-hosts", "--pid-file=",
             "--user=root", "--listen-address=127.0.0.1", "--bind-interfaces", "--local=/test/", *ZONE],
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            print(json.dumps(asyncio.run(cases())))
        finally:
            server.terminate()
            server.wait(5)


if __name__ == "__main__":
    main()
