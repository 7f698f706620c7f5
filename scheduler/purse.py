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


async def over_budget(store: Store, budget: Budget, at: datetime, more: Attempt | None = None) -> str:
    """Which stop of the month of `at` would be passed, in a few words; empty for none.

    Counted: all calls made, all calls in progress as long as each may last, and `more`, a call the store does not hold
    yet.
    """
    if not budget.limited:
        return ""
    taken = Spent()
    try:
        month = at.astimezone(ZONE).date().replace(day=1)
        up = await store.ledger.under_way(
            month
        )  # first: a call that ends in between is counted twice, never not at all
        spent = await store.ledger.used(month)
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
    for attempt in (*up, more):
        if attempt is not None:
            taken += _worst(budget, attempt.number, attempt.limits)
    return budget.exceeded(taken)


def _worst(budget: Budget, number: str, limits: Limits) -> Spent:
    longest_s = limits.max_wait_s + max(limits.grace_s, limits.grace_speech_s) + limits.agent_s
    return budget.worst(price_class(number), longest_s, limits.agent_s)
