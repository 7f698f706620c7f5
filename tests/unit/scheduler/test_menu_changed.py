"""A menu that changed: its calls wait for a review, then they are judged anew."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from calling import dispatch_of, verdicts, wanted
from click.testing import CliRunner, Result

from config.loader import load
from prober.ear.pieces import Piece
from scheduler.conduct import carry_out
from storage.cli import prompts, reclassify
from storage.store import Store

NUMBER = "0261910001"


def _heard(*seeds: int) -> list[Piece]:
    return [
        Piece(start_s=float(n), prints=np.random.default_rng(seed).integers(1, 2**32, 200, dtype=np.uint32))
        for n, seed in enumerate(seeds)
    ]


@pytest.fixture
def attempt_id(postgres_url: str, tmp_path: Path) -> str:
    """A call that reached a human on a number whose prompts had changed the day before."""
    attempt = wanted("mairie-vaux")

    async def call() -> None:
        async with Store(postgres_url) as store:
            yesterday = datetime.now(UTC) - timedelta(days=1)
            for seeds in ((1, 2), (1, 2), (1, 2), (3, 2), (3, 2)):
                await store.prompts.learn(NUMBER, _heard(*seeds), yesterday)
            assert len(await store.prompts.changes(NUMBER)) == 1
            dispatch = dispatch_of(store, tmp_path)
            await carry_out([attempt], dispatch, postgres_url, concurrency=1, stop=asyncio.Event())

    asyncio.run(call())
    return attempt.id


def test_a_call_waits_for_the_review_of_its_menu_and_is_judged_anew(
    attempt_id: str, postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEST_DATABASE", postgres_url)
    file = tmp_path / "decroche.yaml"
    file.write_text("database: {url: $TEST_DATABASE}\n")
    settings = load(file)

    def outcome() -> str:
        async def read() -> str:
            async with Store(postgres_url) as store:
                return (await verdicts(store))[attempt_id]

        return asyncio.run(read())

    def run(command: object, *words: str) -> Result:
        done = CliRunner().invoke(command, words, obj=settings)  # type: ignore[arg-type]
        assert done.exit_code == 0, done.output
        return done

    assert outcome() == "indeterminate"
    run(reclassify)
    assert outcome() == "indeterminate"
    assert "waits for its review" in run(prompts, NUMBER).output
    (first, *_) = json.loads(run(prompts, NUMBER, "--json").output)["recordings"]
    shown = run(prompts, NUMBER, "--reviewed", "--label", f"{first['prompt_id']}=menu").output
    assert "waits for its review" not in shown
    assert f"{first['prompt_id']}" in shown
    assert "menu" in shown
    run(reclassify)
    assert outcome() == "human"


def test_a_label_that_is_none_is_refused_and_nothing_is_written(postgres_url: str) -> None:
    refused = CliRunner().invoke(prompts, [NUMBER, "--label", "x=hello"], obj=None)
    assert refused.exit_code == 2
    assert "expected ID=LABEL" in refused.output
