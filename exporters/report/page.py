"""A report said in a language: every sentence, table cell and picture of the page, ready for HTML and for the PDF."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from exporters.estimates import Rate
from exporters.report import lists, notes, pictures, rejudged, tables
from exporters.report.language import FEW, NONE, Language
from exporters.report.method import Said, method_of
from exporters.report.model import Change, Fact, Report
from exporters.report.tables import Table
from exporters.report.words import FACTS, OUTCOMES, PRICES, QUESTIONS, REASONS, TARGETS, VERDICTS
from exporters.statistics.verdict import DOUBTFUL_NETWORK, DOUBTFUL_OWN, LEAST_N, MOST_OWN, MOST_UNDECIDED
from prober.attempt import Script
from prober.outcome import Outcome, Who


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One of the two verdicts of the first page."""

    code: str
    question: str
    verdict: str
    """`met`, `not_met`, `inconclusive`, `insufficient` or `none`: the look."""
    verdict_words: str
    big: str
    """The percentage, or x of n where no percentage may be said; empty without calls."""
    beside: str
    """Words after it."""
    interval: str
    why: tuple[str, ...]
    """Why there is no verdict."""
    changes: tuple[str, ...]
    what: str
    """What the rate is, in a few words."""
    aim: str
    """The target, in a few words; `target` says both."""
    target: str
    picture: str
    members: int
    lost: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FactLine:
    """A fact to act on, and the list behind it."""

    text: str
    anchor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What a reader sees, in the order of reading."""

    lang: str
    id: str
    name: str
    organisation: str
    month: str
    simulated: str
    """The words of the banner; empty for real calls."""
    simulated_short: str
    provisional: str
    """Why the figures may still change; empty for a month that is over."""
    provisional_short: str
    subtitle: tuple[str, ...]
    counts: str
    """The same numbers as a sentence."""
    cards: tuple[Card, ...]
    facts: tuple[FactLine, ...]
    no_fact: str
    funnel: str
    outcome_bars: str
    outcomes: Table
    not_met_with: str
    """The outcomes that no call had."""
    curves: tuple[tuple[str, str], ...]
    """Title and picture of each script called."""
    waits: Table
    wait_notes: tuple[str, ...]
    heat: str
    grid: Table
    numbers: Table
    number_notes: tuple[str, ...]
    kpis: Table
    excluded: tuple[str, ...]
    incidents: tuple[str, ...]
    changes: Table
    declared: Table
    rejudged: tuple[str, ...]
    """What a later judgement changed; empty when nothing did."""
    method: tuple[Said, ...]
    strata: Table
    attempts: Table
    filters: Mapping[str, str]
    """Anchor of a list of attempts → its heading."""
    footer: str


def page_of(report: Report, lang: Language) -> Page:
    """Everything the page says."""
    service = report.service
    counted = sum(s.n for s in report.funnel if s.name == "counted")
    numbers = [f"{n.number} ({lang.t(PRICES[n.price])})" for n in service.numbers]
    return Page(
        lang=lang.code,
        id=service.id,
        name=service.name,
        organisation=service.organisation,
        month=lang.month(report.month),
        simulated=lang.t("SIMULÉ : ces appels sont ceux d'une ville fictive, aucun vrai service n'a été appelé")
        if report.simulated
        else "",
        simulated_short=lang.t("SIMULÉ") if report.simulated else "",
        provisional=provisional(report.provisional.waiting, lang) if report.provisional else "",
        provisional_short=lang.t("PROVISOIRE") if report.provisional else "",
        subtitle=(
            ", ".join(numbers),
            _made(report.estimates.attempts, counted, lang),
            lang.t("patience de l'appelant : %(t_max)s", t_max=lang.seconds(report.t_max_s)),
        ),
        counts=lang.t(
            "%(made)s ; sans agent au bout de %(t_max)s, l'appelant raccroche.",
            made=_made(report.estimates.attempts, counted, lang),
            t_max=lang.seconds(report.t_max_s),
        ),
        cards=tuple(_card(report, i, lang) for i in QUESTIONS),
        facts=tuple(_fact(report, fact, lang) for fact in report.facts),
        no_fact=_no_fact(report, lang),
        funnel=pictures.funnel(report, lang),
        outcome_bars=pictures.outcome_bars(report, lang),
        outcomes=tables.outcomes(report, lang),
        not_met_with=tables.not_met_with(report, lang),
        curves=tuple(
            (lang.t("L'appelant patient") if script is Script.AGENT else lang.t("Qui refuse le serveur vocal"), drawn)
            for script in (Script.AGENT, Script.OPTOUT)
            if (drawn := pictures.waiting_curve(report, script, lang))
        ),
        waits=tables.waits(report, lang),
        wait_notes=tuple(notes.waits(report, lang)),
        heat=pictures.heat_map(report, lang),
        grid=tables.grid(report, lang),
        numbers=tables.numbers(report, lang),
        number_notes=tuple(notes.number(report, lang)),
        kpis=tables.kpis(report, lang),
        excluded=tuple(_excluded(report, lang)),
        incidents=tables.incidents(report, lang),
        changes=tables.changes(report, lang),
        declared=tables.declared(report, lang),
        rejudged=rejudged.told(report, lang),
        method=method_of(report, lang),
        strata=tables.strata(report, lang),
        attempts=tables.attempts(report, lang),
        filters=lists.filters(report, lang),
        footer=lang.t(
            "decroche %(version)s, règles %(rules)s", version=report.method.version, rules=report.method.rules_version
        ),
    )


def _made(made: int, counted: int, lang: Language) -> str:
    calls = lang.nt("%(n)s appel passé", "%(n)s appels passés", made)
    return calls + ", " + lang.nt("%(n)s compté", "%(n)s comptés", counted)


def _no_fact(report: Report, lang: Language) -> str:
    """What is said where there is nothing to act on: nobody was lost, or too few in one way, or nobody can tell."""
    counted = sum(s.n for s in report.funnel if s.name == "counted")
    reached = sum(s.n for s in report.funnel if s.name == "reached")
    undecided = report.estimates.outcomes.get(Outcome.INDETERMINATE.value, 0)
    if not counted:
        return lang.t("Aucun appel compté : rien ne peut être dit du service ce mois-ci.")
    if reached == counted:
        return lang.t("Rien à signaler : tous les appels comptés ont trouvé un agent.")
    told = lang.t("Aucune cause n'a fait perdre plus d'un appel.")
    if not undecided:
        return told
    return f"{told} " + lang.nt("%(n)s appel reste indécis.", "%(n)s appels restent indécis.", undecided)


def provisional(waiting: int, lang: Language) -> str:
    """The words of the banner over a month that is not closed."""
    if not waiting:
        return lang.t(
            "PROVISOIRE : le mois n'est pas clos, des appels peuvent encore s'ajouter ; aucune conclusion avant sa fin"
        )
    return lang.nt(
        "PROVISOIRE : le mois n'est pas clos, %(n)s appel prévu reste à passer ; aucune conclusion avant sa fin",
        "PROVISOIRE : le mois n'est pas clos, %(n)s appels prévus restent à passer ; aucune conclusion avant sa fin",
        waiting,
    )


def _card(report: Report, identifier: str, lang: Language) -> Card:
    found = report.estimates.kpis[identifier]
    assert isinstance(found, Rate)
    n, x = found.denominator or 0, found.numerator or 0
    why = tuple(_reasons(report, found, lang))
    verdict = "none" if not n else str(found.verdict or "insufficient")
    word = "unreliable" if verdict == "insufficient" and n >= LEAST_N else verdict
    word = "running" if verdict == "insufficient" and report.provisional else word
    big = lang.rate(x, found.estimate, found.low, found.high, n, found.target)
    of = lang.t("%(x)s sur %(n)s", x=x, n=n)
    share, what = lang.share(found.target or 0), lang.t(TARGETS[identifier])
    # Half a month beside a whole one proves nothing.
    changes = [c for c in report.changes if c.identifier == identifier and c.proven and not report.provisional]
    return Card(
        code=found.code,
        question=lang.t(QUESTIONS[identifier]),
        verdict=verdict,
        verdict_words=lang.sentence(VERDICTS[word]),
        big=big if big != NONE else of if n else "",
        beside=lang.calls(x, n) if big != NONE else lang.nt("appel", "appels", n),
        interval=_interval(found, n, lang),
        why=why if n else (),
        changes=tuple(_change(c, lang) for c in changes),
        what=what,
        aim=lang.t("objectif %(target)s", target=share),
        target=lang.t("Objectif : %(share)s, %(what)s.", share=share, what=what),
        picture=pictures.verdict_bar(report, found, lang),
        members=n,
        lost=n - x,
    )


def _interval(rate: Rate, n: int, lang: Language) -> str:
    if n < FEW or rate.low is None or rate.high is None:
        return lang.t("Moins de 10 appels : pas de pourcentage.") if n else ""
    bounds = lang.bounds(rate.low, rate.high, n, rate.target)
    sentence = lang.t("Intervalle du taux réel, à 95 %% : %(bounds)s.", bounds=bounds)
    if rate.method == "korn_graubard":
        sentence += " " + lang.t("Pondéré par tranche horaire.")
    if rate.early:
        early = lang.bounds(rate.early.low, rate.early.high, n, rate.target)
        sentence += " " + lang.t(
            "Valable à chaque regard avant la fin du mois, non pondéré : %(bounds)s.", bounds=early
        )
    if rate.undecided:
        sentence += " " + lang.nt(
            "%(n)s appel indécis : perdu pour le bas de l'intervalle, réussi pour le haut.",
            "%(n)s appels indécis : perdus pour le bas de l'intervalle, réussis pour le haut.",
            rate.undecided,
        )
    return sentence


def _reasons(report: Report, rate: Rate, lang: Language) -> list[str]:
    """Why no verdict may be given."""
    if not rate.gates:
        return []
    n, e = rate.denominator or 0, report.estimates
    shut = {
        "running": report.provisional is not None,
        "few": n < LEAST_N,
        "undecided": n > 0 and rate.undecided / n > MOST_UNDECIDED,
        "own": e.attempts > 0 and e.own / e.attempts > MOST_OWN,
    }
    found = [name for name, closed in shut.items() if closed] or ["spread"]
    values = {"few": n, "undecided": rate.undecided}
    return [lang.sentence(REASONS[name], n=values.get(name, n)) for name in found]


def _change(change: Change, lang: Language) -> str:
    """What is proven, in words."""
    # Bounds away from nought are said without their sign, the nearer one first.
    ends = [said.lstrip("+−") for said in lang.between(change.low, change.high)]
    near, far = ends if change.difference > 0 else reversed(ends)
    values = {
        "month": lang.month(change.since),
        "points": lang.points(change.difference).lstrip("+−"),
        "near": near,
        "far": far,
    }
    if change.difference > 0:
        return lang.t("En hausse de %(points)s points depuis %(month)s (entre %(near)s et %(far)s).", **values)
    return lang.t("En baisse de %(points)s points depuis %(month)s (entre %(near)s et %(far)s).", **values)


def _excluded(report: Report, lang: Language) -> list[str]:
    """What is not counted, and a warning where that is much."""
    e = report.estimates
    found = [
        lang.t("%(n)s : %(why)s", n=n, why=lang.t(OUTCOMES[o]))
        for o in Outcome
        if o.who in (Who.OWN, Who.NETWORK) and (n := e.outcomes.get(o.value, 0))
    ]
    if e.own > DOUBTFUL_OWN * e.attempts:
        found.append(lang.t("Plus d'un appel sur dix a échoué de notre côté : à lire avec prudence"))
    if e.network > DOUBTFUL_NETWORK * (e.attempts - e.own):
        found.append(lang.t("Plus de deux appels sur cent ont échoué dans le réseau : à lire avec prudence"))
    return found


def _fact(report: Report, fact: Fact, lang: Language) -> FactLine:
    cell = ""
    if fact.cell:
        weekday, band = (int(part) for part in fact.cell.split("-"))
        cell = f"{lang.weekday(weekday)} {lang.hours(*report.grid.bands[band])}"
    anchor = f"c{fact.cell}" if fact.kind == "worst_cell" else fact.kind
    text = lang.t(FACTS[fact.kind], x=fact.x, n=fact.n, cell=cell, t_max=lang.seconds(report.t_max_s))
    return FactLine(text=text, anchor=anchor)
