"""The hard stop: whether a call fits into the budget of its month beside the worst that calls under way can take."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from prober.attempt import Attempt, Limits
from prober.number import price_class
from scheduler.pacing import Budget, Price, Spent
from storage.connection import StoreAway
from storage.store import Store

ZONE = ZoneInfo("Europe/Paris")


async def over_budget(store: Store, budget: Budget, at: datetime, limits: Limits, more: Attempt | None = None) -> str:
    """Which stop of the month of `at` would be passed, in a few words; empty for none.

    Counted: all calls made, all calls in progress at their longest, and `more`, a call the store does not hold yet.
    """
    if not budget.limited:
        return ""
    taken = Spent()
    try:
        spent = await store.ledger.used(at.astimezone(ZONE).date().replace(day=1))
    except StoreAway:
        return "the store is away, so the budget is not known"
    for used in spent:
        kind = price_class(used.number)
        price = budget.prices.get(kind, Price())
        taken += Spent(
            euros=used.calls * price.call_eur + price.minute_eur * used.connected_s / 60,
            minutes=used.connected_s / 60,
            agent_s=used.agent_s,
        )
        taken += _worst(budget, used.number, limits).times(used.up)
    if more is not None:
        taken += _worst(budget, more.number, more.limits)
    return budget.exceeded(taken)


def _worst(budget: Budget, number: str, limits: Limits) -> Spent:
    longest_s = limits.max_wait_s + max(limits.grace_s, limits.grace_speech_s) + limits.agent_s
    return budget.worst(price_class(number), longest_s, limits.agent_s)
