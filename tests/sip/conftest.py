"""One pool of real engines a module, one peer a test."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from peer import Peer

from prober.attempt import Attempt, Limits, Profile, Script
from prober.record import CallRecord
from prober.run import run_call
from prober.sip.bridge import Setup, Sounds
from prober.sip.pool import Pool
from prober.sip.trunk import Trunk
from prober.sounds import sound_path

SOUNDS = Sounds(sentence=str(sound_path("sentence_fr")), words=(("conseiller", str(sound_path("conseiller"))),))
LIMITS = Limits(max_wait_s=8, grace_s=0.2, grace_speech_s=0.4, silence_s=3, ring_s=4, first_media_s=2, media_lost_s=2)


def setup_with(*trunks: Trunk, trace: Path | None = None) -> Setup:
    return Setup(trunks=trunks, sounds=SOUNDS, transaction_ms=3000, trace_path=str(trace) if trace else "")


@pytest.fixture
async def peer() -> AsyncIterator[Peer]:
    _, made = await asyncio.get_running_loop().create_datagram_endpoint(Peer, local_addr=("127.0.0.1", 0))
    yield made
    await made.close()


@pytest.fixture
async def pool() -> AsyncIterator[Pool]:
    async with Pool(setup_with(), concurrency=4) as running:
        yield running


Place = Callable[..., Awaitable[CallRecord]]


@pytest.fixture
def place(pool: Pool, peer: Peer) -> Place:
    """Call the peer; keyword arguments change the attempt."""

    async def call(number: str = "3646", **more: object) -> CallRecord:
        attempt = Attempt(
            service="s", number=f"sip:{number}@127.0.0.1:{peer.port}", script=Script.AGENT,
            due_at=datetime.now(UTC), limits=LIMITS, profile=Profile(),
        )  # fmt: skip
        return await asyncio.wait_for(run_call(replace(attempt, **more), pool.line("direct")), 40)  # type: ignore[arg-type]

    return call
