"""Verdict of an interval against a target, and the gates that make it `insufficient`.

Source: measure.md §4.4. "met" means that the data exclude a rate under the target at 2.5 % risk.
"""

from __future__ import annotations

from enum import StrEnum

from exporters.statistics.clusters import FEW_DF
from exporters.statistics.interval import Interval

RUNNING = "the month is not closed"
LEAST_N = 30
MOST_UNDECIDED = 0.10
MOST_OWN = 0.20
DOUBTFUL_OWN, DOUBTFUL_NETWORK = 0.10, 0.02
"""Shares of failures of our side and of the network above which a reader is warned (K13 and K12)."""


class TargetVerdict(StrEnum):
    """What the data say about a target."""

    MET = "met"
    NOT_MET = "not_met"
    INCONCLUSIVE = "inconclusive"
    INSUFFICIENT = "insufficient"


def against(interval: Interval, target: float) -> TargetVerdict:
    """The arithmetic verdict: the whole interval on one side of the target, or inconclusive."""
    if interval.low >= target:
        return TargetVerdict.MET
    return TargetVerdict.NOT_MET if interval.high < target else TargetVerdict.INCONCLUSIVE


def closed_gates(*, n: int, df: float, undecided: float, own: float, running: bool = False) -> tuple[str, ...]:
    """Reasons why no verdict may be given, one short sentence each; empty when it may.

    n attempts in the denominator, df of the variance, shares of undecided attempts and of own-side failures (0 to 1);
    `running`: more attempts of the period are to come, and who looks early and often is misled (measure.md §4.6).
    """
    gates = (
        (running, RUNNING),
        (n < LEAST_N, f"{n} attempts, at least {LEAST_N} are needed"),
        (df < FEW_DF, f"{df:g} degrees of freedom, at least {FEW_DF} are needed"),
        (undecided > MOST_UNDECIDED, f"{undecided:.0%} of attempts undecided, at most {MOST_UNDECIDED:.0%} may be"),
        (own > MOST_OWN, f"{own:.0%} of attempts failed on our side, at most {MOST_OWN:.0%} may"),
    )
    return tuple(sentence for closed, sentence in gates if closed)
