"""Recording rules: each service once, and its roll-ups to département, ministry and nation.

A roll-up gives each service the weight of its attempts: p = Σ n p / Σ n. Its bounds are MOVER's (Zou and Donner 2008),
L = p - √Σ(w (p - l))², from the services' own intervals, which carry strata and undecided attempts already.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from exporters.area_hours import NATION
from exporters.grafana.queries import RATES, attempts, increase, one

Rule = dict[str, Any]
LEVELS = ("national", "ministry", "department", "ministry_department")
BETWEEN = " · "
"""Between a ministry and a département of it, which is an area of its own."""
KPIS = f'{{kpi=~"{"|".join(RATES)}"}}'


def recording() -> list[Rule]:
    """The groups of a rules file."""
    return [
        {"name": "decroche-services", "rules": list(_services())},
        {"name": "decroche-areas", "rules": [r for level in LEVELS for r in _areas(level)]},
        {"name": "decroche-day", "rules": list(_day())},
    ]


def _services() -> Iterator[Rule]:
    info = one("decroche_service_info", "service", "name", "organisation", "ministry", "department", "report")
    # A renamed service has two names while two programs refresh one after the other: one of them is taken.
    yield {"record": "decroche:service_info", "expr": f"topk by (service) (1, {info})"}
    for part in ("estimate", "lower", "upper", "n"):
        yield {"record": f"decroche:kpi_{part}", "expr": one(f"decroche_kpi_{part}{KPIS}", "service", "kpi")}
    yield {
        "record": "decroche:area_member",
        "labels": {"level": "national"},
        "expr": f'label_replace(max by (service) (decroche:service_info), "area", "{NATION}", "", "")',
    }
    for level in LEVELS[1:]:
        parts = level.split("_")
        present = ", ".join(f'{part}!=""' for part in parts)
        of = ", ".join(f'"{part}"' for part in parts)
        named = f'label_join(decroche:service_info{{{present}}}, "area", "{BETWEEN}", {of})'
        yield {
            "record": "decroche:area_member",
            "labels": {"level": level},
            "expr": f"max by (service, area) ({named})",
        }


def _areas(level: str) -> Iterator[Rule]:
    member = f'on (service) group_left (area) decroche:area_member{{level="{level}"}}'
    here = f'{{level="{level}"}}'

    def summed(each: str, *by: str) -> str:
        return f"sum by ({', '.join((*by, 'area'))}) (({each}) * {member})"

    def rule(record: str, expr: str) -> Rule:
        return {"record": record, "labels": {"level": level}, "expr": expr}

    def rolled(name: str, by: str, figures: tuple[str, str, str], times: str, over: str) -> Iterator[Rule]:
        """Estimate and bounds over `by`; `times`: by the attempts of a service, `over`: by those of the area."""
        middle, lower, upper = figures
        yield rule(f"{name}_estimate", f"{summed(f'{middle} {times}', by)} {over}")
        for part, bound, end in (("lower", lower, "clamp_min(%s - %s, 0)"), ("upper", upper, "clamp_max(%s + %s, 1)")):
            away = f"on ({by}, area) sqrt({summed(f'(({middle} - {bound}) {times}) ^ 2', by)}) {over}"
            yield rule(f"{name}_{part}", end % (f"{name}_estimate{here}", away))

    yield rule("decroche:area_kpi_n", summed("decroche:kpi_n and decroche:kpi_estimate", "kpi"))
    yield from rolled(
        "decroche:area_kpi",
        "kpi",
        ("decroche:kpi_estimate", "decroche:kpi_lower", "decroche:kpi_upper"),
        "* on (service, kpi) decroche:kpi_n",
        f"/ on (kpi, area) decroche:area_kpi_n{here}",
    )
    callers = one('decroche_kpi_n{kpi="time_to_human_seconds"}', "service")
    yield rule("decroche:area_callers", summed(callers))
    yield from rolled(
        "decroche:area_within",
        "within_seconds",
        tuple(
            one(f"decroche_human_within{part}_ratio", "service", "within_seconds") for part in ("", "_lower", "_upper")
        ),  # type: ignore[arg-type]
        f"* on (service) group_left () {callers}",
        f"/ on (area) group_left () decroche:area_callers{here}",
    )


def _day() -> Iterator[Rule]:
    who = one("decroche_outcome_info", "outcome", "who")
    yield {"record": "decroche:attempts:increase1d", "expr": f"sum by (outcome) ({attempts('1d')})"}
    yield {
        "record": "decroche:attempts_by_who:increase1d",
        "expr": f"sum by (who) (decroche:attempts:increase1d * on (outcome) group_left (who) {who})",
    }
    for name, part in (
        ("own", 'decroche:attempts_by_who:increase1d{who="own"}'),
        ("network", 'decroche:attempts_by_who:increase1d{who="network"}'),
        ("caller_blocked", 'decroche:attempts:increase1d{outcome="caller_blocked"}'),
    ):
        whole = "(sum(decroche:attempts:increase1d) > 0)"
        yield {"record": f"decroche:{name}_share:1d", "expr": f"(sum({part}) or vector(0)) / {whole}"}
    heard = increase("decroche_voice_seconds_total", "1d", "sound")
    yield {"record": "decroche:voice:increase1d", "expr": heard}
    yield {
        "record": "decroche:detector_uncertain_share:1d",
        "expr": '(sum(decroche:voice:increase1d{sound="speech"}) or vector(0)) / (sum(decroche:voice:increase1d) > 0)',
    }
