"""The schema of settings, campaign and catalogue files for editors: JSON Schema 2020-12, made from the model.

An editor with the YAML language server completes keys and marks mistakes in a file that begins with
`# yaml-language-server: $schema=settings.schema.json`. `python -m config.json_schema` writes it again.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from config.menu_file import MenuFile
from config.section import Section
from config.settings import Settings

FILE = Path(__file__).with_name("settings.schema.json")


TITLES = {Settings: "settings, campaign and catalogue files", MenuFile: "menu path of a number"}


def schema(kind: type[Section] = Settings) -> dict[str, Any]:
    """The schema of a kind of file: `Settings` or `MenuFile`."""
    made = kind.model_json_schema(by_alias=True)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **made,
        "title": f"decroche: {TITLES[kind]}",
        "$defs": {name: _tidy(part) for name, part in made["$defs"].items()},
    }


def _tidy(part: dict[str, Any]) -> dict[str, Any]:
    """Without the titles that only repeat a key, and without paths of the machine it was made on."""
    keys = {key: {k: v for k, v in said.items() if k != "title"} for key, said in part.get("properties", {}).items()}
    return part | ({"properties": keys} if keys else {})


def text(kind: type[Section] = Settings) -> str:
    """The file as it is shipped, or printed."""
    return json.dumps(schema(kind), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
