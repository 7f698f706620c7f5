"""A month's plan, drawn at random and frozen: when each number is called, with which script, in which stratum. Pure.

Starts are uniform over the minutes the line is open. Sorted uniforms on the open time less the spacing, each moved by
its rank times the spacing, are uniform over all sets of starts that keep the spacing (decisions.md 23).
"""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from prober.attempt import Attempt, Limits, Policy, Profile, Purpose, Script

STEP = timedelta(minutes=5)
"""Opening hours are read at this grain."""
BANDS = ((0, 11, "morning"), (11, 14, "midday"), (14, 24, "afternoon"))
DAYS = ("monday", "tuesday-thursday", "tuesday-thursday", "tuesday-thursday", "friday", "weekend", "weekend")


class TooMany(ValueError):
    """More calls are asked for than the open time of a line can hold at the spacing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A number of a service, as the planner sees it."""

    number: str
    profile: Profile = Profile()
    trunk: str | None = None
    share: float = 1.0
    """Of the service's calls."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A service to be called."""

    service: str
    zone: str
    hours: Callable[[datetime], tuple[bool, bool]]
    lines: tuple[Line, ...]
    scripts: tuple[Script, ...]
    hourly_traffic: tuple[float, ...] = ()
    """Share of the service's calls in each hour of the day, 24 values; empty: in proportion to the open minutes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """What the whole plan shares."""

    campaign: str
    attempts: int
    """Eligible attempts per service, month and script, before the margin."""
    margin: float
    spacing_s: float
    seed: str
    limits: Limits
    policy: Policy
    pilot_until: date | None = None
    """Calls up to this day, by the service's clock, are a pilot's."""

    def purpose_at(self, at: datetime, zone: str) -> Purpose:
        """Whether a call at this instant will be counted."""
        pilot = self.pilot_until is not None and at.astimezone(ZoneInfo(zone)).date() <= self.pilot_until
        return Purpose.PILOT if pilot else Purpose.MEASURE


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthPlan:
    """Attempts in the order of their due times, and what they were drawn from."""

    attempts: tuple[Attempt, ...]
    weights: dict[str, float]
    """Stratum → share of the traffic, by open minutes."""
    weights_source: str
    """`hourly_traffic` or `open_minutes`."""

    @property
    def digest(self) -> str:
        """SHA-256 of the plan: a frozen plan can be shown not to have changed."""
        rows = [[a.id, a.number, a.script.value, a.due_at.isoformat(), a.stratum] for a in self.attempts]
        return hashlib.sha256(json.dumps(rows).encode()).hexdigest()


def plan_month(target: Target, month: date, draw: Draw) -> MonthPlan:
    """Draw a service's month. Raises TooMany with the largest number of calls its open time can hold."""
    rng = random.Random(f"{draw.seed}/{target.service}/{month:%Y-%m}")
    slots = open_slots(target, month)
    weights = strata_weights(slots, target.zone, target.hourly_traffic)
    wanted = [s for s in target.scripts for _ in range(round(draw.attempts * (1 + draw.margin)))]
    rng.shuffle(wanted)
    attempts: list[Attempt] = []
    for line, scripts in zip(target.lines, _split(wanted, [ln.share for ln in target.lines]), strict=True):
        for due_at, script in zip(spaced(slots, len(scripts), draw.spacing_s, rng, target), scripts, strict=True):
            stratum = stratum_of(due_at, target.zone)
            attempts.append(
                Attempt(
                    id=f"{rng.getrandbits(64):016x}",
                    service=target.service,
                    number=line.number,
                    script=script,
                    due_at=due_at,
                    campaign=draw.campaign,
                    stratum=stratum,
                    weight=weights[stratum],
                    trunk=line.trunk,
                    purpose=draw.purpose_at(due_at, target.zone),
                    policy=draw.policy,
                    profile=line.profile,
                    limits=draw.limits,
                )
            )
    return MonthPlan(
        attempts=tuple(sorted(attempts, key=lambda a: (a.due_at, a.id))),
        weights=weights,
        weights_source="hourly_traffic" if target.hourly_traffic else "open_minutes",
    )


def replacement(lost: Attempt, target: Target, *, after: datetime, seed: str) -> Attempt | None:
    """Another attempt in the stratum of one that our own side lost, later in its month; None if none is open."""
    rng = random.Random(f"{seed}/{lost.id}")
    zone = ZoneInfo(target.zone)
    slots = open_slots(target, lost.due_at.astimezone(zone).date().replace(day=1))
    left = [s for s in slots if s > after and stratum_of(s, target.zone) == lost.stratum]
    if not left:
        return None
    due_at = rng.choice(left) + STEP * rng.random()
    return replace(lost, id=f"{rng.getrandbits(64):016x}", due_at=due_at)


def open_slots(target: Target, month: date) -> list[datetime]:
    """Starts (UTC) of the five-minute steps of a month in which the line is open, by the service's clock."""
    zone = ZoneInfo(target.zone)
    at = datetime(month.year, month.month, 1, tzinfo=zone).astimezone(UTC)
    after = date(month.year + month.month // 12, month.month % 12 + 1, 1)
    end = datetime(after.year, after.month, 1, tzinfo=zone).astimezone(UTC)
    found = []
    while at < end:
        if target.hours(at)[0]:
            found.append(at)
        at += STEP
    return found


def spaced(slots: Sequence[datetime], n: int, spacing_s: float, rng: random.Random, target: Target) -> list[datetime]:
    """n starts, uniform over the open time, at least `spacing_s` apart."""
    step_s = STEP.total_seconds()
    open_s = len(slots) * step_s
    room_s = open_s - max(0, n - 1) * spacing_s
    if n and room_s <= 0:
        most = int(open_s // spacing_s) if spacing_s else n
        raise TooMany(
            f"{target.service}: the line is open {open_s / 3600:.0f} hours in the month, which holds at most {most} "
            f"calls {spacing_s / 60:.0f} minutes apart (expected {n}); plan a quarter, or fewer calls"
        )
    marks = sorted(rng.uniform(0, room_s) for _ in range(n))
    starts = []
    for rank, mark in enumerate(marks):
        open_at_s = min(mark + rank * spacing_s, open_s - 1e-3)
        slot = slots[int(open_at_s // step_s)]
        starts.append(slot + timedelta(seconds=open_at_s % step_s))
    return starts


def stratum_of(at: datetime, zone: str) -> str:
    """Weekday group and hour band, by the service's clock."""
    local = at.astimezone(ZoneInfo(zone))
    band = next(name for low, high, name in BANDS if low <= local.hour < high)
    return f"{DAYS[local.weekday()]}/{band}"


def strata_weights(slots: Sequence[datetime], zone: str, hourly_traffic: Sequence[float] = ()) -> dict[str, float]:
    """Share of the calls in each stratum, by the hour's traffic or else by open minutes; sums to 1."""
    loads: dict[str, float] = {}
    for slot in slots:
        load = hourly_traffic[slot.astimezone(ZoneInfo(zone)).hour] if hourly_traffic else 1.0
        stratum = stratum_of(slot, zone)
        loads[stratum] = loads.get(stratum, 0.0) + load
    total = sum(loads.values())
    if not total:  # open only in hours for which no traffic is stated
        return strata_weights(slots, zone) if slots else {}
    return {stratum: load / total for stratum, load in sorted(loads.items())}


def _split(scripts: Sequence[Script], shares: Sequence[float]) -> list[list[Script]]:
    """The scripts dealt to the lines by their shares; sizes differ from the exact share by less than one call."""
    total, parts, given = sum(shares), [], 0
    running = 0.0
    for share in shares:
        running += share
        upto = round(len(scripts) * running / total)
        parts.append(list(scripts[given:upto]))
        given = upto
    return parts
