"""Estimates as a table that a person reads in a terminal: x of n beside every share, and no false precision."""

from __future__ import annotations

from rich.console import Group
from rich.table import Table
from rich.text import Text

from exporters.estimates import Delay, Estimates, Rate
from exporters.statistics.verdict import TargetVerdict

LEAST_N_PERCENT = 10
"""No percentage under this n (measure.md §4.9)."""
LEAST_N_DECIMALS = 1000
"""No decimals under this n."""
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


def percent(share: float | None, n: int | None) -> str:
    """A share as a percentage, as precise as n allows; a dash when n allows none."""
    if share is None or n is None or n < LEAST_N_PERCENT:
        return "–"
    return f"{share:.1%}" if n >= LEAST_N_DECIMALS else f"{share:.0%}"


def _title(e: Estimates) -> str:
    weights = "weighted by the strata's share of calls" if e.weighted else "unweighted"
    return (
        f"{e.attempts} attempts, T_max {e.t_max_s:g} s, {weights}; "
        f"excluded: {e.own} failures of the probe, {e.network} of the network"
    )


def _rate(rate: Rate) -> tuple[str | Text, ...]:
    n = rate.denominator
    counted = "–" if n is None else f"{rate.numerator} of {n}"
    low, high = percent(rate.low, n), percent(rate.high, n)
    verdict = Text(rate.verdict.replace("_", " "), style=STYLES[rate.verdict]) if rate.verdict else Text()
    if rate.target is not None:
        verdict.append(f"\ntarget {rate.target:.0%}", style="default")
    interval = "–" if "–" in (low, high) else f"{low[:-1]}–{high}"
    return rate.code, _name(rate), counted, percent(rate.estimate, n), interval, verdict


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
    if kpi.corrected:
        c = kpi.corrected
        notes.append(f"{kpi.code}: {percent(c.estimate, kpi.denominator)} corrected by {c.reviewed} reviewed attempts.")
    if kpi.pessimistic and kpi.pessimistic.denominator != kpi.denominator:
        p = kpi.pessimistic
        share = percent(p.estimate, p.denominator)
        notes.append(f"{kpi.code}: {p.numerator} of {p.denominator} ({share}) with network failures as failures.")
    return notes
