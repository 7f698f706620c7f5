"""A catalogue is the same in YAML and as a table, its mistakes are named, and what is skipped is listed."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config.campaign import ContactPoint, Number, Organisation, PastHours, Service, Step, Targets
from config.catalogue_file import read_catalogue, write_catalogue, yaml_of
from config.lines import Refused, parse
from config.loader import ConfigError, check, load
from config.schema import keys
from config.settings import CatalogueFile
from config.table import column_of, read_table, table_of
from prober.events import LABELS

HEAD = "organisation,organisation_name,service,service_name,number,weight,hours,path,contact_point,contact_point_name\n"

names = st.from_regex(r"[a-z0-9][a-z0-9_.-]{0,12}", fullmatch=True)
texts = st.text(st.characters(codec="utf-8"), min_size=1, max_size=20) | st.sampled_from(
    [
        "1e2",
        "no",
        "true",
        "~",
        "3646",
        "0162",
        "12:30",
        "a: b",
        "- a",
        "#",
        " é ",
        "'",
        '"',
        "a\nb",
        "a\r\nb",
        ";",
        "\x7f",
    ]
)
dates = st.dates(date(2000, 1, 1), date(2100, 1, 1))
hours = st.sampled_from(["24/7", "Mo-Fr 09:00-17:00", 'Mo-Fr 08:30-12:00,13:30-17:00; Sa 09:00-12:00 "rdv"'])
steps = st.builds(
    Step,
    digits=st.from_regex(r"[0-9*#A-Dw]{1,4}", fullmatch=True),
    label=st.none() | st.sampled_from(LABELS),
    optional=st.booleans(),
) | st.builds(Step, word=texts, prompt=texts, optional=st.booleans())
steps = steps | st.builds(Step, digits=st.just("1"), silence_s=st.floats(0.5, 30))
numbers = st.builds(
    Number,
    number=st.sampled_from(["3646", "0140000000", "+33140000000", "0800123456", "sip:3646@127.0.0.1:5070"]),
    weight=st.floats(0, 1000),
    trunk=st.none() | names,
    has_menu=st.none() | st.booleans(),
    path=st.lists(steps, max_size=3).map(tuple),
    refusal=st.lists(steps, max_size=2).map(tuple),
    menu_version=st.none() | st.integers(1, 9),
)
points = st.lists(
    st.builds(ContactPoint, id=names, name=texts, commune=st.none() | st.sampled_from(["01053", "2A004", "97105"])),
    max_size=3,
    unique_by=lambda point: point.id,
)
bodies = st.lists(
    st.builds(
        Organisation,
        id=names,
        name=texts,
        legal_type=st.sampled_from(["state", "social_security", "local_authority", "other"]),
        informed_at=st.none() | st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),
        contact=st.none() | texts,
    ),
    min_size=1,
    max_size=4,
    unique_by=lambda body: body.id,
)


@st.composite
def services(draw: st.DrawFn, ids: list[str]) -> Service:
    known = draw(points)
    ring = st.sampled_from([None, *(p.id for p in known)])
    return Service(
        id=draw(names),
        name=draw(texts),
        organisation=draw(st.sampled_from(ids)),
        contact_points=tuple(known),
        numbers=tuple(
            n.model_copy(update={"contact_point": draw(ring)}) for n in draw(st.lists(numbers, min_size=1, max_size=3))
        ),
        hours=draw(hours),
        hours_assumed=draw(st.booleans()),
        past_hours=tuple(draw(st.lists(st.builds(PastHours, until=dates, hours=hours), max_size=2))),
        closed_on=tuple(draw(st.lists(dates, max_size=3))),
        ends_on=draw(st.none() | dates),
        zone=draw(st.sampled_from(["Europe/Paris", "Indian/Reunion"])),
        department=draw(st.sampled_from([None, "01", "2A", "974"])),
        region=draw(st.sampled_from([None, "84", "04"])),
        scripts=draw(st.sampled_from([None, ("agent",), ("agent", "optout")])),
        attempts=draw(st.none() | st.integers(0, 900)),
        targets=Targets(agent_pickup_rate=draw(st.floats(0, 1))),
        hourly_traffic=tuple(draw(st.sampled_from([[], [0.5] * 24, [float(h) for h in range(24)]]))),
        calls_per_day=draw(st.none() | st.integers(0, 100)),
        tags=tuple(draw(st.lists(names, max_size=2))),
        contact=draw(st.none() | texts),
        directory_id=draw(st.none() | texts),
    )


@st.composite
def catalogues(draw: st.DrawFn) -> CatalogueFile:
    known = draw(bodies)
    listed = draw(st.lists(services([b.id for b in known]), max_size=4, unique_by=lambda s: s.id))
    return CatalogueFile(organisations=tuple(known), services=tuple(listed))


def plain(catalogue: CatalogueFile) -> dict[str, Any]:
    return catalogue.model_dump(mode="json", by_alias=True, exclude_defaults=True)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=60)
@given(catalogues())
def test_a_catalogue_is_the_same_in_yaml_and_in_a_table(catalogue: CatalogueFile) -> None:
    data = plain(catalogue)
    read = parse(yaml_of(data))
    assert CatalogueFile.model_validate(read.data) == catalogue
    table = read_table(table_of(read.data))
    assert table.wrong == ()
    assert CatalogueFile.model_validate(table.data) == catalogue
    assert CatalogueFile.model_validate(parse(yaml_of(table.data)).data) == catalogue


def test_a_catalogue_goes_through_files_of_both_kinds(tmp_path: Path) -> None:
    example = Path(__file__).parents[3] / "config" / "catalogue.example.csv"
    first = read_catalogue(example)
    assert [len(s.numbers) for s in first.valid.services] == [2, 1]
    for name in ("a.yaml", "b.csv", "c.yml"):
        write_catalogue(tmp_path / name, first.data)
        assert read_catalogue(tmp_path / name).valid == first.valid
    assert (tmp_path / "b.csv").read_bytes().decode() == table_of(first.data)


def test_what_a_spreadsheet_writes_is_read() -> None:
    read = read_table("\ufefforganisation;organisation_name;service;service_name;number\r\no;O;s;S;3646\r\n;;;;\r\n")
    assert read.wrong == ()
    assert read.data["services"][0]["numbers"] == [{"number": "3646"}]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("o,O,s,S,0140000000,high,,,,\n", "2: weight: 'high' does not fit (expected a weight, 0 to 1000000)"),
        ("o,O,s,S,,,,,,\n", "2: number: the key is missing (expected a list of at least one number)"),
        ("o,O,s,S,3646,,9h-17h,,,\n", "2: hours: '9h-17h' is no opening hours (expected opening hours such as Mo-Fr 09:00-12:00,14:00-17:00, or 24/7)"),
        ("o,O,s,S,3646,,,[,,\n", "2: path: '[' is not JSON (expected a list)"),
        ('o,O,s,S,3646,,,"[{""digits"": ""x""}]",,\n', "2: path[0].digits: 'x' does not fit (expected keys 0-9 * # A-D, w for half a second)"),
        ("o,O,s,S,3646,,,,,\n,,s,Z,3230,,,,,\n", "3: service_name: 'Z', where line 2 says 'S' (expected one value for one service)"),
        ("o,O,s,S,3646,,,,,\n,,,,3230,,,,,\n", "3: number belongs to no service (expected its id in the column service)"),
        ("o,O,s,S,3646,,,,,\n,,s,,,2,,,,\n", "3: weight without a number (expected one in the column number)"),
        ("o,O,s,S,3646,,,,,,more\n", "2: 11 cells under 10 columns (expected as many)"),
        ("o,O,,,,,,,,\n,,s,S,3646,,,,,\n", "3: organisation: the key is missing (expected a short name of lower-case letters, digits, - _ .)"),
        ("o,O,s,S,3646,,,,,\np,,,,,,,,,\n", "3: organisation_name: the key is missing (expected a text of 1 to 500 characters)"),
        ("o,O,s,S,3646,,,,desk,\n", "2: number: no contact point is called desk (expected one under contact_points)"),
        ("o,O,s,S,3646,,,,,\nx,X,t,T,3646,,,,,\n,,t,T,36,,,,,,,,\n", "4: 13 cells under 10 columns (expected as many)"),
    ],
)  # fmt: skip
def test_each_mistake_of_a_table_has_its_line_and_column(tmp_path: Path, rows: str, said: str) -> None:
    file = tmp_path / "c.csv"
    file.write_text(HEAD + rows)
    assert check(file)[0] == f"{file}:{said}"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        ("service,phone\n", "no column is called 'phone'"),
        ("service,service\n", "is there twice"),
        ('service,number\n"s,3646\n', "is not a table"),
    ],
)
def test_a_text_that_is_no_table_is_refused(text: str, said: str) -> None:
    with pytest.raises(Refused, match=said):
        read_table(text)


def test_a_mistake_in_the_catalogue_of_a_campaign_names_the_catalogue(tmp_path: Path) -> None:
    campaign, catalogue = tmp_path / "campaign.yaml", tmp_path / "c.csv"
    campaign.write_text("catalogue: c.csv\ncampaign:\n  name: c\norganisations:\n  - id: x\n    name: X\n")
    catalogue.write_text(HEAD + "o,O,s,S,3646,,,,,\nx,X,t,T,3646,,,,,\n")
    assert check(campaign) == (f"{catalogue}:3: organisation: x is already organisations[0] (expected another id)",)
    catalogue.write_text(HEAD + "o,O,s,S,3646,,,,,\n,,t,T,36460,bad,,,,\n")
    assert len(check(campaign)) == 2
    with pytest.raises(ConfigError):
        load(campaign)
    catalogue.write_text(HEAD + "o,O,s,S,3646,,,,,\n")
    assert [s.id for s in load(campaign).services] == ["s"]


def test_a_catalogue_holds_nothing_else(tmp_path: Path) -> None:
    campaign, catalogue = tmp_path / "campaign.yaml", tmp_path / "c.yaml"
    campaign.write_text("catalogue: c.yaml\n")
    catalogue.write_text("web:\n  port: 1\n")
    assert check(campaign) == (f"{catalogue}:1: web: unknown key (expected one of organisations, services)",)


def test_one_bad_row_of_ten_thousand_is_skipped_and_listed_with_what_needs_it(tmp_path: Path) -> None:
    file = tmp_path / "c.csv"
    rows = [f"o{i},O,s{i},S,01400{i:05},,,,,\n" for i in range(10_000)]
    rows[5000] = "o5000,O,s5000,S,one,,,,,\n"
    rows[7000] = f"O 7000,{'x' * 501},s7000,S,0140007000,,,,,\n"
    file.write_text(HEAD + "".join(rows))
    with pytest.raises(ConfigError) as caught:
        read_catalogue(file)
    assert [m.line for m in caught.value.mistakes] == [5002, 7002, 7002]
    kept = read_catalogue(file, skip_invalid=True)
    assert [m.line for m in kept.skipped] == [5002, 7002, 7002]
    assert [m.path for m in kept.skipped] == ["number", "organisation", "organisation"]
    assert len(kept.valid.services) == len(kept.data["services"]) == 9_998
    assert kept.mistake(file, ("services", 6_000, "numbers", 0, "number"), "x").line == 6_003
    write_catalogue(tmp_path / "clean.csv", kept.data)
    assert read_catalogue(tmp_path / "clean.csv").valid == kept.valid


def test_a_file_that_is_no_catalogue_is_an_error_even_when_rows_may_be_skipped(tmp_path: Path) -> None:
    file = tmp_path / "c.yaml"
    file.write_text("services: 3\n")
    with pytest.raises(ConfigError):
        read_catalogue(file, skip_invalid=True)


def test_every_key_of_a_catalogue_has_a_column() -> None:
    """A key without one would be lost in a table: add it to config/table.py."""
    sections = {("organisations",): Organisation, ("services",): Service}
    sections |= {("services", "numbers"): Number, ("services", "contact_points"): ContactPoint}
    sections |= {("services", "targets"): Targets}
    lost = [
        (*path, key)
        for path, section in sections.items()
        for key in keys(section)
        if (*path, key) not in sections and not column_of((*path, key))
    ]
    assert lost == []


@pytest.mark.parametrize(
    ("path", "column"),
    [
        (("services", 3, "numbers", 0, "weight"), "weight"),
        (("services", 3, "numbers", 0, "path", 1, "digits"), "path[1].digits"),
        (("services", 3, "targets", "agent_pickup_rate"), "agent_pickup_rate"),
        (("organisations", 3, "contact"), "organisation_contact"),
        (("services", 3), ""),
    ],
)
def test_a_key_is_named_by_its_column(path: tuple[str | int, ...], column: str) -> None:
    assert column_of(path) == column
