"""What has been done of the plans: calls up now, what a month has taken, attempts our own side lost, months closed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select, text

from prober.attempt import Attempt, Purpose
from prober.outcome import Outcome
from prober.plain import attempt_from_plain
from storage.connection import Database
from storage.schema import attempts, commands, judged, plans

CLOSED = "closed"
"""Word of the row by which a month is closed."""
PLANNED = (Purpose.MEASURE.value, Purpose.PILOT.value)
"""Purposes of the attempts that plans are made of; the others are placed by whoever asks for them."""

ANNOUNCEMENTS = """
SELECT coalesce(heard ->> 'label', 'announcement'), count(DISTINCT attempt)
FROM records JOIN attempts ON id = attempt, json_array_elements(document -> 'heard') heard
WHERE service = :service AND month = :month AND purpose = 'measure' AND heard ->> 'sound' = 'recording'
GROUP BY 1 ORDER BY 1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """What the calls to one number have taken in a month."""

    number: str
    calls: int
    connected_s: float
    """From the answers to the ends."""
    agent_s: float
    """From the first live words to the ends."""


def may_change(waiting: int, *, planned: bool, closed: bool) -> bool:
    """Whether a service's figures of a month are provisional (measure.md §4.6).

    They are while attempts wait, and where a frozen plan was not closed yet, which leaves late records their time.
    """
    return bool(waiting) or (planned and not closed)


class Ledger:
    """Questions about attempts taken together."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def up(self, service: str | None = None) -> int:
        """Calls in progress; of one service, or of all."""
        wanted = select(func.count()).where(attempts.c.status == "dialling")
        if service is not None:
            wanted = wanted.where(attempts.c.service == service)
        async with self._database.begin() as c:
            return int((await c.execute(wanted)).scalar_one())

    async def used(self, month: date) -> list[Used]:
        """What all calls of a month that are over have taken, references and confirmations too, by number."""
        connected_s = func.coalesce(func.sum(attempts.c.t_end - attempts.c.t_answer), 0.0)
        agent_s = func.coalesce(func.sum(attempts.c.t_end - attempts.c.t_human), 0.0)
        wanted = (
            select(attempts.c.number, func.count(attempts.c.t_invite), connected_s, agent_s)
            .where(attempts.c.month == month, attempts.c.status == "done")
            .group_by(attempts.c.number)
        )
        async with self._database.begin() as c:
            rows = (await c.execute(wanted.order_by(attempts.c.number))).all()
        return [Used(number=r[0], calls=r[1], connected_s=r[2], agent_s=r[3]) for r in rows]

    async def under_way(self, month: date) -> list[Attempt]:
        """The calls of a month that are in progress: what they take is not known yet."""
        wanted = select(attempts.c.plan).where(attempts.c.month == month, attempts.c.status == "dialling")
        async with self._database.begin() as c:
            return [attempt_from_plain(plan) for plan in (await c.execute(wanted)).scalars()]

    async def lost(self, month: date, campaign: str) -> list[Attempt]:
        """Attempts of a month that our own side lost: it failed, or was told to stop."""
        ours = (Outcome.OWN_FAILURE.value, Outcome.OWN_CANCELLED.value)
        wanted = judged.with_only_columns(attempts.c.plan).where(
            attempts.c.month == month,
            attempts.c.campaign == campaign,
            attempts.c.purpose.in_(PLANNED),
        )
        wanted = wanted.where(judged.selected_columns.outcome.in_(ours)).order_by(attempts.c.id)
        async with self._database.begin() as c:
            return [attempt_from_plain(plan) for plan in (await c.execute(wanted)).scalars()]

    async def known(self, ids: Collection[str]) -> set[str]:
        """Those of the ids that are attempts already."""
        wanted = select(attempts.c.id).where(attempts.c.id.in_(ids))
        async with self._database.begin() as c:
            return set((await c.execute(wanted)).scalars())

    async def times(self, service: str, month: date) -> Sequence[tuple[str, datetime]]:
        """Number and time of every call of a service in a month, made or to come."""
        wanted = select(attempts.c.number, func.coalesce(attempts.c.invite_at, attempts.c.due_at)).where(
            attempts.c.service == service, attempts.c.month == month, attempts.c.status != "void"
        )
        async with self._database.begin() as c:
            return [(number, at) for number, at in await c.execute(wanted)]

    async def planned(self, month: date, campaign: str) -> list[tuple[Attempt, str]]:
        """Attempts of a campaign's month with their status, by time."""
        wanted = select(attempts.c.plan, attempts.c.status).where(
            attempts.c.month == month, attempts.c.campaign == campaign, attempts.c.confirms.is_(None)
        )
        async with self._database.begin() as c:
            rows = await c.execute(wanted.order_by(attempts.c.due_at, attempts.c.id))
            return [(attempt_from_plain(plan), status) for plan, status in rows]

    async def uncalled(self, month: date) -> list[str]:
        """Ids of the attempts of a month that wait still."""
        wanted = select(attempts.c.id).where(attempts.c.month == month, attempts.c.status.in_(("planned", "queued")))
        async with self._database.begin() as c:
            return list((await c.execute(wanted.order_by(attempts.c.id))).scalars())

    async def waiting(self, month: date, *, only: str | None = None) -> dict[str, int]:
        """Attempts of a month that are not over, by service (`only` of one): planned, queued or being made."""
        wanted = (
            select(attempts.c.service, func.count())
            .where(attempts.c.month == month, attempts.c.status.in_(("planned", "queued", "dialling")))
            .where(attempts.c.purpose == Purpose.MEASURE.value)
            .group_by(attempts.c.service)
        )
        wanted = wanted if only is None else wanted.where(attempts.c.service == only)
        async with self._database.begin() as c:
            return {row[0]: row[1] for row in await c.execute(wanted)}

    async def provisional(self, month: date) -> set[str]:
        """Services of a month whose figures may still change: attempts wait, or a frozen plan was not closed."""
        waiting, closed = await self.waiting(month), await self.closed(month) is not None
        async with self._database.begin() as c:
            planned = set((await c.execute(select(plans.c.service).where(plans.c.month == month))).scalars())
        return {s for s in planned | set(waiting) if may_change(waiting.get(s, 0), planned=s in planned, closed=closed)}

    async def pilots(self, month: date, *, only: str | None = None) -> dict[str, tuple[int, datetime]]:
        """Calls of a month that were a pilot's, by service (`only` of one): how many, and when the last was made."""
        made = func.coalesce(attempts.c.invite_at, attempts.c.due_at)
        wanted = (
            select(attempts.c.service, func.count(), func.max(made))
            .where(attempts.c.month == month, attempts.c.status == "done")
            .where(attempts.c.purpose == Purpose.PILOT.value)
            .group_by(attempts.c.service)
        )
        wanted = wanted if only is None else wanted.where(attempts.c.service == only)
        async with self._database.begin() as c:
            return {service: (n, last) for service, n, last in await c.execute(wanted)}

    async def announcements(self, service: str, month: date) -> dict[str, int]:
        """Recorded messages of a service's month by label, and in how many of its calls each was heard.

        Nothing of calls whose documents were purged.
        """
        async with self._database.begin() as c:
            rows = await c.execute(text(ANNOUNCEMENTS), {"service": service, "month": month})
            return {row[0]: row[1] for row in rows}

    async def unclosed(self, before: date) -> list[date]:
        """Months before one that have a frozen plan and were never closed, oldest first."""
        months = select(plans.c.month).distinct().where(plans.c.month < before).order_by(plans.c.month)
        async with self._database.begin() as c:
            found = list((await c.execute(months)).scalars())
        return [month for month in found if await self.closed(month) is None]

    async def closed(self, month: date) -> datetime | None:
        """When a month was closed; None while records may still come."""
        wanted = select(func.min(commands.c.given_at)).where(
            commands.c.word == CLOSED, commands.c.argument["month"].astext == f"{month:%Y-%m}"
        )
        async with self._database.begin() as c:
            at: datetime | None = (await c.execute(wanted)).scalar_one()
        return at
