"""Hostile SIP, seeded and bounded: an engine may die of it, the measurement system may not."""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from conftest import LIMITS, setup_with
from peer import G729, PCMA, SDP, Call, Peer, busy

from prober.attempt import Attempt, Script
from prober.classify import classify
from prober.outcome import Outcome
from prober.record import CallRecord
from prober.run import run_call
from prober.sip.pool import Pool

QUICK = replace(LIMITS, invite_s=2, trying_s=2, ring_s=3, max_wait_s=4, silence_s=2, first_media_s=1, media_lost_s=1)
SEEDS_A_ROUND = 12
ROUNDS = int(os.environ.get("DECROCHE_FUZZ_ROUNDS", "5"))
METHODS = ("BYE", "INFO", "UPDATE", "REFER", "NOTIFY", "OPTIONS", "PRACK", "MESSAGE")
NASTY = (b"", b"\x00", b"%s%n", b"\xff" * 40, b"9" * 30, b"-1", b"<sip:", b'"', b";" * 60, b"\r\n", b"A" * 3000)


def mutate(message: bytes, draw: random.Random) -> bytes:
    """One to four changes: lines dropped, doubled, moved; bytes replaced; values made nasty; ends cut off."""
    for _ in range(draw.randint(1, 4)):
        lines = message.split(b"\r\n")
        at = draw.randrange(len(lines))
        match draw.randrange(7):
            case 0:
                del lines[at]
            case 1:
                lines.insert(at, lines[at])
            case 2:
                lines.insert(draw.randrange(len(lines)), lines.pop(at))
            case 3:
                name, colon, _ = lines[at].partition(b":")
                lines[at] = name + colon + b" " + draw.choice(NASTY)
            case 4:
                lines[at] = lines[at].replace(b"sip:", draw.choice(NASTY), 1)
            case 5:
                octets = bytearray(lines[at] or b" ")
                octets[draw.randrange(len(octets))] = draw.randrange(256)
                lines[at] = bytes(octets)
            case _:
                lines = lines[: max(1, at)]
        message = b"\r\n".join(lines)
    return message[:8000]


def fuzzed(seed: int) -> Callable[[Call], object]:
    """A called side that answers and asks what comes to its mind, most of it broken."""
    draw = random.Random(seed)

    async def script(call: Call) -> None:
        send = call.peer.send

        def broken(text: str, address: tuple[str, int]) -> None:
            data = text.encode("latin-1")
            call.peer.transport.sendto(mutate(data, draw) if draw.random() < 0.7 else data, address)  # type: ignore[attr-defined]

        call.peer.send = broken  # type: ignore[method-assign]
        try:
            for _ in range(draw.randint(2, 9)):
                match draw.randrange(6):
                    case 0:
                        call.reply(draw.choice((100, 180, 183, 199)), "X", sdp=draw.choice((None, PCMA)))
                    case 1:
                        call.reply(200, "OK", sdp=draw.choice((None, PCMA, G729)))
                    case 2:
                        call.reply(draw.choice((301, 302, 401, 407, 422, 486, 503, 603, 699)), "X")
                    case 3:
                        method = draw.choice(
                            ("BYE", "INFO", "UPDATE", "REFER", "NOTIFY", "OPTIONS", "PRACK", "MESSAGE")
                        )
                        call.request(method, "Refer-To: <sip:17@127.0.0.1>", cseq=draw.randrange(2**32))
                    case 4:
                        body = SDP.format(port=draw.randrange(70000), formats="8", more="a=x\r\n" * draw.randrange(200))
                        call.request("INVITE", body=body, kind="application/sdp", cseq=draw.randrange(99))
                    case _:
                        await call.rtp.send(call.media, 0.1, draw.randrange(256))
                await asyncio.sleep(draw.random() * 0.2)
        finally:
            call.peer.send = send  # type: ignore[method-assign]

    return script


@pytest.mark.parametrize("round_", range(ROUNDS))
async def test_each_call_ends_in_one_outcome_and_the_next_one_is_measured(round_: int) -> None:
    loop = asyncio.get_running_loop()
    peers: list[Peer] = []
    async with Pool(setup_with(), concurrency=SEEDS_A_ROUND) as pool:

        async def one(script: object) -> CallRecord:
            _, peer = await loop.create_datagram_endpoint(Peer, local_addr=("127.0.0.1", 0))
            peers.append(peer)
            peer.script = script  # type: ignore[assignment]
            number = f"sip:3646@127.0.0.1:{peer.port}"
            attempt = Attempt(service="s", number=number, script=Script.AGENT, due_at=datetime.now(UTC), limits=QUICK)
            return await asyncio.wait_for(run_call(attempt, pool.line("direct")), 60)

        seeds = range(round_ * SEEDS_A_ROUND, (round_ + 1) * SEEDS_A_ROUND)
        records = await asyncio.gather(*(one(fuzzed(seed)) for seed in seeds))
        assert all(isinstance(classify(r).outcome, Outcome) for r in records)
        assert not any(classify(r).outcome == "human" for r in records)
        assert classify(await one(busy)).outcome == "busy"
        assert not [s for p in peers for s in p.seen if "sip:17@" in s.split("\r\n")[0]]
    for peer in peers:
        await peer.close()
