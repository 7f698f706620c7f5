"""Certificates of a carrier: shown, refused in words, and held against at each connection of an edge."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from asterisk import Asterisk, free_port
from authority import Authority
from click.testing import CliRunner
from edges import edge_port

from config.loader import load
from prober.failures import TrunkUnusable
from prober.sip.cli_edge import edge
from prober.sip.edge.certificate import Certificate, shown_by, trust_only
from prober.sip.edge.configuration import configuration, write
from prober.sip.edge.running import running
from prober.sip.outside_dialog import options
from prober.sip.trunk import Target, Trunk

pytestmark = pytest.mark.needs("kamailio", "rtpengine", "openssl")


def test_asterisk_takes_no_older_tls(asterisk: Asterisk) -> None:
    """What came in over TLS came by 1.3."""
    old = ssl.create_default_context(cafile=asterisk.authority.certificates)
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    with socket.create_connection(("127.0.0.1", asterisk.tls_port)) as plain, pytest.raises(ssl.SSLError):
        old.wrap_socket(plain, server_hostname="127.0.0.1").do_handshake()


def secure_trunk(asterisk: Asterisk, port: int | None = None, **more: object) -> Trunk:
    values = {
        "name": "secure", "host": "127.0.0.1", "port": port or asterisk.tls_port, "transport": "tls",
        "edge": Target(host="127.0.0.1", port=edge_port()), "ca_file": str(asterisk.authority.certificates),
    }  # fmt: skip
    return Trunk(**{**values, **more})  # type: ignore[arg-type]


def test_a_good_certificate_is_shown_with_its_names(asterisk: Asterisk) -> None:
    shown = shown_by(secure_trunk(asterisk))
    assert shown.names == ("localhost", "127.0.0.1", "::1")
    assert shown.protocol == "TLSv1.3"


@contextmanager
def certified(authority: Authority, alternatives: str) -> Iterator[int]:
    """Somebody who shows a certificate with these names, once; the port."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*authority.certify("shown", alternatives))
    with socket.create_server(("127.0.0.1", 0)) as door:

        def show() -> None:
            with contextlib.suppress(OSError), door.accept()[0] as plain:
                context.wrap_socket(plain, server_side=True).close()

        showing = threading.Thread(target=show)
        showing.start()
        yield int(door.getsockname()[1])
        showing.join()


@pytest.fixture
def elsewhere(tmp_path: Path) -> Authority:
    """An authority that Asterisk has nothing to do with."""
    return Authority(tmp_path / "elsewhere")


def test_wrong_certificates_and_wrong_doors_have_their_sentences(asterisk: Asterisk, elsewhere: Authority) -> None:
    empty = elsewhere.folder / "empty.pem"
    empty.write_text("nothing\n")
    other = str(elsewhere.certificates)
    wrong = [
        (secure_trunk(asterisk, ca_file=other), "refused: unable to get local issuer certificate"),
        (secure_trunk(asterisk, ca_file=str(elsewhere.folder / "none.pem")), "there is no file"),
        (secure_trunk(asterisk, ca_file=str(empty)), "holds no certificate"),
        (secure_trunk(asterisk, port=free_port()), "nobody listens at 127.0.0.1 port"),
    ]
    with certified(elsewhere, "DNS:other.example") as port:
        wrong.append((secure_trunk(asterisk, port, ca_file=other), "certificate is not valid for"))
        for door, sentence in wrong:
            with pytest.raises(TrunkUnusable) as refused:
                shown_by(door)
            assert sentence in str(refused.value)


@pytest.mark.parametrize("fault", ["authority", "name"])
async def test_nothing_is_said_to_a_carrier_whose_certificate_went_wrong(
    asterisk: Asterisk, elsewhere: Authority, tmp_path: Path, fault: str
) -> None:
    """The edge was started while all was well; each connection is held against the certificate again."""
    trunk = secure_trunk(asterisk)
    shown = await asyncio.to_thread(shown_by, trunk)
    other = ssl.PEM_cert_to_DER_cert(await asyncio.to_thread(elsewhere.certificates.read_text))
    wrong = {"names": ("other.example",)} if fault == "name" else {"chain": (shown.chain[0], other)}
    folder = tmp_path / "edge"
    write(
        configuration(trunk, folder=folder, public_address="", rtp_ports=(22400, 22440)),
        folder,
        replace(shown, **wrong),
    )  # type: ignore[arg-type]
    assert trunk.edge is not None
    async with running(folder, trunk.edge) as halves:
        with pytest.raises(TimeoutError):
            await options(trunk.edge, trunk.address_of_record)
    assert "certificate verify failed" in "\n".join(word for half in halves for word in half.words)


def test_what_the_same_root_signed_for_others_is_not_trusted(elsewhere: Authority, tmp_path: Path) -> None:
    """Held against the names by OpenSSL itself."""
    der = ssl.PEM_cert_to_DER_cert(elsewhere.certificates.read_text())
    signed = {
        name: elsewhere.certify(name, alternatives)[0]
        for name, alternatives in {
            "same": "DNS:sip.example.net",
            "renewed": "DNS:sip.example.net",
            "other": "DNS:sip.example.org",
            "both": "DNS:sip.example.net,DNS:sip.example.org",
            "address": "IP:127.0.0.1",
        }.items()
    }
    trust_only(Certificate(names=("sip.example.net",), until="", protocol="", chain=(b"", der)), tmp_path)
    trusted = {
        name
        for name, file in signed.items()
        if subprocess.run(["openssl", "verify", "-CAfile", tmp_path / "trusted.pem", file], check=False).returncode == 0
    }
    assert trusted == {"same", "renewed"}


def test_an_edge_whose_carrier_is_not_trusted_does_not_start(
    asterisk: Asterisk, elsewhere: Authority, tmp_path: Path
) -> None:
    keys = {"name": "carrier", "host": "127.0.0.1", "port": asterisk.tls_port, "transport": "tls"}
    keys |= {"edge": f"127.0.0.1:{edge_port()}", "ca_file": str(elsewhere.certificates)}
    file = tmp_path / "decroche.yaml"
    file.write_text(json.dumps({"trunks": [keys]}))
    done = CliRunner().invoke(edge, ["carrier"], obj=load(file))
    assert "is refused: unable to get local issuer certificate" in str(done.exception)
