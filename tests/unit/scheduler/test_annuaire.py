"""The official directory: every record becomes an entry or a remark, and a cut file is no directory."""

from __future__ import annotations

import gzip
import json
import tracemalloc
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from invented_directory import a_record, opening

from config.campaign import Service
from scheduler.annuaire import DirectoryUnreadable, Filter, read_directory
from scheduler.annuaire_hours import opening_hours
from scheduler.annuaire_numbers import numbers_in
from scheduler.bodies import body_of
from scheduler.territory import REGION_OF, department_of, zone_of

Write = Callable[..., Path]
ALL = Filter()


def test_a_record_becomes_an_organisation_and_a_service_that_validates(directory: Write) -> None:
    reading = read_directory(directory([a_record(7, "caf", "01053")]), ALL)
    (entry,) = reading.entries.values()
    assert entry.organisation == {"id": "caf-01", "name": "caf (01)", "legal_type": "social_security"}
    service = Service.model_validate(entry.service)
    assert service.id == "caf-01053-00000007"
    assert service.hours == "Mo-Fr 09:00-12:00,14:00-17:00"
    assert service.hours_assumed
    assert [n.number for n in service.numbers] == ["0474000007"]
    assert service.contact_points[0].name == "7 place de l'Essai, 01000 Exemple"
    assert (service.department, service.zone) == ("01", "Europe/Paris")
    assert service.directory_id == next(iter(reading.entries))
    assert reading.remarks == ()
    assert reading.whole


def test_the_answer_of_the_api_says_the_same_as_the_file(directory: Write) -> None:
    records = [a_record(i, "caf") for i in range(5)]
    file, answer = directory(records), directory(records, "api.json", api=True)
    assert read_directory(file, ALL).entries == read_directory(answer, ALL).entries
    bare = file.with_name("bare.json")
    bare.write_text(json.dumps(json.loads(answer.read_text())["results"]))
    assert read_directory(bare, ALL).entries == read_directory(file, ALL).entries
    packed = file.with_name("annuaire.json.gz")
    packed.write_bytes(gzip.compress(file.read_bytes()))
    assert read_directory(packed, ALL).entries == read_directory(file, ALL).entries


def test_a_page_of_the_api_is_not_the_whole_directory(directory: Write) -> None:
    assert not read_directory(directory([a_record(1)], api=True, total=63_000), ALL).whole
    assert read_directory(directory([a_record(1)], api=True), ALL).whole


@pytest.mark.parametrize(
    ("wanted", "taken"),
    [
        (Filter(types=("caf",)), {2, 3}),
        (Filter(departments=("974",)), {3}),
        (Filter(communes=("01053",)), {1, 2}),
        (Filter(types=("caf",), departments=("01",)), {2}),
        (ALL, {1, 2, 3}),
    ],
)
def test_types_departements_and_communes_are_chosen(directory: Write, wanted: Filter, taken: set[int]) -> None:
    file = directory([a_record(1), a_record(2, "caf"), a_record(3, "caf", "97411")])
    assert {int(key[:8], 16) for key in read_directory(file, wanted).entries} == taken


def test_a_known_record_is_read_whatever_the_filter(directory: Write) -> None:
    file = directory([a_record(1), a_record(2, "caf")])
    known = a_record(1)["id"]
    assert set(read_directory(file, Filter(types=("caf",)), known={known}).entries) == {known, a_record(2)["id"]}


def test_overseas_services_have_their_own_clock(directory: Write) -> None:
    (entry,) = read_directory(directory([a_record(3, "caf", "97411")]), ALL).entries.values()
    assert (entry.service["department"], entry.service["zone"]) == ("974", "Indian/Reunion")


@pytest.mark.parametrize(
    "text", ['{"service": [{"id": "a"}, {"id"', '{"service": [', "", "plain words", '{"other": []}', "3"]
)
def test_a_file_that_is_cut_short_or_another_is_no_directory(tmp_path: Path, text: str) -> None:
    file = tmp_path / "annuaire.json"
    file.write_text(text)
    with pytest.raises(DirectoryUnreadable, match=r"annuaire\.json"):
        read_directory(file, ALL)


@pytest.mark.parametrize(
    ("changed", "field", "what"),
    [
        ({"telephone": []}, "telephone", "no number that can be called: left out"),
        ({"telephone": [{"valeur": "06 12 34 56 78", "description": ""}]}, "telephone", "a mobile number"),
        ({"pivot": [], "code_insee_commune": ""}, "pivot", "no type or no commune: left out"),
        ({"pivot": [{"type_service_local": "astrologue", "code_insee_commune": ["01053"]}]}, "pivot", "legal status is not known"),
        ({"pivot": [{"type_service_local": "caf", "code_insee_commune": ["99131"]}], "code_insee_commune": "99131"}, "code_insee_commune", "no commune of France"),
        ({"commentaire_plage_ouverture": "Fermé en août"}, "commentaire_plage_ouverture", "a condition on the hours"),
        ({"id": ""}, "id", "has no id: left out"),
        ({"plage_ouverture": []}, "plage_ouverture", "Mo-Fr 09:00-17:00 assumed"),
    ],
)  # fmt: skip
def test_what_is_not_taken_as_it_is_gets_a_remark(
    directory: Write, changed: dict[str, Any], field: str, what: str
) -> None:
    reading = read_directory(directory([a_record(1, **changed)]), ALL)
    assert [r.field for r in reading.remarks if what in r.what] == [field]
    left_out = any("left out" in r.what and r.field != "telephone" for r in reading.remarks) or not reading.entries
    assert bool(reading.entries) != left_out


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("01/10/2026 08:00:00", date(2026, 10, 1)),
        ("2026-10-01T08:00:00+02:00", date(2026, 10, 1)),
        ("", None),
        ("hier", None),
        ("31/02/2026", None),
    ],
)
def test_a_record_says_the_day_of_its_last_change(directory: Write, text: str, day: date | None) -> None:
    (entry,) = read_directory(directory([a_record(1, date_modification=text)]), ALL).entries.values()
    assert entry.modified == day


def test_an_id_that_is_there_twice_is_told(directory: Write) -> None:
    reading = read_directory(directory([a_record(1), a_record(1, "caf")]), ALL)
    assert [r.what for r in reading.remarks] == ["is there twice: the first one is taken"]
    assert len(reading.entries) == 1


@pytest.mark.parametrize(
    ("value", "numbers", "what"),
    [
        ("04 74 00 00 01", ["0474000001"], None),
        ("04.74.00.00.01", ["0474000001"], None),
        ("04/74/00/00/01", ["0474000001"], None),
        ("+33 4 74 00 00 01", ["0474000001"], None),
        ("+33 (0)4 74 00 00 01", ["0474000001"], None),
        ("3646", ["3646"], None),
        ("0262 00 00 01", ["0262000001"], None),
        ("+262 262 00 00 01", ["0262000001"], None),
        ("+687 28 12 34", ["+687281234"], None),
        ("04 74 00 00 01 poste 123", ["0474000001"], "an extension"),
        ("04 74 00 00 01 ou 04 74 00 00 02", ["0474000001", "0474000002"], "2 numbers"),
        ("04 74 00 00 01 / 3646", ["0474000001", "3646"], "2 numbers"),
        ("04 74 00 00 01 (serveur vocal)", ["0474000001"], "free text 'serveur vocal' beside the number"),
        ("appeler la mairie", [], "free text 'appeler la mairie': left out"),
        ("+41 22 123 45 67", [], "a foreign number"),
        ("0041 22 123 45 67", [], "a foreign number"),
        ("474000001", [], "a wrong number"),
        ("04 74 00 00", [], "a wrong number"),
        ("04 74 00 00 01 02", [], "a wrong number"),
        ("12345", [], "a wrong number"),
        ("06 12 34 56 78", [], "private lines are never dialled: left out"),
        ("0692 12 34 56", [], "private lines are never dialled: left out"),
        ("115", [], "an emergency line (SAMU social), which is never dialled: left out"),
        ("0 800 05 95 95", [], "a distress line"),
        ("0825 12 34 56", ["0825123456"], "a surtaxed number"),
        ("Fax : 04 74 00 00 09", [], "a fax: left out"),
    ],
)
def test_a_telephone_entry_becomes_numbers_or_a_word_on_it(value: str, numbers: list[str], what: str | None) -> None:
    found, problems = numbers_in([{"valeur": value, "description": ""}])
    assert found == numbers
    assert any(what in said for _, said in problems) if what else problems == []


def test_a_fax_is_known_by_its_description_and_a_number_comes_once() -> None:
    entries = [
        {"valeur": "04 74 00 00 01", "description": ""},
        {"valeur": "04.74.00.00.01", "description": "standard"},
        {"valeur": "04 74 00 00 09", "description": "Télécopie"},
        "04 74 00 00 02",
    ]
    found, problems = numbers_in(entries)
    assert found == ["0474000001", "0474000002"]
    assert [said for _, said in problems if "fax" in said] == ["a fax: left out"]


@pytest.mark.parametrize(
    ("ranges", "hours", "what"),
    [
        ([opening("Lundi", "Vendredi", "09:00:00", "17:00:00")], "Mo-Fr 09:00-17:00", None),
        ([opening("Lundi", "Jeudi", "08:30:00", "12:00:00", "13:30:00", "17:00:00"), opening("Vendredi", "Vendredi", "08:30:00", "12:00:00")],
         "Mo-Th 08:30-12:00,13:30-17:00; Fr 08:30-12:00", None),
        ([opening("Lundi", "Lundi", "14:00", "17:00"), opening("lundi", "", "09:00", "12:00")], "Mo 09:00-12:00,14:00-17:00", None),
        ([opening("Samedi", "Lundi", "09:00", "12:00")], "Mo 09:00-12:00; Sa-Su 09:00-12:00", None),
        ([opening("Samedi", "Samedi", "09:00", "12:00", note="1er et 3e samedis")], "Sa 09:00-12:00", "a condition on the hours"),
        ([opening("Lundi", "Mardi", "12:00", "09:00"), opening("Mardi", "Mardi", "09:00", "10:00")], "Tu 09:00-10:00", "no span of time"),
        ([opening("Lundi", "Mardi", "9h", "12h")], None, "no span of time"),
        ([opening("Jours fériés", "Dimanche", "09:00", "12:00")], None, "no days"),
        (["sur rendez-vous"], None, "no opening range"),
        ([], None, "assumed"),
    ],
)  # fmt: skip
def test_opening_ranges_become_opening_hours(ranges: list[Any], hours: str | None, what: str | None) -> None:
    found, problems = opening_hours(ranges)
    assert found == hours
    assert any(what in said for _, said in problems) if what else problems == []


def test_every_departement_has_a_region_and_a_commune_leads_to_its_departement() -> None:
    assert len(REGION_OF) == 101
    assert [department_of(c) for c in ("01053", "2A004", "97411", "98735", "99131", "1053", "")] == [
        "01", "2A", "974", "987", None, None, None,
    ]  # fmt: skip
    assert (zone_of("01"), zone_of("987")) == ("Europe/Paris", "Pacific/Tahiti")


@pytest.mark.parametrize(
    ("kind", "identity", "legal"),
    [("mairie", "mairie-01053", "local_authority"), ("caf", "caf-01", "social_security"), ("prefecture", "prefecture-01", "state")],
)  # fmt: skip
def test_a_body_answers_for_a_departement_or_a_commune(kind: str, identity: str, legal: str) -> None:
    body, known = body_of(kind, "01", "01053", "N")
    assert (body["id"], body["legal_type"], known) == (identity, legal, True)


def _big(count: int) -> Iterator[str]:
    yield '{"service": ['
    for index in range(count):
        record = a_record(index, "mairie" if index % 10 else "caf", f"{index % 95 + 1:02}{index % 900:03}")
        yield ("," if index else "") + json.dumps(record | {"mission": "x" * 1500})
    yield "]}"


def test_the_directory_is_read_as_a_stream(tmp_path: Path) -> None:
    """A tenth of its records: the file is never in memory at once."""
    file = tmp_path / "annuaire.json"
    with file.open("w") as stream:
        stream.writelines(_big(6_300))
    tracemalloc.start()
    reading = read_directory(file, Filter(types=("caf",), departments=("01",)))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(reading.seen) == 6_300
    assert set(reading.entries) < set(reading.seen)
    assert reading.types == {"mairie": 5_670, "caf": 630}
    assert peak < file.stat().st_size / 4
