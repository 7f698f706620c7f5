"""Menu paths in files of their own: the reviewed version is followed, mistakes are named."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import get_args

import pytest

from config.campaign import Number, PromptLabel, Service, Step
from config.loader import ConfigError, load, read_menu, read_menus
from config.menu_file import MenuFile, MenuVersion, menu_file, with_menus, write_menu
from prober.events import LABELS

CAMPAIGN = """
menus: menus
trunks: [{name: t, host: 127.0.0.1}]
campaign: {name: c}
organisations: [{id: o, name: O}]
services:
  - id: s
    name: S
    organisation: o
    numbers:
      - number: +33140000000
"""
VERSION = "  - {version: 1, made_on: 2026-11-02, path: [{silence_s: 3, digits: 1}]}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "menus").mkdir()
    (tmp_path / "campaign.yaml").write_text(CAMPAIGN)
    return tmp_path


def test_labels_of_a_step_are_those_that_prompts_get() -> None:
    assert get_args(get_args(PromptLabel)[0]) == LABELS


def test_the_newest_reviewed_version_is_followed(folder: Path) -> None:
    file = folder / "menus" / "0140000000.yaml"
    file.write_text(
        "number: 0140000000\nversions:\n"
        "  - {version: 1, made_on: 2026-11-02, reviewed_on: 2026-11-03, path: [{silence_s: 3, digits: 1}]}\n"
        "  - {version: 2, made_on: 2026-11-05, reviewed_on: 2026-11-06, has_menu: true, refusal: [{digits: 0}]}\n"
        "  - {version: 3, made_on: 2026-11-07, path: [{digits: 9}]}\n"
    )
    number = load(folder / "campaign.yaml").services[0].numbers[0]
    assert (number.menu_version, number.has_menu, number.path) == (2, True, ())
    assert number.refusal == (Step(digits="0"),)


def test_a_version_nobody_reviewed_is_not_followed(folder: Path) -> None:
    (folder / "menus" / "0140000000.yaml").write_text(f"number: 0140000000\nversions:\n{VERSION}")
    assert load(folder / "campaign.yaml").services[0].numbers[0] == Number(number="+33140000000")


HEAD = "number: 3646\nversions:\n"
STEP = "  - version: 1\n    made_on: 2026-11-02\n    path:\n      - digits: 1\n        silence_s: 99\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"number: 3647\nversions:\n{VERSION}", "1: number: 3647 stands in 3646.yaml (expected it in 3647.yaml)"),
        (
            "number: 3646\nversions: []\n",
            "2: versions: an empty list does not fit (expected a list of at least one version)",
        ),
        (f"{HEAD}  - {{version: 2, made_on: 2026-11-02}}\n", "2: versions: the versions are 2 (expected 1)"),
        (
            f"{HEAD}  - version: 1\n    made_on: soon\n",
            "4: versions[0].made_on: 'soon' does not fit (expected a date, YYYY-MM-DD)",
        ),
        (
            f"{HEAD}{STEP}",
            "7: versions[0].path[0].silence_s: 99 does not fit (expected a number of seconds, 0.5 to 30)",
        ),
    ],
)
def test_a_mistake_names_file_line_and_key(folder: Path, text: str, said: str) -> None:
    file = folder / "menus" / "3646.yaml"
    file.write_text(text)
    with pytest.raises(ConfigError) as refused:
        load(folder / "campaign.yaml")
    assert str(refused.value) == f"{file}:{said}"


def test_a_path_in_two_places_is_a_mistake(folder: Path) -> None:
    (folder / "menus" / "0140000000.yaml").write_text(f"number: 0140000000\nversions:\n{VERSION}")
    (folder / "campaign.yaml").write_text(f"{CAMPAIGN}        path: [{{digits: 2}}]\n")
    with pytest.raises(ConfigError) as refused:
        load(folder / "campaign.yaml")
    what = "+33140000000 has a menu path in the folder of menus too (expected it in one place)"
    assert str(refused.value) == f"{folder / 'campaign.yaml'}:12: services[0].numbers[0].path: {what}"


def test_a_folder_that_is_not_there_is_a_mistake(tmp_path: Path) -> None:
    (tmp_path / "campaign.yaml").write_text(CAMPAIGN)
    with pytest.raises(ConfigError, match="2: menus: there is no such folder"):
        load(tmp_path / "campaign.yaml")


def test_two_files_of_one_number_in_two_spellings_are_a_mistake(folder: Path) -> None:
    for number in ("+33140000000", "0140000000"):
        (folder / "menus" / f"{number}.yaml").write_text(f"number: '{number}'\nversions:\n{VERSION}")
    with pytest.raises(ConfigError) as told:
        load(folder / "campaign.yaml")
    said = "number: 0140000000 has a menu path as +33140000000 too (expected one file a number)"
    assert str(told.value) == f"{folder}/menus/0140000000.yaml:1: {said}"


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    first = MenuVersion(version=1, made_on=date(2026, 11, 2), path=(Step(digits="1", prompt="ab"), Step(word="x")))
    menu = MenuFile(number="3646", versions=(first, MenuVersion(version=2, made_on=date(2026, 11, 3), heard=("é: 1",))))
    file = menu_file(tmp_path, "3646")
    write_menu(file, menu)
    assert read_menu(file) == menu
    assert read_menus(tmp_path) == {"3646": menu}
    service = Service(id="s", name="S", organisation="o", numbers=(Number(number="3646"),))
    assert with_menus((service,), {"3646": menu}) == ((service,), [])
    sip = MenuFile(number="sip:3646@127.0.0.1:5070", versions=(first,))
    write_menu(menu_file(tmp_path, sip.number), sip)
    assert read_menu(tmp_path / "3646@127.0.0.1_5070.yaml") == sip
