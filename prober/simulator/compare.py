"""What was measured against what was played: every difference, one sentence each (decisions.md 36)."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path

ONSET_TOLERANCE_S = 0.5
"""A human dated further than this from the played onset is a failure."""

Row = Mapping[str, str]


def differences(measured: Iterable[Row], played: Iterable[Row]) -> list[str]:
    """Differences between measured rows and truth rows, joined by `id`; empty when they agree.

    Rows need `id`, `outcome` and `t_human` (seconds, empty for none). A row missing on either side is a difference.
    """
    ours, theirs = {r["id"]: r for r in measured}, {r["id"]: r for r in played}
    found = [f"{i}: measured, but the town never saw this call" for i in ours if i not in theirs]
    found += [f"{i}: played by the town ({r['outcome']}), but not measured" for i, r in theirs.items() if i not in ours]
    for i, mine in ours.items():
        if i in theirs:
            found += _compare(i, mine, theirs[i])
    return found


def _compare(i: str, mine: Row, truth: Row) -> list[str]:
    if mine.get("purpose") == "reference":  # our own number: that both ends saw the call is all it shows
        return []
    name = f"{i} ({mine.get('service', '?')})"
    if mine["outcome"] != truth["outcome"]:
        return [f"{name}: measured {mine['outcome']} ({mine.get('rule_id', '?')}), played {truth['outcome']}"]
    if mine["outcome"] not in ("human", "human_wrong_service"):
        return []
    if not mine["t_human"] or not truth["t_human"]:
        return [f"{name}: human dated {mine['t_human'] or 'nowhere'}, played {truth['t_human'] or 'nowhere'}"]
    off_s = float(mine["t_human"]) - float(truth["t_human"])
    if abs(off_s) > ONSET_TOLERANCE_S:
        return [f"{name}: human dated {off_s:+.2f} s from the first word (at most {ONSET_TOLERANCE_S} s)"]
    return []


def read_rows(path: Path) -> list[dict[str, str]]:
    """Rows of a CSV file with a header."""
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))
