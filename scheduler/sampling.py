"""Drawing at random in a month of open time: strata, how many calls in each cell of it, when each one starts. Pure.

A month is cut into *cells*: the open time of one day within one hour band (one hour, where the traffic of the hours is
known). A cell belongs to a stratum and holds a share of the service's calls. Two draws, from one generator:

1. `deal`: how many calls each cell gets, by systematic sampling: every stratum, and every day in it, gets its exact
   share rounded down or up, with a random start.
2. `place`: when they start. Given the counts, all sets of starts that keep the spacing are equally likely. In one
   cell alone that is the spaced-uniform transform (sorted uniforms on the time less the spacing, each moved by its
   rank times the spacing: decisions.md 23). Where cells touch, the transformed starts of neighbours bound each other,
   and some rounds of Gibbs sampling, each start drawn anew between its neighbours, make the draw uniform there too.

Only `random()` and `bytes()` of PCG64 are used: their stream does not change between versions of numpy.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from scheduler.openings import Span

BANDS = (0, 11, 14, 24)
"""Hours of the service's clock at which a band ends and the next one begins."""
WEEKDAYS = ("Mon", "Tue-Thu", "Tue-Thu", "Tue-Thu", "Fri", "Sat-Sun", "Sat-Sun")
SWEEPS = 24
HAIR_S = 1e-3
"""Added to the spacing, so that rounding to microseconds never shortens it."""
Floats = NDArray[np.float64]
Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Frame:
    """The open time of a service's month in cells, in order of time."""

    starts_s: Floats
    """Unix time."""
    ends_s: Floats
    days: Counts
    """Ordinal of the day by the service's clock."""
    strata: Counts
    """Place of the cell's stratum in `names`."""
    names: tuple[str, ...]
    """Strata: "Mon 00-11", "Tue-Thu 11-14"…"""
    mass: Floats
    """Share of the service's calls that falls in each cell; sums to 1."""
    by_traffic: bool
    """False: the shares are those of the open minutes."""

    @property
    def open_s(self) -> float:
        """Open seconds."""
        return float((self.ends_s - self.starts_s).sum())

    @property
    def shares(self) -> list[float]:
        """Share of the calls in each stratum, in the order of `names`; sums to 1."""
        return [float(share) for share in np.bincount(self.strata, self.mass, len(self.names))]

    def without(self, days: Collection[int]) -> Frame:
        """The same frame in which these days take no call."""
        return replace(self, mass=np.where(np.isin(self.days, list(days)), 0.0, self.mass)) if days else self

    def room(self, spacing_s: float) -> Counts:
        """How many calls each cell can hold next to full neighbours: points of a grid as wide as the spacing."""
        if not spacing_s:
            return np.full(len(self.mass), np.iinfo(np.int64).max // 2)
        apart = np.concatenate(([True], self.starts_s[1:] - self.ends_s[:-1] >= spacing_s))
        origin = np.maximum.accumulate(np.where(apart, self.starts_s, -np.inf))
        grid = np.ceil((np.stack([self.starts_s, self.ends_s]) - origin) / spacing_s - 1e-9).astype(np.int64)
        return np.asarray(grid[1] - grid[0])


def generator(*seed: str) -> np.random.Generator:
    """The generator of a seed in words."""
    return np.random.Generator(np.random.PCG64(int.from_bytes(hashlib.sha256("/".join(seed).encode()).digest())))


def frame_of(spans: Sequence[Span], zone: str, hourly_traffic: Sequence[float] = ()) -> Frame:
    """Cut open spans into cells. `hourly_traffic`: calls by hour of the day, 24 values; empty: by the open minutes.

    Hours without traffic get no call; where all open hours are without, the open minutes decide.
    """
    clock = ZoneInfo(zone)
    cuts = range(25) if hourly_traffic else BANDS
    rows: list[tuple[float, float, int, str, float]] = []
    for start, end in spans:
        local = start.astimezone(clock)
        day, low, group = local.date(), start.timestamp(), WEEKDAYS[local.weekday()]
        for cut in cuts[1:]:
            midnight = datetime(day.year, day.month, day.day, tzinfo=clock)
            high = min((midnight + timedelta(hours=cut)).timestamp(), end.timestamp())  # wall clock: DST is in it
            if high <= low:
                continue
            band = next(n for n, upto in enumerate(BANDS[1:]) if cut <= upto)
            load = hourly_traffic[cut - 1] if hourly_traffic else 1.0
            rows.append((low, high, day.toordinal(), f"{group} {BANDS[band]:02}-{BANDS[band + 1]:02}", load))
            low = high
    starts, ends, days, strata, loads = zip(*rows, strict=True) if rows else ((),) * 5
    names = tuple(sorted(set(strata), key=lambda s: (WEEKDAYS.index(s.split()[0]), s)))
    lengths = np.subtract(ends, starts, dtype=np.float64)
    mass = lengths * np.asarray(loads, dtype=np.float64)
    if rows and not mass.any():
        return frame_of(spans, zone)
    return Frame(
        starts_s=np.asarray(starts, dtype=np.float64),
        ends_s=np.asarray(ends, dtype=np.float64),
        days=np.asarray(days, dtype=np.int64),
        strata=np.asarray([names.index(s) for s in strata], dtype=np.int64),
        names=names,
        mass=mass / mass.sum() if rows else mass,
        by_traffic=bool(hourly_traffic),
    )


def largest(frame: Frame, room: Counts) -> int:
    """The most calls that can be drawn in proportion to the traffic when each cell holds `room`."""
    if not len(frame.mass):
        return 0
    held = np.bincount(frame.strata, room, len(frame.names))
    return int(min(h / s for h, s in zip(held, frame.shares, strict=True) if s) + 1e-6)


def deal(
    frame: Frame, n: int, room: Counts, rng: np.random.Generator, *, least_days: int = 0, day_room: Counts | None = None
) -> Counts:
    """How many of n calls each cell gets: at most its `room`, at most `day_room` of its day (by cell, the same for
    all cells of a day), on at least `least_days` days where n and the open days allow it.
    """
    order = np.lexsort((frame.starts_s, frame.strata))
    upto = np.cumsum(frame.mass[order])
    marks = (np.arange(n) + rng.random()) / max(n, 1) * upto[-1]
    picked = order[np.minimum(np.searchsorted(upto, marks, side="right"), len(order) - 1)]
    counts = np.bincount(picked, minlength=len(order))
    full = room if day_room is None else np.minimum(room, day_room)
    _mend(frame, counts, full, day_room, rng)
    _spread(frame, counts, full, least_days, rng)
    return counts


def _mend(frame: Frame, counts: Counts, room: Counts, day_room: Counts | None, rng: np.random.Generator) -> None:
    """Move calls out of overfull cells and days: in their stratum where there is room, else anywhere."""
    _, day = np.unique(frame.days, return_inverse=True)
    while True:
        load = np.bincount(day, counts)[day]
        spare = (counts < room) & (frame.mass > 0)
        over = counts > room
        if day_room is not None:
            spare &= load < day_room
            over |= (load > day_room) & (counts > 0)
        if not over.any() or not spare.any():
            return
        source = int(np.flatnonzero(over)[0])
        near = spare & (frame.strata == frame.strata[source])
        want = np.where(
            near if near.any() else spare, (counts + rng.random(len(counts))) / (frame.mass + 1e-12), np.inf
        )
        counts[source] -= 1
        counts[int(np.argmin(want))] += 1


def _spread(frame: Frame, counts: Counts, room: Counts, least_days: int, rng: np.random.Generator) -> None:
    """Take calls from days that have several for days that have none, stratum by stratum, until enough have one."""
    _, day = np.unique(frame.days, return_inverse=True)
    tried: set[int] = set()
    while True:
        load = np.bincount(day, counts)
        free = (load[day] == 0) & (room > 0) & (frame.mass > 0) & ~np.isin(np.arange(len(day)), list(tried))
        if (load > 0).sum() >= least_days or not free.any():
            return
        target = int(np.argmax(np.where(free, rng.random(len(free)), -1.0)))
        giving = (counts > 0) & (load[day] > 1)
        near = giving & (frame.strata == frame.strata[target])
        if not near.any():
            tried.add(target)
            continue
        counts[int(np.argmax(np.where(near, load[day] + rng.random(len(near)), -1.0)))] -= 1
        counts[target] += 1


def place(frame: Frame, counts: Counts, spacing_s: float, rng: np.random.Generator) -> Floats:
    """Unix times of the starts, sorted: uniform over all that keep the counts and the spacing.

    Raises ValueError if there are none; counts within `Frame.room` always have some.
    """
    cell = np.repeat(np.arange(len(counts)), counts)
    moved = np.arange(len(cell)) * (spacing_s + HAIR_S if spacing_s else 0.0)
    low = np.maximum.accumulate(frame.starts_s[cell] - moved)
    high = np.minimum.accumulate((frame.ends_s[cell] - moved)[::-1])[::-1]
    if (low > high).any():
        raise ValueError("more calls than the open time holds at this spacing")
    # In a cell alone these are the sorted uniforms of the transform; bounds that rise keep holding after the sort.
    at = np.sort(low + rng.random(len(cell)) * (high - low))
    for _ in range(SWEEPS):
        for first in (0, 1):
            mine = slice(first, None, 2)
            before = np.concatenate(([-np.inf], at[:-1]))[mine]
            after = np.concatenate((at[1:], [np.inf]))[mine]
            bottom, top = np.maximum(low[mine], before), np.minimum(high[mine], after)
            at[mine] = bottom + rng.random(len(bottom)) * (top - bottom)
    return np.asarray(at + moved)


def free_instant(
    frame: Frame, stratum: str, taken_s: Sequence[float], spacing_s: float, after_s: float, rng: np.random.Generator
) -> float | None:
    """A start in a stratum, uniform over its open time after an instant and away from the starts taken; None if full.

    `stratum` may carry a number before its name.
    """
    here = [n for n, name in enumerate(frame.names) if stratum == name or stratum.endswith(f" {name}")]
    free: list[tuple[float, float]] = []
    for cell in np.flatnonzero(np.isin(frame.strata, here) & (frame.mass > 0)):
        low, end = max(float(frame.starts_s[cell]), after_s), float(frame.ends_s[cell])
        for at in sorted(t for t in taken_s if low - spacing_s < t < end + spacing_s):
            if at - spacing_s > low:
                free.append((low, min(at - spacing_s, end)))
            low = max(low, at + spacing_s)
        if low < end:
            free.append((low, end))
    mark = rng.random() * sum(end - low for low, end in free)
    for low, end in free:
        if mark < end - low:
            return low + mark
        mark -= end - low
    return None
