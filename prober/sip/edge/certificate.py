"""The carrier's certificate: shown, held against its name and the authorities, and the names it bears."""

from __future__ import annotations

import ipaddress
import socket
import ssl
import subprocess
from dataclasses import dataclass
from pathlib import Path

from prober.failures import EngineUnusable, TrunkUnusable
from prober.sip.trunk import AUTHORITIES, Trunk, carrier

HANDSHAKE_S = 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """A certificate that held."""

    names: tuple[str, ...]
    """DNS names and addresses it was made out to."""
    until: str
    protocol: str
    """TLSv1.3 or TLSv1.2."""


def shown_by(trunk: Trunk) -> Certificate:
    """Ask the carrier for its certificate. Blocking, seconds; raises TrunkUnusable saying what is wrong with it."""
    trusted = trunk.ca_file or AUTHORITIES
    if not Path(trusted).is_file():
        raise TrunkUnusable(f"trunk {trunk.name}: there is no file {trusted} (expected certificates of authorities)")
    try:
        context = ssl.create_default_context(cafile=trusted)
    except ssl.SSLError:
        raise TrunkUnusable(f"trunk {trunk.name}: {trusted} holds no certificate (expected PEM)") from None
    target = carrier(trunk, (socket.AF_INET, socket.AF_INET6))[0]
    where = f"{target.host} port {target.port} (TLS)"
    try:
        with (
            socket.create_connection((target.host, target.port), HANDSHAKE_S) as plain,
            context.wrap_socket(plain, server_hostname=trunk.host) as tls,
        ):
            found, protocol = tls.getpeercert() or {}, tls.version() or ""
    except ssl.SSLCertVerificationError as error:
        why = error.verify_message.rstrip(".")
        raise TrunkUnusable(f"the certificate of {where} is refused: {why} (trusted: {trusted})") from None
    except ssl.SSLError as error:
        raise TrunkUnusable(f"{where} does not speak TLS 1.2 or 1.3: {error.reason or error}") from None
    except TimeoutError:
        raise TrunkUnusable(f"{where} does not answer within {HANDSHAKE_S:g} s") from None
    except OSError as error:
        raise TrunkUnusable(f"nobody listens at {where}: {error.strerror or error}; is the port right?") from None
    names = tuple(_plain(str(name[1])) for name in found.get("subjectAltName", ()))
    return Certificate(names=names, until=str(found.get("notAfter", "")), protocol=protocol)


def make_own(folder: Path) -> None:
    """Kamailio opens no TLS socket without a certificate: one for nobody, since nobody may connect to the edge."""
    command = [
        "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
        "-days", "3650", "-subj", "/CN=decroche edge", "-keyout", "own.key", "-out", "own.crt",
    ]  # fmt: skip
    try:
        subprocess.run(command, cwd=folder, check=True, capture_output=True)
    except FileNotFoundError:
        raise EngineUnusable("openssl is not installed (Debian: apt-get install openssl)") from None


def _plain(name: str) -> str:
    """Addresses in their shortest form: OpenSSL writes out every zero of IPv6."""
    try:
        return str(ipaddress.ip_address(name))
    except ValueError:
        return name
