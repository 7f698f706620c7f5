"""The tally made by SQL equals the one made in Python from the same attempts (decisions.md 22)."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from exporters.imported import ImportedAttempt
from exporters.imported_tally import tally_of
from prober.attempt import Attempt, Purpose, Script
from prober.outcome import Outcome
from prober.record import CallRecord, Milestones
from prober.verdict import Context, Verdict
from storage.mapping import JudgedAttempt
from storage.store import Plan, Store
from storage.tally import Review, Stratum

NOON = datetime(2026, 12, 1, 11, 0, tzinfo=UTC)
DECEMBER = date(2026, 12, 1)
MakeAttempt = Callable[..., Attempt]
MakeCall = Callable[..., tuple[CallRecord, Verdict]]


def any_milestones(rng: random.Random, outcome: Outcome) -> Milestones:
    times = sorted(rng.choice([round(rng.uniform(0, 700), 1), rng.randrange(0, 700)]) for _ in range(7))
    alert, answer, ivr, optout, queue, human, end = (t if rng.random() < 0.7 else None for t in times)
    return Milestones(
        t_invite=0.0,
        t_alert=alert,
        t_answer=answer,
        t_ivr=ivr,
        t_optout=optout,
        t_queue=queue,
        t_human=human if outcome is Outcome.HUMAN else None,
        t_end=end,
    )


def imported(judged: JudgedAttempt) -> ImportedAttempt:
    times = ("t_alert", "t_answer", "t_ivr", "t_optout", "t_queue", "t_human", "t_end")
    return ImportedAttempt(
        id=judged.attempt.id,
        script=judged.attempt.script,
        outcome=judged.verdict.outcome,
        phase=judged.verdict.phase,
        subclass=judged.verdict.subclass,
        service=judged.attempt.service,
        at=judged.invite_at,
        stratum=judged.attempt.stratum,
        weight=judged.attempt.weight,
        **{name: getattr(judged.milestones, name) for name in times},
    )


async def fill(store: Store, an_attempt: MakeAttempt, a_call: MakeCall, n: int) -> None:
    rng = random.Random(1)
    calls = []
    for k in range(n):
        stratum = rng.choice(["Mon 09", "Tue-Thu 09-11"])
        attempt = an_attempt(
            id=f"a{k:04}",
            service=rng.choice(["caf", "éducation", "Impôts"]),
            script=rng.choice(list(Script)),
            stratum=stratum,
            weight={"Mon 09": 0.4, "Tue-Thu 09-11": 0.6}[stratum],
            due_at=NOON + timedelta(hours=k),
        )
        outcome = rng.choice(list(Outcome))
        record, _ = a_call(attempt, milestones=any_milestones(rng, outcome))
        verdict = Verdict(
            outcome=outcome,
            rule_id="test",
            rules_version="1",
            evidence="",
            subclass=rng.choice([None, "closed", "saturated"]),
            phase=rng.choice([None, "answer", "ivr", "queue"]),
        )
        calls.append((record, verdict))
    await asyncio.gather(*(store.save(record, verdict) for record, verdict in calls))


async def test_both_feeders_give_the_same_tally_at_any_patience(
    store: Store, an_attempt: MakeAttempt, a_call: MakeCall
) -> None:
    await fill(store, an_attempt, a_call, 300)
    rows = [imported(j) async for j in store.attempts_for_month(None, DECEMBER)]
    assert len(rows) == 300
    for t_max_s in (600.0, 180.0, 60.0):
        assert await store.tally(DECEMBER, t_max_s) == tally_of(rows, t_max_s=t_max_s)
    of_two = tally_of([r for r in rows if r.service in ("caf", "éducation")], t_max_s=600.0)
    assert await store.tally(DECEMBER, 600.0, services=["éducation", "caf"]) == of_two
    untimed = replace(of_two, alert_times=(), answer_times=(), human_times=(), queue_times=(), days=())
    assert await store.tally(DECEMBER, 600.0, services=["éducation", "caf"], waits=False) == untimed


async def test_only_measured_calls_of_the_month_count_with_the_verdict_that_holds(
    store: Store, an_attempt: MakeAttempt, a_call: MakeCall
) -> None:
    first = an_attempt()
    await store.save(*a_call(first))
    await store.save(*a_call(replace(first, id="check", purpose=Purpose.CONFIRMATION, confirms=first.id)))
    await store.save(*a_call(an_attempt(due_at=NOON - timedelta(days=2))))
    (verdict,) = await store.verdicts(first.id)
    await store.rejudge(first.id, replace(verdict, outcome=Outcome.REJECTED))
    (cell,) = (await store.tally(DECEMBER, 600.0)).cells
    assert (cell.outcome, cell.count) == (Outcome.REJECTED, 1)


async def test_strata_that_nobody_called_are_in_the_tally(store: Store, an_attempt: MakeAttempt) -> None:
    await store.add([an_attempt(stratum="Mon 09", weight=0.5), an_attempt(stratum="Fri 16", weight=0.5)])
    tally = await store.tally(DECEMBER, 600.0)
    assert tally.cells == ()
    assert tally.strata == tuple(
        Stratum(service="caf", script=Script.AGENT, name=name, weight=0.5) for name in ("Fri 16", "Mon 09")
    )


async def test_strata_of_the_plan_in_which_nothing_was_drawn_are_in_the_tally(
    store: Store, an_attempt: MakeAttempt
) -> None:
    weights = {"Mon 09": 0.3, "Mon 10": 0.1, "Fri 16": 0.6}
    drawn = [
        an_attempt(id=f"{script}-{n}", script=script, campaign="c", stratum=name, weight=weights[name])
        for script in (Script.AGENT, Script.OPTOUT)
        for n, name in enumerate(("Mon 09", "Fri 16"))
    ]
    await store.freeze(Plan(service="caf", month=DECEMBER, campaign="c", seed="s", frozen={"weights": weights}), drawn)
    tally = await store.tally(DECEMBER, 600.0)
    assert tally.strata == tuple(
        Stratum(service="caf", script=script, name=name, weight=weights[name])
        for script in (Script.AGENT, Script.OPTOUT)
        for name in sorted(weights)
    )


async def test_a_stratum_that_two_campaigns_weigh_differently_counts_once(
    store: Store, an_attempt: MakeAttempt
) -> None:
    await store.add(
        [an_attempt(stratum="Mon 09", weight=w, campaign=c) for w, c in ((0.2, "a"), (0.2, "a"), (0.4, "b"))]
    )
    (stratum,) = (await store.tally(DECEMBER, 600.0)).strata
    assert abs(stratum.weight - 0.3) < 1e-12


async def test_an_empty_month_is_an_empty_tally(store: Store) -> None:
    assert await store.tally(DECEMBER, 600.0) == tally_of([], t_max_s=600.0)


async def test_a_price_announced_where_it_is_forbidden_is_a_breach(
    store: Store, an_attempt: MakeAttempt, a_call: MakeCall
) -> None:
    for forbidden in (True, False):
        record, verdict = a_call(an_attempt())
        context = Context(surtax_forbidden=forbidden)
        await store.save(record, replace(verdict, flags=("price_announced",), context=context))
    tally = await store.tally(DECEMBER, 600.0)
    assert sorted(cell.price_breach for cell in tally.cells) == [False, True]


async def test_direct_calls_count_for_the_targets_only_if_the_frozen_plan_says_so(
    store: Store, an_attempt: MakeAttempt, a_call: MakeCall
) -> None:
    for service, counts in (("caf", True), ("cpam", False)):
        attempt = an_attempt(service=service, script=Script.DIRECT, campaign="pilot")
        plan = Plan(service=service, month=DECEMBER, campaign="pilot", seed="s", frozen={"direct_counts": counts})
        await store.freeze(plan, [attempt])
        await store.save(*a_call(attempt))
    tally = await store.tally(DECEMBER, 600.0)
    assert {cell.service: cell.direct_counts for cell in tally.cells} == {"caf": True, "cpam": False}


async def test_the_reviewed_sample_is_the_last_word_of_the_reviewer_against_the_detector_s(
    store: Store, an_attempt: MakeAttempt, a_call: MakeCall
) -> None:
    said = {"h": Outcome.HUMAN, "b": Outcome.BUSY, "q": Outcome.QUEUE_TIMEOUT, "u": Outcome.INDETERMINATE}
    detected = {"f1": "h", "f2": "h", "t1": "h", "m1": "q", "o1": "b", "u1": "u", "n1": "h"}
    for name, word in detected.items():
        record, verdict = a_call(an_attempt(id=name), milestones=Milestones(t_invite=0.0, t_end=5.0))
        await store.save(record, replace(verdict, outcome=said[word]))
    for name, word in [("f1", "h"), ("f2", "b"), ("f2", "h"), ("t1", "b"), ("m1", "h"), ("o1", "q"), ("u1", "h")]:
        await store.console.review(name, "Ada", said[word], sampled=True)
    await store.console.review("n1", "Ada", Outcome.HUMAN, sampled=False, note="a complaint, not drawn")
    tally = await store.tally(DECEMBER, 600.0)
    assert tally.review == Review(human_found=2, human_missed=1, other_confirmed=1, other_taken_for_human=1)


async def test_a_review_says_the_same_of_the_detector_whatever_the_patience(
    store: Store, an_attempt: MakeAttempt, a_call: MakeCall
) -> None:
    record, verdict = a_call(an_attempt(id="late"), milestones=Milestones(t_invite=0.0, t_human=300.0, t_end=308.0))
    await store.save(record, replace(verdict, outcome=Outcome.HUMAN))
    await store.console.review("late", "Ada", Outcome.HUMAN, sampled=True)
    for t_max_s in (600.0, 180.0):
        review = (await store.tally(DECEMBER, t_max_s)).review
        assert review == Review(human_found=1, human_missed=0, other_confirmed=0, other_taken_for_human=0), t_max_s


async def test_what_two_reviewers_say_of_one_call_is_compared_and_the_last_word_holds(
    store: Store, an_attempt: MakeAttempt, a_call: MakeCall
) -> None:
    said = {"h": Outcome.HUMAN, "b": Outcome.BUSY, "u": Outcome.INDETERMINATE}
    for name, words in {"a": "hh", "b": "bb", "c": "hb", "d": "bh", "e": "h", "f": "hu", "g": "bbh"}.items():
        record, verdict = a_call(an_attempt(id=name), milestones=Milestones(t_invite=0.0, t_end=5.0))
        await store.save(record, replace(verdict, outcome=Outcome.HUMAN))
        for reviewer, word in zip(("Ada", "Grace", "Ada"), words, strict=False):
            await store.console.review(name, reviewer, said[word], sampled=True)
    review = (await store.tally(DECEMBER, 600.0)).review
    assert review is not None
    # The detector found a person in all; the last word of f is none, of g that of Ada, who thought again.
    assert (review.human_found, review.other_taken_for_human) == (4, 2)
    assert (review.both_human, review.only_first_human, review.only_last_human, review.both_other) == (1, 1, 2, 1)
