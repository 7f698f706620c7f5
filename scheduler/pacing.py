"""How much calling is allowed: ceilings of a service, the budget of a month, what a call costs. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

NO_LIMIT = np.iinfo(np.int64).max // 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Ceiling:
    """What a service is never called more often than; None: no ceiling."""

    per_day: int | None = None
    per_month: int | None = None
    traffic_share: float | None = None
    """Of the calls that the service receives, in the month and in each hour whose traffic is known."""
    received_per_month: int | None = None
    """Calls that the service receives; without it the share cannot be held."""


def allowed(ceiling: Ceiling, asked: int, *, open_days: int) -> tuple[int, str]:
    """How many of the calls asked for may be planned in a month, and why fewer; the reason is empty if all may."""
    share, received = ceiling.traffic_share, ceiling.received_per_month
    limits = [
        (ceiling.per_month, f"at most {ceiling.per_month} calls a month"),
        (
            None if ceiling.per_day is None else ceiling.per_day * open_days,
            f"at most {ceiling.per_day} calls a day on {open_days} open days",
        ),
        (
            None if share is None or received is None else int(share * received + 1e-9),
            f"at most {share or 0:.1%} of the {received} calls that the service receives",
        ),
    ]
    least, why = min(((limit, why) for limit, why in limits if limit is not None), default=(asked, ""))
    return (asked, "") if least >= asked else (least, f"{least} attempts instead of {asked}: {why}")


def hourly_room(ceiling: Ceiling, mass: NDArray[np.float64]) -> NDArray[np.int64]:
    """Calls that the share of the traffic allows in each cell of a month; one at least."""
    if ceiling.traffic_share is None or ceiling.received_per_month is None:
        return np.full(len(mass), NO_LIMIT)
    return np.maximum(1, np.ceil(ceiling.traffic_share * ceiling.received_per_month * mass)).astype(np.int64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """What a carrier takes for one class of numbers."""

    call_eur: float = 0.0
    minute_eur: float = 0.0

    def of(self, connected_s: float) -> float:
        """Euros of a call of this many connected seconds."""
        return self.call_eur + self.minute_eur * connected_s / 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What calls have taken."""

    euros: float = 0.0
    minutes: float = 0.0
    agent_s: float = 0.0

    def __add__(self, other: Spent) -> Spent:
        return Spent(
            euros=self.euros + other.euros,
            minutes=self.minutes + other.minutes,
            agent_s=self.agent_s + other.agent_s,
        )

    def times(self, n: int) -> Spent:
        """n times as much."""
        return Spent(euros=n * self.euros, minutes=n * self.minutes, agent_s=n * self.agent_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """Hard stops of a month; None: no stop."""

    euros: float | None = None
    minutes: float | None = None
    agent_s: float | None = None
    prices: Mapping[str, Price] = field(default_factory=dict)
    """By price class of the number called."""

    @property
    def limited(self) -> bool:
        """True if anything stops."""
        return not (self.euros is None and self.minutes is None and self.agent_s is None)

    def worst(self, price_class: str, longest_s: float, agent_s: float) -> Spent:
        """The most that one call can take: connected from the first second to the last."""
        price = self.prices.get(price_class, Price())
        return Spent(euros=price.of(longest_s), minutes=longest_s / 60, agent_s=agent_s)

    def exceeded(self, spent: Spent) -> str:
        """Which stop this would pass; empty for none."""
        for name, limit, unit in (
            ("euros", self.euros, "euros"),
            ("minutes", self.minutes, "minutes"),
            ("agent_s", self.agent_s, "seconds of agents"),
        ):
            if limit is not None and getattr(spent, name) > limit + 1e-9:
                return f"the budget of {limit:g} {unit} a month"
        return ""
