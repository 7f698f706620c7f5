"""The carrier's certificate: shown, held against its name and the authorities, and whom Kamailio may trust after that.

Kamailio 5.6 holds a certificate against the authorities but not against the carrier's name. So it is given an authority
of our own that vouches for the carrier's root, for the names of the certificate that held and for no other
(RFC 5280 §4.2.1.10): OpenSSL then refuses, inside the handshake, what the same root signed for anybody else.
"""

from __future__ import annotations

import ipaddress
import re
import socket
import ssl
import subprocess
from dataclasses import dataclass
from pathlib import Path

from prober.failures import EngineUnusable, TrunkUnusable
from prober.sip.trunk import AUTHORITIES, Trunk, carrier

HANDSHAKE_S = 4.0
_NAME = re.compile(r"(\*\.)?[0-9A-Za-z_-]+(\.[0-9A-Za-z_-]+)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """A certificate that held."""

    names: tuple[str, ...]
    """DNS names and addresses it was made out to."""
    until: str
    protocol: str
    """TLSv1.3 or TLSv1.2."""
    chain: tuple[bytes, ...] = ()
    """From the certificate itself to its root, DER."""


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
            chain = tls._sslobj.get_verified_chain()  # type: ignore[attr-defined]  # public from Python 3.13 on
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
    der = tuple(ssl.PEM_cert_to_DER_cert(link.public_bytes()) for link in chain)
    return Certificate(names=names, until=str(found.get("notAfter", "")), protocol=protocol, chain=der)


def trust_only(shown: Certificate, folder: Path) -> None:
    """Write `own.key`, `own.crt` and `trusted.pem` into the folder: whom Kamailio trusts. Raises EngineUnusable.

    A certificate that is its own root is trusted as it is. `own.crt` is also what Kamailio needs to open a TLS socket,
    to which nobody may connect.
    """
    _openssl(
        folder, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "3650",
        "-subj", "/CN=decroche edge", "-keyout", "own.key", "-out", "own.crt",
    )  # fmt: skip
    root = ssl.DER_cert_to_PEM_cert(shown.chain[-1])
    if len(shown.chain) == 1:
        (folder / "trusted.pem").write_text(root)
        return
    (folder / "root.pem").write_text(root)
    identifier = _openssl(folder, "x509", "-in", "root.pem", "-noout", "-ext", "subjectKeyIdentifier").splitlines()
    extensions = [
        "basicConstraints=critical,CA:TRUE",
        f"nameConstraints=critical,{','.join(_bounds(shown.names))}",
        *(f"subjectKeyIdentifier={line.strip()}" for line in identifier[1:2]),
    ]
    (folder / "bounds").write_text("\n".join(extensions) + "\n")
    _openssl(
        folder, "x509", "-in", "root.pem", "-clrext", "-extfile", "bounds", "-CA", "own.crt", "-CAkey", "own.key",
        "-CAcreateserial", "-days", "3650", "-out", "bounded.pem",
    )  # fmt: skip
    (folder / "trusted.pem").write_text((folder / "own.crt").read_text() + (folder / "bounded.pem").read_text())


def _bounds(names: tuple[str, ...]) -> list[str]:
    """Constraints that let these names pass; a kind of name that is not among them passes in no form."""
    permitted: dict[str, list[str]] = {"DNS": [], "IP": []}
    for name in names:
        try:
            mask = "255.255.255.255" if ipaddress.ip_address(name).version == 4 else ":".join(["ffff"] * 8)
            permitted["IP"].append(f"{name}/{mask}")
        except ValueError:
            if _NAME.fullmatch(name):
                permitted["DNS"].append(name.removeprefix("*."))
    nowhere = {"DNS": "invalid", "IP": "192.0.2.0/255.255.255.255"}
    return [f"permitted;{kind}:{name}" for kind in permitted for name in permitted[kind] or [nowhere[kind]]]


def _openssl(folder: Path, *words: str) -> str:
    try:
        done = subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True, text=True)
    except FileNotFoundError:
        raise EngineUnusable("openssl is not installed (Debian: apt-get install openssl)") from None
    except subprocess.CalledProcessError as error:
        raise EngineUnusable(f"openssl {words[0]} failed: {error.stderr.strip()[-300:]}") from error
    return done.stdout


def _plain(name: str) -> str:
    """Addresses in their shortest form: OpenSSL writes out every zero of IPv6."""
    try:
        return str(ipaddress.ip_address(name))
    except ValueError:
        return name
