"""A month's plan, drawn at random and frozen: when each number is called, with which script, in which stratum. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from prober.attempt import Attempt, Limits, Policy, Profile, Purpose, Script
from scheduler.openings import Openings
from scheduler.pacing import Ceiling, allowed, hourly_room
from scheduler.sampling import Counts, Frame, deal, frame_of, free_instant, generator, largest, place


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
    openings: Openings
    lines: tuple[Line, ...]
    scripts: tuple[Script, ...]
    hourly_traffic: tuple[float, ...] = ()
    """Share of the service's calls in each hour of the day, 24 values; empty: in proportion to the open minutes."""
    ceiling: Ceiling = Ceiling()
    attempts: int | None = None
    """Eligible attempts a month and script; None: those of the draw."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """What the whole plan shares."""

    campaign: str
    attempts: int
    """Eligible attempts per service, month and script, before the margin, where a service has no number of its own."""
    margin: float
    spacing_s: float
    seed: str
    limits: Limits
    policy: Policy
    working_days: int = 15
    """A number is called on at least so many days, where it is open on so many."""
    pilot_until: date | None = None
    """Calls up to this day, by the service's clock, are a pilot's."""
    direct_counts: bool = False
    """Calls of script `direct` count in both judged rates."""

    def purpose_at(self, at: datetime, zone: str) -> Purpose:
        """Whether a call at this instant will be counted."""
        pilot = self.pilot_until is not None and at.astimezone(ZoneInfo(zone)).date() <= self.pilot_until
        return Purpose.PILOT if pilot else Purpose.MEASURE


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthPlan:
    """Attempts in the order of their due times, and what they were drawn from."""

    attempts: tuple[Attempt, ...]
    weights: dict[str, float]
    """Stratum → its share of the traffic; sums to 1."""
    weights_source: str
    """`hourly_traffic` or `open_minutes`."""
    days: int
    """On so many days somebody is called."""
    open_s: float
    """Open seconds of the month."""
    most: int
    """Calls that the open time would hold at the spacing, in proportion to the traffic."""
    shortened: str = ""
    """Why there are fewer attempts than asked for: which ceiling; empty if there are not."""

    @property
    def digest(self) -> str:
        """SHA-256 of the plan: a frozen plan can be shown not to have changed."""
        rows = [[a.id, a.number, a.script.value, a.due_at.isoformat(), a.stratum] for a in self.attempts]
        return hashlib.sha256(json.dumps(rows).encode()).hexdigest()


def plan_month(target: Target, month: date, draw: Draw) -> MonthPlan:
    """Draw a service's month. Raises TooMany with the largest number of calls its open time can hold."""
    rng = generator(draw.seed, target.service, f"{month:%Y-%m}")
    frame = month_frame(target, month, draw.spacing_s)
    wanted = draw.attempts if target.attempts is None else target.attempts
    asked = len(target.scripts) * round(wanted * (1 + draw.margin))
    n, shortened = allowed(target.ceiling, asked, open_days=len(set(frame.days.tolist())))
    n -= n % len(target.scripts)
    room = np.minimum(frame.room(draw.spacing_s), hourly_room(target.ceiling, frame.mass))
    most = largest(frame, room)
    per_day = target.ceiling.per_day
    day_room = None if per_day is None else np.full(len(frame.days), per_day)
    weights: dict[str, float] = {}
    made: list[Attempt] = []
    turn = int(rng.random() * len(target.scripts))
    for line, size in zip(target.lines, _split(n, [ln.share for ln in target.lines]), strict=True):
        if size > most:
            raise TooMany(_too_many(target, line, frame.open_s, most, size, draw.spacing_s))
        counts = deal(frame, size, room, rng, least_days=draw.working_days, day_room=day_room)
        if day_room is not None:
            day_room = day_room - _by_day(frame, counts)
        names, shares = _strata(target, line, frame)
        weights |= {name: share for name, share in zip(names, shares, strict=True) if share}
        starts_s = place(frame, counts, draw.spacing_s, rng)
        strata = np.repeat(frame.strata, counts)
        scripts = _in_turn(strata, turn, len(target.scripts), rng)
        turn += size
        ids = rng.bytes(8 * size).hex()
        for n_th, (at_s, stratum, script) in enumerate(
            zip(starts_s.tolist(), strata.tolist(), scripts.tolist(), strict=True)
        ):
            due_at = datetime.fromtimestamp(at_s, UTC)
            made.append(
                Attempt(
                    id=ids[16 * n_th : 16 * n_th + 16],
                    service=target.service,
                    number=line.number,
                    script=target.scripts[script],
                    due_at=due_at,
                    campaign=draw.campaign,
                    stratum=names[stratum],
                    weight=shares[stratum],
                    trunk=line.trunk,
                    purpose=draw.purpose_at(due_at, target.zone) if draw.pilot_until else Purpose.MEASURE,
                    policy=draw.policy,
                    profile=line.profile,
                    limits=draw.limits,
                )
            )
    made.sort(key=lambda a: (a.due_at, a.id))
    return MonthPlan(
        attempts=tuple(made),
        weights=weights,
        weights_source="hourly_traffic" if frame.by_traffic else "open_minutes",
        days=len({d.astimezone(ZoneInfo(target.zone)).date() for d in (a.due_at for a in made)}),
        open_s=frame.open_s,
        most=most * len(target.lines),
        shortened=shortened,
    )


def month_frame(target: Target, month: date, spacing_s: float) -> Frame:
    """The target's open time in a month, less the spacing at its begin: the month before may call until midnight."""
    begin = datetime(month.year, month.month, 1, tzinfo=ZoneInfo(target.zone)).astimezone(UTC)
    spans = [(max(start, begin + timedelta(seconds=spacing_s)), end) for start, end in target.openings(month)]
    return frame_of([(start, end) for start, end in spans if start < end], target.zone, target.hourly_traffic)


def replacement(
    lost: Attempt, target: Target, frame: Frame, *, taken: Sequence[datetime], after: datetime, draw: Draw
) -> Attempt | None:
    """Another attempt in the stratum of one that our own side lost, later in its month; None if nothing is free there.

    It is planned as the month was: trunk, caller id and menu path of the lost call were decided when that one was made.
    None too where the service has that number no more.

    `frame`: the open time of the month of the lost one; `taken`: when the number is called in it, past and to come.
    The same loss always gives the same id: drawn twice, it is planned once.
    """
    line = next((known for known in target.lines if known.number == lost.number), None)
    if line is None:
        return None
    rng = generator(draw.seed, "replaces", lost.id)
    spared_s = [at.timestamp() for at in taken]
    at_s = free_instant(frame, lost.stratum, spared_s, draw.spacing_s, after.timestamp(), rng)
    if at_s is None:
        return None
    due_at = datetime.fromtimestamp(at_s, UTC)
    return replace(
        lost,
        id=replacement_id(lost.id),
        due_at=due_at,
        purpose=draw.purpose_at(due_at, target.zone),
        trunk=line.trunk,
        caller_id=None,
        profile=line.profile,
    )


def replacement_id(lost: str) -> str:
    """Id of the attempt that replaces another one."""
    return hashlib.sha256(f"replaces {lost}".encode()).hexdigest()[:16]


def _strata(target: Target, line: Line, frame: Frame) -> tuple[list[str], list[float]]:
    """Names and weights of a line's strata: of several numbers, each is a stratum of its own (measure.md §4.3)."""
    part = line.share / sum(ln.share for ln in target.lines)
    single = len(target.lines) == 1
    return [s if single else f"{line.number} {s}" for s in frame.names], [part * share for share in frame.shares]


def _in_turn(strata: Counts, first: int, kinds: int, rng: np.random.Generator) -> Counts:
    """Scripts dealt in turn along each stratum in random order: one to one there and in the month."""
    turn = np.empty(len(strata), dtype=np.int64)
    turn[np.lexsort((rng.random(len(strata)), strata))] = np.arange(first, first + len(strata)) % kinds
    return turn


def _by_day(frame: Frame, counts: Counts) -> Counts:
    """Calls of the day of each cell."""
    _, day = np.unique(frame.days, return_inverse=True)
    return np.bincount(day, counts).astype(np.int64)[day]


def _split(n: int, shares: Sequence[float]) -> list[int]:
    """n dealt by shares; each part differs from its exact share by less than one."""
    total, running, given, parts = sum(shares), 0.0, 0, []
    for share in shares:
        running += share
        upto = round(n * running / total)
        parts.append(upto - given)
        given = upto
    return parts


def _too_many(target: Target, line: Line, open_s: float, most: int, size: int, spacing_s: float) -> str:
    which = target.service if len(target.lines) == 1 else f"{target.service} {line.number}"
    return (
        f"{which}: the line is open {open_s / 3600:.0f} hours in the month, which holds at most {most} calls "
        f"{spacing_s / 60:.0f} minutes apart (expected {size}); plan a quarter, or fewer calls"
    )
