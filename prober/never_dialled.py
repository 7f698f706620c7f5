"""The lines that a mystery call must never reach, with who answers there and where the number was found.

A place taken there is taken from somebody in need. The table can be extended (`numbers.never_dial`), never shortened:
a line that has closed stays, for its number may be given to another one. Sources, read in November 2026 unless said
otherwise:

* ARCEP: the regulator's list of emergency numbers (arcep.fr, "Je cherche la liste des numéros d'urgence"), which
  carriers must route free of charge (CPCE art. D. 98-8).
* Poison centres: the centres' own page (centres-antipoison.net).
* Help lines: partly from pages about them (service-public.fr, fiche F33954, only in excerpts), partly from general
  knowledge: somebody must hold this part against the lines' own pages before it is called complete.
* European numbers of social value: the block 116 (Commission Decision 2007/116/EC), refused as a whole.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

EMERGENCY: Mapping[str, str] = {
    # ARCEP
    "15": "SAMU",
    "17": "police or gendarmerie",
    "18": "fire brigade",
    "112": "European emergency number",
    "114": "emergencies for deaf people",
    "115": "SAMU social",
    "116000": "missing children",
    "116117": "out-of-hours doctors",
    "119": "children in danger",
    "191": "air rescue",
    "196": "sea rescue",
    "197": "attack and abduction alerts",
    # what a switch of another country, or with an old dial plan, may take for an emergency line
    "110": "police in other dial plans",
    "111": "emergencies in other dial plans",
    "113": "emergencies in other dial plans",
    "116": "emergencies in other dial plans",
    "911": "emergencies in other dial plans",
    "999": "emergencies in other dial plans",
}
"""Emergency lines, in national form, with who answers."""
EMERGENCY_BLOCKS = re.compile(r"1[19]\d|116\d{3}")
"""Kept for emergency and social lines by the numbering plan, given out yet or not."""
EMERGENCY_NAMES = frozenset(
    {"sos", "police", "samu", "pompiers", "fire", "ambulance", "emergency", "urgence", "urgences", "secours"}
)
"""A user part with one of these words may be an emergency line to a switch (RFC 5031 and habits)."""

_POISON = {
    "0241482121": "Angers",
    "0556964080": "Bordeaux",
    "0800595959": "Lille",
    "0472116911": "Lyon",
    "0491752525": "Marseille",
    "0383225050": "Nancy",
    "0140054848": "Paris",
    "0561777447": "Toulouse",
    "0145425959": "national line (ORFILA)",
    "0388373737": "Strasbourg, former centre",
    "0299592222": "Rennes, former centre",
}
_HELP = {
    # violence, harassment, children, victims
    "3919": "violence against women",
    "0800059595": "rape (Viols Femmes Informations)",
    "0140470606": "violence against disabled women",
    "3018": "harassment and violence against the young",
    "3020": "harassment at school, closed in 2023",
    "0800200000": "former number of 3018",
    "3977": "ill-treatment of old and disabled people",
    "0800051234": "children in danger (Enfance et Partage)",
    "116006": "victims of crime",
    "116111": "children's help line",
    "0801901069": "people attracted by children (STOP)",
    "3117": "alerts on trains",
    "31177": "alerts on trains, by message",
    # suicide, distress, loneliness
    "3114": "suicide prevention",
    "116123": "emotional support",
    "0972394050": "SOS Amitié",
    "0145394000": "Suicide Écoute",
    "0140444645": "SOS Suicide Phénix",
    "0146214646": "SOS Help",
    "0472709510": "Il y a un espoir",
    "0800858858": "Croix-Rouge Écoute",
    "0800474788": "Solitud'écoute",
    "0800235236": "Fil Santé Jeunes",
    "0800737800": "students",
    "0805232336": "health workers in distress",
    "0969392919": "Agri'écoute",
    "+68753030": "SOS Écoute, New Caledonia",
    "053030": "SOS Écoute, dialled in New Caledonia",
    # health and addictions
    "0800840800": "Sida Info Service",
    "0800845800": "Hépatites Info Service",
    "0800231313": "Drogues Info Service",
    "0980980930": "Alcool Info Service",
    "0980980940": "Écoute Cannabis",
    "0974751313": "Joueurs Info Service",
    "3989": "Tabac Info Service",
    "3624": "SOS Médecins",
    "3237": "chemists on duty",
    "0147077777": "SOS Médecins, Paris",
}
_BY_CAUTION = (
    *("3024", "0801801081", "0805160075", "0800008811", "0251777777", "0800202223", "0820332222"),
    *("0810555500", "0842846637"),
)
"""Named as help lines once; no source says so today, and nothing is lost by leaving them alone."""

DISTRESS: Mapping[str, str] = {
    **{number: f"poison centre, {where}" for number, where in _POISON.items()},
    **_HELP,
    **dict.fromkeys(_BY_CAUTION, "once a help line"),
}
"""Listening, distress, poison and out-of-hours care lines, in national form, with who answers."""
