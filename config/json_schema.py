"""The schema of settings, campaign and catalogue files for editors: JSON Schema 2020-12, made from the model.

An editor with the YAML language server completes keys and marks mistakes in a file that begins with
`# yaml-language-server: $schema=settings.schema.json`. `python -m config.json_schema` writes it again.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from config.settings import Settings

FILE = Path(__file__).with_name("settings.schema.json")


def schema() -> dict[str, Any]:
    """The schema of `Settings`."""
    made = Settings.model_json_schema(by_alias=True)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **made,
        "title": "decroche: settings, campaign and catalogue files",
        "$defs": {name: _tidy(part) for name, part in made["$defs"].items()},
    }


def _tidy(part: dict[str, Any]) -> dict[str, Any]:
    """Without the titles that only repeat a key, and without paths of the machine it was made on."""
    keys = {key: {k: v for k, v in said.items() if k != "title"} for key, said in part.get("properties", {}).items()}
    return part | ({"properties": keys} if keys else {})


def text() -> str:
    """The file as it is shipped."""
    return json.dumps(schema(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
