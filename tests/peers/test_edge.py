"""`decroche edge` before an Asterisk that takes TLS 1.3, SRTP and IPv6: its own books say what came in."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import signal
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from asterisk import Asterisk, free_port
from authority import Authority
from click.testing import CliRunner
from kamailio import CALLER, Kamailio
from peer import PCMA, Call, Peer
from placing import LIMITS
from test_trunk_command import tried

from config.loader import load
from prober.attempt import Attempt, Profile, Script, Step
from prober.classify import classify
from prober.failures import TrunkUnusable
from prober.record import CallRecord
from prober.run import run_call
from prober.sip.assemble import pool_of
from prober.sip.cli_edge import edge
from prober.sip.edge.certificate import Certificate, shown_by, trust_only
from prober.sip.edge.configuration import configuration, write
from prober.sip.edge.running import running
from prober.sip.trial import options
from prober.sip.trunk import Target, Trunk

pytestmark = pytest.mark.needs("kamailio", "rtpengine", "openssl")
MENU = "0261910003"
"""Key 3 leads to an agent."""
SECURED, UNSECURED = "0162000003", "0162000009"
"""Callers from whom Asterisk takes SRTP alone, and plain RTP alone."""


@dataclass(frozen=True, slots=True)
class Way:
    """A trunk's wish, and what Asterisk writes of such a call: whether the sound was encrypted, and its family."""

    keys: dict[str, object]
    caller: str
    secure: str
    sound_from: str


WAYS = {
    "tls": Way({"host": "127.0.0.1", "transport": "tls", "srtp": True}, SECURED, "1", "127.0.0.1:"),
    "tls6": Way({"host": "::1", "transport": "tls", "srtp": True}, SECURED, "1", "[::1]:"),
    "udp6": Way({"host": "::1"}, UNSECURED, "0", "[::1]:"),
}


def edge_port() -> int:
    """The first of three free ones."""
    while True:
        port = free_port()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as second, socket.socket() as third:
            try:
                second.bind(("127.0.0.1", port + 1))
                third.bind(("127.0.0.1", port + 2))
            except OSError:
                continue
            return port


def trunk_keys(asterisk: Asterisk, name: str) -> dict[str, object]:
    way = WAYS[name]
    port = asterisk.tls_port if way.keys.get("transport") == "tls" else asterisk.port
    return {
        "name": name, "port": port, "edge": f"127.0.0.1:{edge_port()}", "caller_ids": [way.caller],
        "ca_file": str(asterisk.authority.certificates), "calls_per_second": 20, **way.keys,
    }  # fmt: skip


async def started(file: Path, name: str) -> asyncio.subprocess.Process:
    """`decroche edge NAME`, up."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "decroche", "--config", str(file), "edge", name,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    assert process.stdout is not None
    said = (await asyncio.wait_for(process.stdout.readline(), 20)).decode()
    assert said.startswith(f"edge of {name} at 127.0.0.1:"), said + (await process.stdout.read()).decode()
    return process


@asynccontextmanager
async def standing(file: Path, name: str) -> AsyncIterator[list[str]]:
    """An edge while this lasts, and the lines that it says."""
    process = await started(file, name)
    lines: list[str] = []

    async def listen() -> None:
        async for line in process.stdout:  # type: ignore[union-attr]
            lines.append(line.decode())

    listening = asyncio.create_task(listen())
    try:
        yield lines
    finally:
        process.send_signal(signal.SIGINT)
        assert await asyncio.wait_for(process.wait(), 15) == 0
        await listening


async def test_calls_over_tls_srtp_and_ipv6_are_heard_and_heard_of(
    asterisk: Asterisk, library: Path, tmp_path: Path
) -> None:
    file = tmp_path / "decroche.yaml"
    file.write_text(json.dumps({"trunks": [trunk_keys(asterisk, name) for name in WAYS]}))
    settings = load(file)

    async def one(name: str) -> tuple[CallRecord, str]:
        async with standing(file, name) as said:
            attempt = Attempt(
                service="s", number=MENU, script=Script.AGENT, due_at=datetime.now(UTC), limits=LIMITS,
                profile=Profile(has_menu=True, path=(Step(digits="3"),)), caller_id=WAYS[name].caller,
            )  # fmt: skip
            record = await run_call(attempt, pool.line(name))
            return record, "".join(said)

    async with pool_of(settings, concurrency=3, library=library) as pool:
        placed = dict(zip(WAYS, await asyncio.gather(*(one(name) for name in WAYS)), strict=True))
    for name, (record, said) in placed.items():
        way, truth = WAYS[name], asterisk.truth(str(record.events[0].call_id))  # type: ignore[attr-defined]
        assert truth.secure is not None
        assert truth.secure.split()[1] == way.secure, name
        assert way.sound_from in truth.secure, name
        assert truth.keys == 1, name
        assert classify(record).outcome == "human", name  # our sentence was heard: the agent answered it
        assert record.milestones.t_human == pytest.approx(truth.human_s, abs=1.0), name
        assert ("TLSv1.3" in said) is (way.keys.get("transport") == "tls"), said


def test_asterisk_takes_no_older_tls(asterisk: Asterisk) -> None:
    """What came in over TLS came by 1.3."""
    old = ssl.create_default_context(cafile=asterisk.authority.certificates)
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    with socket.create_connection(("127.0.0.1", asterisk.tls_port)) as plain, pytest.raises(ssl.SSLError):
        old.wrap_socket(plain, server_hostname="127.0.0.1").do_handshake()


# --- certificates ------------------------------------------------------------------------------------------------


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
    keys = trunk_keys(asterisk, "tls") | {"ca_file": str(elsewhere.certificates)}
    file = tmp_path / "decroche.yaml"
    file.write_text(json.dumps({"trunks": [keys]}))
    done = CliRunner().invoke(edge, ["tls"], obj=load(file))
    assert "is refused: unable to get local issuer certificate" in str(done.exception)


# --- around it ---------------------------------------------------------------------------------------------------


async def test_a_trunk_behind_an_edge_is_tried_with_its_registration(
    asterisk: Asterisk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Digest goes through the edge as it is; without the edge the sentence names it."""
    door = Kamailio(asterisk.port)
    keys: dict[str, object] = {"transport": "tcp", "edge": f"127.0.0.1:{edge_port()}"}
    try:
        door.start()
        done = await asyncio.to_thread(tried, tmp_path, monkeypatch, door.port, **keys)
        assert "expected `decroche edge door` running" in done.output
        async with standing(tmp_path / "decroche.yaml", "door"):
            done = await asyncio.to_thread(tried, tmp_path, monkeypatch, door.port, "--json", **keys)
            said = {f["what"]: f for f in json.loads(done.output)["findings"]}
            assert done.exit_code == 0, done.output
            assert said["registration"]["said"] == f"registered as {CALLER}"
            assert said["sound in"]["said"] == "comes in, codec PCMA"
            wrong = await asyncio.to_thread(tried, tmp_path, monkeypatch, door.port, realm="elsewhere", **keys)
            assert "the realm is wrong: the trunk names elsewhere, the carrier decroche" in wrong.output
    finally:
        door.stop()


@pytest.fixture
async def peer() -> AsyncIterator[Peer]:
    _, made = await asyncio.get_running_loop().create_datagram_endpoint(Peer, local_addr=("127.0.0.1", 0))
    yield made
    await made.close()


async def test_a_carrier_that_answers_an_offer_of_srtp_in_clear_gets_no_sound(peer: Peer, tmp_path: Path) -> None:
    async def script(call: Call) -> None:
        routes = re.findall(r"^Record-Route: .*", call.invite, re.MULTILINE)
        call.reply(200, "OK", *(route.strip() for route in routes), sdp=PCMA)
        await call.wait_for("BYE")
        ended.append("RTP/SAVP" in call.invite)
        in_clear.extend(call.rtp.packets)

    in_clear: list[bytes] = []
    ended: list[bool] = []
    peer.script = script
    file = tmp_path / "decroche.yaml"
    keys = {"name": "careless", "host": "127.0.0.1", "port": peer.port, "srtp": True}
    file.write_text(json.dumps({"trunks": [keys | {"edge": f"127.0.0.1:{edge_port()}"}]}))
    async with standing(file, "careless") as said, pool_of(load(file), concurrency=1) as pool:
        attempt = Attempt(service="s", number=MENU, script=Script.AGENT, due_at=datetime.now(UTC), limits=LIMITS)
        record = await run_call(attempt, pool.line("careless"))
        assert "answered without SRTP" in "".join(said)
    assert classify(record).outcome == "own_failure"
    assert ended == [True]
    assert in_clear == []


async def test_an_edge_ends_with_the_one_who_started_it(asterisk: Asterisk, tmp_path: Path) -> None:
    file = tmp_path / "decroche.yaml"
    file.write_text(json.dumps({"trunks": [trunk_keys(asterisk, "udp6")]}))
    process = await started(file, "udp6")
    halves = await asyncio.to_thread(children, process.pid)
    assert len(halves) == 2
    process.kill()
    async with asyncio.timeout(15):
        while any(map(alive, halves)):  # noqa: ASYNC110 (nobody tells)
            await asyncio.sleep(0.05)


def children(pid: int) -> list[int]:
    """Processes that a process has started."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def alive(pid: int) -> bool:
    """Neither gone nor waiting to be buried."""
    try:
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False
