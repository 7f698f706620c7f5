"""Plans drawn ahead and frozen in the store: the running month's rest, and the next one's before it begins."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from scheduler.planner import Draw, Target, TooMany, plan_month
from storage.store import Plan, Store

log = logging.getLogger(__name__)


async def seed_of(store: Store, campaign: str, seed: int | None) -> str:
    """The campaign's seed; where its file has none, the one of a plan frozen this month, else a new one."""
    if seed is not None:
        return str(seed)
    month = datetime.now(ZoneInfo("Europe/Paris")).date().replace(day=1)
    frozen = [p for p in await store.plans(month) if p.campaign == campaign]
    return frozen[0].seed if frozen else secrets.token_hex(16)


async def freeze_plans(store: Store, targets: Mapping[str, Target], draw: Draw, *, ahead_days: float) -> None:
    """Draw and freeze what is not frozen yet. Times already past are left out: a late start is never a burst."""
    now = datetime.now(UTC)
    for target in targets.values():
        today = now.astimezone(ZoneInfo(target.zone)).date()
        months = {today.replace(day=1), (today + timedelta(days=ahead_days)).replace(day=1)}
        for month in sorted(months):
            await _freeze(store, target, draw, month, now)


async def _freeze(store: Store, target: Target, draw: Draw, month: date, now: datetime) -> None:
    if any(p.service == target.service and p.campaign == draw.campaign for p in await store.plans(month)):
        return
    try:
        drawn = plan_month(target, month, draw)
    except TooMany as error:
        log.error("%s", error)
        return
    frozen = {
        "weights": drawn.weights,
        "weights_source": drawn.weights_source,
        "sha256": drawn.digest,
        "attempts": len(drawn.attempts),
        "t_max_s": draw.limits.max_wait_s,
        "spacing_s": draw.spacing_s,
    }
    plan = Plan(service=target.service, month=month, campaign=draw.campaign, seed=draw.seed, frozen=frozen)
    await store.freeze(plan, [a for a in drawn.attempts if a.due_at > now])
