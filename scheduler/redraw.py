"""Attempts that our own side lost or missed, drawn again in their stratum: later, spaced, never in a burst."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import date, datetime
from zoneinfo import ZoneInfo

from prober.attempt import Attempt
from scheduler.planner import Draw, Target, month_frame, replacement, replacement_id
from scheduler.sampling import Frame
from storage.store import Store

Refuses = Callable[[Attempt], Awaitable[str]]


class Redraw:
    """Draws replacements. `targets`: service id → what a replacement is drawn from."""

    def __init__(self, store: Store, targets: Mapping[str, Target], draw: Draw) -> None:
        self.store, self.targets, self.draw = store, targets, draw
        self._frames: dict[tuple[str, date], Frame] = {}

    def stands(self, planned: Attempt) -> bool:
        """Whether an attempt may still be called by today's settings: a plan is frozen, leave to call is not.

        False where its service or number was taken out or is kept without calls, and where its instant lies on a day
        off, in a quiet period, outside the hours or the campaign. Of another campaign's attempts nothing is known here:
        True.
        """
        if planned.campaign != self.draw.campaign or not planned.stratum:
            return True
        target = self.targets.get(planned.service)
        if target is None or target.attempts == 0 or planned.number not in {line.number for line in target.lines}:
            return False
        month = planned.due_at.astimezone(ZoneInfo(target.zone)).date().replace(day=1)
        return any(start <= planned.due_at <= end for start, end in target.openings(month))

    async def another(self, lost: Attempt, now: datetime) -> Attempt | None:
        """Plan the attempt that replaces a lost one; None where its stratum has no free time left in its month."""
        target = self.targets.get(lost.service)
        if target is None or target.attempts == 0:
            return None
        month = lost.due_at.astimezone(ZoneInfo(target.zone)).date().replace(day=1)
        times = await self.store.ledger.times(lost.service, month)
        taken = [at for number, at in times if number == lost.number]
        frame = self._frame(target, month)
        full = frame.without(_full_days(target, [at for _, at in times]))
        other = replacement(lost, target, full, taken=taken, after=now, draw=self.draw)
        if other is not None:
            await self.store.add([other])
        return other

    async def make_up(self, month: date, now: datetime, refuses: Refuses) -> int:
        """Replace what our own side lost in a month and nobody has replaced yet; gives how many.

        `refuses`: says why a call would be too much for the budget; nothing is drawn that could not be called.
        """
        lost = {replacement_id(a.id): a for a in await self.store.ledger.lost(month, self.draw.campaign)}
        known = await self.store.ledger.known(lost)
        drawn = 0
        for attempt in (a for id, a in lost.items() if id not in known):
            if not await refuses(attempt):
                drawn += await self.another(attempt, now) is not None
        return drawn

    def _frame(self, target: Target, month: date) -> Frame:
        key = target.service, month
        if key not in self._frames:
            self._frames = {k: f for k, f in self._frames.items() if k[1] >= month}
            self._frames[key] = month_frame(target, month, self.draw.spacing_s)
        return self._frames[key]


def _full_days(target: Target, times: list[datetime]) -> set[int]:
    """Ordinals of the days on which the service is called as often as it may be."""
    if target.ceiling.per_day is None:
        return set()
    days = [at.astimezone(ZoneInfo(target.zone)).date().toordinal() for at in times]
    return {day for day in days if days.count(day) >= target.ceiling.per_day}
