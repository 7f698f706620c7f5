"""Writes the shipped files from the code: `python -m exporters.grafana.generate`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import yaml
from grafana_foundation_sdk.builders.dashboard import Dashboard
from grafana_foundation_sdk.cog.encoder import JSONEncoder

from exporters.grafana.alerting import alerting
from exporters.grafana.one_service import one_service
from exporters.grafana.operations import operations
from exporters.grafana.quality import quality
from exporters.grafana.recording import recording

FILES = Path(__file__).parent / "files"


def generated() -> Mapping[str, str]:
    """Name under `files/` → content, of everything that is generated."""
    boards = {"exploitation": operations(), "qualite": quality(), "service": one_service()}
    return {
        **{f"dashboards/{name}.json": _dashboard(board) for name, board in boards.items()},
        "rules/decroche_recording.yaml": _rules(recording()),
        "rules/decroche_alerting.yaml": _rules(alerting()),
    }


def _dashboard(board: Dashboard) -> str:
    made = board.build()
    for number, panel in enumerate(made.panels or [], 1):
        panel.id_val = number
    return json.dumps(made, cls=JSONEncoder, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def _rules(groups: list[dict[str, object]]) -> str:
    return yaml.safe_dump({"groups": groups}, allow_unicode=True, sort_keys=False, width=120)


if __name__ == "__main__":
    for name, text in generated().items():
        place = FILES / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")
