"""Invented records in the form of the official directory (DILA, local services)."""

from __future__ import annotations

from typing import Any

Record = dict[str, Any]
INNER = ("pivot", "telephone", "plage_ouverture", "adresse")


def opening(first: str, last: str, *times: str, note: str = "") -> Record:
    """A range of days with one or two spans."""
    given = [*times, "", "", "", ""]
    return {
        "nom_jour_debut": first,
        "nom_jour_fin": last,
        "valeur_heure_debut_1": given[0],
        "valeur_heure_fin_1": given[1],
        "valeur_heure_debut_2": given[2],
        "valeur_heure_fin_2": given[3],
        "commentaire": note,
    }


def a_record(index: int, kind: str = "mairie", commune: str = "01053", **more: Any) -> Record:
    """A town hall, or another type of service, with one number and ordinary hours."""
    return {
        "id": f"{index:08x}-0000-4000-8000-000000000000",
        "nom": f"{kind.capitalize()} - Exemple {index}",
        "pivot": [{"type_service_local": kind, "code_insee_commune": [commune]}],
        "code_insee_commune": commune,
        "telephone": [{"valeur": f"04 74 {index // 10000 % 100:02} {index // 100 % 100:02} {index % 100:02}", "description": ""}],
        "plage_ouverture": [opening("Lundi", "Vendredi", "09:00:00", "12:00:00", "14:00:00", "17:00:00")],
        "commentaire_plage_ouverture": "",
        "adresse": [{"type_adresse": "Adresse", "numero_voie": f"{index} place de l'Essai", "code_postal": "01000", "nom_commune": "Exemple"}],
        "date_modification": "01/10/2026 08:00:00",
        "siret": "",
        "copyright": "",
        **more,
    }  # fmt: skip
