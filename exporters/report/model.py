"""The Report of a service's month: plain values and no words. Pages, pictures, PDF and JSON are made of it alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from exporters.estimates import Estimates, Rate
from prober.attempt import Script
from prober.outcome import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberLine:
    """A published number: what it costs the caller, and whether this body may use it."""

    number: str
    price: str
    """`free`, `ordinary` or `surtaxed`."""
    surtax_forbidden: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """The service as its page presents it."""

    id: str
    name: str
    organisation: str = ""
    zone: str = "Europe/Paris"
    numbers: tuple[NumberLine, ...] = ()
    hours: str = ""
    """Published hours of the line, in opening_hours syntax."""
    hours_assumed: bool = False
    contact: str = ""
    """Where objections go."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """What makes the month reproducible."""

    version: str
    rules_version: str
    settings_sha256: str = ""
    seeds: tuple[str, ...] = ()
    plans_sha256: tuple[str, ...] = ()
    planned: int | None = None
    """Attempts of the frozen plan; None without one."""
    weights_source: str = ""
    """`hourly_traffic`, `open_minutes`, or nothing: no weights."""
    direct_campaigns: tuple[str, ...] = ()
    """Campaigns whose plan said that script `direct` counts for both targets."""
    pilot: int = 0
    """Calls of a pilot period, made to learn the prompts and not counted."""
    pilot_until: str = ""
    """Day of the last of them, by the service's clock."""
    closed_on: str = ""
    """Day on which the month was closed, by the service's clock; nothing while it is not, or without a plan."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptLine:
    """One attempt, cut at T_max as the figures see it. Times in seconds from the INVITE."""

    id: str
    at: str
    """ISO 8601, by the service's clock."""
    number: str
    script: Script
    outcome: Outcome
    rule_id: str
    subclass: str | None
    phase: str | None
    flags: tuple[str, ...]
    stratum: str
    t_answer: float | None
    t_ivr: float | None
    t_queue: float | None
    t_human: float | None
    t_end: float | None
    announced_wait_s: float | None
    kpis: Mapping[str, bool]
    """KPI it is in the denominator of → it is in the numerator too."""
    cell: str = ""
    """Cell of the grid, `<weekday> <band>`; nothing when it is not in the grid."""
    with_network: bool = False
    """In the denominator of K2 with network failures as failures."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CurvePoint:
    """Where the callers are at a time; the three shares sum to 1."""

    at_s: float
    human: float
    ended: float
    waiting: float


@dataclass(frozen=True, slots=True, kw_only=True)
class GridCell:
    """Attempts of a weekday (0 is Monday) and a band of hours, and those that reached a human."""

    weekday: int
    band: int
    x: int
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """Hours × weekdays. Bands are as narrow as the number of attempts allows, never chosen on their results."""

    bands: tuple[tuple[int, int], ...]
    """First hour, and the hour it ends at."""
    weekdays: tuple[int, ...]
    cells: tuple[GridCell, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A step on the way to a human: how many came that far, and what ended the others before the next step."""

    name: str
    """`made`, `counted`, `answered`, `queued`, `reached`."""
    n: int
    lost: tuple[tuple[Outcome, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StratumLine:
    """A stratum of the plan: its share of the incoming calls, and what was called."""

    script: Script
    name: str
    weight: float
    n: int
    x: int
    own: int
    """Attempts that our own side lost: selective, if they are many in one stratum."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Without:
    """The judged rates without some attempts that count: those with a flag, `near_close` or `strike`."""

    flag: str
    n: int
    """Attempts of the service denominator that are left out."""
    rates: Mapping[str, Rate]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """Our numbers that were shown to the service. Which they are is not published: it could tell our calls by them."""

    numbers: int
    low: tuple[int, int]
    """x of n calls that reached a human, of the number that reached fewest; `high`: of the one that reached most."""
    high: tuple[int, int]
    proven: bool
    """Chance does not explain the difference."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Change of a rate since another month, with the interval of the difference (measure.md §4.8)."""

    identifier: str
    since: str
    """YYYY-MM."""
    difference: float
    low: float
    high: float

    @property
    def proven(self) -> bool:
        """True if "rose" or "fell" may be said."""
        return self.low > 0 or self.high < 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """Something to act on: x of n attempts met `kind`, an outcome or `price`, `worst_cell`."""

    kind: str
    x: int
    n: int
    cell: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """A day that was not like the others: x of its n counted attempts, `kind` is `strike` or `nobody`.

    `prompts`: the voice server changed that day; x of the n attempts since then are undecided.
    """

    day: str
    kind: str
    x: int
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """Waits announced by the service beside those lived, and offers to call back."""

    announced: int
    announced_median_s: float | None
    lived_median_s: float | None
    """Of the same attempts, to the human or to the end."""
    longer_than_announced: int
    callback_offered: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredLine:
    """What the service says of its month, in its own words; never counted with what was measured."""

    source: str
    presented: int | None
    answered: int | None
    dissuaded: int | None
    definition: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RejudgedAttempt:
    """An attempt whose outcome is another than at first."""

    id: str
    before: Outcome
    after: Outcome
    rules_before: str
    rule_before: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejudged:
    """The month as it was judged at first, where a later judgement says something else."""

    attempts: tuple[RejudgedAttempt, ...]
    rules_before: tuple[str, ...]
    rates: Mapping[str, Rate]
    """The two judged rates by the first verdicts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Provisional:
    """Why the figures may still change; no verdict is given until then (measure.md §4.6)."""

    waiting: int
    """Attempts of the plan that are still to be made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A service's month."""

    service: Described
    month: str
    """YYYY-MM, by the service's clock."""
    simulated: bool
    provisional: Provisional | None
    """None: nothing of the month is expected any more."""
    t_max_s: float
    estimates: Estimates
    method: Method
    curves: Mapping[Script, tuple[CurvePoint, ...]]
    funnel: tuple[Stage, ...]
    grid: Grid
    strata: tuple[StratumLine, ...]
    facts: tuple[Fact, ...]
    changes: tuple[Change, ...]
    incidents: tuple[Incident, ...]
    waits: Waits
    menus: tuple[str, ...]
    """Keys and words that led to an agent, one way a line."""
    announcements: Mapping[str, int]
    """Label of a recorded message → calls in which it was heard."""
    agent_s: float
    """Time of agents taken by the calls."""
    attempts: tuple[AttemptLine, ...]
    declared: tuple[DeclaredLine, ...] = ()
    without: tuple[Without, ...] = ()
    shown: Shown | None = None
    rejudged: Rejudged | None = None
