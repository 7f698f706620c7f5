"""A month on the clock that jumps: the campaign's plan carried out over simulated lines, labelled as simulated."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from prober.classify import classify
from prober.run import run_call
from prober.simulator import SIMULATED
from prober.simulator.acts import Cast
from prober.simulator.knowledge import other_bodies
from prober.simulator.line import SimulatedLine
from prober.verdict import Context
from scheduler.pacing import Ceiling
from scheduler.planner import Draw, Target, plan_month
from storage.store import Store


async def simulate_month(store: Store, cast: Cast, targets: list[Target], draw: Draw, month: date, scale: float) -> int:
    """Plan, call and save a month; gives the number of calls. Seconds of real time a thousand calls: a few."""
    done = 0
    bodies = other_bodies(cast)
    for target in targets:
        unbothered = replace(target, ceiling=Ceiling())  # nobody is called
        plan = plan_month(unbothered, month, replace(draw, campaign=SIMULATED))
        for attempt in plan.attempts:
            line = SimulatedLine(cast, seed=done, scale=scale)
            record = await run_call(attempt, line)
            confirmation = "agrees" if record.milestones.t_answer is None else None
            context = Context(open_at_invite=True, confirmation=confirmation, other_bodies=bodies)
            await store.save(record, classify(record, context))
            done += 1
    return done
