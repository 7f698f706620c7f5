"""The services that are called: who they are, their clock and their numbers."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Table, delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.connection import Database
from storage.mapping import DEFAULT_ZONE
from storage.schema import numbers, organisations, services

CHUNK = 500
"""Services read at a time, so that reading ten thousand does not hold up a call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    """Who runs services; nobody is called before its staff was told (`informed_at`, decisions.md 40)."""

    id: str
    name: str
    informed_at: datetime | None = None
    ministry: str | None = None
    contact: str | None = None
    """Where objections go."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A public service with its published numbers. `hours` and `targets` are plain data the store does not read."""

    id: str
    name: str
    organisation: str | None = None
    body: str | None = None
    zone: str = DEFAULT_ZONE
    targets: Mapping[str, Any] = field(default_factory=dict)
    hours: Mapping[str, Any] = field(default_factory=dict)
    numbers: Mapping[str, str] = field(default_factory=dict)
    """Number as dialled → its class ("short", "freephone", "surtaxed"…)."""
    department: str | None = None
    """Code of the département it serves: 61, 2A, 971."""
    yearly_calls: int | None = None
    """Incoming calls a year: its weight among other services; None: not known."""


class Catalogue:
    """Organisations and services, kept and read whole."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def save(self, bodies: Iterable[Organisation], known: Iterable[Service]) -> None:
        """Add or replace these; others stay, with what was measured of them."""
        async with self._database.begin() as c:
            for organisation in bodies:
                await _put(c, organisations, asdict(organisation))
            for service in known:
                row = asdict(service)
                published = row.pop("numbers")
                await _put(c, services, row)
                await c.execute(delete(numbers).where(numbers.c.service == service.id))
                rows = [{"service": service.id, "number": n, "number_class": k} for n, k in published.items()]
                if rows:
                    await c.execute(insert(numbers), rows)

    async def organisations(self) -> list[Organisation]:
        """All organisations, by id."""
        async with self._database.begin() as c:
            rows = (await c.execute(select(organisations).order_by(organisations.c.id))).mappings()
            return [Organisation(**row) for row in rows]

    async def services(self) -> list[Service]:
        """All services with their numbers, by id."""
        async with self._database.begin() as c:
            published: dict[str, dict[str, str]] = {}
            dialled = select(numbers).order_by(numbers.c.service, numbers.c.number)
            async with c.stream(dialled.execution_options(yield_per=CHUNK)) as rows:
                async for part in rows.partitions():
                    for row in part:
                        published.setdefault(row.service, {})[row.number] = row.number_class
            known = select(services).order_by(services.c.id).execution_options(yield_per=CHUNK)
            async with c.stream(known) as rows:
                return [
                    Service(**row, numbers=published.get(row["id"], {}))
                    async for part in rows.mappings().partitions()
                    for row in part
                ]


async def zones_of(c: AsyncConnection, wanted: Collection[str]) -> dict[str, str]:
    """Time zone of each known service."""
    found = select(services.c.id, services.c.zone).where(services.c.id.in_(wanted))
    return {row.id: row.zone for row in await c.execute(found)}


async def number_class_of(c: AsyncConnection, service: str, number: str) -> str:
    """Class of a service's number; `unknown` for one that the catalogue does not hold."""
    found = select(numbers.c.number_class).where(numbers.c.service == service, numbers.c.number == number)
    return (await c.execute(found)).scalar_one_or_none() or "unknown"


async def _put(c: AsyncConnection, table: Table, row: Mapping[str, Any]) -> None:
    put = insert(table).values(row)
    rest = {name: put.excluded[name] for name in row if name != "id"}
    await c.execute(put.on_conflict_do_update(index_elements=["id"], set_=rest))
