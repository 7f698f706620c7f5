"""What a person at a terminal sees of a campaign: live progress, then a table per service (rich)."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from types import TracebackType

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from prober.attempt import Purpose
from prober.record import CallRecord
from prober.verdict import Verdict

COLOURS = {"reached": "green", "service": "yellow", "network": "cyan", "own": "magenta", "undecided": "white"}


class Progress:
    """Calls in flight, done, outcome counts and time left; plain lines where there is no terminal."""

    def __init__(self, *, total: int, seats: int, console: Console | None = None) -> None:
        self.total, self.seats = total, seats
        self.console = console or Console(stderr=True)
        self.in_flight: dict[str, str] = {}
        self.outcomes: Counter[tuple[str, str]] = Counter()
        self._began_s = time.monotonic()
        self._live = Live(get_renderable=self.render, console=self.console, refresh_per_second=4)
        self._said = 0

    def __enter__(self) -> Progress:
        if self.console.is_terminal:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.console.is_terminal:
            self._live.stop()

    def started(self, attempt_id: str, service: str) -> None:
        """A call left for `service`."""
        self.in_flight[attempt_id] = service

    def judged(self, record: CallRecord, verdict: Verdict) -> None:
        """A call is over and judged; checks are not counted."""
        if record.attempt.purpose is not Purpose.MEASURE:
            return
        self.in_flight.pop(record.attempt.id, None)
        self.outcomes[(verdict.outcome.value, verdict.outcome.who.value)] += 1
        done = self.outcomes.total()
        if not self.console.is_terminal and (done - self._said >= 10 or done == self.total):
            self._said = done
            self.console.print(f"{done}/{self.total} calls done, {len(self.in_flight)} in flight, {self._left()} left")

    def render(self) -> RenderableType:
        """The picture of this instant."""
        done = self.outcomes.total()
        head = Text.assemble(
            ("calls ", "bold"),
            f"{done}/{self.total}   ",
            ("in flight ", "bold"),
            f"{len(self.in_flight)}/{self.seats}   ",
            ("left ", "bold"),
            self._left(),
        )
        counts = Text()
        for (outcome, who), n in sorted(self.outcomes.items(), key=lambda x: -x[1]):
            counts.append(f"{outcome} {n}   ", style=COLOURS.get(who, ""))
        calling = Text("calling: " + ", ".join(sorted(set(self.in_flight.values()))), style="dim", overflow="ellipsis")
        return Group(head, ProgressBar(total=max(self.total, 1), completed=done, width=60), counts, calling)

    def _left(self) -> str:
        """Time left, from the mean length of the calls so far and the seats."""
        done = self.outcomes.total()
        if not done:
            return "…"
        pace_s = (time.monotonic() - self._began_s) / done
        left_s = round(pace_s * max(self.total - done, 0))
        return f"{left_s // 60}:{left_s % 60:02d}"


def show_rows(rows: Iterable[Mapping[str, str]], names: Mapping[str, str]) -> None:
    """Print the table per service."""
    Console().print(service_table(rows, names))


def percent(x: int, n: int) -> str:
    """“x of n” and, from n = 10 on, the share without decimals (measure.md §4.9)."""
    if n == 0:
        return "–"
    return f"{x}/{n}" if n < 10 else f"{x}/{n} ({round(100 * x / n)} %)"


def service_table(rows: Iterable[Mapping[str, str]], names: Mapping[str, str]) -> Table:
    """One line a service: calls, humans, median time to human, what else was met."""
    table = Table(title="What was measured, service by service", header_style="bold")
    for column in ("service", "number", "calls", "counted", "human", "median wait", "other outcomes"):
        table.add_column(column, justify="right" if column in ("calls", "counted", "human", "median wait") else "left")
    by_service: dict[str, list[Mapping[str, str]]] = {}
    for row in rows:
        by_service.setdefault(row["service"], []).append(row)
    for service, calls in sorted(by_service.items()):
        counted = [c for c in calls if c["who"] not in ("own", "network")]
        waits = sorted(float(c["t_human"]) for c in counted if c["outcome"] == "human" and c["t_human"])
        others = Counter(c["outcome"] for c in calls if c["outcome"] != "human")
        table.add_row(
            names.get(service, service),
            calls[0]["number"],
            str(len(calls)),
            str(len(counted)),
            percent(len(waits), len(counted)),
            f"{_median(waits):.1f} s" if waits else "–",
            ", ".join(f"{outcome} {n}" for outcome, n in others.most_common()),
        )
    return table


def _median(values: Sequence[float]) -> float:
    middle = len(values) // 2
    return values[middle] if len(values) % 2 else (values[middle - 1] + values[middle]) / 2
