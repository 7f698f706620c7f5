"""Départements: their region (codes of INSEE, 2016 map) and their zone; communes: their département."""

from __future__ import annotations

_REGIONS = {
    "84": "01 03 07 15 26 38 42 43 63 69 73 74",
    "27": "21 25 39 58 70 71 89 90",
    "53": "22 29 35 56",
    "24": "18 28 36 37 41 45",
    "94": "2A 2B",
    "44": "08 10 51 52 54 55 57 67 68 88",
    "32": "02 59 60 62 80",
    "11": "75 77 78 91 92 93 94 95",
    "28": "14 27 50 61 76",
    "75": "16 17 19 23 24 33 40 47 64 79 86 87",
    "76": "09 11 12 30 31 32 34 46 48 65 66 81 82",
    "52": "44 49 53 72 85",
    "93": "04 05 06 13 83 84",
    "01": "971",
    "02": "972",
    "03": "973",
    "04": "974",
    "06": "976",
}
REGION_OF = {department: region for region, inside in _REGIONS.items() for department in inside.split()}
"""Département → region; the other overseas territories belong to none."""
_ZONES = {
    "971": "America/Guadeloupe",
    "972": "America/Martinique",
    "973": "America/Cayenne",
    "974": "Indian/Reunion",
    "975": "America/Miquelon",
    "976": "Indian/Mayotte",
    "977": "America/St_Barthelemy",
    "978": "America/Marigot",
    "984": "Indian/Kerguelen",
    "986": "Pacific/Wallis",
    "987": "Pacific/Tahiti",
    "988": "Pacific/Noumea",
}
METROPOLIS = "Europe/Paris"


def zone_of(department: str | None) -> str:
    """The clock of a département."""
    return _ZONES.get(department or "", METROPOLIS)


def department_of(commune: str) -> str | None:
    """01053 → 01, 2A004 → 2A, 97411 → 974; None for what is no commune code."""
    code = commune[:3] if commune[:2] in ("97", "98") else commune[:2]
    return code if len(commune) == 5 and (code in REGION_OF or code in _ZONES) else None
