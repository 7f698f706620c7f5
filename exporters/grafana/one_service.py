"""Un service: everything that is known of one, with the way to its report."""

from __future__ import annotations

from grafana_foundation_sdk.builders.dashboard import Dashboard, DashboardLink
from grafana_foundation_sdk.models.common import BigValueTextMode
from grafana_foundation_sdk.models.dashboard import DashboardLinkType, VariableHide

from exporters.grafana.panels import (
    COUNT,
    GREEN,
    MONTH,
    ORANGE,
    RATIO,
    RED,
    REPORT,
    SECONDS,
    Drawn,
    bars,
    board,
    choice,
    estimate,
    figure,
    filled,
    headlines,
    in_words,
    rows,
)
from exporters.grafana.queries import ATTEMPTS, enough, one, quoted, too_few
from exporters.grafana.words import KPI_VERDICT_NAMES, OUTCOME_NAMES
from exporters.kpi import DEFINITIONS
from exporters.statistics.verdict import LEAST_N

WHO = f"service={quoted('service')}"
NAMED = r'/name="(?<text>(?:[^"\\]|\\.)*)".*service="(?<value>(?:[^"\\]|\\.)*)"/'


def one_service() -> Dashboard:
    """The dashboard of one service."""
    made = board(
        "decroche-service",
        "Un service",
        "Les chiffres d'un service pour le mois en cours, avec leurs effectifs et leurs intervalles, et le chemin vers "
        "son rapport mensuel, où se trouve la liste des appels.",
        "now/M",
    )
    made = made.with_variable(choice("service", "Service", "query_result(decroche:service_info)", regex=NAMED))
    file = choice("fichier", "Fichier du rapport", f"label_values(decroche:service_info{{{WHO}}}, report)")
    made = made.with_variable(file.hide(VariableHide.HIDE_VARIABLE))
    report = DashboardLink("Rapport mensuel").type(DashboardLinkType.LINK).url("${rapports}/${fichier}")
    made = made.link(report.icon("doc").tooltip("Le dernier rapport publié de ce service").target_blank(True))
    hours = DashboardLink("Jours et heures").type(DashboardLinkType.LINK).url("${rapports}/${fichier}#when")
    made = made.link(hours.icon("doc").tooltip("Réponse humaine par jour et par heure").target_blank(True))
    return filled(made, {"": (*_heads(), *_trends(), *_details())})


def kpi(part: str, identifier: str) -> str:
    """A figure of the service, once."""
    return one(f'decroche_kpi_{part}{{{WHO}, kpi="{identifier}"}}', "service", "kpi")


def _heads() -> list[Drawn]:
    found = headlines(kpi, "service, kpi", "le service")
    verdict = one(f"decroche_kpi_verdict{{{WHO}}}", "service", "kpi", "verdict")
    judged = figure(
        "Verdict du dernier mois fini",
        "L'intervalle tout entier est au-dessus de l'objectif, au-dessous, ou à cheval : on ne peut pas conclure.",
        verdict,
        legend="{{kpi}} : {{verdict}}",
        nothing="aucun verdict",
    ).text_mode(BigValueTextMode.NAME)
    found.append(in_words(judged, KPI_VERDICT_NAMES))
    found.append(
        figure(
            "Alarme d'effondrement",
            "Alarme, jamais un verdict : à 100 %, bien moins d'appelants que d'habitude joignent un agent.",
            one(f"decroche_collapse_ratio{{{WHO}}}", "service"),
            unit=RATIO,
            steps=((None, GREEN), (0.5, ORANGE), (1, RED)),
            nothing="pas assez d'appels",
        )
    )
    return found


def _trends() -> list[Drawn]:
    found: list[Drawn] = []
    for identifier, title, goal in (
        ("agent_pickup_rate", "Taux de décroché par un agent (vu de l'appelant)", True),
        ("human_reach_rate", "Taux de réponse humaine hors serveur vocal", True),
        ("dissuasion_rate", "Taux de dissuasion", False),
    ):
        n = kpi("n", identifier)
        found.append(
            estimate(
                title,
                f"{MONTH} Bande : intervalle à 95 %. Tirets : objectif. Pointillé gris : moins de {LEAST_N} appels.",
                figure=enough(kpi("estimate", identifier), n, "service, kpi"),
                lower=enough(kpi("lower", identifier), n, "service, kpi"),
                upper=enough(kpi("upper", identifier), n, "service, kpi"),
                grey=too_few(kpi("estimate", identifier), n, "service, kpi"),
                goal=kpi("target", identifier) if goal else None,
            )
        )
    n = kpi("n", "time_to_human_seconds")
    found.append(
        estimate(
            "Délai médian avant un agent",
            "Médiane sur tous les appelants patients, y compris ceux qui n'ont joint personne ; absente tant que moins "
            "de la moitié joint un agent.",
            figure=enough(kpi("estimate", "time_to_human_seconds"), n, "service, kpi"),
            lower=enough(kpi("lower", "time_to_human_seconds"), n, "service, kpi"),
            upper=enough(kpi("upper", "time_to_human_seconds"), n, "service, kpi"),
            grey=too_few(kpi("estimate", "time_to_human_seconds"), n, "service, kpi"),
            unit=SECONDS,
        )
    )
    return found


def _details() -> list[Drawn]:
    within = {
        p: one(f"decroche_human_within{p}_ratio{{{WHO}}}", "service", "within_seconds")
        for p in ("", "_lower", "_upper")
    }
    callers = kpi("n", "time_to_human_seconds")
    outcomes = one(f"{ATTEMPTS}{{{WHO}}}", "service", "script", "outcome")
    all_of = {
        p: one(f'decroche_kpi_{p}{{{WHO}, kpi!~".+_seconds"}}', "service", "kpi")
        for p in ("n", "estimate", "lower", "upper")
    }
    info = "decroche:service_info{" + WHO + "}"
    named = "name, organisation, ministry, department, report"
    classes = f"count by (service) (max by (service, number_class) (decroche_number_info{{{WHO}}}))"
    return [
        rows(
            "Tous les taux du mois",
            f"{MONTH} Sans valeur : moins de {LEAST_N} appels.",
            [
                ("Appels", COUNT, all_of["n"]),
                *(
                    (name, RATIO, enough(all_of[part], all_of["n"], "service, kpi"))
                    for name, part in (("Part", "estimate"), ("Borne basse", "lower"), ("Borne haute", "upper"))
                ),
            ],
            key="kpi",
            shown=(("kpi", "Indicateur"),),
            words=("Indicateur", {name: k.label_fr for name, k in DEFINITIONS.items()}),
            span=12,
        ),
        rows(
            "Un agent en 3, 5 et 10 minutes",
            "Part des appelants patients qui ont parlé à un agent dans ce délai, parmi tous ceux qui comptent.",
            [
                (name, RATIO, enough(within[part], callers, "service"))
                for name, part in (("Part", ""), ("Borne basse", "_lower"), ("Borne haute", "_upper"))
            ],
            key="within_seconds",
            shown=(("within_seconds", "Délai (s)"),),
            span=12,
        ),
        in_words(
            bars(
                "Issues depuis l'origine",
                "Premier verdict de chaque appel, toutes issues : ce compteur ne baisse jamais.",
                f"sort_desc(sum by (outcome) ({outcomes}))",
                "{{outcome}}",
            ),
            OUTCOME_NAMES,
        ),
        rows(
            "Qui est ce service",
            "Identité au catalogue.",
            [("Classes de numéros", COUNT, f"({classes} * on (service) group_left ({named}) {info}) or {info} * 0")],
            key="service",
            shown=(
                ("service", "Identifiant"),
                ("name", "Service"),
                ("organisation", "Organisme"),
                ("ministry", "Ministère"),
                ("department", "Département"),
                ("report", "Rapport"),
            ),
            links=[("Rapport", "Ouvrir le rapport", REPORT)],
            span=12,
        ),
    ]
