"""The tables of a page, in a language: cells of text, and the list of attempts that each number leads to."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from exporters.estimates import Rate
from exporters.report.grid import cell_name
from exporters.report.language import FEW, NONE, Language
from exporters.report.lists import lists_of
from exporters.report.model import Report
from exporters.report.pictures import delay_of, horizons
from exporters.report.words import (
    DECLARED_BESIDE,
    INCIDENTS,
    KPIS,
    OUTCOMES,
    PRICES,
    SCRIPTS,
    SCRIPTS_SHORT,
    VERDICTS,
    WHO,
)
from exporters.statistics.strata import in_week
from prober.attempt import Script
from prober.outcome import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """Text, and where it leads: the anchor of a list of attempts, or a whole address."""

    text: str
    anchor: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A line; `soft` when it tells nothing (a zero, an excluded attempt)."""

    cells: tuple[Cell, ...]
    soft: bool = False
    id: str = ""
    lists: tuple[str, ...] = ()
    """Lists of attempts this one is in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Caption, column heads and rows; columns named in `figures` are numbers."""

    caption: str
    heads: tuple[str, ...]
    rows: tuple[Row, ...]
    figures: tuple[int, ...] = ()


def outcomes(report: Report, lang: Language) -> Table:
    """The outcomes that occurred."""
    met = {o: n for o in Outcome if (n := report.estimates.outcomes.get(o.value, 0))}
    rows = [
        _row(
            lang.t(OUTCOMES[o]),
            lang.t(WHO[o.who]),
            Cell(text=str(n), anchor=o.value),
            lang.t("oui") if o.in_service_denominator else lang.t("non"),
        )
        for o, n in met.items()
    ]
    return Table(
        caption=lang.t("Les issues rencontrées, parmi les 25 possibles d'un appel, et qui en répond."),
        heads=(lang.t("Issue"), lang.t("Qui en répond"), lang.t("Appels"), lang.t("Compté")),
        rows=tuple(rows),
        figures=(2,),
    )


def not_met_with(report: Report, lang: Language) -> str:
    """The other outcomes in a sentence, as they were looked for; empty without any."""
    others = [lang.t(OUTCOMES[o]) for o in Outcome if not report.estimates.outcomes.get(o.value, 0)]
    return lang.t("Issues qu'aucun appel n'a rencontrées : %(others)s", others=lang.listed(others)) if others else ""


def waits(report: Report, lang: Language) -> Table:
    """Share with an agent within 3, 5, 10 minutes, and where the others are at the end."""
    found = [(s, d) for s in (Script.AGENT, Script.OPTOUT) if (d := delay_of(report, s)) and d.points]
    times = [at_s for at_s, _ in horizons(found[0][1])] if found else []
    rows = []
    for script, delay in found:
        n = delay.denominator or 0
        # The callers of K6 who refuse the voice server are those of K3.
        calls = "K6" if script is Script.AGENT else "K3"
        cells: list[str | Cell] = [lang.t(SCRIPTS[script.value]), Cell(text=str(n), anchor=calls)]
        for _, point in horizons(delay):
            share, bounds = lang.percent(point.estimate, n), lang.bounds(point.low, point.high, n)
            cells.append(NONE if bounds == NONE else Cell(text=f"{share} ({bounds})", anchor=calls))
        last = horizons(delay)[-1][1]
        waiting, bounds = lang.percent(last.still_waiting, n), lang.bounds(last.waiting_low, last.waiting_high, n)
        cells.append(NONE if bounds == NONE else Cell(text=f"{waiting} ({bounds})", anchor=calls))
        medians = (delay.estimate, delay.details.get("median_among_reached"))
        cells += [lang.seconds(median if n >= FEW else None) for median in medians]
        rows.append(_row(*cells))
    return Table(
        caption=lang.t(
            "Part des appelants qui ont parlé à un agent, selon le temps depuis l'appel (intervalle à 95 %%)."
        ),
        heads=(
            lang.t("Appelant"),
            lang.t("Appels"),
            *(lang.t("en %(time)s", time=lang.seconds(t)) for t in times),
            lang.t("attend encore"),
            lang.t("médiane de tous"),
            lang.t("médiane des joints"),
        ),
        rows=tuple(rows),
        figures=tuple(range(1, 5 + len(times))),
    )


def grid(report: Report, lang: Language) -> Table:
    """The heat map as numbers, each leading to its attempts."""
    g = report.grid
    rows = []
    for i, band in enumerate(g.bands):
        here = {c.weekday: c for c in g.cells if c.band == i}
        cells = [
            Cell(text=lang.t("%(x)s sur %(n)s", x=here[d].x, n=here[d].n), anchor=f"c{cell_name(d, i)}")
            if here[d].n
            else Cell(text=NONE)
            for d in g.weekdays
        ]
        rows.append(_row(lang.hours(*band), *cells))
    return Table(
        caption=lang.t(
            "Appels qui ont trouvé un agent, sur les appels comptés ; les deux sortes d'appelants ensemble."
        ),
        heads=(lang.t("Heures"), *(lang.weekday(d) for d in g.weekdays)),
        rows=tuple(rows),
        figures=tuple(range(1, 1 + len(g.weekdays))),
    )


def numbers(report: Report, lang: Language) -> Table:
    """Numbers dialled, their price, and whether this body may use them."""
    rows = []
    for n in report.service.numbers:
        calls = sum(a.number == n.number for a in report.attempts)
        allowed = lang.t("non : numéro surtaxé interdit à cet organisme") if n.surtax_forbidden else lang.t("oui")
        rows.append(_row(n.number, lang.t(PRICES[n.price]), allowed, str(calls)))
    return Table(
        caption=lang.t("Les numéros publiés, tels qu'un appelant les compose."),
        heads=(lang.t("Numéro"), lang.t("Prix"), lang.t("Prix permis"), lang.t("Appels")),
        rows=tuple(rows),
        figures=(3,),
    )


def kpis(report: Report, lang: Language) -> Table:
    """K1 to K14; each number leads to the attempts behind it."""
    rows, alone = [], ""
    if report.estimates.kpis["enquiry_success_rate"].denominator is None:
        alone = " " + lang.t("Démarches (K14) : chaque appel de ce plan est seul, aucune n'est tentée en trois appels.")
    for identifier, kpi in report.estimates.kpis.items():
        n = kpi.denominator
        if isinstance(kpi, Rate):
            has = n is not None and kpi.estimate is not None
            of = lang.t("%(x)s sur %(n)s", x=kpi.numerator, n=n) if has else NONE
            value = lang.rate(kpi.numerator, kpi.estimate, kpi.low, kpi.high, n, kpi.target)
            interval = lang.bounds(kpi.low, kpi.high, n, kpi.target)
            word = "running" if kpi.verdict == "insufficient" and report.provisional else kpi.verdict
            verdict = lang.t(VERDICTS[word]) if word and has else NONE
        else:
            has = kpi.estimate is not None
            of, value, verdict = NONE if n is None else str(n), lang.seconds(kpi.estimate), NONE
            known = kpi.low is not None and kpi.high is not None
            bounds = lang.t("%(low)s à %(high)s", low=lang.seconds(kpi.low), high=lang.seconds(kpi.high))
            interval = bounds if known else NONE
            value, interval = (NONE, NONE) if (n or 0) < FEW else (value, interval)
        link = kpi.code if has and identifier != "enquiry_success_rate" else ""
        rows.append(
            _row(
                kpi.code,
                lang.t(KPIS[identifier]),
                Cell(text=of, anchor=link),
                Cell(text=value, anchor=link if value != NONE else ""),
                interval,
                verdict,
                soft=not has,
            )
        )
    return Table(
        caption=lang.t("Tous les indicateurs ; un tiret : le mois ne permet pas de le dire.") + alone,
        heads=(
            "",
            lang.t("Indicateur"),
            lang.t("Appels"),
            lang.t("Valeur"),
            lang.t("Intervalle à 95 %%"),
            lang.t("Conclusion"),
        ),
        rows=tuple(rows),
        figures=(2, 3, 4),
    )


def changes(report: Report, lang: Language) -> Table:
    """Every comparison with another month, proven or not."""
    rows = [
        _row(
            lang.t(KPIS[c.identifier]),
            lang.month(c.since),
            lang.points(c.difference),
            lang.t("%(low)s à %(high)s", low=low, high=high),
            lang.t("oui") if c.proven else lang.t("non"),
        )
        for c in report.changes
        for low, high in [lang.between(c.low, c.high)]
    ]
    return Table(
        caption=lang.t("Évolution ; elle n'est dite en première page que si elle est prouvée."),
        heads=(
            lang.t("Indicateur"),
            lang.t("Depuis"),
            lang.t("Écart, en points"),
            lang.t("Intervalle à 95 %%"),
            lang.t("Prouvée"),
        ),
        rows=tuple(rows),
        figures=(2, 3),
    )


def declared(report: Report, lang: Language) -> Table:
    """What the service says, beside what was measured: each with its own definition."""
    if not report.declared:
        return Table(caption="", heads=(), rows=())
    rows = [
        _row(
            d.source,
            NONE
            if d.answered is None or d.presented is None
            else lang.t("%(x)s sur %(n)s", x=d.answered, n=d.presented),
            lang.percent(d.answered / d.presented, d.presented) if d.answered is not None and d.presented else NONE,
            NONE if d.dissuaded is None else lang.count(d.dissuaded),
            d.definition,
        )
        for d in report.declared
    ]
    for identifier, definition in DECLARED_BESIDE.items():
        kpi = report.estimates.kpis[identifier]
        n = kpi.denominator
        has = isinstance(kpi, Rate) and n is not None and kpi.estimate is not None
        of = lang.t("%(x)s sur %(n)s", x=kpi.numerator, n=n) if has else NONE
        measured = Cell(text=of, anchor=kpi.code if has else "")
        share = (
            lang.rate(kpi.numerator, kpi.estimate, kpi.low, kpi.high, n, kpi.target) if isinstance(kpi, Rate) else NONE
        )
        value = Cell(text=share, anchor="" if share == NONE else kpi.code)
        rows.append(_row(lang.t("mesuré, %(code)s", code=kpi.code), measured, value, NONE, lang.t(definition)))
    return Table(
        caption=lang.t("Les chiffres déclarés ne sont ni vérifiés ni mêlés aux mesures : les définitions diffèrent."),
        heads=(
            lang.t("Source"),
            lang.t("Appels"),
            lang.t("Valeur"),
            lang.t("Dissuadés"),
            lang.t("Ce qui est compté"),
        ),
        rows=tuple(rows),
        figures=(1, 2, 3),
    )


def strata(report: Report, lang: Language) -> Table:
    """The weights of the plan."""
    rows = [
        _row(
            lang.stratum(s.name),
            lang.t(SCRIPTS[s.script.value]),
            lang.sign(lang.decimal(100 * s.weight, 1)),
            str(s.n),
            str(s.x),
            str(s.own),
        )
        for s in sorted(report.strata, key=lambda s: (s.script, in_week(s.name)))
    ]
    return Table(
        caption=lang.t("Les tranches du plan, leur poids, et ce qui a été appelé."),
        heads=(
            lang.t("Tranche"),
            lang.t("Appelant"),
            lang.t("Poids"),
            lang.t("Comptés"),
            lang.t("Joints"),
            lang.t("Perdus de notre côté"),
        ),
        rows=tuple(rows),
        figures=(2, 3, 4, 5),
    )


def incidents(report: Report, lang: Language) -> tuple[str, ...]:
    """Days unlike the others, one sentence each."""
    return tuple(lang.t(INCIDENTS[i.kind], day=lang.day(i.day), n=i.n, x=i.x) for i in report.incidents)


def attempts(report: Report, lang: Language) -> Table:
    """Every attempt."""
    rows = []
    # The same few words again and again.
    scripts = {script: Cell(text=lang.t(said)) for script, said in SCRIPTS_SHORT.items()}
    outcomes = {outcome: Cell(text=lang.t(said)) for outcome, said in OUTCOMES.items()}
    seconds = cache(lambda s: Cell(text=lang.seconds(s)))
    rules = cache(lambda rule: Cell(text=rule))
    lists = lists_of(report)
    for a in report.attempts:
        cells = (
            Cell(text=lang.instant(a.at)),
            scripts[a.script.value],
            outcomes[a.outcome],
            seconds(a.t_answer),
            seconds(a.t_queue),
            seconds(a.t_human),
            seconds(a.t_end),
            rules(a.rule_id),
            Cell(text=a.id, anchor=f"a-{a.id}"),
        )
        rows.append(
            Row(
                cells=cells,
                soft=not a.outcome.in_service_denominator,
                id=f"a-{a.id}",
                lists=lists[a.id],
            )
        )
    return Table(
        caption=lang.t("Heure du service ; durées depuis l'appel. Un appel se conteste par son identifiant."),
        heads=(
            lang.t("Heure"), lang.t("Appelant"), lang.t("Issue"), lang.t("Décroché"), lang.t("File"), lang.t("Agent"),
            lang.t("Fin"), lang.t("Règle"), lang.t("Identifiant"),
        ),
        rows=tuple(rows),
        figures=(3, 4, 5, 6),
    )  # fmt: skip


def _row(*cells: str | Cell, soft: bool = False) -> Row:
    return Row(cells=tuple(c if isinstance(c, Cell) else Cell(text=c) for c in cells), soft=soft)
