"""Open data: valid against its own description, the same in both forms, and nobody to be found in it."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from frictionless import Package, system

from exporters import opendata
from exporters.estimates import Rate
from exporters.opendata import OpenData, rows_of
from exporters.opendata_columns import TABLES
from exporters.report.model import Report

Write = Callable[..., list[Path]]


@pytest.fixture
def published(report: Report, write: Write, tmp_path: Path) -> Path:
    write([report], tmp_path, formats=("opendata",))
    return tmp_path / "opendata"


def rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8") as opened:
        return list(csv.DictReader(opened))


def test_frictionless_finds_nothing(published: Path) -> None:
    with system.use_context(trusted=True):
        checked = Package(str(published / "datapackage.json")).validate()
    assert checked.valid, checked.flatten(["rowNumber", "fieldName", "note"])
    assert [task.stats.get("rows", 0) for task in checked.tasks] == [17, 400, 0, 0]


def test_a_wrong_value_would_be_found(published: Path) -> None:
    file = published / "estimates.csv"
    file.write_text(file.read_text(encoding="utf-8").replace(",196,", ",many,", 1), encoding="utf-8")
    with system.use_context(trusted=True):
        assert not Package(str(published / "datapackage.json")).validate().valid


@pytest.mark.parametrize("name", TABLES)
def test_both_forms_have_the_same_columns_and_rows(name: str, published: Path) -> None:
    table = pq.read_table(published / f"{name}.parquet")
    told = rows(published / f"{name}.csv")
    first = (published / f"{name}.csv").read_text(encoding="utf-8").splitlines()[0]
    assert table.column_names == first.split(",") == [c.name for c in TABLES[name]]
    assert table.num_rows == len(told)


def test_estimates_are_those_of_the_report_and_what_cannot_be_said_is_empty(report: Report, published: Path) -> None:
    told = {row["kpi"]: row for row in rows(published / "estimates.csv")}
    rate = report.estimates.kpis["agent_pickup_rate"]
    assert isinstance(rate, Rate)
    agent = told["agent_pickup_rate"]
    assert (agent["x"], agent["n"], agent["verdict"], agent["simulated"]) == ("116", "196", "not_met", "false")
    assert float(agent["estimate"]) == pytest.approx(rate.estimate, abs=1e-6)
    assert told["enquiry_success_rate"]["estimate"] == ""


def test_attempts_tell_the_hour_and_never_the_minute(report: Report, published: Path) -> None:
    text = (published / "attempts.csv").read_text(encoding="utf-8")
    assert not any(a.at[11:19] in text for a in report.attempts)
    assert {int(row["hour"]) for row in rows(published / "attempts.csv")} == {int(a.at[11:13]) for a in report.attempts}


def test_the_licence_is_named_and_the_same_report_gives_the_same_bytes(
    report: Report, write: Write, tmp_path: Path
) -> None:
    one, two = (
        [p.read_bytes() for p in write([report], tmp_path / name, formats=("opendata",))] for name in ("a", "b")
    )
    assert one == two
    assert json.loads(one[0])["licenses"][0]["name"] == "etalab-2.0"


def test_tables_that_are_given_up_leave_nothing_and_those_published_before_stay(
    report: Report, published: Path
) -> None:
    before = {f.name: f.read_bytes() for f in published.iterdir()}
    data = OpenData(published)
    data.add(rows_of(replace(report, month="2026-11")))
    assert len(list(published.glob("*.part"))) == 2 * len(TABLES)
    data.abandon()
    assert {f.name: f.read_bytes() for f in published.iterdir()} == before


def test_a_month_larger_than_a_group_of_rows_is_whole(
    report: Report, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opendata, "ROWS", 300)
    data = OpenData(tmp_path)
    for _ in range(3):
        data.add(rows_of(report))
    data.close()
    assert pq.read_table(tmp_path / "attempts.parquet").num_rows == 1200
    assert pq.ParquetFile(tmp_path / "attempts.parquet").num_row_groups == 3
    assert pq.read_table(tmp_path / "estimates.parquet").num_rows == 51
