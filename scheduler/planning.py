"""Plans drawn ahead and frozen in the store: the running month's rest, and the next one's before it begins."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from scheduler.planner import Draw, MonthPlan, Target, TooMany, plan_month
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
        for month in sorted({today.replace(day=1), (today + timedelta(days=ahead_days)).replace(day=1)}):
            for sentence in await freeze_month(store, {target.service: target}, draw, month):
                log.error("%s", sentence)


async def freeze_month(store: Store, targets: Mapping[str, Target], draw: Draw, month: date) -> list[str]:
    """Draw and freeze one month where it is not; gives a sentence for each service that cannot be planned."""
    now = datetime.now(UTC)
    known = {p.service for p in await store.plans(month) if p.campaign == draw.campaign}
    refused = []
    for target in (t for t in targets.values() if t.service not in known):
        try:
            await _freeze(store, plan_month(target, month, draw), target.service, draw, month, now)
        except TooMany as error:
            refused.append(str(error))
    return refused


async def _freeze(store: Store, drawn: MonthPlan, service: str, draw: Draw, month: date, now: datetime) -> None:
    if drawn.shortened:
        log.warning("%s: %s", service, drawn.shortened)
    frozen = frozen_of(drawn, draw)
    plan = Plan(service=service, month=month, campaign=draw.campaign, seed=draw.seed, frozen=frozen)
    await store.freeze(plan, [a for a in drawn.attempts if a.due_at > now])


def frozen_of(drawn: MonthPlan, draw: Draw) -> dict[str, Any]:
    """What is kept with a plan: all that was decided in advance."""
    return {
        "weights": drawn.weights,
        "weights_source": drawn.weights_source,
        "sha256": drawn.digest,
        "t_max_s": draw.limits.max_wait_s,
        "spacing_s": draw.spacing_s,
        "margin": draw.margin,
        "working_days": draw.working_days,
        "days": drawn.days,
        "attempts": len(drawn.attempts),
        "open_s": drawn.open_s,
        "most": drawn.most,
        "shortened": drawn.shortened,
        "direct_counts": draw.direct_counts,
    }
