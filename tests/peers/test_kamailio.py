"""Kamailio as the trunk before Asterisk: registration, digest, routes, forks, limits, and a door that falls."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from asterisk import Asterisk
from kamailio import CALLER, SECRET, Kamailio
from placing import LIMITS, SOUNDS

from prober.attempt import Attempt, Profile, Script
from prober.classify import classify
from prober.events import Response
from prober.record import CallRecord
from prober.run import run_call
from prober.sip import line as line_module
from prober.sip.bridge import Setup
from prober.sip.pool import Pool
from prober.sip.trunk import Target, Trunk

pytestmark = pytest.mark.needs("kamailio")


@pytest.fixture(scope="module", params=[("MD5", "udp"), ("SHA-256", "tcp")], ids="-".join)
def door(asterisk: Asterisk, request: pytest.FixtureRequest) -> Iterator[tuple[Kamailio, str]]:
    """A door and the transport it is reached by."""
    algorithm, transport = request.param
    running = Kamailio(asterisk.port, algorithm=algorithm)
    try:
        running.start()
        yield running, transport
    finally:
        running.stop()


def trunk_to(door: Kamailio, transport: str = "udp", **more: object) -> Trunk:
    return Trunk(
        name="door", host="127.0.0.1", port=door.port, transport=transport, username=CALLER, password=SECRET,
        caller_id=CALLER, calls_per_second=20, **more,  # type: ignore[arg-type]
    )  # fmt: skip


@pytest.fixture
async def pool(door: tuple[Kamailio, str]) -> AsyncIterator[Pool]:
    trunk = trunk_to(*door, register=True)
    async with Pool(Setup(trunks=(trunk,), sounds=SOUNDS), concurrency=4) as running:
        yield running


async def call(pool: Pool, number: str) -> CallRecord:
    attempt = Attempt(
        service="s", number=number, script=Script.AGENT, due_at=datetime.now(UTC), limits=LIMITS, profile=Profile()
    )
    return await run_call(attempt, pool.line("door"))


def codes(record: CallRecord) -> list[int]:
    return [e.code for e in record.events if isinstance(e, Response)]


async def test_a_trunk_registers_and_its_calls_meet_the_challenge(pool: Pool) -> None:
    async with asyncio.timeout(10):
        while not pool.registered("door"):  # noqa: ASYNC110 (it happens in another process)
            await asyncio.sleep(0.05)
    record = await call(pool, "0261910001")
    assert classify(record).outcome == "human"
    assert codes(record) == [100, 180, 200]  # the 407 is the trunk's affair, no answer of the service


async def test_the_first_branch_that_answers_is_the_call(pool: Pool) -> None:
    record = await call(pool, "0261920001")
    assert classify(record).outcome == "human"
    assert record.milestones.t_human == pytest.approx(2.4, abs=1.0)


async def test_a_redirection_comes_back_to_the_door(pool: Pool) -> None:
    """The Contact names Asterisk itself; the number is called over the trunk."""
    record = await call(pool, "0261920002")
    assert classify(record).outcome == "busy"


async def test_a_door_that_asks_to_slow_down_blames_no_service(pool: Pool) -> None:
    record = await call(pool, "0261920003")
    final = next(e for e in record.events if isinstance(e, Response) and e.code == 503)
    assert final.retry_after_s == 30
    assert classify(record).outcome == "network_failure"


async def test_a_cause_that_kamailio_adds_decides(pool: Pool) -> None:
    assert classify(await call(pool, "0261920008")).outcome == "network_congestion"


async def test_a_challenge_in_mid_dialog_does_not_keep_the_call_up(pool: Pool, asterisk: Asterisk) -> None:
    record = await call(pool, "0261920007")
    assert classify(record).outcome == "silence"
    asterisk.settled()  # raises if the BYE was not taken


@pytest.mark.parametrize(("calls_per_second", "refused"), [(20.0, 1), (0.2, 0)])
async def test_a_carrier_that_says_busy_when_we_are_too_fast_is_kept_by_our_pace(
    door: tuple[Kamailio, str], calls_per_second: float, refused: int
) -> None:
    """Nothing in such a 486 tells it from a service's own: only the trunk's limit protects the service."""
    await asyncio.sleep(5)  # the carrier forgets the calls before these
    trunk = replace(trunk_to(*door), calls_per_second=calls_per_second)
    async with Pool(Setup(trunks=(trunk,), sounds=SOUNDS), concurrency=2) as pool:
        records = await asyncio.gather(*(call(pool, "0261920004") for _ in range(2)))
    assert sum(486 in codes(r) for r in records) == refused


async def test_a_door_that_falls_during_a_campaign_is_left_for_the_next(
    asterisk: Asterisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = Kamailio(asterisk.port), Kamailio(asterisk.port)
    try:
        first.start()
        second.start()
        doors = tuple(Target(host="127.0.0.1", port=d.port) for d in (first, second))
        monkeypatch.setattr(line_module, "targets", lambda trunk: doors)
        setup = Setup(trunks=(trunk_to(first),), sounds=SOUNDS, transaction_ms=3000)
        async with Pool(setup, concurrency=4) as pool:
            living = asyncio.create_task(call(pool, "0261910001"))
            assert classify(await call(pool, "0261910009")).outcome == "busy"
            await asyncio.sleep(3)  # the agent has answered and speaks
            first.stop()
            records = await asyncio.gather(*(call(pool, "0261910009") for _ in range(3)))
            assert [classify(r).outcome for r in records] == ["busy"] * 3
            # Its sound never went through the door: the call is measured to its end, though our BYE reaches nobody.
            assert classify(await living).outcome == "human"
    finally:
        first.stop()
        second.stop()
        asterisk.command("channel request hangup all")
