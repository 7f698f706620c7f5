"""Exploitation des campagnes: is the campaign running, is it us or them?"""

from __future__ import annotations

from grafana_foundation_sdk.builders.dashboard import Dashboard

from exporters.grafana.panels import (
    COUNT,
    GREEN,
    ORANGE,
    RATIO,
    RED,
    SECONDS,
    Drawn,
    bars,
    board,
    figure,
    filled,
    in_words,
    lines,
    rows,
)
from exporters.grafana.queries import by_who, increase, one
from exporters.grafana.words import ENDING_NAMES, OUTCOME_NAMES, SOUND_NAMES, STATE_NAMES, STATUS_NAMES

RATE = "$__rate_interval"
AGE = "time() - max(decroche_snapshot_timestamp_seconds)"
WHO = {"reached": "agent joint", "service": "service", "network": "réseau", "own": "notre côté", "undecided": "indécis"}
LATE = ((None, GREEN), (300, ORANGE), (900, RED))


def operations() -> Dashboard:
    """The dashboard of those who run campaigns."""
    made = board(
        "decroche-exploitation",
        "Exploitation des campagnes",
        "La campagne avance-t-elle ? Un échec vient-il de nous, du réseau ou du service ? Les compteurs ne baissent "
        "jamais : ils comptent le premier verdict de chaque appel.",
        "now-24h",
    )
    return filled(
        made,
        {
            "": _now(),
            "Appels": _calls(),
            "Lignes de sortie": _trunks(),
            "Oreille, annonces, alarmes": _hearing(),
        },
    )


def _now() -> list[Drawn]:
    return [
        figure("Âge des chiffres", "Temps depuis la dernière lecture de la base.", AGE, unit=SECONDS, steps=LATE),
        figure(
            "Appels en cours",
            "Appels établis ou en train de s'établir, tous programmes confondus.",
            "sum(decroche_calls_in_flight)",
        ),
        figure(
            "Places libres",
            "Appels qui pourraient encore partir maintenant, sur toutes les places.",
            "sum(decroche_seats_free)",
            steps=((None, RED), (1, GREEN)),
        ),
        figure(
            "Retard du plan",
            "Depuis quand le plus ancien appel dû attend d'être composé.",
            "max(decroche_overdue_seconds)",
            unit=SECONDS,
            steps=LATE,
        ),
        figure(
            "Échecs de notre côté (24 h)",
            "Part des appels du jour qui n'ont rien mesuré par notre faute. Au-delà de 10 % : chercher la cause ; "
            "au-delà de 20 % sur le mois : aucun verdict.",
            "max(decroche:own_share:1d)",
            unit=RATIO,
            steps=((None, GREEN), (0.05, ORANGE), (0.10, RED)),
        ),
        figure(
            "Enregistrements en attente",
            "Appels terminés qui attendent la base sur le disque.",
            "sum(decroche_spool_records)",
            steps=((None, GREEN), (1, ORANGE), (100, RED)),
        ),
    ]


def _calls() -> list[Drawn]:
    return [
        lines(
            "Appels par responsable de l'issue",
            "Appels jugés à chaque intervalle, selon qui répond de leur issue. Indécis : à relire.",
            [(name, f"sum({_part(who)})") for who, name in WHO.items()],
            stacked=True,
        ),
        in_words(
            lines(
                "Appels en cours par état",
                "Ce que vit l'appelant en ce moment.",
                [("{{state}}", "sum by (state) (decroche_calls_in_flight)")],
                stacked=True,
            ),
            STATE_NAMES,
        ),
        lines(
            "Places",
            "Appels qui peuvent être établis en même temps, tous programmes confondus : places occupées et libres.",
            [
                ("occupées", "sum(decroche_seats) - sum(decroche_seats_free)"),
                ("libres", "sum(decroche_seats_free)"),
            ],
            stacked=True,
        ),
        lines(
            "Échecs par côté (24 h glissantes)",
            "Part des appels de la veille à cette heure perdus de notre côté, par le réseau, ou parce que notre numéro "
            "est refusé. Seuils d'alerte : 10 % de notre côté, 1 % de refus.",
            [
                ("notre côté", "max(decroche:own_share:1d)"),
                ("réseau", "max(decroche:network_share:1d)"),
                ("numéro refusé", "max(decroche:caller_blocked_share:1d)"),
            ],
            unit=RATIO,
        ),
        in_words(
            bars(
                "Issues des dernières 24 heures",
                "Une barre par issue qui s'est produite ; la liste des 25 issues est dans le glossaire.",
                "sort_desc(decroche:attempts:increase1d > 0)",
                "{{outcome}}",
            ),
            OUTCOME_NAMES,
        ),
        in_words(
            lines(
                "Appels à venir et dus",
                "Appels du plan qui ne sont pas terminés, par état, et ceux dont l'heure est passée.",
                [
                    ("{{status}}", "max by (status) (decroche_attempts_waiting)"),
                    ("dus et non composés", "max(decroche_overdue_attempts)"),
                ],
            ),
            STATUS_NAMES,
        ),
        in_words(
            lines(
                "Attentes en file : comment elles finissent",
                "Un agent, le service (coupure, dissuasion…) ou notre patience (attente censurée : elle aurait duré "
                "plus).",
                [("{{ending}}", f"sum by (ending) ({increase('decroche_waits_total', RATE, *WAIT)})")],
                stacked=True,
            ),
            ENDING_NAMES,
        ),
        lines(
            "Délais : médiane et neuvième décile",
            "Établissement, décroché (par quoi que ce soit) et premier mot d'un agent, sur les seuls appels qui y sont "
            "arrivés : ceux qui n'ont joint personne n'y sont pas.",
            [
                (f"{name}, {part}", f"histogram_quantile({q}, sum by (le) ({_buckets(metric)}))")
                for metric, name in (
                    ("post_dial_delay", "établissement"),
                    ("time_to_answer", "décroché"),
                    ("time_to_human", "agent"),
                )
                for q, part in ((0.5, "médiane"), (0.9, "9ᵉ décile"))
            ],
            unit=SECONDS,
        ),
    ]


WAIT = ("script", "number_class", "ending")


def _part(who: str) -> str:
    return f'{by_who(RATE)} and on (who) label_replace(vector(1), "who", "{who}", "", "")'


def _buckets(metric: str) -> str:
    return increase(f"decroche_{metric}_seconds_bucket", "1h", "script", "number_class", "le")


def _trunks() -> list[Drawn]:
    codes = increase("decroche_sip_responses_total", RATE, "trunk", "code", "q850")
    return [
        lines(
            "Appels de référence",
            "1 si notre propre numéro a répondu par cette ligne la dernière fois. Tant que c'est 0, aucun échec "
            "réseau n'est imputé à un service.",
            [("{{trunk}}", "min by (trunk) (decroche_reference_call_ok)")],
        ),
        lines(
            "Enregistrement des lignes",
            "1 tant que la ligne est enregistrée chez l'opérateur ; absente si elle ne s'enregistre pas.",
            [("{{trunk}}", "min by (trunk) (decroche_trunk_registered)")],
        ),
        lines(
            "Réponses SIP finales par ligne",
            "Codes finaux reçus à nos INVITE.",
            [("{{trunk}} {{code}}", f"sum by (trunk, code) ({codes})")],
            stacked=True,
        ),
        rows(
            "Codes et causes depuis l'origine",
            "Code SIP final et cause Q.850 (vide quand l'opérateur n'en donne pas), par ligne de sortie.",
            [("Appels", COUNT, "max by (trunk, code, q850) (decroche_sip_responses_total)")],
            key="trunk",
            shown=(("trunk", "Ligne"), ("code", "Code SIP"), ("q850", "Cause Q.850")),
            span=12,
        ),
        figure(
            "Numéro refusé (24 h)",
            "Part des appels du jour où notre identité a été refusée.",
            "max(decroche:caller_blocked_share:1d)",
            unit=RATIO,
            steps=((None, GREEN), (0.01, RED)),
        ),
        figure(
            "Échecs réseau (24 h)",
            "Part des appels du jour perdus par le réseau ; ils ne comptent pas contre le service.",
            "max(decroche:network_share:1d)",
            unit=RATIO,
            steps=((None, GREEN), (0.02, ORANGE)),
        ),
    ]


def _hearing() -> list[Drawn]:
    collapsed = f"({one('decroche_collapse_ratio', 'service')} >= 0.5)"
    named = "* on (service) group_left (name) decroche:service_info"
    return [
        in_words(
            lines(
                "Voix entendue",
                "Secondes de voix par heure : message enregistré, personne, ou indécis.",
                [("{{sound}}", f"sum by (sound) ({increase('decroche_voice_seconds_total', '1h', 'sound')})")],
                unit=SECONDS,
                stacked=True,
            ),
            SOUND_NAMES,
        ),
        figure(
            "Voix indécise (24 h)",
            "Part de la voix entendue dont l'oreille n'a pu dire si elle est enregistrée.",
            "max(decroche:detector_uncertain_share:1d)",
            unit=RATIO,
            steps=((None, GREEN), (0.1, ORANGE)),
        ),
        figure(
            "Retard de l'oreille",
            "Âge du plus ancien son non écouté.",
            "max(decroche_ear_lag_seconds)",
            unit=SECONDS,
            steps=((None, GREEN), (0.5, RED)),
        ),
        figure(
            "Moteurs remplacés (24 h)",
            "Processus d'appel morts et remplacés.",
            "sum(increase(decroche_engine_restarts_total[24h]))",
            steps=((None, GREEN), (1, ORANGE)),
        ),
        rows(
            "Annonces changées",
            "Services dont les annonces ne sont plus celles apprises : leurs appels attendent une relecture.",
            [
                ("Appels retenus", COUNT, f"{one('decroche_prompts_changed_total', 'service')} {named}"),
            ],
            key="service",
            shown=(("name", "Service"),),
            span=12,
        ),
        rows(
            "Services proches d'une alarme d'effondrement",
            "Alarme, jamais un verdict : 100 % dit que bien moins d'appelants que d'habitude joignent un agent. Une "
            "fausse alarme tous les 50 000 appels d'un service au plus.",
            [("Alarme", RATIO, f"{collapsed} {named}")],
            key="service",
            shown=(("name", "Service"),),
            span=12,
        ),
        lines(
            "Services dont les chiffres attendent",
            "Services avec des appels qui ne sont pas encore dans leurs estimations du mois.",
            [("services", "max(decroche_figures_behind)")],
        ),
        lines(
            "Disque",
            "Enregistrements qui attendent la base, et ceux qu'elle refuse.",
            [("en attente", "sum(decroche_spool_records)"), ("refusés", "sum(decroche_spool_refused)")],
        ),
    ]
