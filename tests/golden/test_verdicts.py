"""The verdict of every service of the cast under every script, on the jumping clock: a changed rule shows here."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from prober.attempt import Attempt, Limits, Profile, Script, Step
from prober.classify import Context, classify
from prober.run import run_call
from prober.simulator.acts import Service
from prober.simulator.behaviours import CAST
from prober.simulator.knowledge import other_bodies
from prober.simulator.line import SimulatedLine

GOLDEN = Path(__file__).with_name("verdicts.json")
LIMITS = Limits(max_wait_s=60, ring_s=12, silence_s=6, menu_s=30)
SHOWN = ("t_alert", "t_answer", "t_ivr", "t_optout", "t_queue", "t_human", "t_end")


def profile_of(service: Service) -> Profile:
    known = service.known
    refusal = (Step(digits=known.refusal_key),) if known.refusal_key else ()
    if known.refusal_word:
        refusal = (Step(word=known.refusal_word),)
    return Profile(path=tuple(Step(digits=key) for key in known.keys or ""), refusal=refusal, has_menu=known.has_menu)


async def judged(service: Service, script: Script) -> dict[str, object]:
    attempt = Attempt(
        id=f"{service.id}-{script.value}", service=service.id, number=service.number, script=script,
        due_at=datetime(2026, 12, 1, 9, tzinfo=UTC), profile=profile_of(service), limits=LIMITS,
    )  # fmt: skip
    record = await run_call(attempt, SimulatedLine(CAST, seed=1, scale=0.05))
    verdict = classify(record, Context(other_bodies=other_bodies(CAST)))
    times = {name: getattr(record.milestones, name) for name in SHOWN}
    return {
        "outcome": verdict.outcome.value,
        "rule_id": verdict.rule_id,
        "phase": verdict.phase,
        "flags": list(verdict.flags),
        "hung_up_by": record.hung_up_by.value if record.hung_up_by else None,
        **{name: None if t is None else round(t, 2) for name, t in times.items()},
    }


def test_verdicts_are_those_a_person_read(request: pytest.FixtureRequest) -> None:
    now = {
        f"{service.id} {script.value}": asyncio.run(judged(service, script))
        for service in CAST
        for script in Script
        if service.behaviour != "reference"
    }
    if request.config.getoption("--rewrite-golden"):
        GOLDEN.write_text(json.dumps(now, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    assert now == json.loads(GOLDEN.read_text(encoding="utf-8"))
