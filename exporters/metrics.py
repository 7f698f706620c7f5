"""Prometheus metrics, rendered from a snapshot that is refreshed apart: a scrape never works (measure.md §5.9).

Counters count first verdicts from an append-only tally, so that they never fall; corrected figures are gauges.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from exporters.area_hours import AreaHour
from exporters.exposition import MonthPage, escaped, head, shortened
from exporters.month_figures import ServiceFigures
from prober.outcome import Outcome
from prober.phase import LAST, Phase
from storage.counting import Counted, Counters

ATTEMPTS = "decroche_attempts_total"
ATTEMPTS_HELP = (
    "Attempts by their first verdict, all outcomes, failures of the probe included; later verdicts do not move it."
)
COUNTS: Mapping[str, tuple[str, str, tuple[str, ...]]] = {
    "waits": (
        "decroche_waits",
        "Waits in a queue by how they ended: a human, the service, or our patience (censored). Calls that our side or "
        "the network spoilt are not in it.",
        ("script", "number_class", "ending"),
    ),
    "responses": (
        "decroche_sip_responses",
        "Final SIP responses to our INVITEs, of all calls (references and calls by hand too), with the Q.850 cause "
        "where one came. A call without a final response is not in it.",
        ("trunk", "code", "q850"),
    ),
    "checks": (
        "decroche_checks",
        "Calls that are not attempts: references, confirmations, calls by hand. No other outcome counts them.",
        ("purpose", "outcome"),
    ),
    "caller_ids": (
        "decroche_caller_id_calls",
        "Calls by the number shown, and whether they failed in one of the ways a screened number fails.",
        ("caller_id", "failed"),
    ),
    "prompts_changed": (
        "decroche_prompts_changed",
        "Attempts held back for review because the prompts of the service are not those that were learnt.",
        ("service",),
    ),
}
HISTOGRAMS: Mapping[str, tuple[str, str]] = {
    "post_dial_delay": (
        "decroche_post_dial_delay_seconds",
        "INVITE to the first sign of the called side. Attempts without such a sign are not in it.",
    ),
    "time_to_answer": (
        "decroche_time_to_answer_seconds",
        "INVITE to the SIP answer, by whoever or whatever answered. Attempts that nothing answered are not in it.",
    ),
    "time_to_human": (
        "decroche_time_to_human_seconds",
        "INVITE to the first word of a human. Reached calls only: waits without a human are in decroche_waits_total.",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TrunkState:
    """A trunk: registered (None: it does not register) and its last reference call."""

    name: str
    registered: bool | None = None
    reference_ok: bool | None = None
    reference_at_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who a service is, for people and for roll-ups; "" is not known."""

    service: str
    name: str
    organisation: str = ""
    ministry: str = ""
    department: str = ""
    report: str = ""
    """File of its monthly report."""
    number_classes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """Everything a scrape shows. `taken_at_s` is Unix time, 0 before the store was ever read; `month` YYYY-MM."""

    taken_at_s: float
    month: str = ""
    version: str = ""
    rules_version: str = ""
    counters: Counters = field(default_factory=Counters)
    services: Mapping[str, ServiceFigures] = field(default_factory=dict)
    closed: Mapping[str, ServiceFigures] = field(default_factory=dict)
    """The last whole month, of the services whose month is closed."""
    services_behind: int = 0
    area_hours: tuple[AreaHour, ...] = ()
    identities: tuple[Identity, ...] = ()
    trunks: tuple[TrunkState, ...] = ()
    seats_total: int = 0
    seats_free: int = 0
    calls_in_flight: Mapping[str, int] = field(default_factory=dict)
    """By phase."""
    engines_restarted: int = 0
    ear_lag_s: float = 0.0
    attempts_waiting: Mapping[str, int] = field(default_factory=dict)
    """By status: planned, queued, dialling."""
    overdue: int = 0
    overdue_s: float = 0.0
    spool_records: int = 0
    spool_oldest_s: float = 0.0
    spool_refused: int = 0
    store_up: bool = True


class Page:
    """Renders snapshots; keeps the text of services whose figures did not change."""

    def __init__(self) -> None:
        self._month = MonthPage()

    def parts(self, snapshot: Snapshot) -> Iterator[str]:
        """The text of a scrape (exposition format 0.0.4), a piece at a time."""
        registry = CollectorRegistry(auto_describe=False)
        registry.register(_Collector(snapshot))
        yield generate_latest(registry).decode()
        yield from _attempts(snapshot.counters)
        yield from _identities(snapshot.identities)
        yield from self._month.text(snapshot.services, snapshot.closed)

    def render(self, snapshot: Snapshot) -> bytes:
        """The text of a scrape."""
        return "".join(self.parts(snapshot)).encode("utf-8", "replace")


def render(snapshot: Snapshot) -> bytes:
    """The text of one scrape."""
    return Page().render(snapshot)


class _Collector(Collector):
    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot

    def collect(self) -> Iterator[Metric]:
        """The families of this snapshot that do not grow with the number of services."""
        s = self.snapshot
        yield InfoMetricFamily(
            "decroche_build", "Versions in use.", value={"version": s.version, "rules_version": s.rules_version}
        )
        yield InfoMetricFamily("decroche_month", "The month of the figures to date.", value={"month": s.month})
        yield from _counts(s.counters)
        yield from _voice(s.counters)
        outcomes = InfoMetricFamily(
            "decroche_outcome",
            "Who answers for an outcome, and whether it counts for the service.",
            labels=("outcome",),
        )
        for outcome in Outcome:
            counted = str(outcome.in_service_denominator).lower()
            outcomes.add_metric((outcome.value,), {"who": outcome.who.value, "counted": counted})
        yield outcomes
        yield from _histograms(s.counters)
        yield from _trunks(s.trunks)
        yield from _area_hours(s.area_hours)
        yield _by_label("attempts_waiting", "Attempts not over, by status.", "status", s.attempts_waiting)
        phases = {p.value: s.calls_in_flight.get(p.value, 0) for p in Phase if p not in LAST}
        yield _by_label(
            "calls_in_flight", "Calls up now, by what the caller is living.", "state", {**phases, **s.calls_in_flight}
        )
        yield CounterMetricFamily(
            "decroche_engine_restarts", "Engines that died and were replaced.", value=s.engines_restarted
        )
        for name, text, value in (
            ("seats", "Calls that can be up at the same time.", s.seats_total),
            ("seats_free", "Places free now.", s.seats_free),
            ("ear_lag_seconds", "Age of the oldest sound not heard yet.", s.ear_lag_s),
            ("overdue_attempts", "Attempts whose time has come and that nobody dials yet.", s.overdue),
            ("overdue_seconds", "Time since the oldest of them was due.", s.overdue_s),
            ("spool_records", "Records that wait on disk for the database.", s.spool_records),
            ("spool_oldest_seconds", "Age of the oldest of them.", s.spool_oldest_s),
            ("spool_refused", "Records put aside because the database does not take them.", s.spool_refused),
            ("figures_behind", "Services with calls that are not in their figures yet.", s.services_behind),
            ("store_up", "1 if the last refresh of this page reached the database.", float(s.store_up)),
        ):
            yield GaugeMetricFamily(f"decroche_{name}", text, value=value)
        if s.taken_at_s:
            said = "When these figures were taken: time() less this is their age. Absent until there are any."
            yield GaugeMetricFamily("decroche_snapshot_timestamp_seconds", said, value=s.taken_at_s)


def _by_label(name: str, text: str, label: str, values: Mapping[str, int]) -> Metric:
    family = GaugeMetricFamily(f"decroche_{name}", text, labels=(label,))
    for key, n in sorted(values.items()):
        family.add_metric((key,), n)
    return family


def _attempts(counters: Counters) -> Iterator[str]:
    """Lines of the one counter that grows with the services; the number classes of a service are added up."""
    totals: dict[tuple[str, str, str], int] = {}
    for counted in counters.counts:
        if counted.name == "attempts":
            labels = counted.labels
            key = (labels["service"], labels["script"], labels["outcome"])
            totals[key] = totals.get(key, 0) + counted.count
    yield head(ATTEMPTS, ATTEMPTS_HELP, "counter")
    for (service, script, outcome), n in totals.items():
        named = f'outcome="{escaped(outcome)}",script="{escaped(script)}",service="{escaped(service)}"'
        yield f"{ATTEMPTS}{{{named}}} {float(n)!r}\n"


def _identities(identities: tuple[Identity, ...]) -> Iterator[str]:
    yield head("decroche_service_info", "Who a service is; report is the file of its monthly report.")
    for i in identities:
        said = {name: getattr(i, name) for name in ("department", "ministry", "name", "organisation", "report")}
        labels = ",".join(f'{name}="{escaped(value)}"' for name, value in {**said, "service": i.service}.items())
        yield f"decroche_service_info{{{labels}}} 1.0\n"
    yield head("decroche_number_info", "Class of the numbers of a service.")
    for i in identities:
        for k in i.number_classes:
            yield f'decroche_number_info{{number_class="{escaped(k)}",service="{escaped(i.service)}"}} 1.0\n'


def _counts(counters: Counters) -> Iterator[Metric]:
    for name, (metric, text, labels) in COUNTS.items():
        family = CounterMetricFamily(metric, text, labels=labels)
        totals: dict[tuple[str, ...], int] = {}
        for counted in counters.counts:
            if counted.name == name:
                key = tuple(_label(counted, label) for label in labels)
                totals[key] = totals.get(key, 0) + counted.count
        for key, n in sorted(totals.items()):
            family.add_metric(key, n)
        yield family


def _label(counted: Counted, label: str) -> str:
    return shortened(str(counted.labels.get(label) or ""))


def _voice(counters: Counters) -> Iterator[Metric]:
    family = CounterMetricFamily(
        "decroche_voice_seconds",
        "Voice heard, by what the detector took it for; speech is what it could not decide.",
        labels=("sound",),
    )
    for counted in counters.counts:
        if counted.name == "voice":
            family.add_metric((_label(counted, "sound"),), counted.total_s)
    yield family


def _histograms(counters: Counters) -> Iterator[Metric]:
    for name, (metric, text) in HISTOGRAMS.items():
        family = HistogramMetricFamily(metric, text, labels=("script", "number_class"))
        for h in counters.histograms:
            if h.name == name:
                buckets = [("+Inf" if bound == float("inf") else f"{bound:g}", float(n)) for bound, n in h.buckets]
                key = (h.labels.get("script", ""), h.labels.get("number_class", ""))
                family.add_metric(key, buckets, sum_value=h.sum_s)
        yield family


def _area_hours(hours: tuple[AreaHour, ...]) -> Iterator[Metric]:
    labels = ("level", "area", "weekday", "hour")
    made = GaugeMetricFamily(
        "decroche_area_hour_attempts",
        "Patient callers' attempts that count for the services of an area, by weekday (1: Monday) and hour on the "
        "service's clock: month to date, by the verdicts that hold now.",
        labels=labels,
    )
    reached = GaugeMetricFamily(
        "decroche_area_hour_reached", "Those of them in which a human of the service spoke.", labels=labels
    )
    for h in hours:
        key = (h.level, shortened(h.area), str(h.weekday), f"{h.hour:02}")
        made.add_metric(key, h.n)
        reached.add_metric(key, h.reached)
    yield from (made, reached)


def _trunks(trunks: tuple[TrunkState, ...]) -> Iterator[Metric]:
    registered = GaugeMetricFamily("decroche_trunk_registered", "1 while the trunk is registered.", labels=("trunk",))
    ok = GaugeMetricFamily("decroche_reference_call_ok", "1 if our own number answered last time.", labels=("trunk",))
    at = GaugeMetricFamily(
        "decroche_reference_call_timestamp_seconds", "When our own number was last called.", labels=("trunk",)
    )
    for trunk in trunks:
        for family, value in ((registered, trunk.registered), (ok, trunk.reference_ok), (at, trunk.reference_at_s)):
            if value is not None:
                family.add_metric((shortened(trunk.name),), float(value))
    yield from (registered, ok, at)
