"""`decroche edge` before an Asterisk that takes TLS 1.3, SRTP and IPv6: its own books say what came in."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from asterisk import Asterisk
from edges import edge_port, standing, started
from kamailio import CALLER, Kamailio
from peer import PCMA, Call, Peer
from placing import LIMITS
from test_trunk_command import tried

from config.loader import load
from prober.attempt import Attempt, Profile, Script, Step
from prober.classify import classify
from prober.record import CallRecord
from prober.run import run_call
from prober.sip.assemble import pool_of

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


def trunk_keys(asterisk: Asterisk, name: str) -> dict[str, object]:
    way = WAYS[name]
    port = asterisk.tls_port if way.keys.get("transport") == "tls" else asterisk.port
    return {
        "name": name, "port": port, "edge": f"127.0.0.1:{edge_port()}", "caller_ids": [way.caller],
        "ca_file": str(asterisk.authority.certificates), "calls_per_second": 20, **way.keys,
    }  # fmt: skip


async def test_calls_over_tls_srtp_and_ipv6_are_heard_and_heard_of(
    asterisk: Asterisk, library: Path, tmp_path: Path
) -> None:
    file = tmp_path / "decroche.yaml"
    file.write_text(json.dumps({"trunks": [trunk_keys(asterisk, name) for name in WAYS]}))
    settings = load(file)

    async def one(name: str) -> CallRecord:
        attempt = Attempt(
            service="s", number=MENU, script=Script.AGENT, due_at=datetime.now(UTC), limits=LIMITS,
            profile=Profile(has_menu=True, path=(Step(digits="3"),)), caller_id=WAYS[name].caller,
        )  # fmt: skip
        return await run_call(attempt, pool.line(name))

    async with AsyncExitStack() as edges:
        words = {name: await edges.enter_async_context(standing(file, name)) for name in WAYS}
        async with pool_of(settings, concurrency=3, library=library) as pool:
            records = await asyncio.gather(*(one(name) for name in WAYS))
    for (name, way), record in zip(WAYS.items(), records, strict=True):
        said, truth = "".join(words[name]), asterisk.truth(str(record.events[0].call_id))  # type: ignore[attr-defined]
        assert truth.secure is not None, (name, truth, record.events, said)
        assert truth.secure.split()[1] == way.secure, name
        assert way.sound_from in truth.secure, name
        assert truth.keys == 1, (name, truth, record.events)
        # Our sentence was heard: the agent answered it.
        assert classify(record).outcome == "human", (name, record.events)
        assert record.milestones.t_human == pytest.approx(truth.human_s, abs=1.0), name
        assert ("TLSv1.3" in said) is (way.keys.get("transport") == "tls"), said


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


async def test_a_carrier_that_takes_no_srtp_has_its_sentence(
    asterisk: Asterisk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys: dict[str, object] = {"srtp": True, "edge": f"127.0.0.1:{edge_port()}"}
    keys |= {"register": False, "username": None, "password": None}
    await asyncio.to_thread(tried, tmp_path, monkeypatch, asterisk.port, **keys)
    async with standing(tmp_path / "decroche.yaml", "door"):
        done = await asyncio.to_thread(tried, tmp_path, monkeypatch, asterisk.port, **keys)
    assert "488" in done.output
    assert "the carrier takes no SRTP, or no codec in common" in done.output


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
