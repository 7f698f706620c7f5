"""A year of two hundred services on the clock that jumps: what is reported agrees with what was played.

Plans, hours, holidays, zones and changes of the clock are the product's own, from settings; so are the machine, the
rules, replacements and the estimators. Only who answers is drawn from known probabilities (a Population).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from config.campaign import Campaign, Number, PastHours, Service
from config.settings import QuietPeriod, Schedule, Settings
from exporters.definitions import AGENT
from exporters.imported import ImportedAttempt
from exporters.imported_tally import tally_of
from exporters.rates import rate
from prober.attempt import Attempt
from prober.classify import classify
from prober.outcome import Outcome
from prober.run import run_call
from prober.simulator.population import Population
from prober.verdict import Context
from scheduler.assemble import draw_of, facts_of, targets_of
from scheduler.planner import Target, month_frame, plan_month, replacement
from scheduler.sampling import Frame

SERVICES = 200
MONTHS = [date(2027, m, 1) for m in range(1, 13)]
HOURS = ("Mo-Fr 09:00-17:00", "Mo-Fr 08:30-12:00,13:30-17:30", "Mo-Sa 09:00-12:30", "24/7", "Mo-Fr 10:00-16:15")
PLACES = (("Europe/Paris", None), ("Europe/Paris", "67"), ("America/Guadeloupe", "971"), ("Indian/Reunion", "974"))
STRIKES = frozenset({date(2027, 3, 16), date(2027, 3, 17), date(2027, 10, 12)})
OUTAGES = tuple(
    (datetime(2027, month, day, 7, tzinfo=UTC), datetime(2027, month, day, 13, tzinfo=UTC))
    for month, day in ((2, 9), (6, 23), (11, 3))
)  # fmt: skip
DOWN = (datetime(2027, 5, 10, 6, tzinfo=UTC), datetime(2027, 5, 13, 20, tzinfo=UTC))
"""Nothing of ours runs."""


def service(n: int) -> Service:
    zone, department = PLACES[n % len(PLACES)]
    traffic = [0.0] * 7 + [1, 4, 9, 10, 8, 4, 5, 8, 7, 5, 3, 1, 1] + [0.0] * 4
    return Service(
        id=f"s{n:03}",
        name=f"Service {n}",
        organisation="o",
        numbers=tuple(Number(number=f"01{n:04}{k:04}") for k in range(1 + (n % 10 == 0))),
        hours=HOURS[n % len(HOURS)],
        past_hours=(PastHours(until=date(2027, 6, 15), hours="Mo-Fr 10:00-15:00"),) if n % 7 == 0 else (),
        closed_on=(date(2027, 12, 24),),
        zone=zone,
        department=department,
        hourly_traffic=tuple(traffic) if n % 2 else (),
        tags=("elections",) if n % 3 == 0 else (),
    )


QUIET = QuietPeriod(first_day=date(2027, 4, 18), last_day=date(2027, 4, 19), why="x", tags=("elections",))
SETTINGS = Settings(
    campaign=Campaign(name="year", attempts=30, scripts=("agent",), seed=7),
    schedule=Schedule(quiet=(QUIET,)),
    services=tuple(service(n) for n in range(SERVICES)),
)
DRAW, FACTS = draw_of(SETTINGS, "7"), facts_of(SETTINGS)
POPULATION = Population(
    usual={s.id: 0.35 + 0.6 * n / SERVICES for n, s in enumerate(SETTINGS.services)}, strikes=STRIKES, outages=OUTAGES
)


@dataclass(slots=True, kw_only=True)
class Year:
    """What the calls of the year gave."""

    months: dict[tuple[str, date], list[ImportedAttempt]] = field(default_factory=dict)
    truth: dict[tuple[str, date], float] = field(default_factory=dict)
    outcomes: Counter[Outcome] = field(default_factory=Counter)
    called: dict[str, list[datetime]] = field(default_factory=lambda: defaultdict(list))
    redrawn: int = 0


def truth_of(target: Target, frame: Frame) -> float:
    """Mean probability over the open time, by traffic: read every ten minutes."""
    zone, total = ZoneInfo(target.zone), 0.0
    for start_s, end_s, mass in zip(frame.starts_s, frame.ends_s, frame.mass, strict=True):
        at = np.arange(start_s, end_s, 600.0) + min(300.0, (end_s - start_s) / 2)
        local = [datetime.fromtimestamp(t, zone) for t in at]
        total += mass * float(np.mean([POPULATION.probability(target.service, t) for t in local]))
    return total


async def lived(target: Target, month: date, year: Year) -> None:
    """A month of one service, attempt by attempt, with what is missed and lost drawn again."""
    frame = month_frame(target, month, DRAW.spacing_s)
    plan = plan_month(target, month, DRAW)
    ahead = list(plan.attempts)
    taken = [a.due_at for a in ahead]
    rows = year.months[target.service, month] = []
    while ahead:
        attempt = ahead.pop(0)
        missed = DOWN[0] <= attempt.due_at < DOWN[1]
        lost = missed
        if not missed:
            record = await run_call(attempt, POPULATION.line(attempt, target.zone))
            is_open, near_close = FACTS[target.service].hours(attempt.due_at)
            verdict = classify(record, Context(open_at_invite=is_open, near_close=near_close))
            year.called[attempt.number].append(attempt.due_at)
            year.outcomes[verdict.outcome] += 1
            rows.append(row_of(attempt, verdict.outcome))
            lost = verdict.outcome is Outcome.OWN_FAILURE
        if lost:
            after = DOWN[1] if missed else attempt.due_at + timedelta(hours=1)
            other = replacement(attempt, target, frame, taken=taken, after=after, draw=DRAW)
            if other is not None:
                year.redrawn += 1
                taken.append(other.due_at)
                ahead.append(other)
                ahead.sort(key=lambda a: a.due_at)
    year.truth[target.service, month] = truth_of(target, frame)


def row_of(attempt: Attempt, outcome: Outcome) -> ImportedAttempt:
    return ImportedAttempt(
        id=attempt.id,
        script=attempt.script,
        outcome=outcome,
        service=attempt.service,
        stratum=attempt.stratum,
        weight=attempt.weight,
        t_end=60.0,
        t_human=20.0 if outcome is Outcome.HUMAN else None,
    )


@pytest.mark.timeout(600)
async def test_a_year_of_two_hundred_services_agrees_with_the_truth() -> None:
    year = Year()
    for target in targets_of(SETTINGS).values():
        for month in MONTHS:
            await lived(target, month, year)
    assert set(year.outcomes) <= {
        Outcome.HUMAN,
        Outcome.BUSY,
        Outcome.NO_ANSWER,
        Outcome.DISSUADED,
        Outcome.OWN_FAILURE,
    }, "nobody is called outside the hours in force, on a holiday or in a night that the change of clocks made"
    assert year.outcomes[Outcome.OWN_FAILURE] > 100
    assert year.redrawn > 1000
    for times in year.called.values():
        assert min(b - a for a, b in pairwise(sorted(times))) >= timedelta(minutes=15)
    tallies = {key: tally_of(rows, t_max_s=600) for key, rows in year.months.items()}
    got = {key: rate(tally, AGENT, None) for key, tally in tallies.items()}
    held = [r.low <= year.truth[key] <= r.high for key, r in got.items() if r.low is not None and r.high is not None]
    assert len(held) == SERVICES * len(MONTHS)
    assert np.mean(held) >= 0.95, "the intervals hold what they promise"
    assert np.mean([r.denominator for r in got.values()]) > 30, "made-up losses keep the month whole"
    errors = [(r.estimate or 0) - year.truth[key] for key, r in got.items()]
    assert abs(np.mean(errors)) < 4 * np.std(errors) / len(errors) ** 0.5, "and the estimates lean to no side"
