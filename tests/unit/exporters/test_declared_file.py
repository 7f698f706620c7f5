"""Declared figures: a file is taken whole or not at all, and what it says stands beside the measure."""

from __future__ import annotations

import asyncio
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner

from config.loader import load
from exporters.attempt_file import RejectedFile
from exporters.cli_declared import declare
from exporters.declared_file import read_declared
from storage.catalogue import Service
from storage.declared import Declared
from storage.store import Store

HEAD = "service,month,presented,answered,dissuaded,source,definition\n"
GOOD = "caf,2026-10,12000,9600,,rapport annuel,appels entrés en file\n"


def rejected(folder: Path, text: str) -> list[str]:
    file = folder / "own.csv"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(RejectedFile) as found:
        read_declared(file)
    return list(found.value.problems)


def test_a_row_is_what_it_says_and_an_empty_cell_is_not_zero(tmp_path: Path) -> None:
    file = tmp_path / "own.csv"
    file.write_text(HEAD + GOOD, encoding="utf-8")
    assert read_declared(file) == [
        Declared(
            service="caf",
            month=date(2026, 10, 1),
            presented=12000,
            answered=9600,
            source="rapport annuel",
            definition="appels entrés en file",
        )
    ]


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        (
            "caf,octobre,1,1,,s,d",
            "row 2, column month: found 'octobre', expected a month, YYYY-MM, for example 2026-12",
        ),
        ("caf,9999-12,1,1,,s,d", "row 2, column month: found '9999-12', expected a month, 2000-01 to 2100-12"),
        ("caf,2026-10,1,2,,s,d", "row 2, column answered: found 2, expected at most the calls presented (1)"),
        ("caf,2026-10,1,,-2,s,d", "row 2, column dissuaded: found '-2', expected a whole number of calls, 0 or more"),
        ("caf,2026-10,1,,,s,", "row 2, column definition: found None, expected what the source counts, in words"),
        ("caf,2026-10,,,,s,d", "row 2, column presented: found None, expected at least one of presented, answered"),
        (",2026-10,1,,,s,d", "row 2, column service: found None, expected a text"),
    ],
)
def test_one_mistake_is_one_sentence_with_row_and_column(row: str, sentence: str, tmp_path: Path) -> None:
    (problem,) = rejected(tmp_path, HEAD + row + "\n")
    assert problem.startswith(f"own.csv: {sentence}")


def test_a_repeated_row_and_foreign_columns(tmp_path: Path) -> None:
    (problem,) = rejected(tmp_path, HEAD + GOOD + GOOD)
    assert "row 3, column source: found 'rapport annuel' again for caf and 2026-10, as in row 2" in problem
    (problem,) = rejected(tmp_path, "service,month\ncaf,2026-10\n")[:1]
    assert "no column 'presented'" in problem
    (problem,) = rejected(tmp_path, HEAD.strip() + ",colour\n" + GOOD.strip() + ",red\n")
    assert "column 'colour' means nothing here" in problem


def test_the_command_keeps_all_or_nothing(postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_DATABASE", postgres_url)
    settings = tmp_path / "decroche.yaml"
    settings.write_text("database: {url: $TEST_DATABASE}\n")
    file = tmp_path / "own.csv"

    async def kept() -> list[Declared]:
        async with Store(postgres_url) as store:
            await store.catalogue.save([], [Service(id="caf", name="CAF")])
            return await store.declared.of_month(date(2026, 10, 1), service="caf")

    asyncio.run(kept())
    file.write_text(HEAD + GOOD + GOOD.replace("caf", "cpam"), encoding="utf-8")
    refused = CliRunner().invoke(declare, [str(file)], obj=load(settings))
    assert "no service is called cpam; known are caf" in refused.output
    assert asyncio.run(kept()) == []
    for answered in (9600, 9700):
        file.write_text(HEAD + GOOD.replace("9600", str(answered)), encoding="utf-8")
        done = CliRunner().invoke(declare, [str(file)], obj=load(settings))
        assert done.output == "1 declared month kept\n"
    assert [d.answered for d in asyncio.run(kept())] == [9700]
