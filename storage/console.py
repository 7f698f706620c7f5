"""What people and processes tell each other through rows: commands, heartbeats, reviews, one scheduler."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from psycopg.conninfo import make_conninfo
from sqlalchemy import ColumnElement, func, literal_column, select, text
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from prober.outcome import Outcome
from storage.address import plain_url
from storage.connection import PATIENCE, Database, StoreAway
from storage.schema import commands, reviews, workers

CHANNEL = "decroche_commands"
SCHEDULER_LOCK = 0x64656373
LOOK_S = 2.0
"""A command is seen after this at the latest, even when its notification was lost (decisions.md 33)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A person's word to the running scheduler: `pause`, `resume`…"""

    id: int
    word: str
    argument: Mapping[str, Any]
    given_by: str
    given_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """A process that places calls, and when it was last heard of."""

    name: str
    details: Mapping[str, Any]
    beat_at: datetime


class Console:
    """Rows by which the parts of a running system steer each other."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._holder: AsyncConnection | None = None
        self._asking = asyncio.Lock()

    async def close(self) -> None:
        """Let another scheduler take over."""
        if self._holder is not None:
            await self._holder.close()
            self._holder = None

    async def single_scheduler(self) -> bool:
        """True if we are the one scheduler of this database; held until closed. Ask again before each round:

        after a restart of the database another one may have taken our place.
        """
        async with self._asking:  # two timers of one program that ask at once get one answer
            return await self._hold()

    async def _hold(self) -> bool:
        lock = text("SELECT pg_try_advisory_lock(:key)").bindparams(key=SCHEDULER_LOCK)
        try:
            if self._holder is not None:
                await self._holder.execute(text("SELECT 1"))
                return True
            self._holder = await self._database.hold()
            if (await self._holder.execute(lock)).scalar_one():
                return True
        except DBAPIError:
            if self._holder is not None:
                await self._holder.invalidate()
        await self.close()
        return False

    async def give(self, word: str, given_by: str, argument: Mapping[str, Any] | None = None) -> int:
        """Leave a command and wake whoever listens; gives its id."""
        row = {"word": word, "given_by": given_by, "argument": dict(argument or {})}
        async with self._database.begin() as c:
            command_id: int = (await c.execute(insert(commands).values(row).returning(commands.c.id))).scalar_one()
            await c.execute(select(func.pg_notify(CHANNEL, str(command_id))))
        return command_id

    async def commands(self, after: int = 0) -> AsyncGenerator[Command, None]:
        """Commands with a higher id as they come, without end; outlives a database that goes away."""
        address = make_conninfo(plain_url(self._database.url), **PATIENCE)
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(address, autocommit=True) as listening:
                    await listening.execute(f"LISTEN {CHANNEL}")
                    while True:
                        for command in await self._given(after):
                            after = command.id
                            yield command
                        async for _ in listening.notifies(timeout=LOOK_S, stop_after=1):
                            pass
            except (psycopg.OperationalError, StoreAway):
                await asyncio.sleep(LOOK_S / 2)

    async def _given(self, after: int) -> list[Command]:
        async with self._database.begin() as c:
            rows = await c.execute(select(commands).where(commands.c.id > after).order_by(commands.c.id))
            return [Command(**row) for row in rows.mappings()]

    async def standing(self) -> tuple[int, frozenset[str | None]]:
        """Id of the last command given, and which services are paused now; None stands for all of them.

        A general resume lifts a general pause; a service that was paused by name is resumed by name.
        """
        service: ColumnElement[str | None] = literal_column("argument ->> 'service'")
        words = select(commands.c.id, commands.c.word, service).where(commands.c.word.in_(("pause", "resume")))
        newest = words.ext(distinct_on(service)).order_by(service, commands.c.id.desc())
        async with self._database.begin() as c:
            last = (await c.execute(select(func.coalesce(func.max(commands.c.id), 0)))).scalar_one()
            rows = (await c.execute(newest)).all()
        return last, frozenset(row[2] for row in rows if row[1] == "pause")

    async def beat(self, name: str, details: Mapping[str, Any] | None = None) -> None:
        """Say that a worker lives."""
        row = {"name": name, "details": dict(details or {}), "beat_at": func.now()}
        put = insert(workers).values(row)
        new = {"details": put.excluded.details, "beat_at": put.excluded.beat_at}
        async with self._database.begin() as c:
            await c.execute(put.on_conflict_do_update(index_elements=["name"], set_=new))

    async def workers(self) -> list[Worker]:
        """All workers ever heard of, by name."""
        async with self._database.begin() as c:
            rows = await c.execute(select(workers).order_by(workers.c.name))
            return [Worker(**row) for row in rows.mappings()]

    async def review(self, attempt_id: str, reviewer: str, outcome: Outcome, *, sampled: bool, note: str = "") -> None:
        """Keep a person's word on an attempt; `sampled` if it was drawn at random for the detector check."""
        row = {
            "attempt": attempt_id,
            "reviewer": reviewer,
            "outcome": outcome.value,
            "sampled": sampled,
            "note": note,
        }
        async with self._database.begin() as c:
            await c.execute(insert(reviews).values(row))
