"""A month's plan at a terminal: a calendar of calls a day, the services, the expected load (rich)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from rich.console import Console
from rich.table import Table
from rich.text import Text

from scheduler.load import Load, Pace
from scheduler.openings import days_of

SHADES = " ░▒▓█"
LISTED = 40
"""Services shown at a terminal; thousands would push the load out of sight."""
WEEK = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def calendar(month: date, calls: Mapping[date, int]) -> Table:
    """One row a week; each day with its number of calls and a bar that darkens with it."""
    table = Table(title=f"{month:%B %Y}: calls a day", box=None, pad_edge=False, header_style="dim")
    for name in WEEK:
        table.add_column(name, justify="right", min_width=8)
    most = max(calls.values(), default=0)
    days = days_of(month)
    first = days[0] - timedelta(days=days[0].weekday())
    for week in range((days[-1] - first).days // 7 + 1):
        row = [first + timedelta(days=7 * week + n) for n in range(7)]
        table.add_row(*(_day(day, calls.get(day, 0), most) if day in days else "" for day in row))
    return table


def _day(day: date, calls: int, most: int) -> Text:
    shade = SHADES[-(-calls * (len(SHADES) - 1) // most)] if calls else SHADES[0]
    said = Text(f"{day.day:>2} ", style="dim")
    said.append(f"{calls or '·':>3} ", style="bold" if calls else "dim")
    said.append(shade * 2, style="cyan")
    return said


def services(rows: Sequence[Mapping[str, object]]) -> Table:
    """One row a service, the first `LISTED` of them: what is planned and what it was drawn from."""
    table = Table(title="Plans", header_style="dim", box=None)
    for name in ("service", "attempts", "days", "open h", "at most", "weights by", "seed", "sha256", "state"):
        table.add_column(name, justify="right" if name in ("attempts", "days", "open h", "at most") else "left")
    for row in rows[:LISTED]:
        table.add_row(
            str(row["service"]),
            str(row["attempts"]),
            str(row["days"]),
            str(row["open_h"]),
            str(row["most"]),
            str(row["weights_source"]).replace("_", " "),
            str(row["seed"])[:12],
            str(row["sha256"])[:12],
            str(row["state"]),
        )
    if len(rows) > LISTED:
        rest = rows[LISTED:]
        table.add_row(f"… {len(rest):,} more (--json)", f"{sum(int(str(r['attempts'])) for r in rest):,}")
    return table


def loads(load: Load, pace: Pace) -> Table:
    """Expected and worst load."""
    basis = f"means of {pace.calls} calls" if pace.calls else f"guess: {pace.connected_s:g} s a call that nobody cuts"
    table = Table(title="Load", header_style="dim", box=None)
    for name in ("", f"expected ({basis})", "at most (every call to T_max)"):
        table.add_column(name, justify="left" if not name else "right")
    table.add_row("minutes", f"{load.minutes:,.0f}", f"{load.worst_minutes:,.0f}")
    table.add_row("euros", f"{load.euros:,.2f}", f"{load.worst_euros:,.2f}")
    for name, part in load.by_class.items():
        table.add_row(f"  {name}: {part.attempts} calls", f"{part.euros:,.2f} € · {part.minutes:,.0f} min", "")
    table.add_row("seconds of agents", f"{load.agent_s:,.0f}", f"{load.worst_agent_s:,.0f}")
    table.add_row("calls at once", "", str(load.peak))
    table.add_row("engines · trunks needed", "", f"{load.engines} · {load.trunks}")
    return table


def show(
    console: Console, month: date, days: Counter[date], rows: Sequence[Mapping[str, object]], load: Load, pace: Pace
) -> None:
    """Print the three."""
    for part in (calendar(month, days), services(rows), loads(load, pace)):
        console.print(part)
        console.print()
