"""Judged attempts → attempt lines: cut at T_max, with the KPIs each one counts in. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import fields
from functools import lru_cache
from operator import attrgetter
from typing import Any
from zoneinfo import ZoneInfo

from exporters.definitions import PESSIMISTIC_AGENT
from exporters.imported import ImportedAttempt
from exporters.imported_tally import cell_of, cut
from exporters.kpi import DEFINITIONS, members, successes
from exporters.report.model import AttemptLine
from storage.mapping import JudgedAttempt
from storage.tally import Cell


def lines_of(
    attempts: Iterable[JudgedAttempt], *, zone: str, t_max_s: float, direct: Collection[str]
) -> tuple[AttemptLine, ...]:
    """Every attempt in the order of the calls; `direct`: campaigns whose plan counts script `direct`."""
    clock = ZoneInfo(zone)
    lines = (_line(a, clock, t_max_s, direct) for a in attempts)
    return tuple(sorted(lines, key=lambda line: (line.at, line.id)))


def seen_and_counted(judged: JudgedAttempt, t_max_s: float, *, direct: Collection[str]) -> tuple[ImportedAttempt, Cell]:
    """The attempt cut at T_max, and the cell of the tally it is counted in."""
    a, v, m = judged.attempt, judged.verdict, judged.milestones
    seen = cut(
        ImportedAttempt(
            id=a.id,
            script=a.script,
            outcome=v.outcome,
            t_alert=m.t_alert,
            t_answer=m.t_answer,
            t_ivr=m.t_ivr,
            t_optout=m.t_optout,
            t_queue=m.t_queue,
            t_human=m.t_human,
            t_end=m.t_end,
            phase=v.phase,
            subclass=v.subclass,
            service=a.service,
            stratum=a.stratum,
        ),
        t_max_s,
    )
    breach = "price_announced" in v.flags and v.context.surtax_forbidden
    return seen, cell_of(seen, a.campaign in direct, price_breach=breach)


_ALIKE = tuple(f.name for f in fields(Cell) if f.name not in ("service", "stratum", "number", "count"))
"""What of a cell decides in which KPIs it counts."""
_alike = attrgetter(*_ALIKE)


@lru_cache(maxsize=4096)
def _kpis(alike: tuple[Any, ...]) -> Mapping[str, bool]:
    """KPIs whose denominator such a cell is in → whether it is in the numerator; the attempts of a month are of few
    kinds.
    """
    cell = Cell(service="", stratum="", **dict(zip(_ALIKE, alike, strict=True)))
    return {i: successes(i, cell) for i in DEFINITIONS if members(i, cell)}


def _line(judged: JudgedAttempt, clock: ZoneInfo, t_max_s: float, direct: Collection[str]) -> AttemptLine:
    a, v, m = judged.attempt, judged.verdict, judged.milestones
    seen, cell = seen_and_counted(judged, t_max_s, direct=direct)
    return AttemptLine(
        id=a.id,
        at=(judged.invite_at or a.due_at).astimezone(clock).isoformat(timespec="seconds"),
        number=a.number,
        script=a.script,
        outcome=seen.outcome,
        rule_id=v.rule_id,
        subclass=seen.subclass,
        phase=seen.phase,
        flags=v.flags,
        stratum=a.stratum,
        t_answer=seen.t_answer,
        t_ivr=seen.t_ivr,
        t_queue=seen.t_queue,
        t_human=seen.t_human,
        t_end=seen.t_end,
        announced_wait_s=m.announced_wait_s,
        kpis=_kpis(_alike(cell)),
        with_network=PESSIMISTIC_AGENT.in_denominator(cell),
    )
