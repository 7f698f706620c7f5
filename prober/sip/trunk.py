"""A trunk as plain values, and where it leads: names are resolved here, never by the SIP library."""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from prober.failures import TrunkUnusable

DIRECT = "direct"
"""Name of the trunk that reaches a `sip:` URI without any carrier."""
AUTHORITIES = "/etc/ssl/certs/ca-certificates.crt"
"""Whom a carrier's certificate is trusted by where a trunk names no `ca_file`: Debian's (package ca-certificates)."""
_URI = re.compile(r"sip:(?P<user>[^@;?]+)@(?P<host>[^:;?]+)(?::(?P<port>\d+))?(?:[;?].*)?", re.IGNORECASE)
PORTS = 65_536
_SAFE_HOST = re.compile(r"[0-9A-Za-z._-]{1,253}")
_SAFE_USER = re.compile(r"[0-9A-Za-z+*#._-]{1,64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One address a call may be sent to."""

    host: str
    port: int
    transport: str = "udp"

    @property
    def uri(self) -> str:
        """Host, port and, where it is not UDP, the transport parameter (RFC 3261 §19.1.1)."""
        parameter = f";transport={self.transport}" if self.transport != "udp" else ""
        return f"{bracketed(self.host)}:{self.port}{parameter}"

    @property
    def route(self) -> str:
        """As a proxy that requests pass first: the value of a Route header (RFC 3261 §20.34)."""
        return f"<sip:{self.uri};lr>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trunk:
    """A carrier's door. `password` never appears in a repr."""

    name: str
    host: str
    port: int | None = None
    """None: SRV, else 5060."""
    transport: str = "udp"
    srtp: bool = False
    edge: Target | None = None
    """Where `decroche edge` listens; None: the carrier is spoken to without one."""
    ca_file: str | None = None
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    register: bool = False
    register_expires_s: float = 300.0
    realm: str = "*"
    domain: str | None = None
    caller_id: str = "decroche"
    asserted_identity: str | None = None
    calls_per_second: float = 1.0
    max_calls: int = 4
    dial_form: str = "as_written"
    reference_number: str | None = None

    def __post_init__(self) -> None:
        for name, value in (("host", self.host), ("domain", self.domain or "x")):
            if not _SAFE_HOST.fullmatch(value) and ":" not in value:
                raise TrunkUnusable(
                    f"trunk {self.name}: {name} {value!r} is no host name (expected letters, digits, . -)"
                )

    @property
    def address_of_record(self) -> str:
        """What stands behind the @ of the carrier's addresses (RFC 3261 §6)."""
        return bracketed(self.domain or self.host)

    @property
    def needs(self) -> tuple[str, ...]:
        """What the carrier asks for beyond plain UDP or TCP over IPv4."""
        asked = {"TLS 1.3": self.transport == "tls", "SRTP": self.srtp, "IPv6": ":" in self.host}
        return tuple(name for name, wanted in asked.items() if wanted)


def bracketed(host: str) -> str:
    """A host as it stands in a URI (RFC 3261 §19.1.1: an IPv6 address in brackets)."""
    return f"[{host}]" if ":" in host else host


def targets(trunk: Trunk) -> tuple[Target, ...]:
    """Addresses of a trunk in the order to try them. Blocking (resolver); raises TrunkUnusable with the reason."""
    return (trunk.edge,) if trunk.edge else carrier(trunk)


def carrier(trunk: Trunk, families: Sequence[socket.AddressFamily] = (socket.AF_INET,)) -> tuple[Target, ...]:
    """Addresses of the carrier itself, whether an edge stands before it or not; as `targets`."""
    default = 5061 if trunk.transport == "tls" else 5060
    if trunk.transport == "tls" and not trunk.edge:  # its certificate is held against its name by pjsua2
        return (Target(host=trunk.host, port=trunk.port or default, transport="tls"),)
    try:
        ipaddress.ip_address(trunk.host)
        return (Target(host=trunk.host, port=trunk.port or default, transport=trunk.transport),)
    except ValueError:
        pass
    from prober.sip.srv import service_records

    service = "_sips._tcp" if trunk.transport == "tls" else f"_sip._{trunk.transport}"
    found = service_records(f"{service}.{trunk.host}") if trunk.port is None else ()
    named = found or ((trunk.host, trunk.port or default),)
    addresses = [a for family in families for host, port in named for a in _addresses(host, port, family)]
    if not addresses:
        raise TrunkUnusable(f"trunk {trunk.name}: the name {trunk.host} leads nowhere (no SRV and no address record)")
    return tuple(replace(a, transport=trunk.transport) for a in dict.fromkeys(addresses))


def addresses_of(target: Target) -> tuple[Target, ...]:
    """The addresses of a target whose host may be a name. Blocking; raises TrunkUnusable if it leads nowhere."""
    found = tuple(_addresses(target.host, target.port))
    if not found:
        raise TrunkUnusable(f"the name {target.host} leads nowhere (no A record)")
    return found


def _addresses(host: str, port: int, family: socket.AddressFamily = socket.AF_INET) -> list[Target]:
    try:
        found = socket.getaddrinfo(host, port, family, socket.SOCK_DGRAM)
    except OSError:
        return []
    return [Target(host=str(info[4][0]), port=port) for info in found]


def split_uri(number: str) -> tuple[str, Target] | None:
    """(user, target) of a `sip:` URI, None for a plain number. Raises TrunkUnusable for one that cannot be dialled."""
    if not number.lower().startswith(("sip:", "sips:")):
        return None
    match = _URI.fullmatch(number)
    if match is None or not _SAFE_USER.fullmatch(match["user"]):
        raise TrunkUnusable(f"{number!r} cannot be dialled (expected sip:NUMBER@HOST or sip:NUMBER@HOST:PORT)")
    if not _SAFE_HOST.fullmatch(match["host"]):
        raise TrunkUnusable(f"{number!r}: {match['host']!r} is no host (expected a name or an IPv4 address)")
    if not 0 < int(match["port"] or 5060) < PORTS:
        raise TrunkUnusable(f"{number!r}: {match['port']} is no port (expected 1 to {PORTS - 1})")
    return match["user"], Target(host=match["host"], port=int(match["port"] or 5060))


def safe_user(user: str) -> str:
    """The user part, checked once more before it enters a message: no CR, LF, quotes or spaces (pjsua2.md §1.3)."""
    if not _SAFE_USER.fullmatch(user):
        raise TrunkUnusable(f"{user!r} cannot be dialled (expected digits, + * #)")
    return user.replace("#", "%23")
