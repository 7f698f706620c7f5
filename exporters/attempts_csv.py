"""One row an attempt: attempts.csv and checks.csv."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path

from prober.record import MILESTONE_NAMES
from storage.mapping import JudgedAttempt

COLUMNS = (
    "id", "service", "number", "script", "outcome", "rule_id", "rules_version", "who", "subclass", "phase", "flags",
    "sip_final", "q850", "hung_up_by", "trunk", "campaign", "stratum", "weight", "purpose", "confirms", "at",
    "caller_id", "menu_version",
    *MILESTONE_NAMES,
)  # fmt: skip


def row_of(judged: JudgedAttempt) -> dict[str, str]:
    """The row of a judged attempt; times in seconds from the INVITE, empty where not reached."""
    a, v = judged.attempt, judged.verdict
    values: Mapping[str, object] = {
        "id": a.id,
        "service": a.service,
        "number": a.number,
        "script": a.script.value,
        "outcome": v.outcome.value,
        "rule_id": v.rule_id,
        "rules_version": v.rules_version,
        "who": v.outcome.who.value,
        "subclass": v.subclass,
        "phase": v.phase,
        "flags": " ".join(v.flags),
        "sip_final": judged.sip_final,
        "q850": judged.q850,
        "hung_up_by": judged.hung_up_by,
        "trunk": judged.trunk,
        "campaign": a.campaign,
        "stratum": a.stratum,
        "weight": a.weight,
        "purpose": a.purpose.value,
        "confirms": a.confirms,
        "at": judged.invite_at.isoformat() if judged.invite_at else None,
        "caller_id": a.caller_id,
        "menu_version": a.profile.version,
        **{k: None if t is None else round(t, 3) for k, t in asdict(judged.milestones).items()},
    }
    return {name: "" if values[name] is None else str(values[name]) for name in COLUMNS}


def write_rows(path: Path, rows: Iterable[Mapping[str, str]]) -> None:
    """Write the rows; the file appears whole or not at all."""
    part = path.with_suffix(".part")
    with part.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    part.replace(path)
