"""From the cells and times of a tally to the inputs of the estimators: counts, strata, weighted waits. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping
from math import inf

from exporters.definitions import Test
from exporters.statistics.resampling import WeightedWait
from exporters.statistics.risk_table import HUMAN
from exporters.statistics.strata import merge_small
from exporters.statistics.weighted import StratumCount
from storage.tally import Cell, Tally, Times

Key = tuple[str, str]
"""Group (service and script) and stratum."""


def total(cells: Iterable[Cell], test: Test) -> int:
    """Attempts that pass."""
    return sum(c.count for c in cells if test(c))


def by_stratum(cells: Iterable[Cell], test: Test) -> Mapping[Key, int]:
    """Attempts that pass, by stratum."""
    counts: dict[Key, int] = {}
    for cell in cells:
        if test(cell):
            key = _key(cell)
            counts[key] = counts.get(key, 0) + cell.count
    return counts


def by_number(cells: Iterable[Cell], test: Test) -> Counter[str]:
    """Attempts that pass, by service and number."""
    counts: Counter[str] = Counter()
    for cell in cells:
        if test(cell):
            counts[f"{cell.service} {cell.number}"] += cell.count
    return counts


def times_by_stratum(times: Iterable[Times], *, by_s: float = inf) -> Counter[Key]:
    """Times not after by_s, by stratum."""
    counts: Counter[Key] = Counter()
    for t in times:
        counts[_key(t)] += bisect_right(t.at_s, by_s)
    return counts


def frame(tally: Tally, base: Test) -> tuple[StratumCount, ...]:
    """Strata of the plan with the attempts of `base` in each, small ones merged; empty without weights.

    Several groups (service and script) are pooled by their number of attempts, so that a group counts for what was
    called and a stratum, inside its group, for its share of the incoming calls. Those of the last tally are kept:
    every indicator asks for the same few.
    """
    global _framed
    of, frames = _framed
    if of is not tally:
        frames = {}
        _framed = tally, frames
    if base not in frames:
        frames[base] = _frame(tally, base)
    return frames[base]


_framed: tuple[Tally | None, dict[Test, tuple[StratumCount, ...]]] = (None, {})


def _frame(tally: Tally, base: Test) -> tuple[StratumCount, ...]:
    if not tally.strata:
        return ()
    sizes = by_stratum(tally.cells, base)
    groups: Counter[str] = Counter()
    for (group, _), size in sizes.items():
        groups[group] += size
    known = {(f"{s.service} {s.script}", s.name) for s in tally.strata}
    # Calls outside a plan (of a group, or of a whole script) have no weight: together they count for their number.
    strays = {g: tuple(key for key in sorted(sizes) if key[0] == g and key not in known) for g in groups}
    apart = {g: sum(sizes[key] for key in keys) for g, keys in strays.items()}
    strata = [
        StratumCount(
            name=s.name,
            weight=s.weight * (groups[group] - apart[group]) / groups.total(),
            size=sizes.get((group, s.name), 0),
            n=0,
            x=0,
            group=group,
        )
        for s in tally.strata
        for group in [f"{s.service} {s.script}"]
        if groups[group]
    ]
    strata += [
        StratumCount(name="", weight=size / groups.total(), size=size, n=0, x=0, group=g, merged=strays[g])
        for g, size in sorted(apart.items())
        if size
    ]
    merged = merge_small(strata)
    return merged if all(s.size >= 2 for s in merged) else ()


def fill(strata: Iterable[StratumCount], n: Mapping[Key, int], x: Mapping[Key, int]) -> tuple[StratumCount, ...]:
    """The strata with their denominators and numerators."""
    return tuple(s.with_counts(_of(s, n), _of(s, x)) for s in strata)


def _of(stratum: StratumCount, counts: Mapping[Key, int]) -> int:
    if not stratum.merged:
        return counts.get((stratum.group, stratum.name), 0)
    return sum(counts.get(member, 0) for member in stratum.merged)


def weighted_waits(strata: Iterable[StratumCount], times: Iterable[Times]) -> list[WeightedWait]:
    """Every time with the weight of one attempt of its stratum, W_h/n_h."""
    of = {member: s for s in strata for member in s.members}
    waits = []
    for t in times:
        s = of[_key(t)]
        label, weight = f"{s.group} {s.name}", s.weight / s.size
        ending = HUMAN if t.ending is None else int(t.ending)
        waits += [WeightedWait(at_s=at_s, ending=ending, stratum=label, weight=weight) for at_s in t.at_s]
    return waits


def _key(row: Cell | Times) -> Key:
    return f"{row.service} {row.script}", row.stratum
