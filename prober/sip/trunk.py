"""A trunk as plain values, and where it leads: names are resolved here, never by the SIP library."""

from __future__ import annotations

import ipaddress
import re
import socket
from dataclasses import dataclass, field, replace

from prober.failures import TrunkUnusable

DIRECT = "direct"
"""Name of the trunk that reaches a `sip:` URI without any carrier."""
EDGE = "the prober speaks plain UDP to a local edge that speaks it to the carrier"
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
        return f"{self.host}:{self.port}" + (f";transport={self.transport}" if self.transport != "udp" else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Trunk:
    """A carrier's door. `password` never appears in a repr."""

    name: str
    host: str
    port: int | None = None
    """None: SRV, else 5060."""
    transport: str = "udp"
    srtp: bool = False
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
        wanted = (
            "TLS"
            if self.transport not in ("udp", "tcp")
            else "SRTP"
            if self.srtp
            else "IPv6"
            if ":" in self.host
            else None
        )
        if wanted:
            raise TrunkUnusable(f"trunk {self.name} asks for {wanted}, which pjsua2 here cannot speak: {EDGE}")


def targets(trunk: Trunk) -> tuple[Target, ...]:
    """Addresses of a trunk in the order to try them. Blocking (resolver); raises TrunkUnusable with the reason."""
    try:
        ipaddress.ip_address(trunk.host)
        return (Target(host=trunk.host, port=trunk.port or 5060, transport=trunk.transport),)
    except ValueError:
        pass
    from prober.sip.srv import service_records

    found = service_records(f"_sip._{trunk.transport}.{trunk.host}") if trunk.port is None else ()
    addresses = [a for host, port in found or ((trunk.host, trunk.port or 5060),) for a in _addresses(host, port)]
    if not addresses:
        raise TrunkUnusable(f"trunk {trunk.name}: the name {trunk.host} leads nowhere (no SRV and no A record)")
    return tuple(replace(a, transport=trunk.transport) for a in dict.fromkeys(addresses))


def addresses_of(target: Target) -> tuple[Target, ...]:
    """The addresses of a target whose host may be a name. Blocking; raises TrunkUnusable if it leads nowhere."""
    found = tuple(_addresses(target.host, target.port))
    if not found:
        raise TrunkUnusable(f"the name {target.host} leads nowhere (no A record)")
    return found


def _addresses(host: str, port: int) -> list[Target]:
    try:
        found = socket.getaddrinfo(host, port, socket.AF_INET, socket.SOCK_DGRAM)
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
