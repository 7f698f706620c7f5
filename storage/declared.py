"""What services say of themselves: kept beside what was measured, never counted with it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from datetime import date

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from storage.connection import Database
from storage.schema import declared


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """A service's own figures of a month, from one source. Counts of calls; None where the source does not say."""

    service: str
    month: date
    source: str
    presented: int | None = None
    """Calls presented: what counts as presented, `definition` says."""
    answered: int | None = None
    dissuaded: int | None = None
    definition: str


class Declarations:
    """The declared figures, kept and read."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def save(self, rows: Iterable[Declared]) -> None:
        """Keep these, all or none; figures of the same service, month and source are replaced."""
        async with self._database.begin() as c:
            for row in rows:
                put = insert(declared).values(asdict(row))
                rest = {f.name: put.excluded[f.name] for f in fields(Declared)}
                await c.execute(put.on_conflict_do_update(index_elements=["service", "month", "source"], set_=rest))

    async def of_month(self, month: date, *, service: str | None = None) -> list[Declared]:
        """Those of a month, by service and source."""
        wanted = select(declared).where(declared.c.month == month)
        if service is not None:
            wanted = wanted.where(declared.c.service == service)
        async with self._database.begin() as c:
            rows = (await c.execute(wanted)).mappings()
            return sorted((Declared(**row) for row in rows), key=lambda d: (d.service, d.source))
