"""Opening ranges of the official directory → opening hours in one line.

They are the hours of the counter; nobody publishes those of the telephone. They are taken for them and flagged.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

ASSUMED = "Mo-Fr 09:00-17:00"
"""Where a record has no hours at all."""
DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
_FRENCH = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)(?::\d\d)?|24:00(?::00)?")
Problem = tuple[str, str]
"""What was found, and what was done."""


def opening_hours(ranges: Iterable[Any]) -> tuple[str | None, list[Problem]]:
    """`Mo-Fr 08:30-12:00,13:30-17:00; Sa 09:00-12:00`, and what could not be taken; None without one usable range."""
    open_on: dict[int, list[str]] = {}
    problems: list[Problem] = []
    for part in ranges:
        if not isinstance(part, dict):
            problems.append((str(part), "no opening range: left out"))
            continue
        days, spans = _days(part), _spans(part, problems)
        if days is None:
            problems.append((f"{part.get('nom_jour_debut')}-{part.get('nom_jour_fin')}", "no days: left out"))
            continue
        for day in days:
            open_on.setdefault(day, []).extend(s for s in spans if s not in open_on.get(day, []))
        if note := str(part.get("commentaire") or "").strip():
            problems.append((note, "a condition on the hours: to read"))
    if not any(open_on.values()):
        problems.append(("", f"no hours: {ASSUMED} assumed"))
        return None, problems
    return _line({day: ",".join(sorted(spans)) for day, spans in open_on.items() if spans}), problems


def _days(part: dict[str, Any]) -> list[int] | None:
    """Days from the first to the last one, over Sunday if need be."""
    first = str(part.get("nom_jour_debut") or "").strip().lower()
    last = str(part.get("nom_jour_fin") or "").strip().lower() or first
    if first not in _FRENCH or last not in _FRENCH:
        return None
    start, end = _FRENCH.index(first), _FRENCH.index(last)
    return [(start + step) % 7 for step in range((end - start) % 7 + 1)]


def _spans(part: dict[str, Any], problems: list[Problem]) -> list[str]:
    spans = []
    for place in ("1", "2"):
        begins, ends = (str(part.get(f"valeur_heure_{w}_{place}") or "").strip() for w in ("debut", "fin"))
        if not begins and not ends:
            continue
        if not _TIME.fullmatch(begins) or not _TIME.fullmatch(ends) or ends <= begins:
            problems.append((f"{begins}-{ends}", "no span of time: left out"))
            continue
        spans.append(f"{begins[:5]}-{ends[:5]}")
    return spans


def _line(spans: dict[int, str]) -> str:
    """Neighbouring days with the same spans as one group."""
    groups: list[tuple[int, int, str]] = []
    for day in sorted(spans):
        if groups and groups[-1][1] == day - 1 and groups[-1][2] == spans[day]:
            groups[-1] = (groups[-1][0], day, spans[day])
        else:
            groups.append((day, day, spans[day]))
    return "; ".join(
        f"{DAYS[first]}{f'-{DAYS[last]}' if last > first else ''} {times}" for first, last, times in groups
    )
