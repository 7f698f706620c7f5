"""A strike that no official page announced: its calls count and are marked, on the day or once it is known."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from calling import dispatch_of, wanted
from click.testing import CliRunner

from config.loader import load
from scheduler.conduct import carry_out
from scheduler.dispatch import Facts
from storage.cli import reclassify
from storage.store import Store

SETTINGS = """
database: {{url: $TEST_DATABASE}}
organisations: [{{id: o, name: O}}]
services: [{{id: mairie-vaux, name: Vaux, organisation: o, hours: 24/7, numbers: [{{number: "0261910001"}}]}}]
schedule: {{strikes: [{{first_day: {first}, last_day: {last}, why: known later}}]}}
"""


def test_a_call_of_a_day_of_strike_is_marked_on_the_day_or_later(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known, unknown = wanted("mairie-vaux"), wanted("mairie-vaux")

    async def call() -> None:
        async with Store(postgres_url) as store:
            for attempt, strike in ((known, True), (unknown, False)):
                dispatch = dispatch_of(store, tmp_path)
                dispatch.facts = {"mairie-vaux": Facts(hours=lambda at: (True, False), strike=lambda at, s=strike: s)}
                await carry_out([attempt], dispatch, postgres_url, concurrency=1, stop=asyncio.Event())

    def marked() -> list[bool]:
        async def read() -> list[bool]:
            async with Store(postgres_url) as store:
                return ["strike" in (await store.verdicts(a.id))[-1].flags for a in (known, unknown)]

        return asyncio.run(read())

    asyncio.run(call())
    assert marked() == [True, False]
    now = datetime.now(UTC)
    monkeypatch.setenv("TEST_DATABASE", postgres_url)
    for days, told in ((1, [True, True]), (-9, [False, False])):
        file = tmp_path / "decroche.yaml"
        first, last = now - timedelta(days=days), now + timedelta(days=abs(days))
        file.write_text(SETTINGS.format(first=f"{first:%Y-%m-%d}", last=f"{last:%Y-%m-%d}"))
        done = CliRunner().invoke(reclassify, [], obj=load(file))
        assert done.exit_code == 0, done.output
        assert marked() == told
