"""Types of the official directory: whose body it is, and its legal type.

A body answers for all its services of a type in a département (the CAF of the Ain), or for one commune (a town hall).
"""

from __future__ import annotations

import re

_STATE = (
    *(
        "prefecture",
        "prefecture_region",
        "sous_pref",
        "ddt",
        "ddpp",
        "ddcs",
        "ddets",
        "dreets",
        "dreal",
        "drac",
        "draaf",
    ),
    *("drfip", "ddfip", "sip", "sie", "hypotheque", "tresorerie", "tgi", "ti", "te", "ta", "caa", "cour_appel", "spip"),
    *("tribunal_commerce", "prudhommes", "commissariat_police", "gendarmerie", "esm", "maison_arret", "rectorat"),
    *("inspection_academique", "cio", "crous", "ars", "ars_antenne", "pole_emploi", "france_travail", "anah", "ofii"),
)
_SOCIAL = ("caf", "cpam", "carsat", "cnav", "msa", "urssaf", "cgss")
_LOCAL = (
    *("mairie", "mairie_com", "police_municipale", "ccas", "epci", "cg", "cr", "clic", "pmi", "maison_handicapees"),
    *("conseil_departemental", "conseil_regional", "mds", "sdis"),
)
LEGAL_TYPE = {
    **dict.fromkeys(_STATE, "state"),
    **dict.fromkeys(_SOCIAL, "social_security"),
    **dict.fromkeys(_LOCAL, "local_authority"),
}
_COMMUNAL = ("mairie", "mairie_com", "police_municipale", "ccas", "epci")


def body_of(kind: str, department: str, commune: str, name: str) -> tuple[dict[str, str], bool]:
    """The organisation behind a record as plain data, and whether the legal type of its kind is known."""
    legal = LEGAL_TYPE.get(kind)
    own = kind in _COMMUNAL
    slug = re.sub(r"[^a-z0-9_.-]+", "-", kind.lower()).strip("-_.") or "x"
    body = {
        "id": f"{slug}-{commune if own else department}".lower()[:64],
        "name": name if own else f"{kind.replace('_', ' ')} ({department})",
        "legal_type": legal or "other",
    }
    return body, legal is not None
