"""What a PBX will not do, done by SIPp: each call ends in one outcome, and SIPp saw the messages it waited for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest
import pytest_asyncio
from placing import LIMITS, SOUNDS
from sipp import PCMA, PCMU, Ask, Pause, Recv, Send, Step, called

from prober.attempt import Attempt, Limits, Script
from prober.classify import classify
from prober.events import Response
from prober.record import CallRecord
from prober.run import run_call
from prober.sip.bridge import Setup
from prober.sip.pool import Pool

pytestmark = pytest.mark.needs("sipp")
PATIENT = replace(LIMITS, silence_s=100, first_media_s=100, max_wait_s=110)
QUICK = replace(LIMITS, silence_s=2.5, ring_s=4, first_media_s=3)
INVITE, ACK, BYE = Recv("INVITE"), Recv("ACK"), Recv("BYE")
RING, OK_BYE = Send(180, "Ringing"), Send(200, "OK", method="BYE")
ANSWER = Send(200, "OK", sdp=PCMA)
TERMINATED = Send(487, "Request Terminated")
HELD = PCMA[0], (*PCMA[1], "a=sendonly")


@dataclass(frozen=True, slots=True)
class Case:
    """A scenario and what must come of it."""

    steps: tuple[Step, ...]
    outcome: str
    limits: Limits = QUICK


CASES: dict[str, Case] = {
    "delayed_200": Case((INVITE, RING, Pause(2), ANSWER, ACK, BYE, OK_BYE), "silence"),
    "retransmitted_180": Case((INVITE, replace(RING, times=3), ANSWER, ACK, BYE, OK_BYE), "silence"),
    "reliable_183": Case(
        (
            INVITE,
            Send(183, "Session Progress", sdp=PCMA, headers=("Require: 100rel", "RSeq: 1")),
            Recv("PRACK"),
            Send(200, "OK", method="PRACK"),
            Pause(1),
            ANSWER,
            ACK,
            BYE,
            OK_BYE,
        ),
        "silence",
    ),
    "update_before_the_answer": Case(
        (
            INVITE,
            Send(183, "Session Progress", sdp=PCMA, headers=("Require: 100rel", "RSeq: 1")),
            Recv("PRACK"),
            Send(200, "OK", method="PRACK"),
            Ask("UPDATE", sdp=PCMA),
            Recv(200),
            ANSWER,
            ACK,
            BYE,
            OK_BYE,
        ),
        "silence",
    ),
    "two_early_branches": Case(
        (
            INVITE,
            Send(183, "Session Progress", sdp=PCMA, tag="b"),
            Pause(0.5),
            Send(183, "Session Progress", sdp=PCMA),
            Pause(0.5),
            ANSWER,
            ACK,
            BYE,
            OK_BYE,
        ),
        "silence",
    ),
    "session_refreshed_by_update": Case(
        (
            INVITE,
            Send(200, "OK", sdp=PCMA, headers=("Session-Expires: 90;refresher=uas", "Supported: timer")),
            ACK,
            Pause(1),
            Ask("UPDATE", headers=("Session-Expires: 90;refresher=uas", "Supported: timer")),
            Recv(200),
            BYE,
            OK_BYE,
        ),
        "silence",
    ),
    "session_that_they_never_refresh": Case(
        (
            INVITE,
            Send(200, "OK", sdp=PCMA, headers=("Session-Expires: 90;refresher=uas", "Require: timer")),
            ACK,
            Pause(50),
            BYE,
            OK_BYE,
        ),
        "own_failure",
        PATIENT,
    ),
    "codec_change_in_mid_call": Case(
        (INVITE, ANSWER, ACK, Pause(1), Ask("INVITE", sdp=PCMU), Recv(200), Ask("ACK"), BYE, OK_BYE), "silence"
    ),
    "offer_without_sdp_in_mid_call": Case(
        (INVITE, ANSWER, ACK, Pause(1), Ask("INVITE"), Recv(200), Ask("ACK", sdp=PCMA), BYE, OK_BYE), "silence"
    ),
    "options_in_mid_call": Case((INVITE, ANSWER, ACK, Pause(0.5), Ask("OPTIONS"), Recv(500), BYE, OK_BYE), "silence"),
    "codec_change_by_update": Case(
        (INVITE, ANSWER, ACK, Pause(1), Ask("UPDATE", sdp=PCMU), Recv(200), BYE, OK_BYE), "silence"
    ),
    "session_too_short_for_them": Case(
        (
            INVITE,
            Send(422, "Session Interval Too Small", headers=("Min-SE: 2400",)),
            ACK,
            INVITE,
            ANSWER,
            ACK,
            BYE,
            OK_BYE,
        ),
        "silence",
    ),
    "answer_without_an_offer_of_theirs": Case((INVITE, Send(200, "OK"), ACK, BYE, OK_BYE), "own_failure"),
    "offer_only_in_the_answer": Case(
        (INVITE, Send(183, "Session Progress"), RING, Pause(0.5), ANSWER, ACK, BYE, OK_BYE), "silence"
    ),
    "two_branches_answer": Case(
        (
            INVITE,
            Send(183, "Session Progress", sdp=PCMA, tag="b"),
            Send(183, "Session Progress", sdp=PCMA),
            ANSWER,
            ACK,
            replace(ANSWER, tag="b"),
            ACK,
            BYE,
            replace(OK_BYE, tag="b"),
            BYE,
            OK_BYE,
        ),
        "silence",
    ),
    "silent_while_trying": Case(
        (INVITE, Send(100, "Trying"), Recv("CANCEL"), Send(200, "OK", method="CANCEL"), TERMINATED, ACK),
        "network_failure",
    ),
    "refused_while_trying": Case((INVITE, Send(100, "Trying"), Pause(0.5), Send(486, "Busy"), ACK), "busy"),
    "refused_in_early_media": Case(
        (INVITE, Send(183, "Session Progress", sdp=PCMA), Pause(1), Send(486, "Busy"), ACK), "busy"
    ),
    "early_media_for_ever": Case(
        (
            INVITE,
            Send(183, "Session Progress", sdp=PCMA),
            Recv("CANCEL"),
            Send(200, "OK", method="CANCEL"),
            TERMINATED,
            ACK,
        ),
        "no_answer",
    ),
    "hung_up_on_hold": Case(
        (
            INVITE,
            ANSWER,
            ACK,
            Pause(0.5),
            Ask("INVITE", sdp=HELD),
            Recv(200),
            Ask("ACK"),
            Pause(0.5),
            Ask("BYE", cseq=2),
            Recv(200),
        ),
        "dropped",
    ),
    "hung_up_on_our_ack": Case((INVITE, ANSWER, ACK, Ask("BYE"), Recv(200)), "dropped"),
    "hung_up_in_silence": Case((INVITE, ANSWER, ACK, Pause(1.5), Ask("BYE"), Recv(200)), "dropped"),
    "refused_after_ringing": Case((INVITE, RING, Pause(1), Send(480, "Unavailable"), ACK), "indeterminate"),
    "refused_at_once": Case((INVITE, Send(603, "Decline"), ACK), "rejected"),
    "rings_and_takes_our_cancel": Case(
        (INVITE, RING, Recv("CANCEL"), Send(200, "OK", method="CANCEL"), Send(487, "Request Terminated"), ACK),
        "no_answer",
    ),
    "answers_across_our_cancel": Case(
        (INVITE, RING, Recv("CANCEL"), Send(200, "OK", method="CANCEL"), ANSWER, ACK, BYE, OK_BYE), "no_answer"
    ),
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def found() -> AsyncIterator[dict[str, CallRecord | BaseException]]:
    """Every call, some at the same time: our record, or what SIPp did not see."""
    some = asyncio.Semaphore(6)
    async with Pool(Setup(trunks=(), sounds=SOUNDS, transaction_ms=3000), concurrency=8) as pool:

        async def one(case: Case) -> CallRecord:
            async with some, called(case.steps) as port:
                attempt = Attempt(
                    service="s", number=f"sip:3646@127.0.0.1:{port}", script=Script.AGENT,
                    due_at=datetime.now(UTC), limits=case.limits,
                )  # fmt: skip
                return await run_call(attempt, pool.line("direct"))

        records = await asyncio.gather(*(one(c) for c in CASES.values()), return_exceptions=True)
        assert pool.engines_restarted == 0
        yield dict(zip(CASES, records, strict=True))


@pytest.mark.parametrize("name", CASES)
@pytest.mark.asyncio(loop_scope="module")
async def test_the_call_ends_in_its_outcome_and_every_message_was_seen(
    found: dict[str, CallRecord | BaseException], name: str
) -> None:
    record = found[name]
    if isinstance(record, BaseException):
        raise record
    assert classify(record).outcome == CASES[name].outcome, record.events
    assert sum(isinstance(e, Response) and e.code == 200 for e in record.events) <= 1
