"""The store: what was planned, what was called, what was seen and what it means.

An attempt goes planned → queued → dialling → done, or void when it is not called at all. `claim` is the only way into
dialling and `save` the only way out: a call is dialled at most once.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Self

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import distinct_on, insert

from prober.attempt import Attempt, Purpose
from prober.classify import classify
from prober.plain import attempt_from_plain, record_from_plain
from prober.record import CallRecord
from prober.verdict import Verdict
from storage.catalogue import Catalogue
from storage.connection import Database
from storage.console import Console
from storage.counting import Counters, read_counters
from storage.declared import Declarations
from storage.figures import Figures
from storage.ledger import PLANNED, Ledger
from storage.mapping import JudgedAttempt, judged_of, verdict_of, verdict_row
from storage.prompts import PromptBook
from storage.saving import add, judge, lost, save
from storage.schema import attempts, judged, plans, records, verdicts, workers
from storage.tally import Tally
from storage.tally_sql import read_tally

WAITING = ("planned", "queued")
PLAN_COLUMNS = ("service", "month", "campaign", "seed", "frozen")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The frozen plan of a service's month: the seed it was drawn from and all that was decided in advance."""

    service: str
    month: date
    campaign: str
    seed: str
    frozen: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """The last call to a number of our own over one trunk."""

    trunk: str
    at: datetime
    ok: bool


class Store:
    """Attempts, records and verdicts in PostgreSQL. Every method raises StoreAway when the database is away.

    The database must have the current schema (`storage.migrations.upgrade`).
    """

    def __init__(self, url: str, *, connections: int = 10) -> None:
        self.database = Database(url, connections=connections)
        self.catalogue = Catalogue(self.database)
        self.console = Console(self.database)
        self.ledger = Ledger(self.database)
        self.declared = Declarations(self.database)
        self.prompts = PromptBook(self.database)
        self.figures = Figures(self.database)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close all connections."""
        await self.console.close()
        await self.database.close()

    async def freeze(self, plan: Plan, planned: Iterable[Attempt]) -> bool:
        """Keep a month's plan with its attempts; False, and nothing changed, if that plan is frozen already."""
        async with self.database.begin() as c:
            row = {name: getattr(plan, name) for name in PLAN_COLUMNS}
            new = await c.execute(insert(plans).values(row).on_conflict_do_nothing().returning(plans.c.seed))
            if new.first() is None:
                return False
            await add(c, planned)
            return True

    async def plans(self, month: date, *, service: str | None = None) -> list[Plan]:
        """The frozen plans of a month, by service and campaign; `service` None: of all."""
        wanted = select(plans).where(plans.c.month == month).order_by(plans.c.service, plans.c.campaign)
        if service is not None:
            wanted = wanted.where(plans.c.service == service)
        async with self.database.begin() as c:
            rows = (await c.execute(wanted)).mappings()
            return [Plan(**{name: row[name] for name in PLAN_COLUMNS}) for row in rows]

    async def add(self, planned: Iterable[Attempt]) -> None:
        """Plan attempts outside a frozen plan: replacements, references, confirmations. Known ids are left alone."""
        async with self.database.begin() as c:
            await add(c, planned)

    async def due(self, at: datetime, *, limit: int = 1_000) -> list[Attempt]:
        """Attempts of plans that still wait and whose time has come, oldest first."""
        found = (
            select(attempts.c.plan)
            .where(attempts.c.status == "planned", attempts.c.due_at <= at, attempts.c.purpose.in_(PLANNED))
            .order_by(attempts.c.due_at, attempts.c.id)
            .limit(limit)
        )
        async with self.database.begin() as c:
            return [attempt_from_plain(plan) for plan in (await c.execute(found)).scalars()]

    async def queue(self, attempt_id: str) -> bool:
        """Mark a planned attempt as handed to the workers; False if it was not planned any more."""
        return await self._turn(attempt_id, ("planned",), "queued")

    async def give_back(self, attempt_id: str) -> bool:
        """Plan again an attempt that the workers let go undialled; False if it was not queued any more."""
        return await self._turn(attempt_id, ("queued",), "planned")

    async def void(self, attempt_id: str) -> bool:
        """Give up an attempt before it is dialled; False if it is past that."""
        return await self._turn(attempt_id, WAITING, "void")

    async def _turn(self, attempt_id: str, before: tuple[str, ...], after: str) -> bool:
        change = update(attempts).where(attempts.c.id == attempt_id, attempts.c.status.in_(before))
        async with self.database.begin() as c:
            return (await c.execute(change.values(status=after))).rowcount == 1

    async def status(self, attempt_id: str) -> str | None:
        """`planned`, `queued`, `dialling`, `done` or `void`; None for an id the store does not know."""
        async with self.database.begin() as c:
            found = await c.execute(select(attempts.c.status).where(attempts.c.id == attempt_id))
            return found.scalar_one_or_none()

    async def status_counts(self) -> dict[str, int]:
        """How many attempts are planned, queued and dialling."""
        count = select(attempts.c.status, func.count()).where(
            or_(attempts.c.status.in_(WAITING), attempts.c.status == "dialling")
        )
        async with self.database.begin() as c:
            return {status: n async for status, n in await c.stream(count.group_by(attempts.c.status))}

    async def behind(self, at: datetime) -> tuple[int, float]:
        """Attempts whose time has come and that nobody dials yet, and seconds since the oldest was due."""
        due = select(func.count(), func.min(attempts.c.due_at)).where(
            attempts.c.status.in_(WAITING), attempts.c.due_at <= at
        )
        async with self.database.begin() as c:
            n, oldest = (await c.execute(due)).one()
        return n, (at - oldest).total_seconds() if n else 0.0

    async def claim(self, attempt_id: str, worker: str, *, per_service: int = 1) -> bool:
        """Take an attempt for dialling, before its INVITE; True for exactly one worker, once.

        False too while the number is being called, or `per_service` calls of the service are up: try again later.
        """
        async with self.database.begin() as c:
            # Claims of one service or one number wait for each other, so that the counts below are true.
            keys = select(attempts.c.service, attempts.c.number).where(attempts.c.id == attempt_id)
            row = (await c.execute(keys)).first()
            if row is None:
                return False
            for key in (f"service {row.service}", f"number {row.number}"):
                await c.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(key, 0))))
            live = attempts.alias("live")
            up = select(func.count()).where(live.c.status == "dialling")
            claimed = update(attempts).where(
                attempts.c.id == attempt_id,
                attempts.c.status.in_(WAITING),
                up.where(live.c.number == attempts.c.number).correlate(attempts).scalar_subquery() == 0,
                or_(
                    attempts.c.purpose == Purpose.REFERENCE.value,
                    up.where(live.c.service == attempts.c.service).correlate(attempts).scalar_subquery() < per_service,
                ),
            )
            done = await c.execute(claimed.values(status="dialling", worker=worker, claimed_at=func.now()))
            return done.rowcount == 1

    async def save(self, record: CallRecord, verdict: Verdict) -> bool:
        """Save a call that is over, with its events, verdict and first count, in one transaction.

        False if it was saved before: the same record may come twice, from the spool.
        """
        async with self.database.begin() as c:
            return await save(c, record, verdict, orphaned=False)

    async def orphans(
        self, lease_s: float, *, worker: str | None = None, carrying: Collection[str] | None = None
    ) -> list[Attempt]:
        """End the calls whose worker is gone as own-side failures, and give them, so that others can be drawn.

        Gone: no heartbeat, and no claim, for `lease_s`; with `worker`, only calls of that one. A worker that says what
        it is `carrying` ends what it claimed and knows nothing of: the answer to its claim was lost. Should a record
        arrive after all (it waited in a spool), `save` puts it in the place of the failure.
        """
        beat = func.greatest(workers.c.beat_at, attempts.c.claimed_at) if carrying is None else attempts.c.claimed_at
        stuck = (
            select(attempts.c.id, attempts.c.plan, attempts.c.worker)
            .outerjoin_from(attempts, workers, workers.c.name == attempts.c.worker)
            .where(attempts.c.status == "dialling", beat < func.now() - timedelta(seconds=lease_s))
            .with_for_update(of=attempts, skip_locked=True)
        )
        if worker is not None:
            stuck = stuck.where(attempts.c.worker == worker, attempts.c.id.not_in(carrying or ()))
        ended = []
        async with self.database.begin() as c:
            for row in (await c.execute(stuck.order_by(attempts.c.id))).all():
                record = lost(attempt_from_plain(row.plan), row.worker)
                if await save(c, record, classify(record), orphaned=True):
                    ended.append(record.attempt)
        return ended

    async def record(self, attempt_id: str) -> CallRecord | None:
        """The whole record of an attempt; None if there is none, or none any more."""
        wanted = select(records.c.document).where(records.c.attempt == attempt_id)
        async with self.database.begin() as c:
            document = (await c.execute(wanted)).scalar_one_or_none()
        return None if document is None else record_from_plain(document)

    async def confirmation(self, attempt_id: str) -> CallRecord | None:
        """Record of the call that confirms this one, if it was made."""
        wanted = (
            select(records.c.document)
            .join_from(records, attempts, records.c.attempt == attempts.c.id)
            .where(attempts.c.confirms == attempt_id)
            .order_by(attempts.c.invite_at.desc().nulls_last())
            .limit(1)
        )
        async with self.database.begin() as c:
            document = (await c.execute(wanted)).scalar_one_or_none()
        return None if document is None else record_from_plain(document)

    async def verdicts(self, attempt_id: str) -> list[Verdict]:
        """Every verdict an attempt ever had, oldest first; the last one holds."""
        history = select(verdicts).where(verdicts.c.attempt == attempt_id).order_by(verdicts.c.id)
        async with self.database.begin() as c:
            return [verdict_of(row) for row in (await c.execute(history)).mappings()]

    async def first_verdicts(self, month: date, service: str) -> dict[str, Verdict]:
        """Attempt → its first verdict, for those of a service's month that have another one now."""
        old = (
            select(verdicts)
            .join_from(verdicts, attempts, verdicts.c.attempt == attempts.c.id)
            .where(attempts.c.service == service, attempts.c.month == month, ~verdicts.c.current)
            .ext(distinct_on(verdicts.c.attempt))
            .order_by(verdicts.c.attempt, verdicts.c.id)
        )
        async with self.database.begin() as c:
            return {row["attempt"]: verdict_of(row) for row in (await c.execute(old)).mappings()}

    async def rejudge(self, attempt_id: str, verdict: Verdict) -> bool:
        """Let a new verdict hold and keep the old ones; False, and nothing added, if it says the same."""
        async with self.database.begin() as c:
            held = select(verdicts).where(verdicts.c.attempt == attempt_id, verdicts.c.current).with_for_update()
            row = (await c.execute(held)).mappings().first()
            if row is None or verdict_of(row) == verdict_of(verdict_row(attempt_id, verdict)):
                return False
            await judge(c, attempt_id, verdict)
            return True

    async def services_called(self, month: date) -> list[str]:
        """Ids of the services with a judged attempt in the month, in order."""
        found = judged.where(attempts.c.month == month, attempts.c.purpose == Purpose.MEASURE.value)
        ids = found.with_only_columns(attempts.c.service).distinct()
        async with self.database.begin() as c:
            return sorted((await c.execute(ids)).scalars())

    async def attempts_for_month(
        self, service: str | None, month: date, *, purpose: Purpose = Purpose.MEASURE
    ) -> AsyncIterator[JudgedAttempt]:
        """Judged attempts of a month of a service (None: of all), in the order of the calls, a few at a time."""
        wanted = judged.where(attempts.c.month == month, attempts.c.purpose == purpose.value)
        if service is not None:
            wanted = wanted.where(attempts.c.service == service)
        wanted = wanted.order_by(func.coalesce(attempts.c.invite_at, attempts.c.due_at), attempts.c.id)
        async with self.database.begin() as c, c.stream(wanted.execution_options(yield_per=500)) as rows:
            async for part in rows.mappings().partitions():
                for row in part:
                    yield judged_of(row)

    async def judged_records(
        self, *, month: date | None = None, service: str | None = None
    ) -> AsyncIterator[tuple[CallRecord, Verdict]]:
        """Whole records with the verdict that holds, for a new judgement; a few at a time."""
        wanted = judged.add_columns(records.c.document).join(records, records.c.attempt == attempts.c.id)
        if month is not None:
            wanted = wanted.where(attempts.c.month == month)
        if service is not None:
            wanted = wanted.where(attempts.c.service == service)
        async with self.database.begin() as c, c.stream(wanted.execution_options(yield_per=100)) as rows:
            async for row in rows.mappings():
                yield record_from_plain(row["document"]), verdict_of(row)

    async def references(self) -> list[Reference]:
        """The last reference call of every trunk."""
        wanted = (
            select(attempts.c.trunk, attempts.c.invite_at, attempts.c.t_answer)
            .where(attempts.c.purpose == Purpose.REFERENCE.value, attempts.c.invite_at.is_not(None))
            .ext(distinct_on(attempts.c.trunk))
            .order_by(attempts.c.trunk, attempts.c.invite_at.desc())
        )
        async with self.database.begin() as c:
            rows = (await c.execute(wanted)).all()
        return [Reference(trunk=r.trunk or "", at=r.invite_at, ok=r.t_answer is not None) for r in rows]

    async def reference_ok(self, trunk: str, at: datetime, *, within_s: float = 300.0) -> bool | None:
        """Whether the reference call nearest to an instant was answered; None if there was none that near."""
        span = timedelta(seconds=within_s)
        apart = func.abs(func.extract("epoch", attempts.c.invite_at - at))
        wanted = (
            select(attempts.c.t_answer.is_not(None))
            .where(attempts.c.purpose == Purpose.REFERENCE.value, attempts.c.trunk == trunk)
            .where(attempts.c.invite_at.between(at - span, at + span))
            .order_by(apart)
            .limit(1)
        )
        async with self.database.begin() as c:
            return (await c.execute(wanted)).scalar_one_or_none()

    async def purge(self, before: datetime) -> int:
        """Delete the documents (events, sounds heard) of calls due before an instant; gives how many.

        Milestones, verdicts and counts stay: figures do not change, but these calls cannot be judged anew.
        """
        old = select(attempts.c.id).where(attempts.c.due_at < before)
        async with self.database.begin() as c:
            return (await c.execute(delete(records).where(records.c.attempt.in_(old)))).rowcount

    async def counters(self) -> Counters:
        """What happened since the store exists; never falls."""
        async with self.database.begin() as c:
            return await read_counters(c)

    async def tally(
        self, month: date, t_max_s: float, *, services: Collection[str] | None = None, waits: bool = True
    ) -> Tally:
        """Counts and times of a month, made by SQL; `services` None: of all; `waits` False: rates alone."""
        async with self.database.begin() as c:
            return await read_tally(c, month, t_max_s, services=services, waits=waits)
