"""Estimates: what the KPIs of one period are worth. Shares are 0 to 1, delays in seconds; None: it cannot be said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from exporters.statistics.clusters import Clustered
from exporters.statistics.interval import Interval
from exporters.statistics.verdict import TargetVerdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What a rate should reach, and since when."""

    identifier: str
    value: float
    since: date | None = None
    """None: always."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """The rate without the errors of the detector, from the reviewed sample."""

    estimate: float | None = None
    """None, and so are the bounds and both shares, where the sample cannot correct: it lacks a person or a call
    without one, or the detector is no better than a coin."""
    low: float | None = None
    high: float | None = None
    sensitivity: float | None = None
    specificity: float | None = None
    reviewed: int
    humans: int
    """Of the reviewed, those in which the reviewer found a person."""
    humans_found: int
    """Of those, what the detector found too; `others_confirmed` likewise of the rest."""
    others_confirmed: int
    read_twice: int = 0
    """Attempts that two reviewers read, whether or not the detector could decide them."""
    agreed: int = 0
    """Of them, those on which both say the same."""
    kappa: float | None = None
    """Cohen's: their agreement beyond chance; None where nothing is to be agreed on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """x of n with its interval."""

    numerator: int
    denominator: int
    estimate: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """A KPI that is a share of attempts. numerator and denominator are counts of attempts, never weighted."""

    code: str
    identifier: str
    label_fr: str
    numerator: int | None
    denominator: int | None
    estimate: float | None = None
    """Undecided attempts are not in its numerator."""
    low: float | None = None
    """With all the undecided outside the numerator."""
    high: float | None = None
    """With all the undecided in the numerator."""
    method: str | None = None
    deff: float | None = None
    """Design effect: what weights and clusters make of the variance; 1 for plain attempts."""
    by_number: Clustered | None = None
    """Where the numbers are a sample of more: what the interval was made of."""
    by_day: Clustered | None = None
    """Of a rate with a target: the interval if every day were one draw, unweighted, and how alike a day's calls are."""
    chart: Interval | None = None
    """Wilson, for pictures and comparisons; the undecided left outside the numerator."""
    chart_most: Interval | None = None
    """The same with the undecided in the numerator."""
    early: Interval | None = None
    """While the period runs, of a rate with a target: bounds that hold at every look; unweighted."""
    undecided: int = 0
    worst: float | None = None
    best: float | None = None
    corrected: Correction | None = None
    pessimistic: Share | None = None
    """Network failures counted as failures."""
    by_script: Mapping[str, Share] = field(default_factory=dict)
    target: float | None = None
    raw_verdict: TargetVerdict | None = None
    verdict: TargetVerdict | None = None
    gates: tuple[str, ...] = ()
    """Why the verdict is `insufficient`."""
    reason: str | None = None
    """Why there is no estimate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """Share of callers with a human within a time, and where the others are."""

    estimate: float
    low: float | None
    high: float | None
    ended_by_service: float | None = None
    still_waiting: float | None = None
    waiting_low: float | None = None
    waiting_high: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delay:
    """A KPI in seconds. What `estimate` is, `method` says."""

    code: str
    identifier: str
    label_fr: str
    denominator: int | None
    numerator: int | None = None
    """Attempts among them that reached a human; None where that is not the question."""
    estimate: float | None = None
    low: float | None = None
    high: float | None = None
    method: str | None = None
    points: Mapping[str, Point] = field(default_factory=dict)
    """By horizon in seconds."""
    details: Mapping[str, float | None] = field(default_factory=dict)
    """Further figures in seconds, named: p90, median_among_reached."""
    by_script: Mapping[str, Delay] = field(default_factory=dict)
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimates:
    """Every KPI of measure.md §5.4 for one tally, by identifier, in the order K1 to K14."""

    t_max_s: float
    attempts: int
    own: int
    """Of them, failures of the probe: excluded."""
    network: int
    """Of them, failures of the network: excluded."""
    outcomes: Mapping[str, int]
    """Attempts by outcome, all 25, zeros too."""
    weighted: bool
    kpis: Mapping[str, Rate | Delay]
