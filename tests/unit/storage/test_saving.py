"""What becomes of a call: saved once, whole, judged anew, given up when its worker died."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import text

from prober.attempt import Attempt, Limits, Profile, Step
from prober.events import (
    DigitReceived,
    Ended,
    Heard,
    Held,
    Identity,
    Invited,
    Media,
    MediaReport,
    Origin,
    Overload,
    OwnFailure,
    Party,
    Response,
    Sent,
    Sound,
    Stopped,
    TransferAsked,
    Typed,
)
from prober.outcome import Outcome
from prober.plain import EVENTS
from prober.record import MILESTONE_NAMES, CallRecord, Milestones
from prober.verdict import Context, Verdict
from storage.store import Store

NOON = datetime(2026, 12, 1, 11, 0, tzinfo=UTC)
DECEMBER = date(2026, 12, 1)
MakeAttempt = Callable[..., Attempt]
MakeCall = Callable[..., tuple[CallRecord, Verdict]]


async def test_a_saved_record_comes_back_equal(store: Store, an_attempt: MakeAttempt, a_call: MakeCall) -> None:
    record, verdict = a_call(an_attempt())
    assert await store.save(record, verdict)
    assert await store.record(record.attempt.id) == record
    assert await store.verdicts(record.attempt.id) == [verdict]
    assert await store.record("unheard-of") is None


async def test_a_record_with_every_kind_of_event_comes_back_equal(
    store: Store, an_attempt: MakeAttempt, a_call: MakeCall
) -> None:
    heard = Heard(
        at_s=9.5,
        stretch=1,
        sound=Sound.RECORDING,
        start_s=5.25,
        end_s=9.0,
        probability=0.93,
        label="welcome",
        prompt="p1",
        evidence={"level_dbfs": -21.5, "tune": "été"},
    )
    every = (
        Invited(at_s=0.0, trunk="first", call_id="abc", invite_at=NOON.isoformat()),
        Response(at_s=0.2, code=183, q850=127, q850_location="RLN", retry_after_s=3.5, origin=Origin.TIMEOUT),
        Media(at_s=1.0, flowing=True, early=True, codec="PCMA/8000"),
        Identity(at_s=2.0, identity="+33140000000"),
        Held(at_s=3.0, on=True),
        TransferAsked(at_s=4.0, target="sip:x@y"),
        heard,
        DigitReceived(at_s=10.0, digit="#"),
        Sent(at_s=11.0, what="digits", start_s=10.5, text="1w2", method="rfc4733"),
        MediaReport(at_s=12.0, received=600, lost=3, jitter_ms=1.25, rtt_ms=20.5, codec="PCMA/8000", mos=4.1),
        Overload(at_s=12.2, resting=("speakers", "fingerprints"), lost_s=0.42),
        Typed(at_s=12.4, keys="12", word="conseiller", human=True),
        Stopped(at_s=12.5, why="operator"),
        OwnFailure(at_s=12.6, what="exception", detail="boom"),
        Ended(at_s=13.0, by=Party.NETWORK, q850=16, reason_text="Normal"),
    )
    assert {type(event) for event in every} == set(EVENTS.values())
    milestones = Milestones(**{name: 0.1 + n for n, name in enumerate(MILESTONE_NAMES)})
    profile = Profile(path=(Step(digits="1", label="menu"), Step(word="conseiller")), has_menu=True)
    attempt = an_attempt(profile=profile, limits=Limits(max_wait_s=60.0), caller_id="+33900000000", weight=0.1)
    record, verdict = a_call(attempt, events=every, milestones=milestones)
    record = replace(record, heard=(heard,))
    await store.save(record, verdict)
    assert await store.record(attempt.id) == record
    (judged,) = [j async for j in store.attempts_for_month("caf", DECEMBER)]
    assert (judged.attempt, judged.milestones) == (attempt, milestones)


@pytest.mark.parametrize("cause", [-1, 0, 128, 10**30])
async def test_a_cause_that_q_850_does_not_have_is_kept_in_the_record_only(
    store: Store, an_attempt: MakeAttempt, a_call: MakeCall, cause: int
) -> None:
    refused = (Response(at_s=0.4, code=486, q850=cause), Ended(at_s=0.4, by=Party.CALLED))
    record, verdict = a_call(an_attempt(), events=refused)
    assert await store.save(record, verdict)
    assert await store.record(record.attempt.id) == record
    (judged,) = [j async for j in store.attempts_for_month("caf", DECEMBER)]
    assert (judged.sip_final, judged.q850) == (486, None)


async def test_what_a_far_end_put_into_a_reason_cannot_stop_a_save(
    store: Store, an_attempt: MakeAttempt, a_call: MakeCall
) -> None:
    record, verdict = a_call(an_attempt())
    evil = "\0 \udc80 '; DROP TABLE attempts; --"
    record = replace(record, events=(*record.events[:2], replace(record.events[2], reason=evil), record.events[3]))
    verdict = replace(verdict, evidence=evil, context=Context(labels={evil: evil}))
    assert await store.save(record, verdict)
    assert await store.record(record.attempt.id) == record
    assert (await store.verdicts(record.attempt.id))[0].evidence.startswith("\ufffd")


async def test_the_same_record_saved_twice_counts_once(store: Store, an_attempt: MakeAttempt, a_call: MakeCall) -> None:
    record, verdict = a_call(an_attempt())
    saves = await asyncio.gather(*(store.save(record, verdict) for _ in range(5)))
    assert saves.count(True) == 1
    assert [c.count for c in (await store.counters()).counts if c.name == "attempts"] == [1]
    assert len(await store.verdicts(record.attempt.id)) == 1


async def test_a_new_judgement_holds_and_the_old_one_is_kept(
    store: Store, an_attempt: MakeAttempt, a_call: MakeCall
) -> None:
    record, verdict = a_call(an_attempt())
    await store.save(record, verdict)
    newer = replace(verdict, outcome=Outcome.REJECTED, rules_version="next")
    assert await store.rejudge(record.attempt.id, newer)
    assert not await store.rejudge(record.attempt.id, newer)
    assert await store.verdicts(record.attempt.id) == [verdict, newer]
    assert [(r, v) async for r, v in store.judged_records()] == [(record, newer)]
    first = [c.labels["outcome"] for c in (await store.counters()).counts if c.name == "attempts"]
    assert first == [verdict.outcome.value], "counters keep the first verdict"


async def test_a_call_whose_worker_died_ends_as_our_own_failure_and_is_given_for_replacement(
    store: Store, an_attempt: MakeAttempt
) -> None:
    attempt = an_attempt()
    await store.add([attempt])
    await store.claim(attempt.id, "worker")
    assert await store.orphans(60.0) == [], "claimed a moment ago"
    assert await store.orphans(0.0, worker="another") == []
    assert await store.orphans(0.0, worker="worker") == [attempt]
    assert await store.orphans(0.0) == []
    (verdict,) = await store.verdicts(attempt.id)
    assert verdict.outcome is Outcome.OWN_FAILURE
    assert not await store.claim(attempt.id, "worker"), "never dialled again"


async def test_a_worker_that_beats_keeps_its_call(store: Store, an_attempt: MakeAttempt) -> None:
    attempt = an_attempt()
    await store.add([attempt])
    await store.claim(attempt.id, "worker")
    async with store.database.begin() as c:
        await c.execute(text("UPDATE attempts SET claimed_at = now() - interval '10 minutes'"))
    await store.console.beat("worker", {"calls": 1})
    assert await store.orphans(60.0) == []
    async with store.database.begin() as c:
        await c.execute(text("UPDATE workers SET beat_at = now() - interval '2 minutes'"))
    assert await store.orphans(60.0) == [attempt]


async def test_a_record_that_comes_after_its_worker_was_given_up_takes_the_failure_s_place(
    store: Store, an_attempt: MakeAttempt, a_call: MakeCall
) -> None:
    attempt = an_attempt()
    await store.add([attempt])
    await store.claim(attempt.id, "worker")
    await store.orphans(0.0)
    record, verdict = a_call(attempt)
    assert await store.save(record, verdict)
    assert not await store.save(record, verdict)
    assert await store.record(attempt.id) == record
    assert [v.outcome for v in await store.verdicts(attempt.id)] == [Outcome.OWN_FAILURE, Outcome.BUSY]
    counted = [c for c in (await store.counters()).counts if c.name == "attempts"]
    assert [(c.labels["outcome"], c.count) for c in counted] == [("own_failure", 1)]
