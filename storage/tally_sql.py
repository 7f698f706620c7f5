"""The Tally of a month, made by PostgreSQL: no attempt is loaded, only counts and sorted times (decisions.md 22)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from typing import Any

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncConnection

from prober.attempt import Script
from prober.outcome import Outcome
from storage.mapping import DEFAULT_ZONE
from storage.tally import Cell, Day, Ending, Hour, Review, Stratum, Tally, Times

IN_MONTH = """purpose = 'measure' AND month = :month
    AND (CAST(:services AS text[]) IS NULL OR service = ANY(:services))"""

CUT = f"""
WITH chosen AS MATERIALIZED (
    SELECT id, service, month, campaign, script, stratum, invite_at, outcome, subclass, phase, flags,
        t_alert, t_answer, t_ivr, t_optout, t_queue, t_human, t_end,
        context ->> 'surtax_forbidden' AS surtax_forbidden, outcome = ANY(:denominator) AS counts,
        outcome = ANY(:denominator) AND outcome <> 'indeterminate'
            AND coalesce(t_human, t_end, 0) > :t_max_s AS late
    FROM judged WHERE {IN_MONTH}
), cut AS (
    SELECT id, service, script, stratum, invite_at, counts,
        CASE WHEN late THEN 'queue_timeout' ELSE outcome END AS outcome,
        CASE WHEN NOT late AND outcome = 'announcement_unanswered' THEN subclass END AS subclass,
        CASE WHEN NOT late AND outcome = 'dropped' THEN phase END AS phase,
        CASE WHEN NOT late THEN t_human END AS t_human,
        CASE WHEN late THEN :t_max_s ELSE t_end END AS t_end,
        CASE WHEN t_alert <= :t_max_s THEN t_alert END AS t_alert,
        CASE WHEN t_answer <= :t_max_s THEN t_answer END AS t_answer,
        CASE WHEN t_ivr <= :t_max_s THEN t_ivr END AS t_ivr,
        CASE WHEN t_optout <= :t_max_s THEN t_optout END AS t_optout,
        CASE WHEN t_queue <= :t_max_s THEN t_queue END AS t_queue,
        'price_announced' = ANY(flags)
            AND coalesce(CAST(surtax_forbidden AS boolean), false) AS price_breach,
        script = 'direct' AND EXISTS (
            SELECT FROM plans p WHERE p.service = chosen.service AND p.month = chosen.month
                AND p.campaign = chosen.campaign AND CAST(p.frozen ->> 'direct_counts' AS boolean)
        ) AS direct_counts
    FROM chosen
)
"""
"""The rows of the month, cut at T_max as `storage.tally` says."""

CELLS = """
SELECT service, script, stratum, outcome, subclass, phase,
    t_alert IS NOT NULL AS alerted, t_answer IS NOT NULL AS answered, t_ivr IS NOT NULL AS has_ivr,
    t_optout IS NOT NULL AS has_optout, t_queue IS NOT NULL AS queued, price_breach, direct_counts,
    count(*) AS count
FROM cut GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13
"""

TIMES = """
, ended AS (
    SELECT *,
        CASE outcome WHEN 'human' THEN 1 WHEN 'queue_timeout' THEN 0 WHEN 'indeterminate' THEN 0 ELSE 2 END AS ending,
        CASE WHEN outcome = 'human' THEN t_human WHEN t_end > :t_max_s THEN :t_max_s ELSE t_end END AS wait_s
    FROM cut WHERE counts
)
SELECT service, script, stratum, ending,
    array_agg(t_alert ORDER BY t_alert) FILTER (WHERE t_alert IS NOT NULL) AS alert_s,
    array_agg(t_answer ORDER BY t_answer) FILTER (WHERE t_answer IS NOT NULL) AS answer_s,
    array_agg(wait_s ORDER BY wait_s) FILTER (WHERE wait_s IS NOT NULL) AS human_s,
    array_agg(wait_s - t_queue ORDER BY wait_s - t_queue)
        FILTER (WHERE wait_s IS NOT NULL AND t_queue IS NOT NULL) AS queue_s
FROM ended GROUP BY 1, 2, 3, 4
"""

STRATA = f"""
WITH planned AS MATERIALIZED (
    SELECT DISTINCT service, campaign, script, stratum, weight FROM attempts WHERE {IN_MONTH} AND weight IS NOT NULL
)
SELECT service, script, stratum, avg(weight) AS weight FROM (
    SELECT service, script, stratum, weight FROM planned
    UNION
    SELECT p.service, drawn.script, named.key, CAST(named.value AS double precision)
    FROM (SELECT DISTINCT service, campaign, script FROM planned) drawn
        JOIN plans p ON p.service = drawn.service AND p.campaign = drawn.campaign AND p.month = :month,
        jsonb_each_text(p.frozen -> 'weights') named
) said GROUP BY 1, 2, 3
"""
"""One row a stratum, those of the frozen plan in which nothing was drawn too: their callers count with a neighbour's.
Where two campaigns weigh a stratum differently, the mean, or its calls would count twice."""

WEEK = """
SELECT CAST(extract(isodow FROM at) AS int), CAST(extract(hour FROM at) AS int), count(*),
    count(*) FILTER (WHERE outcome = 'human')
FROM (
    SELECT cut.outcome, cut.invite_at AT TIME ZONE coalesce(s.zone, :zone) AS at
    FROM cut LEFT JOIN services s ON s.id = cut.service
    WHERE cut.counts AND cut.invite_at IS NOT NULL AND (cut.script = 'agent' OR cut.direct_counts)
) hours GROUP BY 1, 2 ORDER BY 1, 2
"""

DAYS = """
SELECT script, direct_counts, to_char(at, 'YYYY-MM-DD') AS day, count(*) AS n,
    count(*) FILTER (WHERE outcome = 'human') AS x
FROM (
    SELECT cut.script, cut.direct_counts, cut.outcome, cut.invite_at AT TIME ZONE coalesce(s.zone, :zone) AS at
    FROM cut LEFT JOIN services s ON s.id = cut.service WHERE cut.counts AND cut.invite_at IS NOT NULL
) placed GROUP BY 1, 2, 3
"""

REVIEW = """
, said AS (
    SELECT DISTINCT ON (r.attempt, r.reviewer) r.attempt, r.id, r.outcome
    FROM reviews r JOIN chosen ON chosen.id = r.attempt
    WHERE r.sampled ORDER BY r.attempt, r.reviewer, r.id DESC
), spoken AS (
    SELECT attempt, outcome = 'human' AS human, outcome <> 'indeterminate' AS sure,
        row_number() OVER (PARTITION BY attempt ORDER BY id DESC) AS turn
    FROM said
), compared AS (
    SELECT last.human AS said_human, chosen.outcome = 'human' AS heard_human, before.human AS other_said_human,
        last.sure AND chosen.outcome <> 'indeterminate' AS checks, last.sure AND before.sure AS twice
    FROM chosen JOIN spoken last ON last.attempt = chosen.id AND last.turn = 1
        LEFT JOIN spoken before ON before.attempt = chosen.id AND before.turn = 2
    WHERE chosen.counts
)
SELECT
    count(*) FILTER (WHERE checks AND said_human AND heard_human) AS human_found,
    count(*) FILTER (WHERE checks AND said_human AND NOT heard_human) AS human_missed,
    count(*) FILTER (WHERE checks AND NOT said_human AND NOT heard_human) AS other_confirmed,
    count(*) FILTER (WHERE checks AND NOT said_human AND heard_human) AS other_taken_for_human,
    count(*) FILTER (WHERE twice AND other_said_human AND said_human) AS both_human,
    count(*) FILTER (WHERE twice AND other_said_human AND NOT said_human) AS only_first_human,
    count(*) FILTER (WHERE twice AND NOT other_said_human AND said_human) AS only_last_human,
    count(*) FILTER (WHERE twice AND NOT other_said_human AND NOT said_human) AS both_other
FROM compared
"""
"""Before the cut: whether the detector hears a person does not depend on how long a caller would have waited."""


async def read_tally(
    c: AsyncConnection,
    month: date,
    t_max_s: float,
    *,
    services: Collection[str] | None = None,
    waits: bool = True,
) -> Tally:
    """Tally of a month (its first day) cut at T_max; `services` None: all. Without `waits` neither times nor days nor
    review: rates alone need none.

    Enquiries are not planned yet: None.
    """
    judging = _asked(month, t_max_s, services)
    cells = (await c.execute(text(CUT + CELLS), judging)).mappings().all()
    # A report asks for the same month a year ago too, which most services do not have.
    timed = text(CUT + TIMES) if cells and waits else None
    times: Sequence[RowMapping] = () if timed is None else (await c.execute(timed, judging)).mappings().all()
    dated = text(CUT + DAYS) if timed is not None else None
    days = [] if dated is None else (await c.execute(dated, {**judging, "zone": DEFAULT_ZONE})).mappings().all()
    review = (await c.execute(text(CUT + REVIEW), judging)).mappings().one() if cells and waits else None
    planned = {name: judging[name] for name in ("month", "services")}
    strata = (await c.execute(text(STRATA), planned)).all()
    # Sorted here and not by the server, whose collation is another on every machine.
    times = sorted(times, key=lambda r: (r["service"], r["script"], r["stratum"], r["ending"]))
    counted = [Cell(**{**r, "script": Script(r["script"]), "outcome": Outcome(r["outcome"])}) for r in cells]
    return Tally(
        t_max_s=t_max_s,
        # No two are alike in what comes before their counts.
        cells=tuple(sorted(counted, key=repr)),
        strata=tuple(
            Stratum(service=service, script=Script(name), name=stratum, weight=weight)
            for service, name, stratum, weight in sorted(strata)
        ),
        alert_times=_merged(times, "alert_s"),
        answer_times=_merged(times, "answer_s"),
        human_times=tuple(_times(r, r["human_s"], Ending(r["ending"])) for r in times if r["human_s"]),
        queue_times=tuple(_times(r, r["queue_s"], Ending(r["ending"])) for r in times if r["queue_s"]),
        days=tuple(
            sorted(
                (Day(**{**r, "script": Script(r["script"])}) for r in days),
                key=lambda d: (d.script, d.direct_counts, d.day),
            )
        ),
        review=Review(**review) if review and any(review.values()) else None,
    )


async def read_week(c: AsyncConnection, month: date, t_max_s: float, service: str) -> tuple[Hour, ...]:
    """When a service's patient callers of a month called, cut at T_max; hours without a call are not there."""
    asked = {**_asked(month, t_max_s, [service]), "zone": DEFAULT_ZONE}
    return tuple(Hour(*row) for row in await c.execute(text(CUT + WEEK), asked))


def _asked(month: date, t_max_s: float, services: Collection[str] | None) -> dict[str, Any]:
    """What CUT wants to know."""
    return {
        "month": month,
        "t_max_s": t_max_s,
        "services": None if services is None else sorted(services),
        "denominator": [o.value for o in Outcome if o.in_service_denominator],
    }


def _merged(rows: Iterable[RowMapping], column: str) -> tuple[Times, ...]:
    """Times of all endings together."""
    together: dict[tuple[str, str, str], tuple[RowMapping, list[float]]] = {}
    for row in rows:
        key = (row["service"], row["script"], row["stratum"])
        together.setdefault(key, (row, []))[1].extend(row[column] or ())
    return tuple(_times(row, sorted(at_s)) for row, at_s in together.values() if at_s)


def _times(row: RowMapping, at_s: Iterable[Any], ending: Ending | None = None) -> Times:
    return Times(
        service=row["service"], script=Script(row["script"]), stratum=row["stratum"], at_s=tuple(at_s), ending=ending
    )
