"""Tally: everything the KPIs need of a period, as counts and sorted times, with no attempt in it.

Two feeders make it, SQL over the store and `exporters.imported` over the rows of a file, and `exporters.kpi` reads it:
one definition of the KPIs for both (decisions.md 22). Times are seconds from the INVITE unless said otherwise.

For whoever writes the SQL. Take the attempts of purpose `measure` whose t_invite falls in the month, in the service's
zone (decisions.md 21), with their current verdict; `indeterminate` stays in. Then, row by row and before grouping,
*cut at T_max*:

    ended_s = coalesce(t_human, t_end)
    outcome is in the service denominator, is not `indeterminate`, and ended_s > t_max_s
        => outcome := queue_timeout, t_human := NULL, t_end := t_max_s, subclass := NULL, phase := NULL
    every other milestone > t_max_s => NULL

so that an old month can be counted again with a smaller T_max. (A `queue_timeout` never has a t_human: near misses
are a flag.) All GROUP BYs below are on the rows after this cut. Row order never matters: times are sorted.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

from prober.attempt import Script
from prober.outcome import Outcome


class Ending(IntEnum):
    """How a wait ended (measure.md §4.7, decisions.md 20)."""

    OURS = 0
    """Cut by us, censored: `queue_timeout`, `indeterminate`."""
    HUMAN = 1
    """A human of the service: outcome `human`."""
    SERVICE = 2
    """Every other outcome of the service denominator."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """`count` attempts that are alike in all that matters to a rate: GROUP BY all the other fields.

    All attempts are here, our own failures too: what is excluded is decided by the KPI, not by the feeder.
    """

    service: str
    script: Script
    stratum: str
    """Attempt.stratum, "" if none. Read as "<weekday group> <hour band>": "Mon 09", "Tue-Thu 09-11"."""
    outcome: Outcome
    subclass: str | None = None
    """Verdict.subclass: only that of `announcement_unanswered` is used; NULL for the others keeps the cells few."""
    phase: str | None = None
    """Verdict.phase, where a `dropped` call was cut: `answer`, `ivr`, `queue`; NULL for other outcomes."""
    alerted: bool = False
    """t_alert IS NOT NULL."""
    answered: bool = False
    """t_answer IS NOT NULL."""
    has_ivr: bool = False
    """t_ivr IS NOT NULL."""
    has_optout: bool = False
    """t_optout IS NOT NULL."""
    queued: bool = False
    """t_queue IS NOT NULL."""
    price_breach: bool = False
    """A price was announced (flag `price_announced`) by a service that may not use a surtaxed number."""
    direct_counts: bool = False
    """Script `direct` only: the frozen plan says that it counts in K2 and in K3 (decisions.md 10)."""
    number: str = ""
    """Set only where the numbers called are a sample of more (a file says so): calls to one of them share its staff."""
    count: int = 1


class Hour(NamedTuple):
    """A service's patient callers in an hour of the week, by its clock: who counts for it, and who reached a human."""

    weekday: int
    """1 is Monday."""
    hour: int
    n: int
    reached: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """Attempts of the service denominator of one script and day, by the service's clock; x reached a human.

    Where services are pooled, so are their days: a strike is one day for all of them.
    """

    script: Script
    direct_counts: bool
    day: str
    """YYYY-MM-DD."""
    n: int
    x: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Stratum:
    """A stratum of the frozen plan and its share of the service's incoming calls, called or not.

    The weights of the frozen plan, of strata without an attempt too, and of attempts planned beside it. None at all
    when the plan has no weights. Within (service, script) the weights sum to 1.
    """

    service: str
    script: Script
    name: str
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """Sorted times of one kind: array_agg(t ORDER BY t) GROUP BY service, script, stratum (and ending for waits).

    Only attempts of the service denominator (outcomes 1 to 7 left out). A row that lacks the time is left out; the
    KPI sees that from the counts and says so.
    """

    service: str
    script: Script
    stratum: str
    at_s: tuple[float, ...]
    ending: Ending | None = None
    """Set in `human_times` and `queue_times`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Enquiries:
    """Enquiries of up to three attempts (measure.md §5.1): how many, and how many with an attempt `human`.

    Own-side failures are not tries: an enquiry without any attempt of the service denominator is not counted.
    """

    total: int
    reached: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """The reviewed random sample: the detector's word against the reviewer's, "is there a human of the service?".

    Counts attempts of the service denominator, both words decided (no `indeterminate`), whatever T_max is. Where two
    reviewers or more read an attempt the last word holds, and the last two are compared.
    """

    human_found: int
    """Reviewer: human; detector: human."""
    human_missed: int
    """Reviewer: human; detector: none."""
    other_confirmed: int
    """Reviewer: none; detector: none."""
    other_taken_for_human: int
    """Reviewer: none; detector: human."""
    both_human: int = 0
    """Read by two: both say human."""
    only_first_human: int = 0
    only_last_human: int = 0
    both_other: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Counts and times of one service, or several, over one period. Equal tallies give equal figures."""

    t_max_s: float
    cells: tuple[Cell, ...]
    strata: tuple[Stratum, ...] = ()
    alert_times: tuple[Times, ...] = ()
    """t_alert (K4)."""
    answer_times: tuple[Times, ...] = ()
    """t_answer (K5)."""
    human_times: tuple[Times, ...] = ()
    """K6, with ending: t_human for HUMAN, least(t_end, t_max_s) for SERVICE and OURS."""
    queue_times: tuple[Times, ...] = ()
    """K7, attempts with t_queue only, with ending: the same instants minus t_queue."""
    days: tuple[Day, ...] = ()
    """Sorted; none where an attempt's day is not known."""
    enquiries: Enquiries | None = None
    """None when the period had no enquiry plan."""
    review: Review | None = None
    """None when nothing was reviewed."""
    unknown: frozenset[str] = frozenset()
    """Columns that the source does not have (t_answer, phase…): a KPI that needs one is null. Empty for the store."""
