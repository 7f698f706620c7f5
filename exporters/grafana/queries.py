"""PromQL that dashboards and rules share. Several programs on one database show the same counts: `max` takes one."""

from __future__ import annotations

from exporters.statistics.verdict import LEAST_N

RATES = (
    "agent_pickup_rate",
    "agent_pickup_rate_queued",
    "human_reach_rate",
    "dissuasion_rate",
    "drop_rate",
    "still_waiting_rate",
)
"""KPIs that are rolled up: shares, each service with the weight of its attempts."""
ATTEMPTS = "decroche_attempts_total"


def quoted(variable: str) -> str:
    """A variable's value as a PromQL string.

    Between quotes of our own, Grafana would write two backslashes before the apostrophe of « l'Intérieur ».
    """
    return f"${{{variable}:doublequote}}"


def one(metric: str, *labels: str) -> str:
    """A stored figure once, however many programs show it."""
    return f"max by ({', '.join(labels)}) ({metric})"


def increase(metric: str, span: str, *labels: str) -> str:
    """What a stored counter rose by, counted once."""
    return f"max by ({', '.join(labels)}) (increase({metric}[{span}]))"


def attempts(span: str) -> str:
    """Attempts of a span, by service, script and outcome."""
    return increase(ATTEMPTS, span, "service", "script", "outcome")


def by_who(span: str) -> str:
    """Attempts of a span, by who answers for their outcome."""
    who = one("decroche_outcome_info", "outcome", "who")
    return f"sum by (who) ({attempts(span)} * on (outcome) group_left (who) {who})"


def enough(figure: str, n: str, on: str) -> str:
    """A figure where there are attempts enough, and nothing where there are not."""
    return f"{figure} and on ({on}) {n} >= {LEAST_N}"


def too_few(figure: str, n: str, on: str) -> str:
    """A figure that attempts are too few for: to be drawn in grey."""
    return f"{figure} and on ({on}) {n} < {LEAST_N}"
