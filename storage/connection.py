"""The way to the database: one pool, transactions, and one word for "the database is away"."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar

from sqlalchemy import exc
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from prober.failures import DecrocheError
from storage.address import driver_url

PATIENCE = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 3,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
}
"""libpq: seconds, the last one milliseconds; a server that vanished is known within 20 s."""


class StoreAway(DecrocheError):
    """The database does not answer; what was to be saved waits in the spool."""


class StoreRefused(DecrocheError):
    """The database answers and does not take these data."""


@contextmanager
def answering() -> Iterator[None]:
    """Turns whatever says that no server answers into StoreAway."""
    try:
        yield
    except (exc.OperationalError, exc.InterfaceError, exc.TimeoutError, OSError) as error:
        raise StoreAway(f"the database does not answer: {_first_line(error)}") from error


_together: ContextVar[tuple[object, AsyncConnection | None]] = ContextVar("_together", default=(None, None))


class Database:
    """A pool of connections to one PostgreSQL."""

    def __init__(self, url: str, *, connections: int = 10) -> None:
        self.url = url
        self.engine: AsyncEngine = create_async_engine(
            driver_url(url), pool_size=connections, max_overflow=0, pool_pre_ping=True, connect_args=PATIENCE
        )

    @asynccontextmanager
    async def together(self) -> AsyncIterator[None]:
        """One transaction for every question this task asks inside the block, one after the other. Raises StoreAway.

        Each on its own asks the server four times: whether it is there, to begin, the question, to end.
        """
        async with self.begin() as c:
            token = _together.set((self, c))
            try:
                yield
            finally:
                _together.reset(token)

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[AsyncConnection]:
        """A transaction: committed at the end of the block, undone on any error. Raises StoreAway, StoreRefused.

        Inside `together` it is part of that one.
        """
        of, within = _together.get()
        if within is not None and of is self:
            yield within
            return
        try:
            with answering():
                async with self.engine.begin() as c:
                    yield c
        except (exc.DataError, exc.IntegrityError) as error:
            raise StoreRefused(f"the database refuses the data: {_first_line(error)}") from error

    async def hold(self) -> AsyncConnection:
        """A connection of its own, for a lock that lasts as long as the connection. Raises StoreAway."""
        with answering():
            c = await self.engine.connect()
            return await c.execution_options(isolation_level="AUTOCOMMIT")

    async def close(self) -> None:
        """Close all connections."""
        await self.engine.dispose()


def _first_line(error: BaseException) -> str:
    said = str(getattr(error, "orig", None) or error).strip()
    return said.splitlines()[0] if said else type(error).__name__
