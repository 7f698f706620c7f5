"""Every query of every panel, variable and rule, by a real Prometheus over a real store: shape and value."""

from __future__ import annotations

import contextlib
import math
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from known import Known, known, rolled
from rounds import INTERIOR, SERVICES, a_round, filled, watching
from scraping import Loop, Prometheus, prometheus_at, put, queries, seen, showing

from exporters.estimates import Rate
from prober.outcome import Outcome
from storage.store import Store

pytestmark = [pytest.mark.needs("prometheus"), pytest.mark.timeout(300)]
BOARDS = ("exploitation", "qualite", "service")
PLACES = (
    ("national", "France"),
    ("ministry", "Solidarités"),
    ("ministry", INTERIOR),
    ("department", "13 Bouches-du-Rhône"),
    ("department", "48 Lozère"),
    ("ministry_department", f"{INTERIOR} · 13 Bouches-du-Rhône"),
)


Running = tuple[Prometheus, Known, Known]


@pytest.fixture(scope="module")
def running(module_database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Prometheus over two programs on one store, and what the store said before and after a second round of calls."""
    folder = tmp_path_factory.mktemp("prometheus")
    with Loop() as loop:
        store = Store(module_database)
        loop(filled(store))
        watches = [watching(store, folder / "spool") for _ in range(2)]

        def refresh() -> None:
            for watch in watches:
                loop(watch.refresh(budget_s=math.inf))

        refresh()
        with contextlib.ExitStack() as stack:
            ports = [stack.enter_context(showing(watch)) for watch in watches]
            prometheus = stack.enter_context(prometheus_at(folder, ports))
            prometheus.until("count(decroche:attempts_by_who:increase1d)", 5)
            before = loop(known(store))
            loop(a_round(store))
            refresh()
            after = loop(known(store))
            n = sum(f[3] for s in SERVICES if (f := after.figures(s, "agent_pickup_rate")))
            prometheus.until('sum(decroche:area_kpi_n{level="national", kpi="agent_pickup_rate"})', n)
            # Another round of the rules, for what is made of that.
            stamp = float(prometheus.query("scalar(vector(time()))")[0]["value"][1])
            prometheus.until(f"min(timestamp(decroche:area_within_upper)) > bool {stamp + 3}", 1)
            yield prometheus, before, after
        loop(store.close())


@pytest.mark.parametrize("board", BOARDS)
def test_every_query_of_a_panel_gives_the_series_that_the_panel_draws(
    running: Any, files: Callable[[str], Any], board: str
) -> None:
    prometheus = running[0]
    for panel, query in queries(files, board):
        asked = [
            put(query["expr"], niveau=level, zone=area, service=service)
            for (level, area), service in zip(PLACES, (*SERVICES, "caf", "caf"), strict=True)
        ]
        found = prometheus.answers(prometheus.query if query.get("instant") else prometheus.course, asked)
        where = f"{board}: {panel['title']} {query['refId']}"
        assert found, where
        named = set(re.findall(r"\{\{(\w+)\}\}", query.get("legendFormat") or ""))
        assert all(named <= set(series["metric"]) for series in found), where
        if panel["type"] == "table" and panel["transformations"][0]["id"] == "joinByField":
            key = panel["transformations"][0]["options"]["byField"]
            assert all(key in series["metric"] for series in found), where
        if panel["type"] in ("stat", "gauge") and not named:
            assert len(found) <= len(PLACES), where


def test_every_variable_gives_values(running: Any, files: Callable[[str], Any]) -> None:
    prometheus, asked = running[0], 0
    for board in BOARDS:
        for variable in files(f"dashboards/{board}.json")["templating"]["list"]:
            if variable["type"] != "query":
                continue
            asked += 1
            text = put(variable["query"]["query"], niveau="department", service="mairie")
            if text.startswith("query_result("):
                rows = prometheus.query(text.removeprefix("query_result(").removesuffix(")"))
                pattern = variable["regex"].strip("/").replace("?<", "?P<")
                lines = [
                    '{__name__="x",' + ",".join(f"{k}={quoted(v)}" for k, v in sorted(r["metric"].items()))
                    for r in rows
                ]
                matches = [re.search(pattern, line) for line in lines]
                values = {m["value"] for m in matches if m}
                assert len(matches) == len(rows)
            else:
                selector, label = re.fullmatch(r"label_values\((.+), (\w+)\)", text).groups()  # type: ignore[union-attr]
                values = set(prometheus.get(f"label/{label}/values", **{"match[]": selector}))
            assert (
                values
                == {
                    "zone": {p.department for p in SERVICES.values()},
                    "service": {"caf", "cpam", "mairie", "petit"},
                    "fichier": {"mairie.html"},
                }[variable["name"]]
            )
    assert asked == 3


def quoted(value: str) -> str:
    """As Grafana writes a label value."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


@pytest.mark.parametrize("place", PLACES, ids=range(len(PLACES)))
def test_roll_ups_are_what_the_services_estimates_give(
    running: Any, files: Callable[[str], Any], place: tuple[str, str]
) -> None:
    prometheus, _, store = running
    level, area = place
    members = store.members(level, area)
    panels = {(p["title"], t["refId"]): t["expr"] for p, t in queries(files, "qualite")}

    def value(title: str, ref: str) -> list[float]:
        return list(seen(prometheus.query(put(panels[title, ref], niveau=level, zone=area))).values())

    for kpi, title, goal in (
        ("agent_pickup_rate", "Taux de décroché par un agent (vu de l'appelant)", 0.85),
        ("human_reach_rate", "Taux de réponse humaine hors serveur vocal", 0.9),
    ):
        middle, low, high, n = rolled([f for s in members if (f := store.figures(s, kpi))])
        enough = n >= 30
        assert value(title, "C") == ([pytest.approx(middle)] if enough else [])
        assert value(title, "B") == ([pytest.approx(low)] if enough else [])
        assert value(title, "A") == ([pytest.approx(high)] if enough else [])
        assert value(title, "D") == ([] if enough else [pytest.approx(middle)])
        assert value(title, "E") == [goal]
        assert 0 <= low < middle < high <= 1
    middle, _, _, n = rolled([store.figures(s, "agent_pickup_rate") for s in members])
    assert value("Décroché par un agent", "A") == ([pytest.approx(middle)] if n >= 30 else [])
    queued = rolled([store.figures(s, "agent_pickup_rate_queued") for s in members])[0]
    assert value("Perte cachée avant la file", "A") == ([pytest.approx(queued - middle)] if n >= 30 else [])
    for kpi, title in (("dissuasion_rate", "Dissuasion"), ("drop_rate", "Coupures en file")):
        middle, _, _, n = rolled([store.figures(s, kpi) for s in members])
        assert value(title, "A") == ([pytest.approx(middle)] if n >= 30 else [])
    wanted = [rolled([store.within(s, t) for s in members]) for t in ("180", "300", "600")]
    for at, ref in enumerate("ABC"):
        assert value("… avec leur intervalle", ref) == (
            [pytest.approx(w[at]) for w in wanted] if wanted[0][3] >= 30 else []
        )
    judged = [store.closed[s].kpis["agent_pickup_rate"].verdict for s in members]
    given = [v for v in judged if v != "insufficient"]
    assert sum(value("Verdicts du dernier mois fini", "A")) == len(given)
    assert value("… dont faux par hasard, au plus", "A") == ([pytest.approx(0.025 * len(given))] if given else [])


def test_the_tables_of_the_quality_board_hold_the_stores_figures(running: Any, files: Callable[[str], Any]) -> None:
    prometheus, _, store = running
    panels = {(p["title"], t["refId"]): t["expr"] for p, t in queries(files, "qualite")}

    def by(title: str, ref: str, label: str) -> dict[str, float]:
        rows = seen(prometheus.query(put(panels[title, ref], niveau=chosen[0], zone=chosen[1])))
        return {dict(key)[label]: value for key, value in rows.items()}

    chosen = "ministry", INTERIOR
    for title, level in (
        ("Ministères", "ministry"),
        ("Départements", "department"),
        ("Départements du ministère choisi", "ministry_department"),
    ):
        areas = {p.areas[level] for p in SERVICES.values() if level in p.areas}
        if level == "ministry_department":
            areas = {a for a in areas if a.startswith(INTERIOR)}
            assert len(areas) == 1
        rows = {a: rolled([store.figures(s, "agent_pickup_rate") for s in store.members(level, a)]) for a in areas}
        assert by(title, "A", "area") == {a: row[3] for a, row in rows.items()}
        assert by(title, "B", "area") == {a: pytest.approx(row[0]) for a, row in rows.items() if row[3] >= 30}
        assert by(title, "C", "area") == {a: pytest.approx(row[1]) for a, row in rows.items() if row[3] >= 30}
        assert by(title, "D", "area") == {a: pytest.approx(row[2]) for a, row in rows.items() if row[3] >= 30}
    chosen = "department", "13 Bouches-du-Rhône"
    for ref, at in (("A", 3), ("B", 0), ("C", 1), ("D", 2)):
        assert by("Services de la zone", ref, "service") == {
            s: pytest.approx(store.figures(s, "agent_pickup_rate")[at]) for s in ("cpam", "mairie")
        }


@pytest.mark.parametrize("place", PLACES, ids=range(len(PLACES)))
def test_the_hours_of_an_area_are_those_of_its_services(
    running: Any, files: Callable[[str], Any], place: tuple[str, str]
) -> None:
    prometheus, _, store = running
    (expr,) = (t["expr"] for p, t in queries(files, "qualite") if "par heure" in p["title"])
    cells: dict[tuple[str, str], list[int]] = {}
    for service in store.members(*place):
        for weekday, hour, n, reached in store.week[service]:
            cell = cells.setdefault((f"{hour:02}", str(weekday)), [0, 0])
            cell[0] += n
            cell[1] += reached
    shown = seen(prometheus.query(put(expr, niveau=place[0], zone=place[1])))
    wanted = {cell: reached / n if n >= 30 else math.nan for cell, (n, reached) in cells.items()}
    assert any(math.isnan(share) for share in wanted.values())
    drawn = {tuple(v for _, v in key): value for key, value in shown.items()}
    assert drawn == ({} if place[0] == "ministry_department" else pytest.approx(wanted, nan_ok=True))


@pytest.mark.parametrize("service", ["caf", "mairie", "petit"])
def test_a_services_board_holds_the_stores_figures(running: Any, files: Callable[[str], Any], service: str) -> None:
    prometheus, _, store = running
    panels = {(p["title"], t["refId"]): t["expr"] for p, t in queries(files, "service")}

    def value(title: str, ref: str = "A") -> list[float]:
        return sorted(seen(prometheus.query(put(panels[title, ref], service=service))).values())

    for title, kpi in (
        ("Taux de décroché par un agent (vu de l'appelant)", "agent_pickup_rate"),
        ("Taux de réponse humaine hors serveur vocal", "human_reach_rate"),
        ("Taux de dissuasion", "dissuasion_rate"),
        ("Délai médian avant un agent", "time_to_human_seconds"),
    ):
        k = store.month[service].kpis[kpi]
        drawn = (k.high, k.low, k.estimate, None) if k.denominator >= 30 else (None, None, None, k.estimate)
        # What is not known, like a median that fewer than half reach, is absent.
        assert [value(title, ref) for ref in "ABCD"] == [[] if v is None else [v] for v in drawn]
    shown = {k: v for k, v in store.month[service].kpis.items() if isinstance(v, Rate) and v.denominator}
    assert value("Tous les taux du mois", "A") == sorted(v.denominator for v in shown.values())
    large = [v for v in shown.values() if v.denominator >= 30]
    for ref, name in (("B", "estimate"), ("C", "low"), ("D", "high")):
        assert value("Tous les taux du mois", ref) == sorted(getattr(v, name) for v in large)
    points = sorted(store.within(service, t) for t in ("180", "300", "600"))
    for ref, at in (("A", 0), ("B", 1), ("C", 2)):
        wanted = sorted(p[at] for p in points) if points[0][3] >= 30 else []
        assert value("Un agent en 3, 5 et 10 minutes", ref) == wanted
    given = [v for v in (k.verdict for k in store.closed[service].kpis.values() if isinstance(k, Rate)) if v]
    assert value("Verdict du dernier mois fini") == [1.0] * sum(v != "insufficient" for v in given)
    alarm = store.collapse[service]
    assert value("Alarme d'effondrement") == ([] if alarm is None else [pytest.approx(alarm)])
    assert value("Issues depuis l'origine") == sorted(store.total("attempts", "outcome", service=service).values())
    assert value("Qui est ce service") == [1.0]


RISES = {
    "Appels par responsable de l'issue": "attempts",
    "Issues des dernières 24 heures": "attempts",
    "Attentes en file : comment elles finissent": "waits",
    "Réponses SIP finales par ligne": "responses",
    "Voix entendue": "voice",
}


def test_the_board_of_operations_holds_the_stores_counts_and_what_the_programs_know(
    running: Any, files: Callable[[str], Any]
) -> None:
    prometheus, before, store = running
    panels: dict[str, dict[str, str]] = {}
    for p, t in queries(files, "exploitation"):
        panels.setdefault(p["title"], {})[t["refId"]] = t["expr"]

    def total(title: str) -> float:
        return sum(sum(seen(prometheus.query(put(expr))).values()) for expr in panels[title].values())

    def value(title: str, ref: str = "A") -> dict[tuple[str, ...], float]:
        return {tuple(v for _, v in k): x for k, x in seen(prometheus.query(put(panels[title][ref]))).items()}

    for title, name in RISES.items():
        rose = sum(store.total(name).values()) - sum(before.total(name).values())
        # increase() reaches a scrape or two beyond what it saw.
        assert rose * 0.99 <= total(title) <= rose * 1.35, title
    shares = {
        "Échecs de notre côté (24 h)": (Outcome.OWN_FAILURE, Outcome.CALLER_BLOCKED),
        "Numéro refusé (24 h)": (Outcome.CALLER_BLOCKED,),
        "Échecs réseau (24 h)": (Outcome.NETWORK_FAILURE,),
    }
    rose = {k[0][1]: n - before.total("attempts", "outcome")[k] for k, n in store.total("attempts", "outcome").items()}
    for title, outcomes in shares.items():
        wanted = sum(rose[o] for o in outcomes) / sum(rose.values())
        assert value(title) == {(): pytest.approx(wanted, rel=0.05)}, title
    assert value("Voix indécise (24 h)") == {(): pytest.approx(0.25, rel=0.01)}
    assert value("Appels en cours") == {(): 2.0}
    assert value("Appels en cours par état")["queue",] == 2.0
    assert value("Places libres") == value("Places", "B") == {(): 6.0}
    assert value("Places") == {(): 2.0}
    for ref, title in zip("ACB", shares, strict=True):
        assert value("Échecs par côté (24 h glissantes)", ref) == value(title)
    assert value("Appels à venir et dus") == {("planned",): 1.0}
    assert value("Appels à venir et dus", "B") == {(): 1.0}
    assert 0 < value("Retard du plan")[()] < 300
    assert 0 <= value("Âge des chiffres")[()] < 300
    for title in (
        "Enregistrements en attente",
        "Services dont les chiffres attendent",
        "Moteurs remplacés (24 h)",
        "Disque",
    ):
        assert value(title) == {(): 0.0}, title
    assert value("Disque", "B") == {(): 0.0}
    assert value("Retard de l'oreille") == {(): 0.02}
    assert value("Appels de référence") == value("Enregistrement des lignes") == {("t",): 1.0}
    assert value("Codes et causes depuis l'origine") == {("200", "16", "t"): sum(store.total("responses").values())}
    retained = {s: n for ((_, s),), n in store.total("prompts_changed", "service").items()}
    assert {key[1]: n for key, n in value("Annonces changées").items()} == retained
    near = {s: a for s, a in store.collapse.items() if a is not None and a >= 0.5}
    shown = {key[1]: n for key, n in value("Services proches d'une alarme d'effondrement").items()}
    assert shown == pytest.approx(near) and near
    for ref, (least, most) in {"A": (0.2, 0.5), "C": (1, 2), "E": (60, 300)}.items():
        assert least <= value("Délais : médiane et neuvième décile", ref)[()] <= most


def test_every_rule_gives_what_it_recorded_and_alerts_ring_only_for_what_is_there(
    running: Any, files: Callable[[str], Any]
) -> None:
    prometheus = running[0]
    for group in files("rules/decroche_recording.yaml")["groups"]:
        for rule in group["rules"]:
            told = seen(prometheus.query(rule["expr"]))
            assert told, rule
            labels = ",".join(f'{k}="{v}"' for k, v in rule.get("labels", {}).items())
            kept = seen(prometheus.query(f"{rule['record']}{{{labels}}}"))
            assert len(kept) == len(told), rule
    ringing = {
        rule["alert"]
        for group in files("rules/decroche_alerting.yaml")["groups"]
        for rule in group["rules"]
        if prometheus.query(rule["expr"])
    }
    assert ringing == {
        "DecrocheNumeroBloque",
        "DecrocheMenuChange",
        "DecrocheServiceEffondre",
        "DecrochePartPropreElevee",
    }
    for of, by, most in (
        ("kpi_.+|service_info|area_member", "service", 29),
        ("area_kpi_.+|area_within_.+|area_callers", "level, area", 34),
    ):
        recorded = seen(prometheus.query(f'count by ({by}) ({{__name__=~"decroche:({of})"}})'))
        assert max(recorded.values()) == most  # docs/grafana.md
    groups = prometheus.get("rules")["groups"]
    assert {r["health"] for g in groups for r in g["rules"]} == {"ok"}
    assert len([r for g in groups for r in g["rules"]]) > 45
