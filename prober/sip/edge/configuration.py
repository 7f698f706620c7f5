"""A trunk's settings → the configuration of its edge: three files in a folder."""

from __future__ import annotations

import ipaddress
import re
import secrets
import socket
from importlib import resources
from pathlib import Path

from prober.failures import TrunkUnusable
from prober.sip.edge.certificate import Certificate, trust_only
from prober.sip.trunk import Trunk, bracketed, carrier

FILES = ("kamailio.cfg", "tls.cfg", "rtpengine.conf")
CONTROL, OUTSIDE = 1, 2
"""Ports after the edge's own: rtpengine's control, and the one that the carrier sees."""
FLAGS = "replace-origin replace-session-connection ICE=remove DTLS=off"
"""Sound goes through rtpengine, with keys by SDES or none."""
ONLY_IPV4, ONLY_IPV6 = 1, 2
"""Kamailio's `dns_cache_flags`."""


def own_addresses(trunk: Trunk, public_address: str) -> tuple[str, str]:
    """(address of this machine towards the carrier, address that the carrier sees). Blocking; raises TrunkUnusable.

    IPv6 is taken where there is a way to it.
    """
    reasons = []
    for target in carrier(trunk, (socket.AF_INET6, socket.AF_INET)):
        ipv6 = ":" in target.host
        try:
            with socket.socket(socket.AF_INET6 if ipv6 else socket.AF_INET, socket.SOCK_DGRAM) as way:
                way.connect((target.host, target.port))
                own = str(way.getsockname()[0])
        except OSError as error:
            reasons.append(f"{target.host}: {error.strerror or error}")
            continue
        translated = public_address and not ipv6 and not ipaddress.ip_address(own).is_loopback
        return own, public_address if translated else own
    raise TrunkUnusable(f"trunk {trunk.name}: no way leads to its carrier ({'; '.join(reasons)})")


def configuration(trunk: Trunk, *, folder: Path, public_address: str, rtp_ports: tuple[int, int]) -> dict[str, str]:
    """Name → text of each file. Blocking (resolver); raises TrunkUnusable."""
    edge = trunk.edge
    if edge is None:
        raise TrunkUnusable(f"trunk {trunk.name} has no edge (expected `edge: 127.0.0.1:5071` in it)")
    own, public = own_addresses(trunk, public_address)
    protocol, port = trunk.transport, edge.port + OUTSIDE
    advertised = f" advertise {public}:{port}" if public != own else ""
    where = f"sip:{bracketed(trunk.host)}" + (f":{trunk.port}" if trunk.port else "") + f";transport={protocol}"
    values = {
        "name": trunk.name,
        "defines": "\n".join(f"#!define {d}" for d, on in (("TLS", protocol == "tls"), ("SRTP", trunk.srtp)) if on),
        "family": ONLY_IPV6 if ":" in own else ONLY_IPV4,
        "net": "IP6" if ":" in own else "IP4",
        "inside": f"udp:{edge.host}:{edge.port}",
        "inside_port": edge.port,
        "outside": f"{protocol}:{bracketed(own)}:{port}",
        "advertised": advertised,
        "mask": bracketed(public),
        "carrier": where,
        "control": f"127.0.0.1:{edge.port + CONTROL}",
        "sound": own + (f"!{public}" if advertised else ""),
        "first_rtp": rtp_ports[0],
        "last_rtp": rtp_ports[1],
        "profile": "RTP/SAVP" if trunk.srtp else "RTP/AVP",
        "flags": FLAGS,
        "folder": folder,
        "key": secrets.token_hex(8),
        "server_name": "" if _is_address(trunk.host) else f"server_name = {trunk.host}",
    }
    return {name: _filled(name, values) for name in FILES if name != "tls.cfg" or protocol == "tls"}


def write(files: dict[str, str], folder: Path, shown: Certificate | None) -> None:
    """Write them, and whom to trust where a certificate was shown; readable by their owner only."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).touch(mode=0o600)
        (folder / name).write_text(text, encoding="utf-8")
    if shown is not None:
        trust_only(shown, folder)


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _filled(name: str, values: dict[str, object]) -> str:
    text = (resources.files(__package__) / name).read_text(encoding="utf-8")
    return re.sub(r"@(\w+)@", lambda match: str(values[match[1]]), text)
