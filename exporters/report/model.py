"""The Report: everything a page shows, as plain values. Pages, JSON and pictures are made of it and of nothing else."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One rate as a reader sees it."""

    identifier: str
    label: str
    x: int
    n: int
    percent: str
    interval: str
    target: str | None
    verdict: str | None
    verdict_words: str
    undecided: int
    picture: str
    """SVG; empty when there is nothing to draw."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeLine:
    """A line of the outcome table."""

    outcome: str
    words: str
    who: str
    n: int
    counted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptLine:
    """An attempt a service can check."""

    attempt_id: str
    at: str
    script: str
    outcome: str
    words: str
    rule_id: str
    answered: str
    human: str
    lasted: str
    counted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A service's month."""

    service_id: str
    name: str
    numbers: tuple[str, ...]
    month: str
    """YYYY-MM."""
    month_words: str
    simulated: bool
    t_max: str
    figures: tuple[Figure, ...]
    """K1, K2, K3 and those shown beside them."""
    outcomes: tuple[OutcomeLine, ...]
    made: int
    counted: int
    excluded: tuple[tuple[str, int], ...]
    """Why, how many."""
    curve: str
    """SVG; empty without calls."""
    reached_within: tuple[tuple[str, str], ...]
    median_wait: str
    attempts: tuple[AttemptLine, ...]
    version: str
    rules_version: str
    agent_seconds: float
    """Time of agents taken by the calls."""
