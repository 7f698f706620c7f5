"""Where the calls were lost: the funnel, the facts to act on, the days unlike the others. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence

from exporters.report.grid import ENOUGH, cell_name
from exporters.report.model import AttemptLine, Fact, Grid, Incident, Stage
from exporters.statistics.interval import ALPHA
from exporters.statistics.part import chance_of_so_few
from prober.outcome import Outcome, Who

FACTS = 3
LEAST_LOST = 2
"""One lost call is no fact to act on."""
DEFECT = "publication_defect_rate"
WRONG_NUMBER = (Outcome.NUMBER_INVALID, Outcome.FAX_OR_MODEM)
LEAST_A_DAY = 5
"""Calls without any human that make a day an incident."""


def funnel_of(lines: Sequence[AttemptLine]) -> tuple[Stage, ...]:
    """From made to reached; each attempt is lost at one stage, so the stages never grow."""
    counted = [line for line in lines if line.outcome.in_service_denominator]
    reached = [line for line in counted if line.outcome is Outcome.HUMAN]
    queued = [line for line in counted if line.outcome is Outcome.HUMAN or line.t_queue is not None]
    kept = {line.id for line in queued}
    answered = [line for line in counted if line.id in kept or line.t_answer is not None]
    ways = {"made": lines, "counted": counted, "answered": answered, "queued": queued, "reached": reached}
    further = [*list(ways.values())[1:], reached]
    return tuple(
        Stage(name=name, n=len(here), lost=_lost(here, after))
        for (name, here), after in zip(ways.items(), further, strict=True)
    )


def facts_of(lines: Sequence[AttemptLine], grid: Grid) -> tuple[Fact, ...]:
    """The three facts to act on: wrong publications, then what loses most calls, then a proven worst time."""
    counted = [line for line in lines if line.outcome.in_service_denominator]
    n = len(counted)
    losses = Counter(line.outcome for line in counted if line.outcome.who is Who.SERVICE)
    price = sum(map(priced, counted))
    facts = [Fact(kind="price", x=price, n=n)] if price else []
    ranked = sorted(losses.items(), key=lambda pair: (-pair[1], pair[0]))
    facts += [Fact(kind=outcome.value, x=x, n=n) for outcome, x in ranked if x >= LEAST_LOST]
    worst = _worst_cell(grid)
    if worst is not None:
        facts = [*facts[: FACTS - 1], worst]
    return tuple(facts[:FACTS])


def priced(line: AttemptLine) -> bool:
    """True if a price was heard where none may be asked for; a wrong number is another defect."""
    return line.outcome not in WRONG_NUMBER and line.kpis.get(DEFECT, False)


def incidents_of(lines: Sequence[AttemptLine], changed: Collection[str] = ()) -> tuple[Incident, ...]:
    """Days with a strike, days on which the prompts had `changed`, and days on which nobody at all was reached although
    somebody was on other days, and chance does not explain it.
    """
    counted = [line for line in lines if line.outcome.in_service_denominator]
    found = []
    for day in sorted(changed):
        since = [line for line in counted if line.at[:10] >= day]
        undecided = sum(line.outcome is Outcome.INDETERMINATE for line in since)
        found.append(Incident(day=day, kind="prompts", x=undecided, n=len(since)))
    humans = sum(line.outcome is Outcome.HUMAN for line in counted)
    if not humans:
        return tuple(found)
    days: dict[str, list[AttemptLine]] = defaultdict(list)
    for line in counted:
        days[line.at[:10]].append(line)
    looked_at = sum(len(here) >= LEAST_A_DAY for here in days.values())
    for day, here in sorted(days.items()):
        struck = sum("strike" in line.flags for line in here)
        reached = sum(line.outcome is Outcome.HUMAN for line in here)
        if struck:
            found.append(Incident(day=day, kind="strike", x=struck, n=len(here)))
        if (
            not reached
            and len(here) >= LEAST_A_DAY
            and chance_of_so_few(0, len(here), humans, len(counted)) <= ALPHA / looked_at
        ):
            found.append(Incident(day=day, kind="nobody", x=len(here), n=len(here)))
    return tuple(sorted(found, key=lambda i: i.day))


def _lost(here: Sequence[AttemptLine], further: Sequence[AttemptLine]) -> tuple[tuple[Outcome, int], ...]:
    kept = {line.id for line in further}
    return _counts(line.outcome for line in here if line.id not in kept)


def _counts(outcomes: Iterable[Outcome]) -> tuple[tuple[Outcome, int], ...]:
    return tuple(sorted(Counter(outcomes).items(), key=lambda pair: (-pair[1], pair[0])))


def _worst_cell(grid: Grid) -> Fact | None:
    """The cell that reaches fewest, if it has enough attempts and chance does not explain the difference to the rest.

    The worst of k cells is chosen on its result, so the risk is divided by k.
    """
    x, n = sum(c.x for c in grid.cells), sum(c.n for c in grid.cells)
    sized = [c for c in grid.cells if ENOUGH <= c.n < n]
    if len(sized) < 2:
        return None
    worst = min(sized, key=lambda c: (c.x / c.n, -c.n))
    if chance_of_so_few(worst.x, worst.n, x, n) > ALPHA / 2 / len(sized):
        return None
    return Fact(kind="worst_cell", x=worst.x, n=worst.n, cell=cell_name(worst.weekday, worst.band))
