"""Panels as this project draws them: a line in its band, a target, grey where there is too little; units in French."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from grafana_foundation_sdk.builders import bargauge, prometheus, stat, table, timeseries
from grafana_foundation_sdk.builders.common import ReduceDataOptions, StackingConfig
from grafana_foundation_sdk.builders.dashboard import (
    Dashboard,
    DashboardLink,
    DatasourceVariable,
    QueryVariable,
    Row,
    TextBoxVariable,
    ThresholdsConfig,
)
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models.common import BarGaugeDisplayMode, StackingMode, VisibilityMode
from grafana_foundation_sdk.models.dashboard import (
    DashboardLinkType,
    DashboardSpecialValueMapOptions,
    DataSourceRef,
    DataTransformerConfig,
    DynamicConfigValue,
    Panel,
    SpecialValueMap,
    SpecialValueMatch,
    Threshold,
    ThresholdsMode,
    ValueMappingResult,
    VariableOption,
    VariableRefresh,
)
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

from exporters.definitions import AGENT, REACH
from exporters.grafana.queries import enough

SOURCE = DataSourceRef(type_val="prometheus", uid="${source}")
RATIO, SECONDS, COUNT = "percentunit", "s", "short"
BLUE, LIGHT, RED, GREEN, ORANGE, GREY = "#1f60c4", "#8ab8ff", "#c4162a", "#37872d", "#e0752d", "#9e9e9e"
INSUFFICIENT = "insuffisant"
REPORTS = "http://localhost:9464/reports"
"""Where the reports are, until `decroche dashboards export --reports` says otherwise."""
Query = tuple[str, str]
"""Legend and PromQL."""
Drawn = Builder[Panel]
Link = tuple[str, str, str]
"""Title of a column, title of the link, address."""


def to_board(uid: str, **given: str) -> str:
    """Address of another dashboard with these variables set; the source, the reports and the range stay as they are.

    A value is encoded whole: Grafana alone would leave an & in a name to cut it.
    """
    chosen = "".join(f"&var-{name}={value}" for name, value in given.items())
    return f"/d/{uid}?${{source:queryparam}}&${{rapports:queryparam}}{chosen}&${{__url_time_range}}"


REPORT = "${rapports}/${__value.raw}"


def target(expr: str, legend: str = "", ref: str = "A", *, cells: bool = False) -> prometheus.Dataquery:
    """What holds now: as one series each, or as the rows of a table."""
    query = prometheus.Dataquery().expr(expr).legend_format(legend).ref_id(ref).datasource(SOURCE).instant()
    return query.format(PromQueryFormat.TABLE) if cells else query


def course(expr: str, legend: str, ref: str) -> prometheus.Dataquery:
    """What was over the range."""
    return target(expr, legend, ref).range()


def lines(
    title: str, text: str, queries: Sequence[Query], *, unit: str = COUNT, stacked: bool = False, span: int = 12
) -> timeseries.Panel:
    """Lines over time, or areas that add up."""
    panel = timeseries.Panel().title(title).description(text).datasource(SOURCE).unit(unit).span(span).height(8)
    panel = panel.min(0).show_points(VisibilityMode.NEVER).fill_opacity(30 if stacked else 0)
    if unit == RATIO:
        panel = panel.max(1)
    if stacked:
        panel = panel.stacking(StackingConfig().mode(StackingMode.NORMAL))
    for ref, (legend, expr) in zip("ABCDEFGHIJ", queries, strict=False):
        panel = panel.with_target(course(expr, legend, ref))
    return panel


def estimate(
    title: str,
    text: str,
    *,
    figure: str,
    lower: str,
    upper: str,
    grey: str,
    goal: str | None = None,
    unit: str = RATIO,
    span: int = 12,
) -> timeseries.Panel:
    """An estimate in its band with its target; `grey`: the same where there are too few attempts."""
    queries = [
        ("borne haute (95 %)", upper),
        ("borne basse (95 %)", lower),
        ("estimation", figure),
        (f"{INSUFFICIENT} (moins de 30 appels)", grey),
    ]
    panel = lines(title, text, queries + ([("objectif", goal)] if goal else []), unit=unit, span=span).line_width(1)
    panel = panel.override_by_query("A", [*_colour(LIGHT), _custom("fillBelowTo", "borne basse (95 %)"), *_thin()])
    panel = panel.override_by_query("B", [*_colour(LIGHT), *_thin()])
    panel = panel.override_by_query("C", [*_colour(BLUE), _custom("lineWidth", 2)])
    panel = panel.override_by_query("D", [*_colour(GREY), _custom("lineStyle", {"fill": "dot", "dash": [0, 6]})])
    return panel.override_by_query("E", [*_colour(RED), _custom("lineStyle", {"fill": "dash", "dash": [8, 8]})])


Named = TypeVar("Named", timeseries.Panel, bargauge.Panel, stat.Panel)


def in_words(panel: Named, words: Mapping[str, str]) -> Named:
    """The panel with its series called by other words than their legends."""
    for legend, text in words.items():
        panel = panel.override_by_name(legend, [DynamicConfigValue("displayName", text)])
    return panel


HEADLINES = ((AGENT, "Décroché par un agent"), (REACH, "Réponse humaine hors SVI"))
MONTH = "Mois en cours, jusqu'à cette heure. Un mois n'est jugé que lorsqu'il est fini."


def headlines(part: Callable[[str, str], str], on: str, of: str) -> list[Drawn]:
    """Both targets' figures and their n. `part`: (estimate or n, KPI) → PromQL; `on`: labels they share; `of`: whom."""
    found: list[Drawn] = []
    for definition, title in HEADLINES:
        n = part("n", definition.identifier)
        found.append(
            figure(
                title,
                f"{MONTH} Couleur selon la seule estimation : ce n'est pas un verdict.",
                enough(part("estimate", definition.identifier), n, on),
                unit=RATIO,
                steps=((None, RED), (definition.target, GREEN)),
                nothing=INSUFFICIENT,
            )
        )
        found.append(figure("… sur combien d'appels", f"Appels qui comptent pour {of}.", n, nothing="aucun"))
    return found


def figure(
    title: str,
    text: str,
    expr: str,
    *,
    unit: str = COUNT,
    steps: Iterable[tuple[float | None, str]] = ((None, BLUE),),
    nothing: str = "–",
    legend: str = "",
    span: int = 4,
) -> stat.Panel:
    """The last value, large; `nothing` is what is said, in grey, where there is none: never a 0."""
    panel = stat.Panel().title(title).description(text).datasource(SOURCE).unit(unit).span(span).height(4)
    panel = (
        panel.no_value(nothing)
        .mappings([_in_grey(nothing)])
        .reduce_options(ReduceDataOptions().calcs(["last"]).values(False).fields(""))
    )
    return panel.thresholds(thresholds(steps)).with_target(target(expr, legend))


def bars(title: str, text: str, expr: str, legend: str, *, unit: str = COUNT, span: int = 12) -> bargauge.Panel:
    """One bar a series, of the last value."""
    panel = bargauge.Panel().title(title).description(text).datasource(SOURCE).unit(unit).span(span).height(8)
    panel = (
        panel.display_mode(BarGaugeDisplayMode.BASIC).min(0).no_value(INSUFFICIENT).mappings([_in_grey(INSUFFICIENT)])
    )
    panel = panel.thresholds(thresholds(((None, BLUE),))).with_target(target(expr, legend))
    return panel.max(1) if unit == RATIO else panel


def rows(
    title: str,
    text: str,
    queries: Sequence[tuple[str, str, str]],
    *,
    key: str,
    shown: Sequence[tuple[str, str]] = (),
    links: Sequence[Link] = (),
    words: tuple[str, Mapping[str, str]] | None = None,
    span: int = 24,
    nothing: str = INSUFFICIENT,
) -> table.Panel:
    """A table with a row for each value of `key`. `queries`: column title, unit, PromQL; `shown`: label and its title.

    `words`: column title, what its values are called.
    An empty cell is grey and says that there is too little; `nothing` is what an empty table says.
    """
    panel = table.Panel().title(title).description(text).datasource(SOURCE).span(span).height(10)
    # Where only the first query has an answer, Grafana calls its values as if there were no other.
    names = {f"Value #{ref}": name for ref, (name, _, _) in zip("ABCDEF", queries, strict=False)}
    names = {"Value": queries[0][0], **(names if len(queries) > 1 else {})}
    for ref, (_, _, expr) in zip("ABCDEF", queries, strict=False):
        panel = panel.with_target(target(expr, "", ref, cells=True))
    kept = [label for label, _ in shown] + list(names)
    if len(queries) > 1:
        joined = DataTransformerConfig(id_val="joinByField", options={"byField": key, "mode": "outer"})
        panel = panel.with_transformation(joined)
    panel = panel.with_transformation(
        DataTransformerConfig(
            id_val="filterFieldsByName",
            options={"include": {"pattern": f"^({'|'.join(kept)})( 1)?$"}},
        )
    )
    renamed = {**dict(shown), **{f"{label} 1": name for label, name in shown}, **names}
    order = {name: place for place, name in enumerate(kept)}
    panel = panel.with_transformation(
        DataTransformerConfig(id_val="organize", options={"renameByName": renamed, "indexByName": order})
    )
    written = _cells(INSUFFICIENT, ((None, "text"),), type="color-text")
    for name, unit, _ in queries:
        panel = panel.override_by_name(name, [DynamicConfigValue("unit", unit), *written])
    if words:
        said = [{"type": "value", "options": {value: {"text": text} for value, text in words[1].items()}}]
        panel = panel.override_by_name(words[0], [DynamicConfigValue("mappings", said)])
    for column, name, address in links:
        there = [{"title": name, "url": address, "targetBlank": not address.startswith("/")}]
        panel = panel.override_by_name(column, [DynamicConfigValue("links", there)])
    return panel.no_value(nothing)


DAY_BY_HOUR = "weekday\\hour"
"""What Grafana calls the first column of a matrix."""


def week(title: str, text: str, expr: str, *, span: int = 24) -> table.Panel:
    """Hours across, weekdays down, coloured by share; a cell with too few attempts stays grey and empty."""
    panel = table.Panel().title(title).description(text).datasource(SOURCE).span(span).height(10)
    panel = panel.with_target(target(expr, "", cells=True)).unit(RATIO).no_value("·")
    # Columns and rows come as they are met: hours are sorted before, days after.
    for step, options in (
        ("sortBy", {"sort": [{"field": "hour"}]}),
        (
            "groupingToMatrix",
            {"columnField": "hour", "rowField": "weekday", "valueField": "Value", "emptyValue": "null"},
        ),
        ("sortBy", {"sort": [{"field": DAY_BY_HOUR}]}),
    ):
        panel = panel.with_transformation(DataTransformerConfig(id_val=step, options=options))
    coloured = _cells("·", ((None, RED), (0.5, ORANGE), (0.85, GREEN)), type="color-background", mode="basic")
    days = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
    named = [{"type": "value", "options": {str(n): {"text": day} for n, day in enumerate(days, 1)}}]
    panel = panel.override_by_regexp("[0-9]{2}", coloured)
    first = [DynamicConfigValue("mappings", named), DynamicConfigValue("displayName", "Jour"), _custom("align", "left")]
    return panel.override_by_name(DAY_BY_HOUR, first)


def thresholds(steps: Iterable[tuple[float | None, str]]) -> ThresholdsConfig:
    """Colours from a value on."""
    made = [Threshold(value=value, color=colour) for value, colour in steps]
    return ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(made)


def choice(name: str, label: str, query: str, *, regex: str = "", every: bool = False) -> QueryVariable:
    """A variable whose values Prometheus knows."""
    variable = QueryVariable(name).label(label).query({"query": query, "refId": name}).datasource(SOURCE)
    variable = variable.refresh(VariableRefresh.ON_TIME_RANGE_CHANGED).regex(regex)
    return variable.include_all(True).all_value(".*") if every else variable


def board(uid: str, title: str, text: str, since: str) -> Dashboard:
    """An empty dashboard with what they all have: the data source, the address of the reports, links to the others."""
    made = Dashboard(title).uid(uid).description(text).tags(["decroche"]).timezone("Europe/Paris").readonly()
    made = made.time(since, "now").refresh("1m").week_start("monday")
    made = made.with_variable(DatasourceVariable("source").label("Source").type("prometheus"))
    place = TextBoxVariable("rapports").label("Adresse des rapports").default_value(REPORTS)
    made = made.with_variable(place.current(VariableOption(selected=True, text=REPORTS, value=REPORTS)))
    others = DashboardLink("Autres tableaux").type(DashboardLinkType.DASHBOARDS).tags(["decroche"])
    return made.link(others.as_dropdown(True).include_vars(False).keep_time(True))


def filled(made: Dashboard, rows: Mapping[str, Iterable[Drawn]]) -> Dashboard:
    """A dashboard with these panels, in rows by their titles; those under "" stand before all rows."""
    for title, panels in rows.items():
        if title:
            made = made.with_row(Row(title))
        for panel in panels:
            made = made.with_panel(panel)
    return made


def _colour(colour: str) -> list[DynamicConfigValue]:
    return [DynamicConfigValue("color", {"mode": "fixed", "fixedColor": colour})]


def _in_grey(text: str) -> SpecialValueMap:
    """Says this in grey where there is no value; without it Grafana takes the colour of the lowest step."""
    said = ValueMappingResult(text=text, color=GREY)
    return SpecialValueMap(DashboardSpecialValueMapOptions(match=SpecialValueMatch.NULL_AND_NAN, result=said))


def _cells(empty: str, steps: Iterable[tuple[float | None, str]], **options: str) -> list[DynamicConfigValue]:
    """Cells coloured from a value on; one without a value says `empty` in grey."""
    return [
        _custom("cellOptions", options),
        DynamicConfigValue("thresholds", {"mode": "absolute", "steps": [{"value": v, "color": c} for v, c in steps]}),
        DynamicConfigValue("color", {"mode": "thresholds"}),
        DynamicConfigValue("mappings", [_in_grey(empty)]),
    ]


def _thin() -> list[DynamicConfigValue]:
    return [_custom("lineWidth", 0), _custom("fillOpacity", 20)]


def _custom(name: str, value: Any) -> DynamicConfigValue:
    return DynamicConfigValue(f"custom.{name}", value)
