"""Counters and histograms of first verdicts."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from prober.attempt import Attempt, Purpose, Script
from prober.outcome import Outcome
from prober.record import CallRecord, Milestones
from prober.verdict import Verdict
from storage.catalogue import Service
from storage.counting import Counters
from storage.store import Store

NOON = datetime(2026, 12, 1, 11, 0, tzinfo=UTC)
MakeAttempt = Callable[..., Attempt]
MakeCall = Callable[..., tuple[CallRecord, Verdict]]


def named(counters: Counters, name: str) -> dict[tuple[str, ...], int]:
    return {tuple(c.labels.values()): c.count for c in counters.counts if c.name == name}


async def test_attempts_are_summed_by_service_class_script_and_outcome(
    store: Store, an_attempt: MakeAttempt, a_call: MakeCall
) -> None:
    await store.catalogue.save([], [Service(id="caf", name="Caf", numbers={"3230": "short"})])
    for number, script in (
        ("3230", Script.AGENT),
        ("3230", Script.AGENT),
        ("3230", Script.OPTOUT),
        ("39", Script.AGENT),
    ):
        await store.save(*a_call(an_attempt(number=number, script=script)))
    found = {
        (c.labels["service"], c.labels["number_class"], c.labels["script"], c.labels["outcome"]): c.count
        for c in (await store.counters()).counts
        if c.name == "attempts"
    }
    assert found == {
        ("caf", "short", "agent", "busy"): 2,
        ("caf", "short", "optout", "busy"): 1,
        ("caf", "unknown", "agent", "busy"): 1,
    }


async def test_final_codes_are_counted_by_trunk_and_cause(
    store: Store, an_attempt: MakeAttempt, a_call: MakeCall
) -> None:
    for trunk in ("first", "second", "second"):
        await store.save(*a_call(an_attempt(), trunk=trunk))
    found = {
        (c.labels["trunk"], c.labels["code"], c.labels["q850"]): c.count
        for c in (await store.counters()).counts
        if c.name == "responses"
    }
    assert found == {("first", "486", "17"): 1, ("second", "486", "17"): 2}


async def test_calls_are_counted_by_the_number_shown_and_whether_it_may_be_screened(
    store: Store, an_attempt: MakeAttempt, a_call: MakeCall
) -> None:
    for shown, outcome in (("0162000001", Outcome.REJECTED), ("0162000001", Outcome.BUSY), (None, Outcome.HUMAN)):
        record, verdict = a_call(an_attempt(caller_id=shown))
        await store.save(record, replace(verdict, outcome=outcome))
    shown_as = [c for c in (await store.counters()).counts if c.name == "caller_ids"]
    found = {(c.labels["caller_id"], c.labels["failed"]): c.count for c in shown_as}
    assert found == {("0162000001", "yes"): 1, ("0162000001", "no"): 1}


async def test_checks_are_not_counted_among_the_attempts(
    store: Store, an_attempt: MakeAttempt, a_call: MakeCall
) -> None:
    await store.save(*a_call(an_attempt(purpose=Purpose.REFERENCE)))
    counters = await store.counters()
    assert named(counters, "attempts") == {}
    assert list(named(counters, "checks").values()) == [1]
    assert counters.histograms == ()


async def test_histograms_are_cumulated_and_count_reached_callers_only(
    store: Store, an_attempt: MakeAttempt, a_call: MakeCall
) -> None:
    for t_human, outcome in (
        (10.0, Outcome.HUMAN),
        (10.1, Outcome.HUMAN),
        (5000.0, Outcome.HUMAN),
        (20.0, Outcome.BUSY),
    ):
        record, verdict = a_call(an_attempt(), milestones=Milestones(t_invite=0.0, t_alert=0.7, t_human=t_human))
        await store.save(record, replace(verdict, outcome=outcome))
    histograms = {h.name: h for h in (await store.counters()).histograms}
    human = histograms["time_to_human"]
    assert human.labels == {"script": "agent", "number_class": "unknown"}
    assert human.buckets[:2] == ((5.0, 0), (10.0, 1))
    assert human.buckets[2:4] == ((20.0, 2), (30.0, 2))
    assert human.buckets[-2:] == ((900.0, 2), (math.inf, 3))
    assert human.sum_s == 5020.1
    assert histograms["post_dial_delay"].buckets[2:4] == ((0.5, 0), (1.0, 4))
    assert "time_to_answer" not in histograms


async def test_waits_tell_whether_a_human_the_service_or_we_ended_them(
    store: Store, an_attempt: MakeAttempt, a_call: MakeCall
) -> None:
    outcomes = (Outcome.HUMAN, Outcome.QUEUE_TIMEOUT, Outcome.DROPPED, Outcome.VOICEMAIL, Outcome.OWN_FAILURE)
    for outcome in outcomes:
        record, verdict = a_call(an_attempt(), milestones=Milestones(t_invite=0.0, t_queue=5.0))
        await store.save(record, replace(verdict, outcome=outcome))
    found = {c.labels["ending"]: c.count for c in (await store.counters()).counts if c.name == "waits"}
    assert found == {"human": 1, "ours": 1, "service": 2}


async def test_many_saves_at_once_lose_no_count(store: Store, an_attempt: MakeAttempt, a_call: MakeCall) -> None:
    milestones = Milestones(t_invite=0.0, t_alert=0.7, t_answer=3.0, t_queue=5.0)
    calls = [a_call(an_attempt(due_at=NOON + timedelta(hours=n)), milestones=milestones) for n in range(60)]
    await asyncio.gather(*(store.save(*call) for call in calls))
    counters = await store.counters()
    assert list(named(counters, "attempts").values()) == [60]
    assert [h.buckets[-1][1] for h in counters.histograms] == [60, 60]
