"""A dispatch over simulated lines, and attempts for it: what the tests of this folder call with."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from prober.attempt import Attempt, Limits, Policy, Purpose, Script
from prober.line import Line
from prober.simulator.behaviours import CAST
from prober.simulator.line import SimulatedLine
from scheduler.dispatch import Dispatch, Door, Facts
from scheduler.planner import Draw
from scheduler.redraw import Redraw
from storage.spool import Spool
from storage.store import Store

LIMITS = Limits(max_wait_s=60, ring_s=12, silence_s=6, menu_s=30)
NUMBER = {s.id: s.number for s in CAST}
REFERENCE = next(s.number for s in CAST if s.behaviour == "reference")


class SimulatedPool:
    """Gives simulated lines; `seen` is every attempt dialled with its trunk."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str | None]] = []

    def line(self, trunk: str | None = None) -> Line:
        line = SimulatedLine(CAST, second_trunk=trunk == "b")
        dial = line.dial

        async def noted(attempt: Attempt) -> None:
            self.seen.append((attempt.number, trunk))
            await dial(attempt)

        line.dial = noted  # type: ignore[method-assign]
        return line


def wanted(service: str, **more: object) -> Attempt:
    now = datetime.now(UTC)
    return Attempt(
        service=service,
        number=NUMBER[service],
        script=Script.AGENT,
        due_at=now,
        limits=LIMITS,
        **more,  # type: ignore[arg-type]
    )


def dispatch_of(store: Store, tmp_path: Path, *doors: str, open_now: bool = True) -> Dispatch:
    return Dispatch(
        store=store,
        spool=Spool(tmp_path / "spool"),
        pool=SimulatedPool(),
        doors=tuple(Door(name=d, reference_number=REFERENCE) for d in doors or ("a",)),
        facts={s: Facts(hours=lambda at: (open_now, False)) for s in NUMBER},
        worker="w",
    )


async def verdicts(store: Store, purpose: Purpose = Purpose.MEASURE) -> dict[str, str]:
    month = datetime.now(UTC).date().replace(day=1)
    found = {}
    async for judged in store.attempts_for_month(None, month, purpose=purpose):
        found[judged.attempt.id] = judged.verdict.outcome.value
    return found


async def never() -> None:
    """Nothing to keep here."""


def redraw_of(store: Store) -> Redraw:
    """Replaces nothing: it knows no service."""
    draw = Draw(campaign="", attempts=1, margin=0.0, spacing_s=0.0, seed="x", limits=LIMITS, policy=Policy.CONFIRM)
    return Redraw(store, {}, draw)
