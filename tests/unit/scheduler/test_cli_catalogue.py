"""The commands about catalogues, from the shell's side: what is written, what is said, exit codes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from invented_directory import a_record

from config.catalogue_file import read_catalogue, write_catalogue
from config.loader import ConfigError
from scheduler.cli_catalogue import catalogue

Write = Callable[..., Path]
TABLE = "organisation,organisation_name,legal_type,service,service_name,number\n"


def run(*words: object) -> Result:
    return CliRunner().invoke(catalogue, [str(word) for word in words])


def told(*words: object) -> dict[str, Any]:
    done = run(*words, "--json")
    assert done.exit_code == 0, done.output
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_a_catalogue_is_checked_with_its_numbers(tmp_path: Path) -> None:
    file = tmp_path / "c.csv"
    file.write_text(TABLE + "o,O,state,s,S,0140000000\no,,,t,T,112\no,,,u,U,0825123456\n")
    done = run("check", file)
    assert done.exit_code == 2
    assert f"{file}:3: number: '112' leads to 112, an emergency line" in done.stderr
    assert f"to know  {file}:4: number: 0825123456 is surtaxed" in done.stdout
    file.write_text(TABLE + "o,O,state,s,S,0140000000\n")
    assert run("check", file).stdout == f"{file}: valid, 1 services\n"


def test_the_example_has_nothing_to_say() -> None:
    example = Path(__file__).parents[3] / "config" / "catalogue.example.csv"
    assert told("check", example) | {"file": ""} == {
        "file": "", "valid": True, "services": 2, "mistakes": [], "skipped": [], "notes": [],
    }  # fmt: skip


def test_a_bad_row_stops_the_check_unless_it_may_be_skipped(tmp_path: Path) -> None:
    file = tmp_path / "c.csv"
    file.write_text(TABLE + "o,O,state,s,S,0140000000\no,,,t,T,one\n")
    done = run("check", file)
    assert (done.exit_code, done.stderr.startswith(f"{file}:3: number: 'one'")) == (2, True)
    done = run("check", file, "--skip-invalid")
    assert done.exit_code == 0
    assert done.stderr.startswith(f"skipped  {file}:3: number")
    assert "1 services, 1 entries skipped" in done.stdout
    assert told("check", file, "--skip-invalid")["services"] == 1


def test_a_catalogue_is_converted_and_nothing_is_written_over(tmp_path: Path) -> None:
    file, other = tmp_path / "c.csv", tmp_path / "c.yaml"
    file.write_text(TABLE + "o,O,state,s,S,0140000000\no,,,t,T,one\n")
    done = run("convert", file, other)
    assert isinstance(done.exception, ConfigError)
    assert not other.exists()
    assert run("convert", file, other, "--skip-invalid").exit_code == 0
    assert read_catalogue(other).valid.services[0].numbers[0].number == "0140000000"
    assert "is there already" in run("convert", file, other).output
    assert run("convert", other, file, "--force").exit_code == 0
    assert read_catalogue(file).valid == read_catalogue(other).valid


@pytest.mark.parametrize("name", ["catalogue.yaml", "catalogue.csv"])
def test_an_import_is_brought_up_to_date_and_taken_back(tmp_path: Path, directory: Write, name: str) -> None:
    into = tmp_path / name
    first = directory([a_record(i, "caf") for i in range(20)] + [a_record(99)])
    said = told("import-annuaire", first, "--into", into, "--type", "caf")
    assert (said["records"], said["taken"], said["counts"]) == (21, 20, {"added": 20})
    data = read_catalogue(into).data
    data["services"][2]["numbers"][0]["path"] = [{"digits": "2"}]
    data["services"][3]["hours"] = "24/7"
    write_catalogue(into, data)
    original = into.read_bytes()

    second = directory(
        [a_record(1, "caf", telephone=[{"valeur": "3230"}]), a_record(2, "caf", telephone=[{"valeur": "3230"}])]
        + [a_record(3, "caf", plage_ouverture=[]), a_record(4, "caf", plage_ouverture=[])]
        + [a_record(i, "caf") for i in range(5, 19)]
        + [a_record(0, "caf"), a_record(50, "caf")],
        "second.json",
    )
    rehearsed = told("import-annuaire", second, "--into", into, "--type", "caf", "--dry-run")
    assert into.read_bytes() == original
    said = told("import-annuaire", second, "--into", into, "--type", "caf")
    assert rehearsed | {"written": True} == said
    assert said["counts"] == {"added": 1, "closed": 1, "hours": 1, "number": 2}
    assert [(k["id"], k["key"], k["here"]) for k in said["kept"]] == [("caf-01053-00000003", "hours", "24/7")]
    assert {r["what"] for r in said["remarks"]} == {"no hours: Mo-Fr 09:00-17:00 assumed"}
    service = read_catalogue(into).valid.services[2]
    assert service.numbers[0].number == "3230"
    assert service.numbers[0].path[0].digits == "2"
    assert told("import-annuaire", second, "--into", into, "--type", "caf")["changes"] == []

    assert run("undo-import", into).exit_code == 0  # the one that changed nothing
    assert run("undo-import", into).exit_code == 0
    assert into.read_bytes() == original
    done = run("undo-import", into)
    assert done.exit_code == 0
    assert "caf-01053-00000002" in done.stdout, "edited since: kept and told"
    assert [s.id for s in read_catalogue(into).valid.services] == ["caf-01053-00000002", "caf-01053-00000003"]
    assert "no import to take back" in run("undo-import", into).output


def test_comments_that_a_rewrite_would_lose_are_told_beforehand(tmp_path: Path, directory: Write) -> None:
    into = tmp_path / "c.yaml"
    into.write_text("# mine\norganisations: []\nservices: []\n")
    done = run("import-annuaire", directory([a_record(1)]), "--into", into, "--dry-run")
    assert "holds comments: they are not kept" in done.stderr
    assert into.read_text().startswith("# mine")


def test_an_import_says_row_by_row_what_it_did_not_take(tmp_path: Path, directory: Write) -> None:
    file = directory(
        [a_record(1), a_record(2, telephone=[{"valeur": "06 12 34 56 78"}, {"valeur": "0474000001 poste 2"}])]
    )
    done = run("import-annuaire", file, "--into", tmp_path / "c.yaml")
    rows = [line for line in done.stdout.splitlines() if line.startswith("remark")]
    assert len(rows) == 2
    assert all("Mairie - Exemple 2" in row for row in rows)
    assert "2 records read, 2 taken, 2 remarks" in done.stdout
    assert "undo-import" in done.stdout


def test_a_directory_that_would_end_most_services_is_not_believed(tmp_path: Path, directory: Write) -> None:
    into = tmp_path / "c.yaml"
    run("import-annuaire", directory([a_record(i) for i in range(30)]), "--into", into)
    before = into.read_bytes()
    small = directory([a_record(i) for i in range(10)], "small.json")
    done = run("import-annuaire", small, "--into", into)
    assert (done.exit_code, "20 of 30 known services are not in" in done.output) == (1, True)
    assert into.read_bytes() == before
    assert (
        told("import-annuaire", directory([a_record(1)], "page.json", api=True, total=30), "--into", into)["changes"]
        == []
    )
    assert told("import-annuaire", small, "--into", into, "--allow-closing")["counts"] == {"closed": 20}


def test_a_type_that_no_record_has_is_a_mistake_in_the_order(tmp_path: Path, directory: Write) -> None:
    done = run("import-annuaire", directory([a_record(1)]), "--into", tmp_path / "c.yaml", "--type", "marie")
    assert done.exit_code == 2
    assert "no record has the type marie (expected mairie" in done.output
    assert not (tmp_path / "c.yaml").exists()


def test_a_catalogue_with_a_mistake_takes_no_import(tmp_path: Path, directory: Write) -> None:
    into = tmp_path / "c.yaml"
    into.write_text("services: 3\n")
    assert isinstance(run("import-annuaire", directory([a_record(1)]), "--into", into).exception, ConfigError)
    assert into.read_text() == "services: 3\n"


def test_what_an_import_left_is_read_or_told(tmp_path: Path, directory: Write) -> None:
    into, file = tmp_path / "c.yaml", directory([a_record(1)])
    run("import-annuaire", file, "--into", into)
    left = tmp_path / "c.imports" / "0001.json.gz"
    left.write_bytes(left.read_bytes()[:40])
    done = run("import-annuaire", file, "--into", into)
    assert "0001.json.gz cannot be read" in str(done.exception)


def test_the_schema_is_printed() -> None:
    assert json.loads(run("schema").stdout)["$defs"]["Service"]["required"]
