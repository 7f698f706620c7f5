"""The schema agrees with the call it configures and with the example that explains it."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, SecretStr, ValidationError

from config.lines import parse
from config.schema import expected, keys, section_of
from config.settings import Limits, Settings
from config.trunks import Trunk, is_loopback
from prober import attempt

EXAMPLE = parse((Path(__file__).parents[3] / "config" / "example.yaml").read_text()).data


def _note(section: type[BaseModel], written: Any, shown: dict[type[BaseModel], set[str]]) -> None:
    """Keep which keys of each kind of section are written."""
    shown.setdefault(section, set())
    for part in written if isinstance(written, list) else [written]:
        for key, info in keys(section).items():
            inner = section_of(info.annotation)
            if part.get(key) is not None:
                shown[section].add(key)
                if inner is not None:
                    _note(inner, part[key], shown)


def _unexplained(written: Any) -> set[str]:
    """Keys of the schema that no part of the example shows."""
    shown: dict[type[BaseModel], set[str]] = {}
    _note(Settings, written, shown)
    return {f"{section.__name__}.{key}" for section, seen in shown.items() for key in set(keys(section)) - seen}


def test_the_example_shows_every_key() -> None:
    assert _unexplained(EXAMPLE) == set()


def test_a_key_left_out_of_an_example_is_noticed() -> None:
    without = {**EXAMPLE, "web": {"host": "127.0.0.1"}}
    assert _unexplained(without) == {"Web.port"}


@pytest.mark.parametrize("section", ["limits", "engines", "web", "spool"])
def test_the_example_shows_the_defaults(section: str) -> None:
    written = Settings.model_validate({section: EXAMPLE[section]})
    assert getattr(written, section) == getattr(Settings(), section)


def test_every_key_says_what_it_expects() -> None:
    def walk(section: type[BaseModel], path: tuple[str, ...]) -> list[tuple[str, ...]]:
        silent = []
        for key, info in keys(section).items():
            inner = section_of(info.annotation)
            if expected((*path, key)) == "a value":
                silent.append((*path, key))
            if inner is not None:
                silent += walk(inner, (*path, key))
        return silent

    assert walk(Settings, ()) == []


def test_limits_are_those_of_an_attempt_name_for_name_and_default_for_default() -> None:
    there = {field.name: field.default for field in fields(attempt.Limits)}
    assert {name: info.get_default() for name, info in Limits.model_fields.items()} == there
    attempt.Limits(**Limits().model_dump())


def test_words_of_scripts_and_policies_are_those_of_an_attempt() -> None:
    for script in attempt.Script:
        Settings.model_validate({"campaign": {"name": "c", "scripts": [script.value]}})
    for policy in attempt.Policy:
        Settings.model_validate({"policy": {"say": policy.value}})


@pytest.mark.parametrize(
    "number", ["0162000001", "+33948000000", "0947500000", "0800000000", "3012", "0033271000000", "+590947512345"]
)
def test_caller_ids_the_law_allows(number: str) -> None:
    assert Trunk(name="t", host="sip.example.net", caller_ids=(number,)).caller_ids == (number,)


@pytest.mark.parametrize("number", ["0612345678", "+33712345678", "0140000000", "0891000000", "3612", "016200000"])
def test_caller_ids_the_law_refuses(number: str) -> None:
    with pytest.raises(ValidationError, match="automated call"):
        Trunk(name="t", host="sip.example.net", caller_ids=(number,))


def test_a_trunk_on_this_machine_shows_any_number() -> None:
    assert Trunk(name="t", host="127.0.0.9", caller_ids=("0612345678",)).loopback


@pytest.mark.parametrize(
    ("host", "stays"), [("127.0.0.1", True), ("127.255.0.1", True), ("localhost", True), ("127.example.net", False)]
)
def test_what_stays_on_this_machine(host: str, stays: bool) -> None:
    assert is_loopback(host) is stays


def test_settings_made_in_code_take_a_secret_as_it_is() -> None:
    trunk = Trunk(name="town", host="127.0.0.1", username="u", password=SecretStr("p"), register=True)
    assert trunk.register_
    assert trunk.password == SecretStr("p")
