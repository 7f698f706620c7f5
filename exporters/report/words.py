"""French words of the report: outcomes, who answers for them, verdicts, scripts."""

from __future__ import annotations

from prober.outcome import Outcome, Who

OUTCOMES: dict[Outcome, str] = {
    Outcome.OUT_OF_SCHEDULE: "hors des horaires publiés",
    Outcome.OWN_CANCELLED: "arrêté par l'opérateur de la mesure",
    Outcome.OWN_FAILURE: "mesure non réalisée (notre côté)",
    Outcome.CALLER_BLOCKED: "notre numéro a été filtré",
    Outcome.MEDIA_FAILURE: "décroché, mais aucun son exploitable",
    Outcome.NETWORK_CONGESTION: "réseau encombré",
    Outcome.NETWORK_FAILURE: "échec du réseau",
    Outcome.NUMBER_INVALID: "numéro non attribué ou changé",
    Outcome.UNREACHABLE: "ligne hors service ou absente",
    Outcome.BUSY: "occupé",
    Outcome.REJECTED: "appel refusé",
    Outcome.NO_ANSWER: "sonne sans réponse",
    Outcome.ANNOUNCEMENT_UNANSWERED: "message avant tout décroché, puis fin",
    Outcome.FAX_OR_MODEM: "télécopieur ou modem",
    Outcome.HUMAN: "un agent a répondu",
    Outcome.HUMAN_WRONG_SERVICE: "une personne d'un autre organisme",
    Outcome.VOICEMAIL: "messagerie vocale",
    Outcome.CALLBACK_ONLY: "rappel proposé, sans attente possible",
    Outcome.CLOSED_MESSAGE_IN_HOURS: "message « fermé » pendant les horaires",
    Outcome.DISSUADED: "message invitant à rappeler ou à utiliser le site",
    Outcome.IVR_ONLY: "serveur vocal sans accès à une personne",
    Outcome.DROPPED: "coupé par le service",
    Outcome.QUEUE_TIMEOUT: "encore en attente à la limite de patience",
    Outcome.SILENCE: "décroché, puis silence",
    Outcome.INDETERMINATE: "indécidable",
}
WHO: dict[Who, str] = {
    Who.REACHED: "joint",
    Who.SERVICE: "le service",
    Who.NETWORK: "le réseau",
    Who.OWN: "la mesure",
    Who.UNDECIDED: "indécis",
}
VERDICTS: dict[str, str] = {
    "met": "objectif atteint",
    "not_met": "objectif non atteint",
    "inconclusive": "on ne peut pas encore conclure",
    "insufficient": "nombre d'appels insuffisant pour conclure",
}
SCRIPTS: dict[str, str] = {
    "agent": "patient, suit le menu",
    "optout": "refuse le serveur vocal",
    "direct": "ligne directe",
}
MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin",
    "juillet", "août", "septembre", "octobre", "novembre", "décembre",
)  # fmt: skip


def percent(share: float | None, n: int | None) -> str:
    """A share for a reader: nothing under n = 10, no decimals under n = 1,000 (measure.md §4.9)."""
    if share is None or not n or n < 10:
        return "–"
    return f"{100 * share:.1f} %".replace(".", ",") if n >= 1000 else f"{round(100 * share)} %"


def seconds(value: float | None) -> str:
    """A duration for a reader."""
    if value is None:
        return "–"
    if value < 60:
        return f"{value:.1f} s".replace(".", ",")
    return f"{int(value // 60)} min {int(value % 60):02d} s"
