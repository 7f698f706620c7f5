"""How far a month of the store is: what is still to be called, what a pilot's calls were, when it was closed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Self

from exporters.report.model import Provisional
from storage.ledger import may_change
from storage.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Of one month. Says nothing of the clock: the same store gives the same report on any day."""

    closed_at: datetime | None
    waiting: Mapping[str, int]
    """Service → attempts still to be made."""
    pilots: Mapping[str, tuple[int, datetime]]
    """Service → calls of a pilot, and the last of them."""

    @classmethod
    async def of(cls, store: Store, month: date, *, only: str | None = None) -> Self:
        """Read it; `only` of one service."""
        ledger = store.ledger
        return cls(
            closed_at=await ledger.closed(month),
            waiting=await ledger.waiting(month, only=only),
            pilots=await ledger.pilots(month, only=only),
        )

    def provisional(self, service: str | None, *, planned: bool) -> Provisional | None:
        """Why the figures of a service (None: of all) may still change; None if they may not.

        `planned`: there is a frozen plan, so the scheduler closes the month once late records had their time.
        """
        waiting = sum(self.waiting.values()) if service is None else self.waiting.get(service, 0)
        changing = may_change(waiting, planned=planned, closed=self.closed_at is not None)
        return Provisional(waiting=waiting) if changing else None
