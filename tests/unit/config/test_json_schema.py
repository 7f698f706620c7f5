"""The schema for editors is current, takes the example and finds what a schema can find in the bad files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from config import json_schema
from config.lines import parse
from config.menu_file import MenuFile

CONFIG = Path(__file__).parents[3] / "config"
BAD = Path(__file__).parent / "bad"
SHIPPED = json.loads((CONFIG / "settings.schema.json").read_text())
EDITOR = Draft202012Validator(SHIPPED)


def test_the_shipped_schema_is_that_of_the_settings() -> None:
    assert (CONFIG / "settings.schema.json").read_text() == json_schema.text(), "python -m config.json_schema"


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SHIPPED)


def test_the_schema_of_menu_paths_takes_the_example_and_marks_a_step_without_number() -> None:
    editor = Draft202012Validator(json.loads(json_schema.text(MenuFile)))
    data = parse((CONFIG / "menus.example" / "0400000002.yaml").read_text()).data
    assert [error.message for error in editor.iter_errors(data)] == []
    data["versions"][0]["path"][0]["label"] = "menue"
    assert list(editor.iter_errors(data))


def test_the_example_has_no_mistake_for_an_editor() -> None:
    data = parse((CONFIG / "example.yaml").read_text()).data
    assert [error.message for error in EDITOR.iter_errors(data)] == []


@pytest.mark.parametrize(
    "name",
    [
        *("unknown_key", "duration_with_unit", "service_department", "step_digits", "legal_type"),
        *("number_with_spaces", "password_in_file", "port_too_high", "service_without_number", "caller_id_letters"),
    ],
)
def test_an_editor_marks_the_mistake(name: str) -> None:
    assert list(EDITOR.iter_errors(parse((BAD / f"{name}.yaml").read_text()).data))


def test_every_section_and_key_of_a_service_is_completed() -> None:
    service = SHIPPED["$defs"]["Service"]
    assert {"hours", "numbers", "contact_points", "past_hours", "directory_id"} <= set(service["properties"])
    assert service["additionalProperties"] is False
    assert {"id", "name", "organisation", "numbers"} == set(service["required"])
