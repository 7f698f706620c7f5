"""Qualité de l'accueil téléphonique: how services stand against 85 % and 9 in 10, from the nation to a service."""

from __future__ import annotations

from grafana_foundation_sdk.builders.dashboard import CustomVariable, Dashboard
from grafana_foundation_sdk.models.dashboard import VariableOption

from exporters.grafana.panels import (
    COUNT,
    INSUFFICIENT,
    MONTH,
    RATIO,
    REPORT,
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
    to_board,
    week,
)
from exporters.grafana.queries import enough, one, quoted, too_few
from exporters.grafana.recording import BETWEEN
from exporters.grafana.words import VERDICT_NAMES
from exporters.statistics.verdict import LEAST_N

KPI_NAMES = {
    "agent_pickup_rate": "décroché par un agent (objectif 85 %)",
    "human_reach_rate": "réponse humaine hors serveur vocal (9 sur 10)",
    "agent_pickup_rate_queued": "décroché par un agent, appels mis en file",
    "dissuasion_rate": "dissuasion",
    "drop_rate": "coupure en file",
    "still_waiting_rate": "encore en attente à la fin",
}
LEVEL_NAMES = {
    "national": "France",
    "ministry": "ministère",
    "department": "département",
    "ministry_department": "ministère dans un département",
}
HERE = f'{{level="$niveau", area={quoted("zone")}'
MEMBER = f"* on (service) group_left (area) decroche:area_member{HERE}}}"
INFO = "* on (service) group_left (name, report) decroche:service_info"
MOST = 200
"""Services in a table at a time."""


def quality() -> Dashboard:
    """The dashboard of those who follow quality."""
    made = board(
        "decroche-qualite",
        "Qualité de l'accueil téléphonique",
        "Où en est chaque service face à 85 % de décroché par un agent et à 9 réponses humaines sur 10 pour qui "
        "refuse le serveur vocal. Chaque part a son effectif et son intervalle ; en gris, trop peu d'appels.",
        "now/M",
    )
    made = made.with_variable(_choices("niveau", "Niveau", LEVEL_NAMES))
    made = made.with_variable(choice("zone", "Zone", 'label_values(decroche:area_kpi_n{level="$niveau"}, area)'))
    made = made.with_variable(_choices("indicateur", "Indicateur des tableaux", KPI_NAMES))
    return filled(made, {"": (*_heads(), *_trends()), "Attente et heures": _waits(), "Comparer": _tables()})


def _choices(name: str, label: str, values: dict[str, str]) -> CustomVariable:
    first = next(iter(values))
    made = CustomVariable(name).label(label).values(", ".join(f"{text} : {value}" for value, text in _plain(values)))
    options = [VariableOption(selected=value == first, text=text, value=value) for value, text in values.items()]
    return made.current(options[0]).options(options)


def _plain(values: dict[str, str]) -> list[tuple[str, str]]:
    """Commas and colons divide the values of a custom variable."""
    return [(value, text.replace(",", "\\,")) for value, text in values.items()]


def _area(record: str, kpi: str) -> str:
    return f'{record}{HERE}, kpi="{kpi}"}}'


def _heads() -> list[Drawn]:
    found = headlines(lambda part, kpi: _area(f"decroche:area_kpi_{part}", kpi), "level, area, kpi", "les services")
    judged = one('decroche_kpi_verdict{kpi="$indicateur"}', "service", "verdict")
    verdicts = f"count by (verdict) ({judged} and on (service) decroche:area_member{HERE}}})"
    judged_services = figure(
        "Verdicts du dernier mois fini",
        "Services dont l'intervalle est tout entier au-dessus de l'objectif, au-dessous, ou à cheval : on ne peut pas "
        "conclure. Les services sans verdict n'y sont pas.",
        verdicts,
        legend="{{verdict}}",
        nothing="aucun verdict",
    )
    found.append(in_words(judged_services, VERDICT_NAMES))
    found.append(
        figure(
            "… dont faux par hasard, au plus",
            "Sur k services jugés, k × 2,5 % le sont à tort en moyenne : un classement ne vaut rien sans ce nombre.",
            f"0.025 * sum({verdicts})",
            nothing="aucun verdict",
        )
    )
    return found


def _trends() -> list[Drawn]:
    found: list[Drawn] = []
    for kpi, title in (
        ("agent_pickup_rate", "Taux de décroché par un agent (vu de l'appelant)"),
        ("human_reach_rate", "Taux de réponse humaine hors serveur vocal"),
    ):
        n = _area("decroche:area_kpi_n", kpi)
        middle, lower, upper = (
            enough(_area(f"decroche:area_kpi_{part}", kpi), n, "level, area, kpi")
            for part in ("estimate", "lower", "upper")
        )
        found.append(
            estimate(
                title,
                f"{MONTH} Bande : intervalle à 95 %. Tirets : objectif. Pointillé gris : moins de {LEAST_N} appels.",
                figure=middle,
                lower=lower,
                upper=upper,
                grey=too_few(_area("decroche:area_kpi_estimate", kpi), n, "level, area, kpi"),
                goal=f'max(decroche_kpi_target{{kpi="{kpi}"}})',
            )
        )
    gap = (
        f"{_area('decroche:area_kpi_estimate', 'agent_pickup_rate_queued')} - on (level, area) "
        f"{_area('decroche:area_kpi_estimate', 'agent_pickup_rate')}"
    )
    found.append(
        figure(
            "Perte cachée avant la file",
            "Écart entre le taux sur les seuls appels mis en file, celui que voient les services, et le taux vu de "
            "l'appelant.",
            enough(gap, _area("decroche:area_kpi_n", "agent_pickup_rate"), "level, area"),
            unit=RATIO,
            nothing=INSUFFICIENT,
        )
    )
    for kpi, title in (("dissuasion_rate", "Dissuasion"), ("drop_rate", "Coupures en file")):
        n = _area("decroche:area_kpi_n", kpi)
        found.append(
            figure(
                title,
                f"{MONTH} Part des appels renvoyés faute de place, ou coupés pendant l'attente.",
                enough(_area("decroche:area_kpi_estimate", kpi), n, "level, area, kpi"),
                unit=RATIO,
                nothing=INSUFFICIENT,
            )
        )
    return found


def _waits() -> list[Drawn]:
    n = f"decroche:area_callers{HERE}}}"
    within = [
        enough(f"decroche:area_within_{part}{HERE}}}", n, "level, area") for part in ("estimate", "lower", "upper")
    ]
    reached, made = (one(f"decroche_area_hour_{what}{HERE}}}", "weekday", "hour") for what in ("reached", "attempts"))
    return [
        bars(
            "Un agent en 3, 5 et 10 minutes",
            f"{MONTH} Part des appelants patients qui ont parlé à un agent dans ce délai, parmi tous ceux qui "
            "comptent : qui a été renvoyé ne l'a jamais eu.",
            within[0],
            "en moins de {{within_seconds}} s",
            unit=RATIO,
            span=8,
        ),
        rows(
            "… avec leur intervalle",
            "La même part avec ses bornes à 95 %.",
            [("Part", RATIO, within[0]), ("Borne basse", RATIO, within[1]), ("Borne haute", RATIO, within[2])],
            key="within_seconds",
            shown=(("within_seconds", "Délai (s)"),),
            span=16,
        ),
        week(
            "Réponse humaine par jour et par heure",
            f"{MONTH} Part des appels patients qui ont joint un agent, par jour et heure du service, dans toute la "
            f"zone ; une case grise repose sur moins de {LEAST_N} appels. Un ministère dans un département et un "
            "service seul n'en ont pas assez par case : les heures d'un service sont dans son rapport.",
            f"{reached} / ({made} >= {LEAST_N}) or {made} * NaN",
        ),
    ]


def _tables() -> list[Drawn]:
    found: list[Drawn] = []
    inside = f'level="ministry_department", area=~`${{zone:regex}}{BETWEEN}.+`'
    for level, title, chosen, more, nothing in (
        ("ministry", "Ministères", 'level="ministry"', "", "aucun ministère"),
        ("department", "Départements", 'level="department"', " Tous ministères confondus.", "aucun département"),
        ("ministry_department", "Départements du ministère choisi", inside, "", "choisir un ministère"),
    ):
        where = f'{{{chosen}, kpi="$indicateur"}}'
        n = f"decroche:area_kpi_n{where}"
        found.append(
            rows(
                title,
                f"{MONTH} Une part sans valeur repose sur moins de {LEAST_N} appels.{more}",
                [
                    ("Appels", COUNT, n),
                    ("Part", RATIO, enough(f"decroche:area_kpi_estimate{where}", n, "level, area, kpi")),
                    ("Borne basse", RATIO, enough(f"decroche:area_kpi_lower{where}", n, "level, area, kpi")),
                    ("Borne haute", RATIO, enough(f"decroche:area_kpi_upper{where}", n, "level, area, kpi")),
                ],
                key="area",
                shown=(("area", "Zone"),),
                links=[
                    (
                        "Zone",
                        "Voir cette zone",
                        to_board("decroche-qualite", niveau=level, zone="${__value.raw:percentencode}"),
                    )
                ],
                span=8,
                nothing=nothing,
            )
        )
    n = f'decroche:kpi_n{{kpi="$indicateur"}} {MEMBER}'
    most = f"topk({MOST}, {n})"

    def shown(part: str) -> str:
        return f'decroche:kpi_{part}{{kpi="$indicateur"}} and on (service) (({most}) >= {LEAST_N})'

    found.append(
        rows(
            "Services de la zone",
            f"Les {MOST} services les plus appelés. Les intervalles qui se chevauchent ne se classent pas. "
            "Le nom mène au tableau du service, la dernière colonne à son rapport mensuel.",
            [
                ("Appels", COUNT, f"({most}) {INFO}"),
                ("Part", RATIO, shown("estimate")),
                ("Borne basse", RATIO, shown("lower")),
                ("Borne haute", RATIO, shown("upper")),
            ],
            key="service",
            shown=(("service", "Identifiant"), ("name", "Service"), ("report", "Rapport")),
            links=[
                ("Service", "Voir ce service", to_board("decroche-service", service="${__data.fields.Identifiant}")),
                ("Rapport", "Ouvrir le rapport", REPORT),
            ],
        )
    )
    return found
