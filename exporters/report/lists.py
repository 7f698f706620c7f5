"""The lists of attempts that the numbers of a page lead to: their names, and their headings in a language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from exporters.report.grid import cell_name
from exporters.report.language import Language
from exporters.report.lost import priced
from exporters.report.model import AttemptLine, Report
from exporters.report.words import KPIS, OUTCOMES, said
from prober.outcome import Outcome

FLAGS: Mapping[str, str] = {
    "near_close": said("Appels partis près de la fermeture"),
    "strike": said("Appels d'un jour de grève"),
}


WITH_NETWORK = "with_network"
"""The list behind K2 with network failures as failures."""


def lists_of(report: Report) -> Mapping[str, tuple[str, ...]]:
    """Attempt → the lists it is in: its KPIs (`K2`; `K2-1` in the numerator, `K2-0` not), outcome, cell, flags."""
    codes = {identifier: kpi.code for identifier, kpi in report.estimates.kpis.items()}
    names = {(i, counted): (code, f"{code}-{int(counted)}") for i, code in codes.items() for counted in (True, False)}
    moved = {m.id for m in report.rejudged.attempts} if report.rejudged else frozenset[str]()

    def lists(a: AttemptLine) -> Iterator[str]:
        yield from [name for kpi in a.kpis.items() for name in names[kpi]]
        yield a.outcome.value
        if a.cell:
            yield f"c{a.cell}"
        if priced(a):
            yield "price"
        if a.with_network:
            yield WITH_NETWORK
        if a.flags and a.outcome.in_service_denominator:
            yield from (flag for flag in FLAGS if flag in a.flags)
        if a.id in moved:
            yield "rejudged"

    return {a.id: tuple(lists(a)) for a in report.attempts}


def filters(report: Report, lang: Language) -> Mapping[str, str]:
    """Heading of every list that a number of the page leads to."""
    found: dict[str, str] = {}
    for identifier, kpi in report.estimates.kpis.items():
        found[kpi.code] = lang.t(
            "Appels de l'indicateur %(code)s, %(kpi)s", code=kpi.code, kpi=lang.t(KPIS[identifier])
        )
    found["K2-0"] = lang.t("Appels patients qui n'ont pas trouvé d'agent")
    found["K3-0"] = lang.t("Appels qui, refusant le serveur vocal, n'ont trouvé personne")
    found[WITH_NETWORK] = lang.t("Appels patients, avec ceux que le réseau a perdus")
    found["price"] = lang.t("Appels qui ont entendu un prix sur un numéro qui ne doit pas être surtaxé")
    for flag, heading in FLAGS.items():
        if any(flag in a.flags for a in report.attempts):
            found[flag] = lang.t(heading)
    if report.rejudged is not None:
        found["rejudged"] = lang.t("Appels qu'un nouveau jugement a changés")
    for o in Outcome:
        if report.estimates.outcomes.get(o.value):
            found[o.value] = lang.t("Appels dont l'issue est : %(outcome)s", outcome=lang.t(OUTCOMES[o]))
    for c in report.grid.cells:
        if c.n:
            when = f"{lang.weekday(c.weekday)} {lang.hours(*report.grid.bands[c.band])}"
            found[f"c{cell_name(c.weekday, c.band)}"] = lang.t("Appels comptés, %(when)s", when=when)
    return found
