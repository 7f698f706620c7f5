"""Which services' figures are behind their calls, and the figures as they were last made.

Estimates cost far more than counts: they are made anew only where a verdict was added, and kept, so that a program that
starts shows the month at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from prober.attempt import Purpose
from prober.outcome import Outcome
from storage.connection import Database
from storage.schema import attempts, figures, verdicts
from storage.tally import Hour
from storage.tally_sql import read_week

OVERLAP = 1_000
"""Verdicts looked at again: one with a smaller id may be committed after one with a greater."""
CHUNK = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Figures of a service's month and the last verdict in them. `document` is plain data the store does not read."""

    up_to: int
    document: Mapping[str, Any]


class Figures:
    """Rows of `figures`. Every method raises StoreAway when the database is away."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def touched(self, month: date, after: int = 0) -> dict[str, int]:
        """Services of a month with verdicts after one (0: all), each with its last verdict."""
        last = (
            select(attempts.c.service, func.max(verdicts.c.id))
            .join_from(verdicts, attempts, attempts.c.id == verdicts.c.attempt)
            .where(attempts.c.month == month, attempts.c.purpose == Purpose.MEASURE.value)
            .group_by(attempts.c.service)
        )
        if after:
            last = last.where(verdicts.c.id > after - OVERLAP)
        async with self._database.begin() as c:
            return {row[0]: row[1] for row in await c.execute(last)}

    async def kept(self, month: date) -> dict[str, Kept]:
        """Everything kept of a month, by service."""
        wanted = select(figures.c.service, figures.c.up_to, figures.c.document).where(figures.c.month == month)
        async with self._database.begin() as c, c.stream(wanted.execution_options(yield_per=CHUNK)) as rows:
            return {
                r.service: Kept(up_to=r.up_to, document=r.document) async for part in rows.partitions() for r in part
            }

    async def keep(self, month: date, service: str, made: Kept) -> None:
        """Keep figures in the place of older ones; does nothing if newer ones are there."""
        row = {"month": month, "service": service, "up_to": made.up_to, "document": dict(made.document)}
        put = insert(figures).values(row)
        new = {"up_to": put.excluded.up_to, "document": put.excluded.document, "made_at": func.now()}
        newer = put.excluded.up_to >= figures.c.up_to
        async with self._database.begin() as c:
            await c.execute(put.on_conflict_do_update(index_elements=["month", "service"], set_=new, where=newer))

    async def drop(self, before: date) -> None:
        """Forget the months before one: they can be made again."""
        async with self._database.begin() as c:
            await c.execute(figures.delete().where(figures.c.month < before))

    async def week(self, service: str, month: date, t_max_s: float) -> tuple[Hour, ...]:
        """When its patient callers of a month called and who reached a human, by the verdicts that hold."""
        async with self._database.begin() as c:
            return await read_week(c, month, t_max_s, service)

    async def reached(self, service: str, months: tuple[date, ...], limit: int) -> list[bool]:
        """Whether a human was reached, attempt by attempt, oldest first: the last `limit` decided ones."""
        decided = [o.value for o in Outcome if o.in_service_denominator and o is not Outcome.INDETERMINATE]
        wanted = (
            select(verdicts.c.outcome == Outcome.HUMAN.value)
            .join_from(attempts, verdicts, verdicts.c.attempt == attempts.c.id)
            .where(attempts.c.service == service, attempts.c.month.in_(months), verdicts.c.current)
            .where(attempts.c.purpose == Purpose.MEASURE.value, verdicts.c.outcome.in_(decided))
            .order_by(func.coalesce(attempts.c.invite_at, attempts.c.due_at).desc(), attempts.c.id.desc())
            .limit(limit)
        )
        async with self._database.begin() as c:
            return list(reversed((await c.execute(wanted)).scalars().all()))
