"""Draws what the panels show, from the queries in the shipped files: `PYTHONPATH=. python …/pictures.py docs/grafana`.

Not Grafana itself: the same series, asked of a Prometheus that scraped invented calls for a minute.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import math
import random
import re
import sys
import tempfile
import textwrap
from datetime import timedelta
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from rounds import SERVICES, TUESDAY, a_call, a_round, filled, watching
from scraping import Loop, Prometheus, prometheus_at, put, showing

from exporters.cli_dashboards import FILES
from prober.attempt import Script
from prober.outcome import Outcome
from storage.embedded import EmbeddedPostgres
from storage.migrations import upgrade
from storage.store import Store

mpl.use("Agg")
GIVEN = {
    "niveau": "national", "zone": "France", "indicateur": "agent_pickup_rate", "service": "mairie",
    "__rate_interval": "20s",
}  # fmt: skip
DAYS = ("", "lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")


def text_of(value: float, unit: str) -> str:
    """A value as the unit has it."""
    return {"percentunit": f"{value:.0%}".replace("%", " %"), "s": f"{value:.1f} s"}.get(unit, f"{value:.4g}")


def draw(axes: Axes, panel: dict[str, Any], prometheus: Prometheus) -> None:
    """One panel."""
    unit = panel["fieldConfig"]["defaults"].get("unit", "short")
    axes.set_title(panel["title"], fontsize=8, loc="left")
    asked = [(t, put(t["expr"], **GIVEN)) for t in panel["targets"]]
    if panel["type"] == "timeseries":
        return course(axes, panel, asked, prometheus)
    axes.axis("off")
    found = [(t, r) for t, expr in asked for r in prometheus.query(expr)]
    if panel["type"] == "table" and found:
        return cells(axes, panel, found)
    if not found:
        axes.text(
            0.5, 0.5, panel["fieldConfig"]["defaults"].get("noValue", "–"), ha="center", color="#9e9e9e", fontsize=14
        )
    elif panel["type"] == "stat":
        only_named = panel["options"].get("textMode") == "name"
        values = ["" if only_named else text_of(float(r["value"][1]), unit) for _, r in found]
        said = [f"{named(t, r, panel)} {value}".strip() for (t, r), value in zip(found, values, strict=True)]
        shown = "\n".join(textwrap.fill(text, 28) for text in said[:4])
        axes.text(0.5, 0.5, shown, ha="center", va="center", fontsize=16 if len(shown) < 10 else 7)
    else:
        axes.axis("on")
        lengths = [float(r["value"][1]) for _, r in found][::-1]
        axes.barh(range(len(lengths)), lengths, color="#8ab8ff")
        for place, (query, series) in enumerate(found[::-1]):
            axes.text(0, place, f" {named(query, series, panel)}", va="center", fontsize=6)
        axes.set_yticks([])
        axes.tick_params(labelsize=6)
    return None


def named(query: dict[str, Any], series: dict[str, Any], panel: dict[str, Any]) -> str:
    """What a series is called."""
    legend = re.sub(r"\{\{(\w+)\}\}", lambda m: series["metric"].get(m[1], ""), query.get("legendFormat") or "")
    called = {o["matcher"]["options"]: o["properties"][0] for o in panel["fieldConfig"].get("overrides", ())}
    own = called.get(legend, {"id": ""})
    return str(own["value"]) if own["id"] == "displayName" else legend


def course(axes: Axes, panel: dict[str, Any], asked: list[tuple[dict[str, Any], str]], prometheus: Prometheus) -> None:
    """Lines, and the band between a line and the one below."""
    lines = {}
    for query, expr in asked:
        for series in prometheus.course(expr, seconds=60):
            lines[named(query, series, panel)] = [
                (float(t), float(v)) for t, v in series["values"] if math.isfinite(float(v))
            ]
    band = [lines.pop(k, None) for k in ("borne haute (95 %)", "borne basse (95 %)")]
    if band[0] and band[1]:
        low = dict(band[1])
        both = [(t, low[t], high) for t, high in band[0] if t in low]
        if both:
            axes.fill_between(*zip(*both, strict=True), color="#8ab8ff", alpha=0.5, label="intervalle à 95 %")
    for name, points in lines.items():
        if points:
            dashed = name == "objectif" or name.startswith("insuffisant")
            colour = {"estimation": "#1f60c4", "objectif": "#c4162a"}.get(name, "#9e9e9e" if dashed else None)
            axes.plot(*zip(*points, strict=True), "--" if dashed else "-", label=name, lw=1.4, color=colour)
    axes.set_xticks([])
    axes.tick_params(labelsize=6)
    if "unit" in panel["fieldConfig"]["defaults"] and panel["fieldConfig"]["defaults"]["unit"] == "percentunit":
        axes.set_ylim(0, 1)
    axes.legend(fontsize=5, loc="lower left", ncols=2)


def cells(axes: Axes, panel: dict[str, Any], found: list[tuple[dict[str, Any], dict[str, Any]]]) -> None:
    """A table; hours across and weekdays down where it is a week."""
    if "groupingToMatrix" in {t["id"] for t in panel["transformations"]}:
        grid = {
            (int(r["metric"]["weekday"]), r["metric"]["hour"]): float(r["value"][1])
            for _, r in found
            if r["value"][1] != "NaN"
        }
        for day in range(1, 8):
            axes.text(-0.1, 7 - day, DAYS[day], fontsize=6, ha="right", va="center")
            for hour in range(8, 19):
                share = grid.get((day, f"{hour:02}"))
                steps = ((0.85, "#37872d"), (0.5, "#e0752d"), (0.0, "#c4162a"))
                colour = "#d8d8d8" if share is None else next(c for least, c in steps if share >= least)
                said = "·" if share is None else f"{share:.0%}"
                axes.add_patch(plt.Rectangle((hour - 8, 6.55 - day), 0.95, 0.9, color=colour))
                axes.text(hour - 7.5, 7 - day, said, fontsize=6, ha="center", va="center")
                axes.text(hour - 7.5, 6.75, f"{hour} h", fontsize=6, ha="center")
        axes.set_xlim(-1.5, 11)
        axes.set_ylim(-0.6, 7.2)
        return
    options = next(t for t in panel["transformations"] if t["id"] == "organize")["options"]
    organised = options["renameByName"]
    order = sorted(organised, key=lambda k: options["indexByName"].get(k, 99))
    shown = [k for k in order if not k.startswith("Value") and not k.endswith(" 1")]
    words = _words(panel)
    refs = sorted({t["refId"] for t, _ in found})
    units = {o["matcher"]["options"]: o["properties"][0]["value"] for o in panel["fieldConfig"]["overrides"]}
    join = panel["transformations"][0]["options"].get("byField", shown[0])
    rows: dict[str, dict[str, str]] = {}
    for query, series in found:
        row = rows.setdefault(series["metric"].get(join, ""), {})
        row.update({k: series["metric"][k] for k in shown if k in series["metric"]})
        column = organised.get(f"Value #{query['refId']}") or organised["Value"]
        row[query["refId"]] = text_of(float(series["value"][1]), units[column])
    heads = [organised[k] for k in shown] + [organised.get(f"Value #{r}") or organised["Value"] for r in refs]
    body = [
        [words.get(row.get(k, ""), row.get(k, "insuffisant"))[:40] for k in (*shown, *refs)]
        for _, row in sorted(rows.items())
    ][:12]
    if body:
        made = axes.table(cellText=body, colLabels=heads, loc="upper center", cellLoc="left")
        made.auto_set_font_size(False)
        made.set_fontsize(6)
        made.auto_set_column_width(range(len(heads)))


def _words(panel: dict[str, Any]) -> dict[str, str]:
    """What values are called."""
    found: dict[str, str] = {}
    for override in panel["fieldConfig"]["overrides"]:
        for p in override["properties"]:
            if p["id"] == "mappings":
                found |= {value: said["text"] for value, said in p["value"][0]["options"].items()}
    return found


def sheet(board: dict[str, Any], prometheus: Prometheus, place: Path) -> None:
    """A dashboard as one picture, its panels where Grafana puts them."""
    panels = [p for p in board["panels"] if p["type"] != "row"]
    deep = max(p["gridPos"].get("y", 0) + p["gridPos"]["h"] for p in panels)
    figure = plt.figure(figsize=(13, deep * 0.3))
    figure.suptitle(board["title"], x=0.02, ha="left", fontsize=12)
    for panel in panels:
        p = panel["gridPos"]
        x, top = p.get("x", 0) / 24, 1 - p.get("y", 0) / deep
        size = (x + 0.022, top * 0.96 - p["h"] / deep * 0.86, p["w"] / 24 - 0.034, p["h"] / deep * 0.66)
        draw(figure.add_axes(size), panel, prometheus)
    figure.savefig(place, dpi=75)


async def a_busy_week(store: Store) -> None:
    """Calls over the hours of a week, of which some are better than others."""
    draw, monday = random.Random(5), TUESDAY.replace(hour=0) + timedelta(days=6)
    for day, hour in itertools.product(range(5), range(8, 18)):
        calls = []
        for n in range(40):
            at = monday + timedelta(days=day, hours=hour - 1, seconds=80 * n)
            answered = draw.random() < 0.95 - 0.5 * (hour in (12, 13)) - 0.2 * (day == 0) - 0.15 * (hour == 9)
            outcome = Outcome.HUMAN if answered else Outcome.BUSY
            calls.append(a_call(list(SERVICES)[n % 4], n, outcome, Script.AGENT, at))
        await asyncio.gather(*(store.save(*call) for call in calls))


def main(out: Path) -> None:
    """Fill, scrape, draw."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder.chmod(0o711)
        server = EmbeddedPostgres(folder / "db", settings={"fsync": "off"}, public=folder / "public")
        url = server.start()
        stack.callback(server.stop)
        upgrade(url)
        loop, store = stack.enter_context(Loop()), Store(url)
        loop(filled(store))
        watch = watching(store, folder / "spool")
        loop(watch.refresh(budget_s=math.inf))
        port = stack.enter_context(showing(watch))
        prometheus = stack.enter_context(prometheus_at(folder, [port]))
        for week in range(1, 5):
            prometheus.until("max(decroche:area_kpi_n) > bool 0", 1)
            loop(a_round(store, at=TUESDAY + timedelta(days=3 * week, hours=week), rounds=1 + week % 2))
            if week == 3:
                loop(a_busy_week(store))
            loop(watch.refresh(budget_s=math.inf))
            n = sum(c.count for c in watch.snapshot.counters.counts if c.name == "attempts")
            prometheus.until("sum(max by (service, script, outcome) (decroche_attempts_total))", n)
        for file in sorted((FILES / "dashboards").glob("*.json")):
            sheet(json.loads(file.read_text(encoding="utf-8")), prometheus, out / f"{file.stem}.png")
        loop(store.close())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
