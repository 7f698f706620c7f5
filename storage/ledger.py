"""What has been done of the plans: calls up now, seconds and calls spent, attempts our own side lost, months closed."""

from __future__ import annotations

from sqlalchemy import func, select

from storage.connection import Database
from storage.schema import attempts


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
