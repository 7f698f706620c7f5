"""A month's plans as they are shown: drawn anew for a dry run, or frozen in the store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from prober.attempt import Attempt
from scheduler.assemble import campaign_seed, draw_of, targets_of
from scheduler.load import Pace
from scheduler.planner import TooMany, plan_month
from scheduler.planning import freeze_month, frozen_of, seed_of
from storage.cli import open_store
from storage.store import Store

if TYPE_CHECKING:
    from config.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A month of a campaign."""

    month: date
    campaign: str
    plans: tuple[Mapping[str, Any], ...]
    """One a service: service, attempts, days, open_h, most, weights_source, seed, sha256, state."""
    attempts: tuple[tuple[Attempt, str], ...]
    """With their status, by time."""
    refused: tuple[str, ...] = ()
    """Sentences about services that cannot be planned."""
    shortened: tuple[str, ...] = ()
    """Sentences about services that get fewer attempts than asked for."""
    pace: Pace = Pace()


def drawn(settings: Settings, month: date, seed: str) -> Planned:
    """What would be planned; nothing is kept. `seed` where the campaign has none."""
    name, own = campaign_seed(settings)
    draw = draw_of(settings, seed if own is None else str(own))
    plans, attempts, refused, shortened = [], [], [], []
    for target in targets_of(settings).values():
        try:
            made = plan_month(target, month, draw)
        except TooMany as error:
            refused.append(str(error))
            continue
        if made.shortened:
            shortened.append(f"{target.service}: {made.shortened}")
        plans.append(_row(target.service, draw.seed, frozen_of(made, draw), len(made.attempts), "not frozen"))
        attempts += [(a, "planned") for a in made.attempts]
    return Planned(
        month=month,
        campaign=name,
        plans=tuple(plans),
        attempts=tuple(sorted(attempts, key=lambda row: row[0].due_at)),
        refused=tuple(refused),
        shortened=tuple(shortened),
    )


async def frozen(settings: Settings, month: date) -> Planned:
    """The frozen plans of a month; those that are not frozen yet are drawn and frozen first."""
    name, own = campaign_seed(settings)
    async with open_store(settings) as here:
        store = here.store
        draw = draw_of(settings, await seed_of(store, name, own))
        refused = await freeze_month(store, targets_of(settings), draw, month)
        plans = [p for p in await store.plans(month) if p.campaign == name]
        attempts = await store.ledger.planned(month, name)
        pace = await _pace(store, month)
    counts: dict[str, int] = {}
    for attempt, status in attempts:
        counts[attempt.service] = counts.get(attempt.service, 0) + (status != "void")
    return Planned(
        month=month,
        campaign=name,
        plans=tuple(_row(p.service, p.seed, p.frozen, counts.get(p.service, 0), "frozen") for p in plans),
        attempts=tuple(attempts),
        refused=tuple(refused),
        shortened=tuple(f"{p.service}: {p.frozen['shortened']}" for p in plans if p.frozen.get("shortened")),
        pace=pace,
    )


async def _pace(store: Store, month: date) -> Pace:
    """Means of the calls of this month and the one before; guesses where there were none."""
    before = (month - timedelta(days=1)).replace(day=1)
    used = [u for m in (before, month) for u in await store.ledger.used(m)]
    calls = sum(u.calls for u in used)
    if not calls:
        return Pace()
    return Pace(
        connected_s=sum(u.connected_s for u in used) / calls, agent_s=sum(u.agent_s for u in used) / calls, calls=calls
    )


def _row(service: str, seed: str, frozen: Mapping[str, Any], attempts: int, state: str) -> dict[str, Any]:
    return {
        "service": service,
        "attempts": attempts,
        "days": frozen.get("days", ""),
        "open_h": round(frozen["open_s"] / 3600) if "open_s" in frozen else "",
        "most": frozen.get("most", ""),
        "weights": frozen.get("weights", {}),
        "weights_source": frozen.get("weights_source", ""),
        "seed": seed,
        "sha256": frozen.get("sha256", ""),
        "state": state,
    }
