"""A month of invented calls, varied enough for every part of a page, without a database."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from exporters.definitions import AGENT, REACH
from exporters.folder import Folder, Publication, deliver
from exporters.imported import ImportedAttempt
from exporters.imported_tally import tally_of
from exporters.kpi import estimate
from exporters.rates import rate
from exporters.report.build import build_report
from exporters.report.model import Described, Method, NumberLine, Report
from exporters.rollup import Placed, standings_of
from prober.attempt import Attempt, Profile, Script, Step
from prober.outcome import Outcome
from prober.record import Milestones
from prober.verdict import Context, Verdict
from storage.mapping import JudgedAttempt

MONTH = date(2026, 10, 1)
T_MAX_S = 600.0
MIX: Sequence[tuple[Outcome, int]] = (
    (Outcome.HUMAN, 116),
    (Outcome.BUSY, 19),
    (Outcome.NO_ANSWER, 6),
    (Outcome.ANNOUNCEMENT_UNANSWERED, 4),
    (Outcome.DISSUADED, 14),
    (Outcome.IVR_ONLY, 7),
    (Outcome.DROPPED, 9),
    (Outcome.QUEUE_TIMEOUT, 16),
    (Outcome.VOICEMAIL, 3),
    (Outcome.INDETERMINATE, 2),
    (Outcome.OWN_FAILURE, 3),
    (Outcome.NETWORK_FAILURE, 1),
)
Make = Callable[..., Report]
Write = Callable[..., list[Path]]


def judged_month(mix: Sequence[tuple[Outcome, int]], *, seed: int = 7, month: date = MONTH) -> list[JudgedAttempt]:
    """Calls with these outcomes for each of two scripts, at random times of working days."""
    draw = random.Random(seed)
    found = []
    for script in (Script.AGENT, Script.OPTOUT):
        for outcome in [o for o, n in mix for _ in range(n)]:
            day = draw.choice([d for d in range(1, 29) if month.replace(day=d).weekday() < 5])
            at = datetime(month.year, month.month, day, tzinfo=UTC) + timedelta(seconds=draw.uniform(7, 15) * 3600)
            found.append(_judged(f"{draw.getrandbits(64):016x}", script, outcome, at, draw))
    return found


def _judged(name: str, script: Script, outcome: Outcome, at: datetime, draw: random.Random) -> JudgedAttempt:
    unanswered = {Outcome.BUSY, Outcome.NO_ANSWER, Outcome.ANNOUNCEMENT_UNANSWERED}
    lost_on_the_way = not outcome.in_service_denominator
    answer = None if outcome in unanswered or lost_on_the_way else round(draw.uniform(2, 9), 1)
    queued = outcome in (Outcome.HUMAN, Outcome.DROPPED, Outcome.QUEUE_TIMEOUT)
    queue = round((answer or 0) + draw.uniform(8, 30), 1) if queued else None
    wait = round(min((queue or 0) + draw.expovariate(1 / 150), 590), 1)
    end = {Outcome.HUMAN: wait + 8, Outcome.DROPPED: wait, Outcome.QUEUE_TIMEOUT: T_MAX_S}.get(
        outcome, round((answer or 0) + draw.uniform(3, 40), 1)
    )
    flags = ("announced_wait",) if queue and draw.random() < 0.4 else ()
    return JudgedAttempt(
        attempt=Attempt(
            id=name,
            service="caf",
            number="3230",
            script=script,
            due_at=at,
            profile=Profile(path=(Step(digits="1"), Step(digits="3"))),
        ),
        invite_at=at,
        trunk="a",
        last_state="",
        hung_up_by=None,
        sip_final=200 if answer else 486,
        q850=None,
        milestones=Milestones(
            t_invite=0.0,
            t_alert=None if lost_on_the_way else 1.2,
            t_answer=answer,
            t_ivr=None if answer is None else answer + 0.5,
            t_optout=None if answer is None or script is Script.AGENT else answer + 1,
            t_queue=queue,
            t_human=wait if outcome is Outcome.HUMAN else None,
            t_end=round(end, 1),
            announced_wait_s=180.0 if flags else None,
        ),
        verdict=Verdict(
            outcome=outcome,
            rule_id=f"heard.{outcome.value}",
            rules_version="2026.11.1",
            evidence="",
            phase="queue" if outcome is Outcome.DROPPED else None,
            flags=flags,
            context=Context(),
        ),
        judged_at=at,
    )


def imported(judged: JudgedAttempt) -> ImportedAttempt:
    """The same attempt as a row of a file."""
    m, v = judged.milestones, judged.verdict
    times = {name: getattr(m, name) for name in ("t_alert", "t_answer", "t_ivr", "t_optout", "t_queue", "t_human")}
    return ImportedAttempt(
        id=judged.attempt.id,
        script=judged.attempt.script,
        outcome=v.outcome,
        t_end=m.t_end,
        phase=v.phase,
        subclass=v.subclass,
        service=judged.attempt.service,
        **times,
    )


def report_of(attempts: Sequence[JudgedAttempt], **changed: Any) -> Report:
    """Report of these calls; `changed`: fields of the service."""
    service = Described(
        id="caf",
        name="Caisse d'allocations familiales de l'Orne",
        organisation="Caisse nationale des allocations familiales",
        numbers=(NumberLine(number="3230", price="ordinary"),),
        hours="Mo-Fr 09:00-16:30",
        contact="mesure@exemple.fr",
    )
    tally = tally_of([imported(a) for a in attempts], t_max_s=T_MAX_S)
    better = tally_of([imported(a) for a in judged_month(BETTER, seed=3)], t_max_s=T_MAX_S)
    return build_report(
        service=replace(service, **changed),
        month=MONTH,
        tally=tally,
        estimates=estimate(tally),
        attempts=attempts,
        method=Method(version="0.1.0", rules_version="2026.11.1", seeds=("graine",), settings_sha256="ab" * 32),
        before={"2026-09": {d.identifier: rate(better, d, d.target) for d in (AGENT, REACH)}},
    )


def placed_of(report: Report) -> Placed:
    """What roll-ups need of a report made here."""
    rows = [
        ImportedAttempt(id=a.id, script=a.script, outcome=a.outcome, service=report.service.id) for a in report.attempts
    ]
    return Placed(
        service=report.service.id,
        name=report.service.name,
        standings=standings_of(tally_of(rows, t_max_s=T_MAX_S), report.estimates.kpis),
    )


@pytest.fixture(scope="session")
def write() -> Write:
    """Write a folder of reports: write(reports, out, **fields of the publication)."""

    def into(reports: Iterable[Report], out: Path, **asked: Any) -> list[Path]:
        publication = Publication(out=out, **{"formats": ("html",), **asked})
        folder = Folder(publication)
        for report in reports:
            folder.add(deliver(report, placed_of(report), publication))
        return folder.close()

    return into


BETTER = ((Outcome.HUMAN, 160), (Outcome.BUSY, 10), (Outcome.DISSUADED, 30))


@pytest.fixture(scope="session")
def report() -> Report:
    """A service that misses both targets, and did better the month before."""
    return report_of(judged_month(MIX))


@pytest.fixture(scope="session")
def make() -> Make:
    """Report of other outcomes: make({Outcome: n}, marked={Outcome: flag}, shown=numbers, **fields of the service).

    `shown`: (outcome, place among the calls) → the number of ours that the service saw.
    """

    def build(
        mix: dict[Outcome, int],
        marked: Mapping[Outcome, str] | None = None,
        shown: Callable[[Outcome, int], str] | None = None,
        **changed: Any,
    ) -> Report:
        flags = marked or {}
        calls = [
            replace(a, verdict=replace(a.verdict, flags=(flags[a.verdict.outcome],)))
            if a.verdict.outcome in flags
            else a
            for a in judged_month(tuple(mix.items()))
        ]
        if shown is not None:
            named = enumerate(calls)
            calls = [replace(a, attempt=replace(a.attempt, caller_id=shown(a.verdict.outcome, n))) for n, a in named]
        return report_of(calls, **changed)

    return build
