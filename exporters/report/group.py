"""A roll-up said in a language: two rates, a funnel plot, and the services by name."""

from __future__ import annotations

from dataclasses import dataclass

from exporters.report.figures import Caption, interval_bar
from exporters.report.group_pictures import NAMED, UNNAMED, Dot, FunnelWords, funnel_plot, shares_bar
from exporters.report.index import GroupLink
from exporters.report.language import FEW, NBSP, NONE, Language
from exporters.report.page import provisional
from exporters.report.tables import Cell, Row, Table
from exporters.report.whole import file_name
from exporters.report.words import GROUP_WEIGHTS, GROUPS, QUESTIONS, VERDICTS
from exporters.rollup import LEAST_N, GroupRate, Placed, RollUp
from exporters.statistics.funnel import OUTER


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupCard:
    """One of the two judged rates over the group."""

    code: str
    question: str
    big: str
    beside: str
    interval: str
    picture: str
    shares_title: str
    shares: str
    funnel: str
    outside: str
    services: Table


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupPage:
    """What a reader sees."""

    lang: str
    name: str
    kind: str
    month: str
    simulated: str
    provisional: str
    subtitle: tuple[str, ...]
    weights: str
    cards: tuple[GroupCard, ...]
    footer: str


def link_of(r: RollUp, lang: Language) -> GroupLink:
    """Where the page of a group is."""
    return GroupLink(
        kind=r.kind, name=_name(r, lang), file=f"group-{r.kind}-{file_name(r.id)}.html", services=len(r.services)
    )


def group_page(r: RollUp, lang: Language) -> GroupPage:
    """The whole page."""
    return GroupPage(
        lang=lang.code,
        name=_name(r, lang),
        kind=lang.t(GROUPS[r.kind]) if r.kind != "national" else "",
        month=lang.month(r.month),
        simulated=lang.t("SIMULÉ : ces appels sont ceux d'une ville fictive, aucun vrai service n'a été appelé")
        if r.simulated
        else "",
        provisional=provisional(0, lang) if r.provisional else "",
        subtitle=(
            lang.nt("%(n)s service", "%(n)s services", len(r.services)),
            lang.t("par ordre alphabétique, sans classement"),
        ),
        weights=lang.t(GROUP_WEIGHTS[r.weights]),
        cards=tuple(_card(r, rate, lang) for rate in r.rates.values()),
        footer=lang.t("decroche %(version)s, règles %(rules)s", version=r.version, rules=r.rules_version),
    )


def _name(r: RollUp, lang: Language) -> str:
    return r.name or lang.t("Tous les services mesurés")


def _card(r: RollUp, rate: GroupRate, lang: Language) -> GroupCard:
    n = rate.n
    said = rate.estimate is not None and n >= FEW
    aim = lang.t("objectif %(target)s", target=lang.share(rate.target)) if rate.target is not None else ""
    counted = lang.nt("%(n)s service", "%(n)s services", rate.services)
    met, not_met = VERDICTS["met"], VERDICTS["not_met"]
    shares = [
        (lang.t(met), rate.met),
        (lang.t(not_met), rate.not_met),
        (lang.t("sans conclusion possible"), rate.unknown),
    ]
    bounds = lang.bounds(rate.low, rate.high, n, rate.target)
    caption = Caption(
        name=f"{rate.code}-group",
        title=lang.t("Estimation et objectif"),
        text=lang.listed((f"{lang.percent(rate.estimate, n, rate.target)} ({bounds})", aim)),
    )
    drawn = said and rate.estimate is not None and rate.low is not None and rate.high is not None
    return GroupCard(
        code=rate.code,
        question=lang.t(QUESTIONS[rate.identifier]),
        big=lang.rate(rate.x, rate.estimate, rate.low, rate.high, n, rate.target) if said else "",
        beside=f"{counted}, " + (lang.calls(rate.x, n) if n > 1 else lang.t("aucun appel")),
        interval=lang.t("Intervalle du taux réel, à 95 %% : %(bounds)s.", bounds=bounds)
        if said
        else lang.t("Moins de 10 appels : pas de pourcentage."),
        picture=interval_bar(caption, estimate=rate.estimate, low=rate.low, high=rate.high, target=rate.target, aim=aim)
        if drawn and rate.estimate is not None and rate.low is not None and rate.high is not None
        else "",
        shares_title=lang.t("Conclusion de chaque service"),
        shares=shares_bar(
            Caption(
                name=f"{rate.code}-shares",
                title=lang.t("Conclusion de chaque service"),
                text=lang.listed(lang.t("%(n)s : %(why)s", n=label, why=count) for label, count in shares),
            ),
            shares,
        ),
        funnel=_funnel(r, rate, aim, lang) if said else "",
        outside=_outside(r, rate, lang) if said else "",
        services=_services(r, rate, lang),
    )


def _funnel(r: RollUp, rate: GroupRate, aim: str, lang: Language) -> str:
    marks = _marks(r, rate)
    dots = [
        Dot(n=int(standing.least.n_effective), rate=standing.estimate, mark=marks.get(s.service, ""))
        for s in r.services
        if (standing := s.standings.get(rate.identifier)) and standing.n >= LEAST_N
    ]
    assert rate.estimate is not None
    return funnel_plot(
        Caption(
            name=f"{rate.code}-funnel",
            title=lang.t("Services comparés à ce que le hasard explique"),
            text=_outside(r, rate, lang),
        ),
        dots,
        rate=rate.estimate,
        target=rate.target,
        said=FunnelWords(
            attempts=lang.t("appels comptés (nombre équivalent sans pondération)"),
            group=lang.t("taux de l'ensemble : %(share)s", share=lang.percent(rate.estimate, rate.n, rate.target)),
            target=aim,
            inner=lang.t("19 services sur 20 seraient ici par le seul hasard"),
            outer=lang.t("998 services sur 1 000 seraient ici par le seul hasard"),
        ),
    )


def _marks(r: RollUp, rate: GroupRate) -> dict[str, str]:
    """Service outside → its letter or number in the picture; a dot when there are too many to name."""
    outside = [s.service for s in r.services if s.service in rate.outside]
    return {i: str(k) if len(outside) <= NAMED else UNNAMED for k, i in enumerate(outside, 1)}


def _outside(r: RollUp, rate: GroupRate, lang: Language) -> str:
    marks = _marks(r, rate)
    if not marks:
        return lang.t(
            "Le hasard suffit à expliquer toutes les différences entre ces services : les classer n'aurait pas de sens."
        )
    names = {s.service: s.name for s in r.services}
    few = len(marks) <= NAMED
    listed = lang.listed(f"{mark}{NBSP}{names[i]}" for i, mark in marks.items()) if few else ""
    told = lang.nt(
        "Le hasard n'explique pas l'écart de %(n)s service sur %(all)s ; il suffit à expliquer celui des autres, que "
        "rien ne permet de classer.",
        "Le hasard n'explique pas l'écart de %(n)s services sur %(all)s ; il suffit à expliquer celui des autres, que "
        "rien ne permet de classer.",
        len(marks),
        all=rate.services,
    )
    # Among many services some are outside with nothing to explain.
    lucky = round(OUTER * rate.services)
    if lucky:
        told += " " + lang.t(
            "Sur autant de services, le hasard seul en mettrait dehors jusqu'à %(n)s en moyenne.", n=lucky
        )
    return f"{told} {listed}.".strip() if listed else told


def _services(r: RollUp, rate: GroupRate, lang: Language) -> Table:
    marks = _marks(r, rate)
    rows = [_row(s, rate, marks.get(s.service, ""), lang) for s in r.services]
    return Table(
        caption=lang.t("Par ordre alphabétique. Chaque nombre mène aux appels du service."),
        heads=(
            lang.t("Service"),
            lang.t("Appels"),
            lang.t("Valeur"),
            lang.t("Intervalle à 95 %%"),
            lang.t("Conclusion"),
            lang.t("Hors du hasard"),
        ),
        rows=tuple(rows),
        figures=(1, 2, 3),
    )


def _row(s: Placed, rate: GroupRate, mark: str, lang: Language) -> Row:
    page = f"{file_name(s.service)}.html"
    name = Cell(text=s.name, link=page)
    standing = s.standings.get(rate.identifier)
    if standing is None:
        return Row(cells=(name, *(Cell(text=NONE) for _ in range(5))), soft=True)
    n, link = standing.n, f"{page}#l-{rate.code}"
    percent = lang.rate(standing.x, standing.estimate, standing.low, standing.high, n, standing.target)
    word = "running" if standing.running else standing.verdict
    verdict = lang.t(VERDICTS[word]) if word else NONE
    return Row(
        cells=(
            name,
            Cell(text=lang.t("%(x)s sur %(n)s", x=standing.x, n=n), link=link),
            Cell(text=percent, link="" if percent == NONE else link),
            Cell(text=lang.bounds(standing.low, standing.high, n, standing.target)),
            Cell(text=verdict),
            Cell(text=lang.t("oui") if mark else ""),
        )
    )
