"""French words for what labels hold, as the report says them."""

from __future__ import annotations

from collections.abc import Mapping

from exporters.report.words import KPIS, OUTCOMES, VERDICTS

JUDGED = ("met", "not_met", "inconclusive")
OUTCOME_NAMES: Mapping[str, str] = {outcome.value: text for outcome, text in OUTCOMES.items()}
VERDICT_NAMES: Mapping[str, str] = {verdict: VERDICTS[verdict] for verdict in JUDGED}
KPI_VERDICT_NAMES: Mapping[str, str] = {
    f"{kpi} : {verdict}": f"{KPIS[kpi]} : {VERDICTS[verdict]}"
    for kpi in ("agent_pickup_rate", "human_reach_rate")
    for verdict in JUDGED
}
STATE_NAMES: Mapping[str, str] = {
    "inviting": "appel lancé",
    "trying": "appel reçu par l'opérateur",
    "ringing": "sonnerie",
    "early": "message avant décroché",
    "listening": "décroché, écoute",
    "menu": "menu vocal",
    "queue": "file d'attente",
    "asking": "notre phrase est dite",
    "human": "un agent parle",
}
ENDING_NAMES: Mapping[str, str] = {
    "human": "un agent a répondu",
    "service": "finie par le service",
    "ours": "finie par notre patience (censurée)",
}
SOUND_NAMES: Mapping[str, str] = {"recording": "message enregistré", "human": "personne", "speech": "indécis"}
STATUS_NAMES: Mapping[str, str] = {"planned": "prévus", "queued": "en attente de place", "dialling": "en cours"}
