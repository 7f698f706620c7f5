"""Estimates as a table that a person reads in a terminal: x of n beside every share, and no false precision."""

from __future__ import annotations

from rich.console import Group
from rich.table import Table
from rich.text import Text

from exporters.estimates import Delay, Estimates, Rate
from exporters.report.language import NBSP, language
from exporters.statistics.clusters import ALIKE
from exporters.statistics.verdict import TargetVerdict

DELAYS = "Delays: K4 is a mean, K5 a median, K6 the median over all callers, K7 the mean time in the queue up to T_max."
STYLES = {
    TargetVerdict.MET: "bold green",
    TargetVerdict.NOT_MET: "bold red",
    TargetVerdict.INCONCLUSIVE: "yellow",
    TargetVerdict.INSUFFICIENT: "dim",
}


def table(estimates: Estimates) -> Group:
    """The KPIs, one a line, with the reasons below."""
    grid = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False)
    grid.add_column("", no_wrap=True)
    grid.add_column("KPI")
    for column in ("x of n", "figure", "95 %"):
        grid.add_column(column, justify="right", no_wrap=True)
    grid.add_column("verdict", no_wrap=True)
    notes: list[str] = []
    for kpi in estimates.kpis.values():
        grid.add_row(*(_rate(kpi) if isinstance(kpi, Rate) else _delay(kpi)))
        notes += _notes(kpi)
    return Group(Text(_title(estimates), style="bold"), grid, *(Text(note) for note in [*notes, DELAYS]))


def percent(share: float | None, n: int | None, target: float | None = None) -> str:
    """A share as a percentage, written as in the reports: as precise as n allows, a dash when n allows none."""
    return language("en").percent(share, n, target)


def _title(e: Estimates) -> str:
    weights = "weighted by the strata's share of calls" if e.weighted else "unweighted"
    return (
        f"{e.attempts} attempt{'' if e.attempts == 1 else 's'}, T_max {e.t_max_s:g} s, {weights}; "
        f"excluded, failures of the probe: {e.own}, of the network: {e.network}"
    )


def _rate(rate: Rate) -> tuple[str | Text, ...]:
    n = rate.denominator
    counted = "–" if n is None else f"{rate.numerator} of {n}"
    verdict = Text(rate.verdict.replace("_", " "), style=STYLES[rate.verdict]) if rate.verdict else Text()
    if rate.target is not None:
        verdict.append(f"\ntarget {rate.target:.0%}", style="default")
    en = language("en")
    figure = en.rate(rate.numerator, rate.estimate, rate.low, rate.high, n, rate.target)
    figure = figure.replace("at least ", "≥\u00a0").replace("at most ", "≤\u00a0")
    interval = en.bounds(rate.low, rate.high, n, rate.target).replace(f"{NBSP}to{NBSP}", "–")
    return rate.code, _name(rate), counted, figure, interval, verdict


def _delay(delay: Delay) -> tuple[str | Text, ...]:
    n = delay.denominator
    counted = "–" if n is None else f"{n}" if delay.numerator is None else f"{delay.numerator} of {n}"
    low, high = _seconds(delay.low), "… s" if delay.high is None else _seconds(delay.high)
    interval = "–" if delay.low is None else f"{low.removesuffix(' s')}–{high}"
    return delay.code, _name(delay), counted, _seconds(delay.estimate), interval, ""


def _name(kpi: Rate | Delay) -> Text:
    english = kpi.identifier.removesuffix("_seconds").replace("_", " ")
    return Text(english, style="bold").append(f"\n({kpi.label_fr})", style="not bold dim")


def _seconds(figure: float | None) -> str:
    return "–" if figure is None else f"{figure:.1f} s" if figure < 60 else f"{figure:.0f} s"


def _notes(kpi: Rate | Delay) -> list[str]:
    notes = [f"{kpi.code}: {kpi.reason}."] if kpi.reason else []
    if isinstance(kpi, Delay):
        within = ", ".join(f"{percent(p.estimate, kpi.denominator)} in {t_s} s" for t_s, p in kpi.points.items())
        return [*notes, f"{kpi.code}: reached a human: {within}."] if within else notes
    if not kpi.reason:
        notes += [f"{kpi.code}: insufficient: {gate}." for gate in kpi.gates]
    if kpi.early:
        low, high = (percent(bound, kpi.denominator) for bound in (kpi.early.low, kpi.early.high))
        notes.append(f"{kpi.code}: {low} to {high} at every look before the end of the month, unweighted.")
    if kpi.undecided:
        worst, best = percent(kpi.worst, kpi.denominator), percent(kpi.best, kpi.denominator)
        notes.append(f"{kpi.code}: {kpi.undecided} undecided: {worst} at the worst, {best} at the best.")
    c = kpi.corrected
    if c and c.estimate is not None:
        share = percent(c.estimate, min(kpi.denominator or 0, c.reviewed))
        notes.append(f"{kpi.code}: {share} corrected by {c.reviewed} reviewed attempts.")
    numbers = kpi.by_number
    if numbers:
        planned = max(1.0, numbers.deff_from_icc or 1.0)
        notes.append(
            f"{kpi.code}: interval over {numbers.df + 1} numbers: design effect {numbers.deff:.1f}; "
            f"plan-size --deff {planned:.1f} for more calls like these."
        )
    day = kpi.by_day
    if day and day.icc is not None and day.icc > ALIKE:
        low, high = (percent(b, kpi.denominator) for b in (day.verdict_interval.low, day.verdict_interval.high))
        notes.append(
            f"{kpi.code}: calls of one day are alike (correlation {day.icc:.2f} over {day.df + 1} days): {low} to "
            f"{high}, unweighted, if every day were one draw."
        )
    if kpi.pessimistic and kpi.pessimistic.denominator != kpi.denominator:
        p = kpi.pessimistic
        share = percent(p.estimate, p.denominator)
        notes.append(f"{kpi.code}: {p.numerator} of {p.denominator} ({share}) with network failures as failures.")
    return notes
