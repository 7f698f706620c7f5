"""The worked examples of the measure, read from tests/golden/cases, and a stored month of two services."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from config.loader import load
from config.settings import Settings
from prober.attempt import Limits, Policy, Script
from prober.simulator.behaviours import CAST
from scheduler.openings import timetable
from scheduler.planner import Draw, Line, Target
from scheduler.simulated_month import simulate_month
from storage.catalogue import Service
from storage.store import Store

MONTH = date(2026, 10, 1)
CALLED = ("mairie-vaux", "departement-marais")
LIMITS = Limits(max_wait_s=60, ring_s=12, silence_s=6, menu_s=30)
CASES = Path(__file__).parents[2] / "golden" / "cases"


@pytest.fixture(scope="session")
def case() -> Callable[[str], dict[str, Any]]:
    """A case by the beginning of its file name."""

    def load(name: str) -> dict[str, Any]:
        (path,) = CASES.glob(f"{name}*.json")
        loaded: dict[str, Any] = json.loads(path.read_text())
        return loaded

    return load


@pytest.fixture
def settings(postgres_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Settings:
    """A store with a month of two services, of which one has its own target since that month."""

    async def fill() -> None:
        known = [s for s in CAST if s.id in CALLED]
        targets = [
            Target(
                service=s.id,
                zone="Europe/Paris",
                openings=timetable("24/7", "Europe/Paris"),
                lines=(Line(number=s.number),),
                scripts=(Script.AGENT, Script.OPTOUT),
            )
            for s in known
        ]
        draw = Draw(campaign="x", attempts=12, margin=0, spacing_s=900, seed="s", limits=LIMITS, policy=Policy.CONFIRM)
        own = {"agent_pickup_rate": 0.6, "human_reach_rate": 0.9, "since": "2026-10-01"}
        async with Store(postgres_url) as store:
            await store.catalogue.save([], [Service(id=s.id, name=s.name, targets=own) for s in known])
            await simulate_month(store, CAST, targets, draw, MONTH, 0.05)

    asyncio.run(fill())
    file = tmp_path / "decroche.yaml"
    file.write_text("database: {url: $TEST_DATABASE}\nlimits: {max_wait_s: 60, ring_s: 12}\n")
    monkeypatch.setenv("TEST_DATABASE", postgres_url)
    return load(file)
