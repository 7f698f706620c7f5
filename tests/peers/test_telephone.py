"""A person's telephone (baresip): answered, held, taken back, transferred, muted, hung up."""

from __future__ import annotations

import asyncio
import wave
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import pytest
from numpy.typing import NDArray
from placing import LIMITS, SOUNDS
from telephone import Telephone, telephone
from voices import agents

from prober.attempt import Attempt, Script
from prober.classify import classify
from prober.events import Ended, Held, Invited, Party, TransferAsked
from prober.record import CallRecord
from prober.run import run_call
from prober.sip.bridge import Setup
from prober.sip.pool import Pool

pytestmark = pytest.mark.needs("baresip")
ONSET_S = 1.0
"""From the answer to the first word."""
HOLD_S = LIMITS.silence_s + 3
"""Longer than a silent line is borne."""
Pcm = NDArray[np.int16]


def silence(seconds: float) -> Pcm:
    return np.zeros(int(8000 * seconds), np.int16)


def spoken(onset_s: float = ONSET_S) -> Pcm:
    """A greeting, time for our sentence, a reply."""
    hello, reply = agents()[0]
    with wave.open(SOUNDS.sentence) as sentence:
        ours_s = sentence.getnframes() / sentence.getframerate()
    return np.concatenate([silence(onset_s), hello, silence(LIMITS.pause_s + ours_s + 1.2), reply, silence(20)])


async def answer(phone: Telephone) -> None:
    await phone.until("CALL_INCOMING")
    await asyncio.sleep(1)
    await phone.press("accept")
    await phone.until("CALL_ESTABLISHED")


async def hold_and_resume(phone: Telephone) -> None:
    await answer(phone)
    await phone.press("hold")
    await asyncio.sleep(HOLD_S)
    await phone.press("resume")


async def transfer(phone: Telephone) -> None:
    """baresip hangs up when its transfer is refused."""
    await answer(phone)
    await asyncio.sleep(1)
    await phone.press("transfer", "sip:112@127.0.0.1")


async def mute(phone: Telephone) -> None:
    await answer(phone)
    await phone.press("mute")


async def hang_up(phone: Telephone) -> None:
    await answer(phone)
    await asyncio.sleep(0.7)
    await phone.press("hangup")


async def decline(phone: Telephone) -> None:
    await phone.until("CALL_INCOMING")
    await phone.press("hangup")


@dataclass(frozen=True, slots=True)
class Case:
    """What the person does, and what must come of it."""

    does: Callable[[Telephone], Awaitable[None]]
    outcome: str
    voice_s: float | None = ONSET_S
    """Of the first word in the microphone."""


CASES = {
    "answers": Case(answer, "human"),
    "holds_and_resumes": Case(hold_and_resume, "human", HOLD_S + 1.5),
    "transfers": Case(transfer, "dropped", None),
    "mutes": Case(mute, "silence"),
    "hangs_up": Case(hang_up, "dropped", None),
    "declines": Case(decline, "busy", None),
}


async def call(pool: Pool, case: Case) -> tuple[CallRecord, Telephone]:
    async with telephone(silence(30) if case.voice_s is None else spoken(case.voice_s)) as phone:
        doing = asyncio.ensure_future(case.does(phone))
        number = f"sip:person@127.0.0.1:{phone.port}"
        attempt = Attempt(service="s", number=number, script=Script.AGENT, due_at=datetime.now(UTC), limits=LIMITS)
        record = await run_call(attempt, pool.line("direct"))
        await doing
        return record, phone


async def placed() -> dict[str, tuple[CallRecord, Telephone]]:
    async with Pool(Setup(trunks=(), sounds=SOUNDS), concurrency=len(CASES)) as pool:
        found = await asyncio.gather(*(call(pool, case) for case in CASES.values()))
    return dict(zip(CASES, found, strict=True))


@pytest.fixture(scope="module")
def calls() -> dict[str, tuple[CallRecord, Telephone]]:
    """Every case at once."""
    return asyncio.run(placed())


@pytest.mark.parametrize("name", CASES)
def test_the_call_ends_in_its_outcome(calls: dict[str, tuple[CallRecord, Telephone]], name: str) -> None:
    record, _ = calls[name]
    assert classify(record).outcome == CASES[name].outcome, record.events


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.outcome == "human"])
def test_the_human_is_heard_when_the_microphone_speaks(
    calls: dict[str, tuple[CallRecord, Telephone]], name: str
) -> None:
    record, phone = calls[name]
    assert phone.established_s is not None
    invited = next(e for e in record.events if isinstance(e, Invited))
    began_s = datetime.fromisoformat(invited.invite_at).timestamp()
    onset_s = CASES[name].voice_s
    assert onset_s is not None
    assert record.milestones.t_human == pytest.approx(phone.established_s + onset_s - began_s, abs=1.0)


def test_a_hold_is_told_and_survived(calls: dict[str, tuple[CallRecord, Telephone]]) -> None:
    record, _ = calls["holds_and_resumes"]
    held = [e for e in record.events if isinstance(e, Held)]
    assert [e.on for e in held] == [True, False]
    assert held[1].at_s - held[0].at_s == pytest.approx(HOLD_S, abs=2.0)


def test_a_transfer_is_refused_and_nobody_else_is_called(calls: dict[str, tuple[CallRecord, Telephone]]) -> None:
    record, _ = calls["transfers"]
    (asked,) = [e for e in record.events if isinstance(e, TransferAsked)]
    assert "112" in asked.target
    assert [e.trunk for e in record.events if isinstance(e, Invited)] == ["direct"]
    assert [e.by for e in record.events if isinstance(e, Ended)] == [Party.CALLED]
