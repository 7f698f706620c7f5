"""Trunks: digest, registration, failover, and the trace with its secrets masked."""

from __future__ import annotations

import asyncio
import hashlib
import re
import struct
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from conftest import LIMITS, setup_with
from peer import Call, Peer, accept, header, respond

from prober.attempt import Attempt, Script
from prober.classify import classify
from prober.run import run_call
from prober.sip import line as line_module
from prober.sip import pool as pool_module
from prober.sip.pool import Pool
from prober.sip.srv import service_records
from prober.sip.trunk import Target, Trunk

PASSWORD = "s3cret-word"
registered = Pool._registered


def trunk(port: int, **more: object) -> Trunk:
    values = {"name": "t", "host": "127.0.0.1", "port": port, "username": "alice", "password": PASSWORD}
    return Trunk(**{**values, "calls_per_second": 50.0, **more})  # type: ignore[arg-type]


def attempt() -> Attempt:
    return Attempt(service="s", number="3646", script=Script.AGENT, due_at=datetime.now(UTC), limits=LIMITS)


def digest_ok(request: str, algorithm: str) -> bool:
    """Recompute RFC 2617/7616 digest with qop=auth."""
    text = header(request, "Proxy-Authorization") or header(request, "Authorization")
    part = dict(re.findall(r'(\w+)="?([^",]+)"?', text))
    hash_of = hashlib.md5 if algorithm == "MD5" else hashlib.sha256

    def h(value: str) -> str:
        return hash_of(value.encode()).hexdigest()

    one = h(f"alice:realm:{PASSWORD}")
    two = h(f"{request.split(' ')[0]}:{part['uri']}")
    return part["response"] == h(f"{one}:{part['nonce']}:{part['nc']}:{part['cnonce']}:auth:{two}")


@pytest.mark.parametrize("algorithm", ["MD5", "SHA-256"])
async def test_a_challenge_is_met_and_the_call_goes_on(peer: Peer, algorithm: str) -> None:
    met: list[bool] = []

    async def script(call: Call) -> None:
        if "Proxy-Authorization" not in call.invite:
            challenge = f'Proxy-Authenticate: Digest realm="realm", nonce="n1", qop="auth", algorithm={algorithm}'
            call.reply(407, "Proxy Authentication Required", challenge)
        else:
            met.append(digest_ok(call.invite, algorithm))
            call.reply(486, "Busy Here", "Reason: Q.850;cause=17")

    peer.script = script
    async with Pool(setup_with(trunk(peer.port)), concurrency=1) as pool:
        record = await run_call(attempt(), pool.line("t"))
    assert met == [True]
    assert classify(record).outcome == "busy"


async def test_a_trunk_that_challenges_for_ever_is_our_failure(peer: Peer) -> None:
    async def script(call: Call) -> None:
        nonce = len(peer.seen)
        call.reply(
            407, "Again", f'Proxy-Authenticate: Digest realm="realm", nonce="n{nonce}", qop="auth", algorithm=MD5'
        )

    peer.script = script
    async with Pool(setup_with(trunk(peer.port)), concurrency=1) as pool:
        record = await asyncio.wait_for(run_call(attempt(), pool.line("t")), 20)
    assert classify(record).outcome == "own_failure"


async def test_the_next_target_is_tried_when_the_first_is_dead(peer: Peer, monkeypatch: pytest.MonkeyPatch) -> None:
    dead = Target(host="127.0.0.1", port=1)
    monkeypatch.setattr(line_module, "targets", lambda t: (dead, Target(host="127.0.0.1", port=peer.port)))
    async with Pool(setup_with(trunk(peer.port)), concurrency=1) as pool:
        record = await asyncio.wait_for(run_call(attempt(), pool.line("t")), 20)
    assert classify(record).outcome == "busy"
    assert record.milestones.t_invite == 0.0


async def test_the_trace_shows_messages_and_no_secret(peer: Peer, tmp_path: Path) -> None:
    async def script(call: Call) -> None:
        if "Proxy-Authorization" not in call.invite:
            call.reply(407, "X", 'Proxy-Authenticate: Digest realm="realm", nonce="n1", qop="auth", algorithm=MD5')
        else:
            call.reply(486, "Busy Here")

    peer.script = script
    trace = tmp_path / "trace.txt"
    async with Pool(setup_with(trunk(peer.port), trace=trace), concurrency=1) as pool:
        await run_call(attempt(), pool.line("t"))
    text = trace.read_text()
    assert "INVITE sip:3646@" in text, text[:200]
    assert "486 Busy Here" in text
    assert PASSWORD not in text
    assert not re.search(r'response="[0-9a-f]', text)


async def until_registered(pool: Pool, wanted: bool) -> None:
    async with asyncio.timeout(8):
        while pool.registered("t") is not wanted or "t" not in pool.registrations:  # noqa: ASYNC110 (it happens in another process)
            await asyncio.sleep(0.05)


async def test_a_trunk_that_registers_answers_the_challenge_and_is_seen_registered(peer: Peer) -> None:
    met: list[bool] = []

    def challenge(peer: Peer, request: str, source: tuple[str, int]) -> None:
        if header(request, "Authorization"):
            met.append(digest_ok(request, "MD5"))
            accept(peer, request, source)
        else:
            asked = 'WWW-Authenticate: Digest realm="realm", nonce="n1", qop="auth", algorithm=MD5'
            respond(peer, request, source, 401, "Unauthorized", asked)

    peer.register = challenge
    async with Pool(setup_with(trunk(peer.port, register=True)), concurrency=1) as pool:
        await until_registered(pool, True)
        record = await run_call(attempt(), pool.line("t"))
    assert met[0] is True
    assert classify(record).outcome == "busy"


async def test_a_refused_registration_is_seen(peer: Peer) -> None:
    peer.register = lambda peer, request, source: respond(peer, request, source, 403, "Forbidden")
    async with Pool(setup_with(trunk(peer.port, register=True)), concurrency=1) as pool:
        await until_registered(pool, False)
        assert pool.registrations["t"].code == 403


@pytest.fixture
async def spare() -> AsyncIterator[Peer]:
    """The carrier's second server."""
    _, made = await asyncio.get_running_loop().create_datagram_endpoint(Peer, local_addr=("127.0.0.1", 0))
    yield made
    await made.close()


def refuse(peer: Peer, request: str, source: tuple[str, int]) -> None:
    respond(peer, request, source, 503, "Service Unavailable")


def silent(peer: Peer, request: str, source: tuple[str, int]) -> None:
    """Nothing comes back."""


@pytest.mark.parametrize("how", [refuse, silent])
async def test_a_trunk_registers_and_calls_at_the_next_address_when_the_first_does_not_take_it(
    peer: Peer, spare: Peer, monkeypatch: pytest.MonkeyPatch, how: Callable[[Peer, str, tuple[str, int]], None]
) -> None:
    addresses = (Target(host="127.0.0.1", port=peer.port), Target(host="127.0.0.1", port=spare.port))
    for module in (line_module, pool_module):
        monkeypatch.setattr(module, "targets", lambda t: addresses)
    peer.register = how
    told: list[bool] = []
    monkeypatch.setattr(Pool, "_registered", lambda self, s: (told.append(s.active), registered(self, s)))
    async with Pool(setup_with(trunk(peer.port, register=True)), concurrency=1) as pool:
        await until_registered(pool, True)
        assert told == [True], "the first address is no word on the trunk while another is to be asked"
        record = await run_call(attempt(), pool.line("t"))
    assert classify(record).outcome == "busy"
    assert not peer.calls
    (invite,) = (c.invite for c in spare.calls.values())
    assert invite.startswith(f"INVITE sip:3646@127.0.0.1:{spare.port} ")


async def test_a_trunk_whose_addresses_all_refuse_is_told_so_once_a_round(
    peer: Peer, spare: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    addresses = (Target(host="127.0.0.1", port=peer.port), Target(host="127.0.0.1", port=spare.port))
    monkeypatch.setattr(pool_module, "targets", lambda t: addresses)
    peer.register = spare.register = refuse
    async with Pool(setup_with(trunk(peer.port, register=True)), concurrency=1) as pool:
        await until_registered(pool, False)
        assert pool.registrations["t"].code == 503
    assert all(any(s.startswith("REGISTER") for s in p.seen) for p in (peer, spare))


class NameServer(asyncio.DatagramProtocol):
    """Answers every question with two SRV records, the better one last."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        def record(priority: int, port: int, host: bytes) -> bytes:
            target = bytes([len(host)]) + host + b"\x07example\x00"
            head = struct.pack("!HHHIH", 0xC00C, 33, 1, 60, 6 + len(target))
            return head + struct.pack("!HHH", priority, 0, port) + target

        answer = data[:2] + struct.pack("!HHHHH", 0x8180, 1, 2, 0, 0) + data[12:]
        self.transport.sendto(answer + record(20, 5062, b"spare") + record(10, 5060, b"first"), addr)  # type: ignore[attr-defined]


async def test_service_records_come_in_the_order_of_their_priority() -> None:
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(NameServer, local_addr=("127.0.0.1", 0))
    server = transport.get_extra_info("sockname")
    found = await asyncio.to_thread(service_records, "_sip._udp.carrier.example", server)
    transport.close()
    assert found == (("first.example", 5060), ("spare.example", 5062))


def test_a_name_server_that_does_not_answer_gives_no_record() -> None:
    assert service_records("_sip._udp.carrier.example", ("127.0.0.1", 9)) == ()
