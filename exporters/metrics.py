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

from prober.outcome import Outcome
from storage.counting import Counted, Counters

COUNTS: Mapping[str, tuple[str, str, tuple[str, ...]]] = {
    "attempts": (
        "decroche_attempts",
        "Attempts by their first verdict, all outcomes, failures of the probe included.",
        ("service", "script", "outcome"),
    ),
    "waits": (
        "decroche_waits",
        "Waits in a queue by how they ended: a human, the service, or our patience (censored).",
        ("script", "number_class", "ending"),
    ),
    "responses": (
        "decroche_sip_responses",
        "Final SIP responses to our INVITEs, with the Q.850 cause where one came.",
        ("trunk", "code", "q850"),
    ),
    "checks": (
        "decroche_checks",
        "Calls that are not attempts: references, confirmations, calls by hand.",
        ("purpose", "outcome"),
    ),
}
HISTOGRAMS: Mapping[str, tuple[str, str]] = {
    "post_dial_delay": ("decroche_post_dial_delay_seconds", "INVITE to the first sign of the called side."),
    "time_to_answer": ("decroche_time_to_answer_seconds", "INVITE to the SIP answer, by whoever or whatever answered."),
    "time_to_human": (
        "decroche_time_to_human_seconds",
        "INVITE to the first word of a human. Reached calls only: waits without a human are in decroche_waits_total.",
    ),
}
KPI_GAUGES = (
    ("estimate", "Estimate of a KPI for the month to date, by the verdicts that hold now: a share 0 to 1, or seconds."),
    ("lower", "Lower bound of its 95 % interval."),
    ("upper", "Upper bound of its 95 % interval."),
    ("n", "Attempts in its denominator."),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class KpiFigure:
    """A month-to-date figure of one service; figures that do not exist are left out, never 0."""

    service: str
    kpi: str
    estimate: float | None
    lower: float | None
    upper: float | None
    n: int
    verdict: str | None = None
    """Only when a verdict may be given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrunkState:
    """A trunk: registered (None: it does not register) and its last reference call."""

    name: str
    registered: bool | None = None
    reference_ok: bool | None = None
    reference_at_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """Everything a scrape shows. `taken_at_s` is Unix time."""

    taken_at_s: float
    version: str = ""
    rules_version: str = ""
    counters: Counters = field(default_factory=Counters)
    figures: tuple[KpiFigure, ...] = ()
    number_classes: tuple[tuple[str, str], ...] = ()
    """(service, number class)."""
    trunks: tuple[TrunkState, ...] = ()
    seats_total: int = 0
    seats_free: int = 0
    calls_in_flight: int = 0
    engines_restarted: int = 0
    ear_lag_s: float = 0.0
    attempts_waiting: Mapping[str, int] = field(default_factory=dict)
    """By status: planned, queued, dialling."""
    spool_records: int = 0
    spool_oldest_s: float = 0.0
    store_up: bool = True


class _Collector(Collector):
    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot

    def collect(self) -> Iterator[Metric]:
        """The families of this snapshot."""
        s = self.snapshot
        yield InfoMetricFamily(
            "decroche_build", "Versions in use.", value={"version": s.version, "rules_version": s.rules_version}
        )
        yield from _counts(s.counters)
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
        yield from _kpis(s.figures)
        classes = InfoMetricFamily("decroche_number", "Class of the numbers of a service.", labels=("service",))
        for service, number_class in s.number_classes:
            classes.add_metric((service,), {"number_class": number_class})
        yield classes
        yield from _trunks(s.trunks)
        waiting = GaugeMetricFamily("decroche_attempts_waiting", "Attempts not over, by status.", labels=("status",))
        for status, n in sorted(s.attempts_waiting.items()):
            waiting.add_metric((status,), n)
        yield waiting
        yield CounterMetricFamily(
            "decroche_engine_restarts", "Engines that died and were replaced.", value=s.engines_restarted
        )
        for name, text, value in (
            ("seats", "Calls that can be up at the same time.", s.seats_total),
            ("seats_free", "Places free now.", s.seats_free),
            ("calls_in_flight", "Calls up now.", s.calls_in_flight),
            ("ear_lag_seconds", "Age of the oldest sound not heard yet.", s.ear_lag_s),
            ("spool_records", "Records that wait on disk for the database.", s.spool_records),
            ("spool_oldest_seconds", "Age of the oldest of them.", s.spool_oldest_s),
            ("store_up", "1 if the last refresh of this page reached the database.", float(s.store_up)),
            ("snapshot_timestamp_seconds", "When these figures were taken.", s.taken_at_s),
        ):
            yield GaugeMetricFamily(f"decroche_{name}", text, value=value)


def render(snapshot: Snapshot) -> bytes:
    """The text of a scrape (exposition format 0.0.4)."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collector(snapshot))
    return generate_latest(registry)


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
    return str(counted.labels.get(label) or "")


def _histograms(counters: Counters) -> Iterator[Metric]:
    for name, (metric, text) in HISTOGRAMS.items():
        family = HistogramMetricFamily(metric, text, labels=("script", "number_class"))
        for h in counters.histograms:
            if h.name == name:
                buckets = [("+Inf" if bound == float("inf") else f"{bound:g}", float(n)) for bound, n in h.buckets]
                key = (h.labels.get("script", ""), h.labels.get("number_class", ""))
                family.add_metric(key, buckets, sum_value=h.sum_s)
        yield family


def _kpis(figures: tuple[KpiFigure, ...]) -> Iterator[Metric]:
    for part, text in KPI_GAUGES:
        family = GaugeMetricFamily(f"decroche_kpi_{part}", text, labels=("service", "kpi"))
        for figure in figures:
            value = getattr(figure, part)
            if value is not None:
                family.add_metric((figure.service, figure.kpi), value)
        yield family
    verdicts = GaugeMetricFamily(
        "decroche_kpi_verdict",
        "1 for the verdict that holds; absent while none may be given.",
        labels=("service", "kpi", "verdict"),
    )
    for figure in figures:
        if figure.verdict is not None:
            verdicts.add_metric((figure.service, figure.kpi, figure.verdict), 1)
    yield verdicts


def _trunks(trunks: tuple[TrunkState, ...]) -> Iterator[Metric]:
    registered = GaugeMetricFamily("decroche_trunk_registered", "1 while the trunk is registered.", labels=("trunk",))
    ok = GaugeMetricFamily("decroche_reference_call_ok", "1 if our own number answered last time.", labels=("trunk",))
    at = GaugeMetricFamily(
        "decroche_reference_call_timestamp_seconds", "When our own number was last called.", labels=("trunk",)
    )
    for trunk in trunks:
        for family, value in ((registered, trunk.registered), (ok, trunk.reference_ok), (at, trunk.reference_at_s)):
            if value is not None:
                family.add_metric((trunk.name,), float(value))
    yield from (registered, ok, at)
