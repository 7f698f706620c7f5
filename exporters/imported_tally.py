"""Tally of imported attempts: in Python what the store makes in SQL (see `storage.tally`), and the ids behind a KPI."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

from exporters.definitions import for_the_service
from exporters.imported import ImportedAttempt
from exporters.kpi import members, successes
from prober.attempt import Script
from prober.outcome import Outcome
from storage.tally import Cell, Day, Ending, Enquiries, Review, Stratum, Tally, Times

PARIS = ZoneInfo("Europe/Paris")
BEFORE_A_HUMAN = ("t_alert", "t_answer", "t_ivr", "t_optout", "t_queue")
"""Milestones of an attempt whatever its end."""


def tally_of(
    attempts: Iterable[ImportedAttempt],
    *,
    t_max_s: float,
    unknown: frozenset[str] = frozenset(),
    review: Review | None = None,
    direct_counts: bool = False,
    numbers_sampled: bool = False,
) -> Tally:
    """Counts and sorted times of the attempts, cut at t_max_s; days are those of Paris, for a file names no zone.

    `numbers_sampled`: the numbers called are a sample of more, so calls to one number are not independent.
    """
    rows = [cut(a, t_max_s) for a in attempts]
    counts: Counter[Cell] = Counter()
    for row in rows:
        counts[cell_of(row, direct_counts, number=row.number if numbers_sampled else "")] += row.count
    counted = [r for r in rows if for_the_service(cell_of(r))]
    return Tally(
        t_max_s=t_max_s,
        cells=tuple(replace(cell, count=n) for cell, n in sorted(counts.items(), key=lambda c: repr(c[0]))),
        strata=_strata(rows),
        alert_times=_times(counted, lambda r: r.t_alert),
        answer_times=_times(counted, lambda r: r.t_answer),
        human_times=_times(counted, lambda r: _ended_s(r, t_max_s), ending),
        queue_times=_times(counted, lambda r: _waited_s(r, t_max_s), ending),
        days=_days(counted, direct_counts),
        enquiries=_enquiries(counted),
        review=review,
        unknown=unknown,
    )


def attempt_ids(
    identifier: str, attempts: Iterable[ImportedAttempt], t_max_s: float, *, direct_counts: bool = False
) -> tuple[list[int | str], list[int | str]]:
    """Ids in the denominator of a KPI, and those in its numerator, in order of id."""
    cells = [(a.id, cell_of(cut(a, t_max_s), direct_counts)) for a in attempts]
    return [i for i, c in cells if members(identifier, c)], [i for i, c in cells if successes(identifier, c)]


def cut(attempt: ImportedAttempt, t_max_s: float) -> ImportedAttempt:
    """The attempt as it would have been with patience t_max_s."""

    late: dict[str, Any] = {name: None for name in BEFORE_A_HUMAN if (getattr(attempt, name) or 0.0) > t_max_s}
    attempt = replace(attempt, **late) if late else attempt
    ended_s = attempt.t_end if attempt.t_human is None else attempt.t_human
    decided = attempt.outcome.in_service_denominator and attempt.outcome is not Outcome.INDETERMINATE
    if decided and ended_s is not None and ended_s > t_max_s:
        waiting = Outcome.QUEUE_TIMEOUT
        return replace(attempt, outcome=waiting, t_human=None, t_end=t_max_s, subclass=None, phase=None)
    return attempt


def cell_of(
    attempt: ImportedAttempt, direct_counts: bool = False, *, price_breach: bool = False, number: str = ""
) -> Cell:
    """The cell that counts the attempt."""
    announced = attempt.outcome is Outcome.ANNOUNCEMENT_UNANSWERED
    return Cell(
        service=attempt.service,
        script=attempt.script,
        stratum=attempt.stratum,
        outcome=attempt.outcome,
        subclass=attempt.subclass if announced else None,
        phase=attempt.phase if attempt.outcome is Outcome.DROPPED else None,
        alerted=attempt.t_alert is not None,
        answered=attempt.t_answer is not None,
        has_ivr=attempt.t_ivr is not None,
        has_optout=attempt.t_optout is not None,
        queued=attempt.t_queue is not None,
        price_breach=price_breach,
        direct_counts=direct_counts and attempt.script is Script.DIRECT,
        number=number,
    )


def ending(attempt: ImportedAttempt) -> Ending:
    """How the wait of an attempt of the service denominator ended."""
    if attempt.outcome is Outcome.HUMAN:
        return Ending.HUMAN
    ours = attempt.outcome in (Outcome.QUEUE_TIMEOUT, Outcome.INDETERMINATE)
    return Ending.OURS if ours else Ending.SERVICE


def _ended_s(attempt: ImportedAttempt, t_max_s: float) -> float | None:
    ended_s = attempt.t_human if attempt.outcome is Outcome.HUMAN else attempt.t_end
    return None if ended_s is None else min(ended_s, t_max_s)


def _waited_s(attempt: ImportedAttempt, t_max_s: float) -> float | None:
    ended_s = _ended_s(attempt, t_max_s)
    return None if attempt.t_queue is None or ended_s is None else ended_s - attempt.t_queue


def _times(
    attempts: Iterable[ImportedAttempt],
    of: Callable[[ImportedAttempt], float | None],
    ending_of: Callable[[ImportedAttempt], Ending] | None = None,
) -> tuple[Times, ...]:
    groups: dict[tuple[str, Script, str, Ending | None], list[float]] = defaultdict(list)
    for a in attempts:
        at_s = of(a)
        if at_s is not None:
            groups[a.service, a.script, a.stratum, ending_of(a) if ending_of else None] += [at_s] * a.count
    return tuple(
        Times(service=service, script=script, stratum=stratum, ending=how, at_s=tuple(sorted(times)))
        for (service, script, stratum, how), times in sorted(groups.items(), key=lambda g: (g[0][:3], g[0][3] or 0))
    )


def _days(attempts: Sequence[ImportedAttempt], direct_counts: bool) -> tuple[Day, ...]:
    n: Counter[tuple[Script, bool, str]] = Counter()
    x: Counter[tuple[Script, bool, str]] = Counter()
    for a in attempts:
        if a.at is None:
            return ()
        key = (a.script, direct_counts and a.script is Script.DIRECT, f"{a.at.astimezone(PARIS):%Y-%m-%d}")
        n[key] += a.count
        x[key] += a.count * (a.outcome is Outcome.HUMAN)
    return tuple(Day(script=k[0], direct_counts=k[1], day=k[2], n=n[k], x=x[k]) for k in sorted(n))


def _strata(attempts: Iterable[ImportedAttempt]) -> tuple[Stratum, ...]:
    seen = {(a.service, a.script, a.stratum, a.weight) for a in attempts if a.weight is not None}
    return tuple(Stratum(service=s, script=c, name=n, weight=w) for s, c, n, w in sorted(seen))


def _enquiries(attempts: Sequence[ImportedAttempt]) -> Enquiries | None:
    named = {(a.service, a.enquiry) for a in attempts if a.enquiry is not None}
    reached = {(a.service, a.enquiry) for a in attempts if a.enquiry is not None and a.outcome is Outcome.HUMAN}
    return Enquiries(total=len(named), reached=len(reached)) if named else None
