"""Counters that never fall: first verdicts, appended once an attempt and summed as they come (decisions.md 32)."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from prober.attempt import Purpose
from prober.events import VOICES
from prober.outcome import Outcome
from prober.record import CallRecord
from prober.rules import MENU_CHANGED
from prober.verdict import Verdict
from storage.mapping import final_response
from storage.schema import counters, first_verdicts

BUCKETS_S: Mapping[str, Sequence[float]] = {
    "post_dial_delay": (0.1, 0.2, 0.5, 1, 2, 3, 5, 8, 12, 20),
    "time_to_answer": (0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300),
    "time_to_human": (5, 10, 20, 30, 60, 120, 180, 300, 600, 900),
}
"""Upper bounds of the histograms, in seconds; +Inf is implied. A bound may be added, never taken away: what was
counted under it would be lost."""
SCREENED = (Outcome.CALLER_BLOCKED, Outcome.REJECTED, Outcome.NETWORK_FAILURE, Outcome.UNREACHABLE)
"""Outcomes that a caller id meets when networks or services screen it."""
CHUNK = 1_000
"""Sums read at a time, so that reading ten thousand services does not hold up a call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """How often something happened since the store exists, by labels.

    `attempts` by service, number_class, script, outcome; `waits` in a queue by script, number_class, ending (`human`,
    `service`, `ours`); `responses` by trunk, code, q850; `checks` (reference, confirmation, manual calls) by purpose,
    outcome; `voice`, stretches of voice by sound; `prompts_changed`, attempts by service; `caller_ids`, calls of every
    purpose by caller_id, failed (`yes`, `no`: the ways a screened number fails).
    """

    name: str
    labels: Mapping[str, str]
    count: int
    total_s: float = 0.0
    """Seconds, of `voice` only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Histogram:
    """A distribution of seconds by script and number_class, cumulated as Prometheus wants it."""

    name: str
    labels: Mapping[str, str]
    buckets: tuple[tuple[float, int], ...]
    """Upper bound in seconds (inf last) and how many were at or below it."""
    sum_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Counters:
    """Everything counted."""

    counts: tuple[Counted, ...] = ()
    histograms: tuple[Histogram, ...] = ()


async def count_first(c: AsyncConnection, record: CallRecord, verdict: Verdict, number_class: str) -> None:
    """Append the first verdict of an attempt and raise the sums; nothing for a later one."""
    attempt = record.attempt
    row = {
        "attempt": attempt.id,
        "service": attempt.service,
        "number_class": number_class,
        "script": attempt.script.value,
        "purpose": attempt.purpose.value,
        "outcome": verdict.outcome.value,
    }
    first = await c.execute(insert(first_verdicts).values(row).on_conflict_do_nothing().returning(first_verdicts.c.at))
    if first.first() is None:
        return
    # One order for all writers: two saves that raise the same two counters cannot wait for each other.
    rises = sorted(_rises(record, row, verdict), key=lambda rise: (rise[0], sorted(rise[1].items())))
    raised = insert(counters)
    await c.execute(
        raised.on_conflict_do_update(
            index_elements=["name", "labels"],
            set_={
                "count": counters.c.count + raised.excluded.count,
                "total": counters.c.total + raised.excluded.total,
            },
        ),
        [{"name": name, "labels": labels, "count": 1, "total": seconds} for name, labels, seconds in rises],
    )


def _rises(record: CallRecord, row: Mapping[str, str], verdict: Verdict) -> list[tuple[str, dict[str, str], float]]:
    """Names, labels and seconds of what one attempt raises."""
    code, cause = final_response(record)
    answered = {"trunk": record.trunk or "", "code": str(code or ""), "q850": str(cause or "")}
    rises: list[tuple[str, dict[str, str], float]] = [("responses", answered, 0.0)] if code else []
    if record.attempt.caller_id and record.invite_at:
        failed = "yes" if verdict.outcome in SCREENED else "no"
        rises.append(("caller_ids", {"caller_id": record.attempt.caller_id, "failed": failed}, 0.0))
    if record.attempt.purpose is not Purpose.MEASURE:
        return [*rises, ("checks", {key: row[key] for key in ("purpose", "outcome")}, 0.0)]
    labels = {key: row[key] for key in ("script", "number_class")}
    rises.append(("attempts", {"service": row["service"], **labels, "outcome": row["outcome"]}, 0.0))
    if verdict.rule_id == MENU_CHANGED:
        rises.append(("prompts_changed", {"service": row["service"]}, 0.0))
    voices = [h for h in record.heard if h.sound in VOICES and h.end_s is not None]
    rises += [("voice", {"sound": h.sound.value}, max(0.0, (h.end_s or 0.0) - h.start_s)) for h in voices]
    m = record.milestones
    reached_s = m.t_human if verdict.outcome is Outcome.HUMAN else None
    for name, seconds in (
        ("post_dial_delay", m.t_alert),
        ("time_to_answer", m.t_answer),
        ("time_to_human", reached_s),
    ):
        if seconds is not None:
            bound = next((b for b in BUCKETS_S[name] if seconds <= b), math.inf)
            rises.append((name, {**labels, "le": str(float(bound))}, seconds))
    if m.t_queue is not None and verdict.outcome.in_service_denominator:
        endings = {Outcome.HUMAN: "human", Outcome.QUEUE_TIMEOUT: "ours", Outcome.INDETERMINATE: "ours"}
        rises.append(("waits", {**labels, "ending": endings.get(verdict.outcome, "service")}, 0.0))
    return rises


async def read_counters(c: AsyncConnection) -> Counters:
    """All sums, in a fixed order."""
    counts: list[Counted] = []
    spread: dict[tuple[str, str, str], dict[float, tuple[int, float]]] = defaultdict(dict)
    wanted = select(counters).order_by(counters.c.name, counters.c.labels)
    async with c.stream(wanted.execution_options(yield_per=CHUNK)) as rows:
        async for part in rows.partitions():
            for name, labels, count, total in part:
                if name in BUCKETS_S:
                    spread[name, labels["script"], labels["number_class"]][float(labels["le"])] = (count, total)
                else:
                    counts.append(Counted(name=name, labels=labels, count=count, total_s=total))
    return Counters(counts=tuple(counts), histograms=tuple(_histogram(key, rows) for key, rows in spread.items()))


def _histogram(key: tuple[str, str, str], rows: Mapping[float, tuple[int, float]]) -> Histogram:
    name, script, number_class = key
    total, buckets = 0, []
    for bound in (*map(float, BUCKETS_S[name]), math.inf):
        total += rows[bound][0] if bound in rows else 0
        buckets.append((bound, total))
    return Histogram(
        name=name,
        labels={"script": script, "number_class": number_class},
        buckets=tuple(buckets),
        sum_s=math.fsum(seconds for _, seconds in rows.values()),
    )
