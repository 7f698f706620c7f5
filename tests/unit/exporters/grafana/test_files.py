"""The shipped files: as the code makes them, in French, complete, and accepted by promtool."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard

from exporters.cli_dashboards import FILES, dashboards
from exporters.grafana.generate import generated
from prober.events import VOICES
from prober.outcome import Outcome
from prober.phase import LAST, Phase

BOARDS = ("exploitation", "qualite", "service")
ENGLISH = re.compile(r"\b(the|of|and|calls?|rate|share|lower|upper|waiting|answered)\b", re.IGNORECASE)


@pytest.mark.parametrize("name", sorted(generated()))
def test_the_shipped_file_is_the_one_the_code_makes(name: str) -> None:
    assert (FILES / name).read_text(encoding="utf-8") == generated()[name], "run `make dashboards`"


def test_everything_generated_is_shipped_and_nothing_else() -> None:
    by_hand = {"prometheus.yaml", "provisioning/dashboards/decroche.yaml", "provisioning/datasources/decroche.yaml"}
    assert {str(f.relative_to(FILES)) for f in FILES.rglob("*") if f.is_file()} == {*generated(), *by_hand}


@pytest.mark.parametrize("name", BOARDS)
def test_every_panel_says_in_french_what_it_shows(name: str) -> None:
    board = json.loads((FILES / "dashboards" / f"{name}.json").read_text(encoding="utf-8"))
    panels = [p for p in board["panels"] if p["type"] != "row"]
    assert len(panels) > 10
    assert len({p["id"] for p in board["panels"]}) == len(board["panels"])
    for panel in panels:
        assert panel["title"] and len(panel["description"]) > 15, panel["title"]
        assert not ENGLISH.search(panel["title"] + panel["description"]), panel["title"]
        assert panel["fieldConfig"]["defaults"].get("unit") or panel["type"] == "table", panel["title"]
        assert {t["datasource"]["uid"] for t in panel["targets"]} == {"${source}"}


@pytest.mark.parametrize(
    ("name", "title", "values"),
    [
        ("exploitation", "Issues des dernières 24 heures", {o.value for o in Outcome}),
        ("service", "Issues depuis l'origine", {o.value for o in Outcome}),
        ("exploitation", "Appels en cours par état", {p.value for p in Phase if p not in LAST}),
        ("exploitation", "Voix entendue", {s.value for s in VOICES}),
        ("exploitation", "Attentes en file : comment elles finissent", {"human", "service", "ours"}),
        ("exploitation", "Appels à venir et dus", {"planned", "queued", "dialling"}),
        ("qualite", "Verdicts du dernier mois fini", {"met", "not_met", "inconclusive"}),
    ],
)
def test_series_are_called_in_french_whatever_their_label_holds(name: str, title: str, values: set[str]) -> None:
    board = json.loads((FILES / "dashboards" / f"{name}.json").read_text(encoding="utf-8"))
    (panel,) = (p for p in board["panels"] if p["title"] == title)
    called = {o["matcher"]["options"]: o["properties"][0]["value"] for o in panel["fieldConfig"]["overrides"]}
    assert set(called) == values
    assert not any(ENGLISH.search(text) or text == value for value, text in called.items())


@pytest.mark.parametrize("name", BOARDS)
def test_a_dashboard_read_by_the_schema_and_written_again_is_the_same(name: str) -> None:
    data = json.loads((FILES / "dashboards" / f"{name}.json").read_text(encoding="utf-8"))
    assert json.loads(json.dumps(Dashboard.from_json(data), cls=JSONEncoder)) == data


@pytest.mark.parametrize("name", BOARDS)
def test_panels_do_not_lie_over_each_other(name: str) -> None:
    board = json.loads((FILES / "dashboards" / f"{name}.json").read_text(encoding="utf-8"))
    taken: dict[tuple[int, int], str] = {}
    for panel in board["panels"]:
        place = panel["gridPos"]
        assert place.get("x", 0) + place["w"] <= 24, panel["title"]
        for x in range(place.get("x", 0), place.get("x", 0) + place["w"]):
            for y in range(place.get("y", 0), place.get("y", 0) + place["h"]):
                assert taken.setdefault((x, y), panel["title"]) == panel["title"]


def test_every_estimate_has_its_band_and_its_grey_and_a_share_its_target() -> None:
    for name in ("qualite", "service"):
        board = json.loads((FILES / "dashboards" / f"{name}.json").read_text(encoding="utf-8"))
        drawn = [p for p in board["panels"] if p["type"] == "timeseries"]
        for panel in drawn:
            styles = {
                o["matcher"]["options"]: {p["id"]: p["value"] for p in o["properties"]}
                for o in panel["fieldConfig"]["overrides"]
            }
            legends = {t["refId"]: t["legendFormat"] for t in panel["targets"]}
            assert styles["A"]["custom.fillBelowTo"] == legends["B"]
            assert styles["D"]["color"]["fixedColor"] == "#9e9e9e" and "insuffisant" in legends["D"]
            assert (legends.get("E") == "objectif") == ("décroché" in panel["title"] or "humaine" in panel["title"])
        assert len(drawn) >= 2


def test_what_has_no_value_is_grey_and_says_so_and_is_no_zero() -> None:
    board = json.loads((FILES / "dashboards" / "qualite.json").read_text(encoding="utf-8"))
    shares = [
        p for p in board["panels"] if p["type"] == "stat" and p["fieldConfig"]["defaults"]["unit"] == "percentunit"
    ]
    assert {p["fieldConfig"]["defaults"]["noValue"] for p in shares} == {"insuffisant"}
    for panel in (p for p in board["panels"] if p["type"] in ("stat", "bargauge")):
        defaults = panel["fieldConfig"]["defaults"]
        said = {"text": defaults["noValue"], "color": "#9e9e9e"}  # and not the colour of the lowest threshold
        assert [m["options"] for m in defaults["mappings"]] == [{"match": "null+nan", "result": said}], panel["title"]
    assert not any("or vector(0)" in t["expr"] for p in board["panels"] for t in p.get("targets", ()))


def test_from_the_nation_a_reader_comes_to_a_ministry_its_département_a_service_and_its_report() -> None:
    board = json.loads((FILES / "dashboards" / "qualite.json").read_text(encoding="utf-8"))
    links = {
        (panel["title"], override["matcher"]["options"]): link["url"]
        for panel in board["panels"]
        for override in panel.get("fieldConfig", {}).get("overrides", ())
        for found in override["properties"]
        if found["id"] == "links"
        for link in found["value"]
    }
    zone = "var-zone=${__value.raw:percentencode}"
    assert {key: re.findall(r"var-[a-z]+=[^&]+", url) for key, url in links.items()} == {
        ("Ministères", "Zone"): ["var-niveau=ministry", zone],
        ("Départements", "Zone"): ["var-niveau=department", zone],
        ("Départements du ministère choisi", "Zone"): ["var-niveau=ministry_department", zone],
        ("Services de la zone", "Service"): ["var-service=${__data.fields.Identifiant}"],
        ("Services de la zone", "Rapport"): [],
    }
    within = [url for url in links.values() if url.startswith("/")]
    assert {u.split("?")[0] for u in within} == {"/d/decroche-qualite", "/d/decroche-service"}
    assert all("${source:queryparam}&${rapports:queryparam}" in u and "${__url_time_range}" in u for u in within)
    niveaux = next(v for v in board["templating"]["list"] if v["name"] == "niveau")["options"]
    assert {o["value"] for o in niveaux} == {"national", "ministry", "department", "ministry_department"}


def test_a_pattern_of_grafana_matches_whole_names_and_the_days_of_the_week_have_names() -> None:
    board = json.loads((FILES / "dashboards" / "qualite.json").read_text(encoding="utf-8"))
    (panel,) = (p for p in board["panels"] if "par heure" in p["title"])
    assert [t["id"] for t in panel["transformations"]] == ["sortBy", "groupingToMatrix", "sortBy"]
    overrides = {
        o["matcher"]["options"]: {p["id"]: p["value"] for p in o["properties"]}
        for o in panel["fieldConfig"]["overrides"]
    }
    assert list(overrides) == ["[0-9]{2}", "weekday\\hour"]
    assert overrides["weekday\\hour"]["mappings"][0]["options"]["1"] == {"text": "lundi"}
    assert overrides["[0-9]{2}"]["mappings"][0]["options"]["result"]["color"] == "#9e9e9e"


@pytest.mark.parametrize("name", BOARDS)
def test_a_cell_without_a_value_says_so_in_grey_and_the_others_are_plain(name: str) -> None:
    board = json.loads((FILES / "dashboards" / f"{name}.json").read_text(encoding="utf-8"))
    columns = [
        {p["id"]: p["value"] for p in override["properties"]}
        for panel in board["panels"]
        if panel["type"] == "table" and panel["transformations"][-1]["id"] == "organize"
        for override in panel["fieldConfig"]["overrides"]
        if "unit" in {p["id"] for p in override["properties"]}
    ]
    assert len(columns) >= 3
    for column in columns:
        assert column["custom.cellOptions"] == {"type": "color-text"}
        assert column["thresholds"]["steps"] == [{"value": None, "color": "text"}]
        assert column["mappings"][0]["options"] == {
            "match": "null+nan",
            "result": {"text": "insuffisant", "color": "#9e9e9e"},
        }


def test_a_service_leads_to_its_report(files: Callable[[str], Any]) -> None:
    board = files("dashboards/service.json")
    assert {"${rapports}/${fichier}", "${rapports}/${fichier}#when"} <= {link.get("url") for link in board["links"]}
    place = next(v for v in board["templating"]["list"] if v["name"] == "rapports")
    assert place["current"]["value"] == place["query"] == "http://r.example"


@pytest.mark.needs("promtool")
def test_export_writes_what_promtool_accepts(tmp_path: Path) -> None:
    folder = tmp_path / "une école"
    asked = [str(folder), "--reports", "https://q.example/r/", "--metrics", "10.0.0.1:9464"]
    done = CliRunner().invoke(dashboards, ["export", *asked])
    assert done.exit_code == 0, done.output
    assert "https://q.example/r" in (folder / "dashboards" / "qualite.json").read_text(encoding="utf-8")
    assert yaml.safe_load((folder / "prometheus.yaml").read_text())["scrape_configs"][0]["static_configs"] == [
        {"targets": ["10.0.0.1:9464"]}
    ]
    provider = yaml.safe_load((folder / "provisioning/dashboards/decroche.yaml").read_text(encoding="utf-8"))
    assert provider["providers"][0]["options"]["path"] == str(folder / "dashboards")
    checked = ["promtool", "check", "config", str(folder / "prometheus.yaml")]
    checks = [checked, ["promtool", "check", "rules", *map(str, (folder / "rules").glob("*.yaml"))]]
    for check in checks:
        told = subprocess.run(check, capture_output=True, text=True, check=False)
        assert told.returncode == 0, told.stderr


def contents(folder: Path) -> dict[str, str]:
    return {str(f.relative_to(folder)): f.read_text(encoding="utf-8") for f in folder.rglob("*") if f.is_file()}


def export(folder: Path, *options: str) -> Result:
    return CliRunner().invoke(dashboards, ["export", str(folder), *options])


def test_export_replaces_what_it_wrote_and_leaves_the_rest_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("mine")
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "mine.yaml").write_text("groups: []")
    assert export(tmp_path).exit_code == 0
    again = export(tmp_path, "--metrics", "m.example:1")
    assert again.exit_code == 0, again.output
    held = contents(tmp_path)
    assert "m.example:1" in held["prometheus.yaml"]
    assert (held["mine.yaml"], held["rules/mine.yaml"]) == ("mine", "groups: []")
    checked = subprocess.run(["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=tmp_path, check=False)
    assert checked.returncode == 0


@pytest.mark.parametrize("changed", ["prometheus.yaml", "dashboards/qualite.json"])
def test_a_file_that_others_wrote_or_changed_is_replaced_only_when_asked(tmp_path: Path, changed: str) -> None:
    if changed != "prometheus.yaml":
        assert export(tmp_path).exit_code == 0
    (tmp_path / changed).write_text("theirs", encoding="utf-8")
    before = contents(tmp_path)
    refused = export(tmp_path, "--metrics", "m.example:1")
    assert refused.exit_code == 1
    assert f"that others wrote or changed: {changed} (expected another folder, or --replace)" in refused.output
    assert contents(tmp_path) == before
    assert export(tmp_path, "--replace").exit_code == 0
    assert contents(tmp_path)[changed] != "theirs"


def test_export_over_a_file_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "f").write_text("x")
    done = CliRunner().invoke(dashboards, ["export", str(tmp_path / "f")])
    assert done.exit_code == 1
    assert done.output.endswith("f cannot be written: Not a directory (expected a folder)\n")


@pytest.mark.parametrize("bad", [["--reports", "ftp://x"], ["--prometheus", "x y"], ["--metrics", "9464"]])
def test_a_wrong_address_writes_nothing(tmp_path: Path, bad: list[str]) -> None:
    done = CliRunner().invoke(dashboards, ["export", str(tmp_path / "out"), *bad])
    assert done.exit_code == 2
    assert "expected one like" in done.output
    assert not (tmp_path / "out").exists()
