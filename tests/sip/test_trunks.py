"""Trunks: digest, registration, failover, and the trace with its secrets masked."""

from __future__ import annotations

import asyncio
import hashlib
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from conftest import LIMITS, setup_with
from peer import Call, Peer, header

from prober.attempt import Attempt, Script
from prober.classify import classify
from prober.run import run_call
from prober.sip import line as line_module
from prober.sip.pool import Pool
from prober.sip.trunk import Target, Trunk

PASSWORD = "s3cret-word"


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
