"""Every picture of a report, in a language: the same SVG for the page, the PDF and the poster."""

from __future__ import annotations

from exporters.estimates import Delay, Point, Rate
from exporters.report import curve, figures
from exporters.report.figures import Caption
from exporters.report.grid import ENOUGH
from exporters.report.language import FEW, Language
from exporters.report.model import Report
from exporters.report.whole import file_name
from exporters.report.words import OUTCOMES, SCRIPTS, STAGES, WHO
from prober.attempt import Script
from prober.outcome import Outcome, Who

KINDS = {Who.REACHED: "reached", Who.SERVICE: "service", Who.UNDECIDED: "undecided"}


def verdict_bar(report: Report, rate: Rate, lang: Language) -> str:
    """The interval of a rate against its target; nothing under ten attempts."""
    n = rate.denominator or 0
    if rate.estimate is None or rate.low is None or rate.high is None or n < FEW:
        return ""
    text = lang.t(
        "%(calls)s, intervalle à 95 %% : %(bounds)s",
        calls=lang.calls(rate.numerator or 0, n),
        bounds=lang.bounds(rate.low, rate.high, n, rate.target),
    )
    aim = lang.t("objectif %(target)s", target=lang.share(rate.target)) if rate.target is not None else ""
    return figures.interval_bar(
        Caption(
            name=f"{rate.code}-{file_name(report.service.id)}",
            title=lang.t("Estimation et objectif"),
            text=lang.listed((text, aim)) if aim else text,
        ),
        estimate=rate.estimate,
        low=rate.low,
        high=rate.high,
        target=rate.target,
        aim=aim,
        sure=rate.verdict != "insufficient",
    )


def funnel(report: Report, lang: Language) -> str:
    """From dialled to human."""
    steps = [
        figures.Step(
            label=lang.t(STAGES[stage.name]),
            n=stage.n,
            lost=[lang.t("%(n)s : %(why)s", n=n, why=lang.t(OUTCOMES[outcome])) for outcome, n in stage.lost],
        )
        for stage in report.funnel
    ]
    text = lang.listed(f"{s.n} {s.label}" for s in steps)
    return figures.funnel(Caption(name="funnel", title=lang.t("Des appels passés à l'agent"), text=text), steps)


def outcome_bars(report: Report, lang: Language) -> str:
    """What the counted calls met, most frequent first."""
    met = [(o, n) for o in Outcome if o.in_service_denominator and (n := report.estimates.outcomes.get(o.value, 0))]
    rows = [
        figures.Bar(label=lang.t(OUTCOMES[o]), n=n, kind=KINDS[o.who], note=lang.t(WHO[o.who]))
        for o, n in sorted(met, key=lambda pair: (-pair[1], list(Outcome).index(pair[0])))
    ]
    text = lang.listed(lang.t("%(n)s : %(why)s", n=r.label, why=r.n) for r in rows)
    return (
        figures.bars(Caption(name="outcomes", title=lang.t("Ce que les appels ont rencontré"), text=text), rows)
        if rows
        else ""
    )


def waiting_curve(report: Report, script: Script, lang: Language) -> str:
    """Where the callers of a script are over time; nothing under ten of them."""
    delay, points = delay_of(report, script), report.curves.get(script, ())
    if delay is None or not points or (delay.denominator or 0) < FEW:
        return ""
    n = delay.denominator
    marks = [
        curve.Mark(at_s=at_s, label=lang.seconds(at_s), share=lang.percent(point.estimate, n))
        for at_s, point in horizons(delay)
    ]
    said = (lang.t("en %(time)s, %(share)s ont parlé à un agent", time=m.label, share=m.share) for m in marks)
    text = lang.listed(said)
    return curve.waiting_curve(
        Caption(
            name=f"curve-{script.value}",
            title=lang.t("Ce que deviennent les appelants avec le temps : %(who)s", who=lang.t(SCRIPTS[script.value])),
            text=text,
        ),
        points,
        t_max_s=report.t_max_s,
        marks=marks,
        names=(lang.t("a parlé à un agent"), lang.t("attend encore"), lang.t("fin par le service")),
    )


def heat_map(report: Report, lang: Language) -> str:
    """Share reached by hour and weekday."""
    grid = report.grid
    if not grid.cells:
        return ""
    cells = [
        curve.HeatCell(
            row=c.band,
            column=grid.weekdays.index(c.weekday),
            x=c.x,
            n=c.n,
            percent=lang.percent(c.x / c.n, c.n) if c.n else "",
            sure=c.n >= ENOUGH,
        )
        for c in grid.cells
    ]
    return curve.heat_map(
        Caption(
            name="heat",
            title=lang.t("Appels qui ont trouvé un agent, par heure et par jour"),
            text=lang.t("Les mêmes nombres sont dans le tableau qui suit."),
        ),
        [lang.hours(*band) for band in grid.bands],
        [lang.weekday_short(day) for day in grid.weekdays],
        cells,
        lang.t("hachuré : moins de 10 appels, pas de pourcentage"),
    )


def delay_of(report: Report, script: Script) -> Delay | None:
    """The time to a human of the callers of a script."""
    found = report.estimates.kpis.get("time_to_human_seconds")
    return found.by_script.get(script.value) if isinstance(found, Delay) else None


def horizons(delay: Delay) -> list[tuple[float, Point]]:
    """The points of a delay in the order of time."""
    return sorted(((float(at_s), point) for at_s, point in delay.points.items()), key=lambda pair: pair[0])
