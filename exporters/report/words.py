"""Words of the report: outcomes, who answers for them, verdicts, facts. French; `Language.t` says them in another."""

from __future__ import annotations

from prober.attempt import Script
from prober.outcome import Outcome, Who


def said(text: str) -> str:
    """Marks a text for the catalogue; it is said later, in the language of the reader."""
    return text


OUTCOMES: dict[Outcome, str] = {
    Outcome.OUT_OF_SCHEDULE: said("hors des horaires publiés"),
    Outcome.OWN_CANCELLED: said("arrêté par l'opérateur de la mesure"),
    Outcome.OWN_FAILURE: said("mesure non réalisée (notre côté)"),
    Outcome.CALLER_BLOCKED: said("notre numéro a été filtré"),
    Outcome.MEDIA_FAILURE: said("décroché, mais aucun son exploitable"),
    Outcome.NETWORK_CONGESTION: said("réseau encombré"),
    Outcome.NETWORK_FAILURE: said("échec du réseau"),
    Outcome.NUMBER_INVALID: said("numéro non attribué ou changé"),
    Outcome.UNREACHABLE: said("ligne hors service ou absente"),
    Outcome.BUSY: said("occupé"),
    Outcome.REJECTED: said("appel refusé"),
    Outcome.NO_ANSWER: said("sonne sans réponse"),
    Outcome.ANNOUNCEMENT_UNANSWERED: said("message avant tout décroché, puis fin"),
    Outcome.FAX_OR_MODEM: said("télécopieur ou modem"),
    Outcome.HUMAN: said("un agent a répondu"),
    Outcome.HUMAN_WRONG_SERVICE: said("une personne d'un autre organisme"),
    Outcome.VOICEMAIL: said("messagerie vocale"),
    Outcome.CALLBACK_ONLY: said("rappel proposé, sans attente possible"),
    Outcome.CLOSED_MESSAGE_IN_HOURS: said("message « fermé » pendant les horaires"),
    Outcome.DISSUADED: said("invité à rappeler ou à aller sur le site"),
    Outcome.IVR_ONLY: said("serveur vocal sans accès à une personne"),
    Outcome.DROPPED: said("coupé par le service"),
    Outcome.QUEUE_TIMEOUT: said("encore en attente à la limite de patience"),
    Outcome.SILENCE: said("décroché, puis silence"),
    Outcome.INDETERMINATE: said("indécidable"),
}
WHO: dict[Who, str] = {
    Who.REACHED: said("joint"),
    Who.SERVICE: said("le service"),
    Who.NETWORK: said("le réseau"),
    Who.OWN: said("la mesure"),
    Who.UNDECIDED: said("indécis"),
}
VERDICTS: dict[str, str] = {
    "met": said("objectif atteint"),
    "not_met": said("objectif non atteint"),
    "inconclusive": said("on ne peut pas encore conclure"),
    "insufficient": said("nombre d'appels insuffisant pour conclure"),
    "unreliable": said("mesure trop incertaine pour conclure"),
    "running": said("pas de conclusion avant la fin du mois"),
    "none": said("aucun appel de ce genre compté ce mois-ci"),
}
QUESTIONS: dict[str, str] = {
    "agent_pickup_rate": said("L'appelant patient parle-t-il à un agent ?"),
    "human_reach_rate": said("Qui refuse le serveur vocal parle-t-il à une personne ?"),
}
TARGETS: dict[str, str] = {
    "agent_pickup_rate": said("décroché par un agent, serveur vocal exclu"),
    "human_reach_rate": said("réponse humaine sans passer par le serveur vocal"),
}
SCRIPTS: dict[str, str] = {
    "agent": said("patient, suit le menu"),
    "optout": said("refuse le serveur vocal"),
    "direct": said("ligne directe"),
}
CALLERS: dict[Script, str] = {
    Script.AGENT: said("l'appelant patient"),
    Script.OPTOUT: said("qui refuse le serveur vocal"),
}
SCRIPTS_SHORT: dict[str, str] = {
    "agent": said("patient"),
    "optout": said("refus"),
    "direct": said("direct"),
}
STAGES: dict[str, str] = {
    "made": said("appels passés"),
    "counted": said("comptés"),
    "answered": said("décrochés"),
    "queued": said("entrés en file, ou servis"),
    "reached": said("ont parlé à un agent"),
}
DECLARED_BESIDE: dict[str, str] = {
    "agent_pickup_rate": said(
        "appels mystères qui ont parlé à un agent, sur tous les appels passés pendant les horaires : occupé, message "
        "de saturation et impasse sont des échecs"
    ),
    "agent_pickup_rate_queued": said(
        "les mêmes, sur les seuls appels entrés dans la file : ce qu'un service voit d'ordinaire"
    ),
}
"""Measured rates that a service's own are compared with → what they count."""
GROUPS: dict[str, str] = {
    "national": said("Ensemble"),
    "ministry": said("Ministères"),
    "region": said("Régions"),
    "department": said("Départements"),
    "organisation": said("Organismes"),
}
GROUP_WEIGHTS: dict[str, str] = {
    "yearly_calls": said("Chaque service compte pour sa part des appels reçus en un an."),
    "equal": said("Chaque service compte autant, faute de connaître les appels reçus par chacun."),
}
PRICES: dict[str, str] = {
    "free": said("appel gratuit"),
    "ordinary": said("prix d'un appel ordinaire"),
    "surtaxed": said("numéro surtaxé"),
}
KPIS: dict[str, str] = {
    "technical_pickup_rate": said("décroché technique, par qui ou quoi que ce soit"),
    "agent_pickup_rate": said("décroché par un agent, vu de l'appelant"),
    "agent_pickup_rate_queued": said("décroché par un agent, parmi les appels mis en file"),
    "human_reach_rate": said("réponse humaine hors serveur vocal"),
    "human_reach_rate_after_refusal": said("réponse humaine, à partir du refus du serveur vocal"),
    "post_dial_delay_seconds": said("délai d'établissement (moyenne)"),
    "time_to_pickup_seconds": said("délai de décroché (médiane)"),
    "time_to_human_seconds": said("délai avant un agent (médiane de tous les appelants)"),
    "queue_time_seconds": said("temps passé en file (moyenne, coupée à la limite de patience)"),
    "dissuasion_rate": said("dissuasion : occupé, saturé, invité à rappeler"),
    "dead_end_rate": said("impasse du serveur vocal"),
    "drop_rate": said("coupure en file d'attente"),
    "still_waiting_rate": said("encore en attente à la limite de patience"),
    "publication_defect_rate": said("défaut de publication du numéro"),
    "network_share": said("échecs du réseau (non comptés)"),
    "own_share": said("échecs de la mesure (non comptés)"),
    "enquiry_success_rate": said("démarches abouties en trois appels au plus"),
}
FACTS: dict[str, str] = {
    "price": said(
        "Un prix a été annoncé, dans %(x)s des %(n)s appels, sur un numéro qui ne doit pas être surtaxé : changez de "
        "numéro."
    ),
    "worst_cell": said(
        "Moment plus difficile que le reste de la semaine, ce que le hasard n'explique pas : %(cell)s, un agent dans "
        "%(x)s des %(n)s appels."
    ),
    "number_invalid": said(
        "%(x)s appels sur %(n)s ont trouvé un numéro non attribué ou changé : corrigez le numéro publié."
    ),
    "unreachable": said("%(x)s appels sur %(n)s ont trouvé la ligne hors service : faites vérifier le raccordement."),
    "busy": said("%(x)s appels sur %(n)s ont sonné occupé : vérifiez que les lignes suffisent."),
    "rejected": said("%(x)s appels sur %(n)s ont été refusés par la ligne : vérifiez les filtres de l'installation."),
    "no_answer": said("%(x)s appels sur %(n)s ont sonné sans que personne ne décroche."),
    "announcement_unanswered": said(
        "%(x)s appels sur %(n)s ont entendu un message avant tout décroché, puis la fin de l'appel."
    ),
    "fax_or_modem": said("%(x)s appels sur %(n)s ont trouvé un télécopieur : corrigez le numéro publié."),
    "human_wrong_service": said(
        "%(x)s appels sur %(n)s ont abouti à un autre organisme : vérifiez les renvois et le numéro publié."
    ),
    "voicemail": said("%(x)s appels sur %(n)s ont abouti à une messagerie pendant les horaires d'ouverture."),
    "callback_only": said("%(x)s appels sur %(n)s n'ont reçu qu'une offre de rappel, sans pouvoir attendre."),
    "closed_message_in_hours": said(
        "%(x)s appels sur %(n)s ont entendu « fermé » pendant les horaires publiés : accordez le message et les "
        "horaires."
    ),
    "dissuaded": said(
        "%(x)s appels sur %(n)s ont été invités à rappeler ou à aller sur le site, sans pouvoir attendre."
    ),
    "ivr_only": said(
        "%(x)s appels sur %(n)s sont restés dans un menu sans accès à une personne : ouvrez une sortie vers un agent."
    ),
    "dropped": said("%(x)s appels sur %(n)s ont été coupés par le service, sans message."),
    "queue_timeout": said("%(x)s appels sur %(n)s attendaient encore à la limite de patience (%(t_max)s)."),
    "silence": said("%(x)s appels sur %(n)s ont été décrochés, puis rien : vérifiez l'installation."),
}
ANNOUNCEMENTS: dict[str, str] = {
    "welcome": said("accueil"),
    "legal": said("mention légale"),
    "price": said("annonce de prix"),
    "menu": said("menu"),
    "voicebot": said("assistant vocal"),
    "wait": said("attente"),
    "dissuasion": said("saturation, invitation à rappeler"),
    "closed": said("fermeture"),
    "voicemail": said("messagerie"),
    "callback": said("offre de rappel"),
    "unassigned": said("numéro non attribué"),
    "other_body": said("un autre organisme"),
    "announcement": said("autre annonce"),
}
"""Labels of recorded messages, in the order in which a caller meets them."""
INCIDENTS: dict[str, str] = {
    "strike": said("%(day)s : grève signalée ; appels comptés ce jour-là : %(n)s"),
    "prompts": said("%(day)s : le serveur vocal a changé de messages ; appels indécidables depuis : %(x)s sur %(n)s"),
    "nobody": said("%(day)s : aucun des %(n)s appels n'a trouvé d'agent"),
}
METHODS: dict[str, str] = {
    "clopper_pearson": said("intervalle exact de Clopper-Pearson"),
    "korn_graubard": said("estimation pondérée, intervalle de Korn-Graubard"),
}
WEIGHTS: dict[str, str] = {
    "hourly_traffic": said("part des appels reçus par le service à ces heures (chiffres du service)"),
    "open_minutes": said("durée d'ouverture de chaque tranche (moyenne dans le temps, faute de chiffres du service)"),
    "": said("aucune pondération : tous les appels comptent autant"),
}
WITHOUT: dict[str, tuple[str, str]] = {
    "near_close": (
        said("Appels près de la fermeture"),
        said(
            "Appels comptés, partis quand il restait moins que la limite de patience avant la fermeture : %(n)s. Sans "
            "eux, le taux par un agent serait %(agent)s ; hors serveur vocal, %(reach)s."
        ),
    ),
    "strike": (
        said("Jours de grève"),
        said(
            "Appels d'un jour de grève : %(n)s ; ils comptent, car la ligne était annoncée ouverte. Sans eux, le "
            "taux par un agent serait %(agent)s ; hors serveur vocal, %(reach)s."
        ),
    ),
}
"""Flag of calls that count → its term in the method, and the figures without them."""
REASONS: dict[str, str] = {
    "running": said("le mois n'est pas clos"),
    "few": said("appels comptés : %(n)s, il en faut au moins 30"),
    "undecided": said("appels indécis : %(n)s, plus d'un sur dix"),
    "own": said("plus d'un appel sur cinq a échoué de notre côté"),
    "spread": said("trop peu d'appels par tranche horaire"),
}
