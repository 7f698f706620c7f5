"""The report's pictures as SVG text: small, accessible, readable in black and white, the same bytes every time."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

INK, GREY, HUMAN, SERVICE, WAITING = "#1d1d1b", "#8a8a87", "#12607f", "#c98a2b", "#e4e3dd"


def _svg(width: int, height: int, title: str, body: str) -> str:
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" class="figure">'
    return f"{head}<title>{escape(title)}</title>{body}</svg>"


def interval_bar(estimate: float, low: float, high: float, target: float | None, title: str) -> str:
    """The interval as a bar from 0 to 100 %, the estimate as a mark, the target as a line."""
    width, left, span = 420, 10, 400

    def x(share: float) -> float:
        return round(left + span * share, 1)

    ticks = "".join(
        f'<line x1="{x(t / 100)}" y1="44" x2="{x(t / 100)}" y2="49" stroke="{INK}"/>'
        f'<text x="{x(t / 100)}" y="62" font-size="14" text-anchor="middle" fill="{INK}">{t}</text>'
        for t in (0, 25, 50, 75, 100)
    )
    aim = (
        f'<line x1="{x(target)}" y1="6" x2="{x(target)}" y2="46" stroke="{INK}" stroke-width="2" stroke-dasharray="4 3"/>'
        if target is not None
        else ""
    )
    bar = f'<rect x="{x(low)}" y="20" width="{round(x(high) - x(low), 1)}" height="14" fill="{HUMAN}" fill-opacity=".35"/>'
    mark = f'<rect x="{x(estimate) - 2}" y="14" width="4" height="26" fill="{HUMAN}"/>'
    line = f'<line x1="{left}" y1="44" x2="{left + span}" y2="44" stroke="{INK}"/>'
    return _svg(width, 68, title, bar + aim + mark + line + ticks)


def waiting_curve(points: Sequence[tuple[float, float, float]], t_max_s: float, title: str) -> str:
    """Shares over time: (seconds, share with a human, share ended by the service); the rest still waits."""
    width, height, left, top, span, tall = 460, 220, 40, 14, 400, 160

    def at(seconds: float, share: float) -> str:
        return f"{left + span * seconds / t_max_s:.1f},{top + tall * (1 - share):.1f}"

    def stairs(shares: Sequence[tuple[float, float]]) -> list[str]:
        places, last = [at(0, 0)], 0.0
        for seconds, share in shares:
            places += [at(seconds, last), at(seconds, share)]
            last = share
        return [*places, at(t_max_s, last)]

    human = stairs([(t, h) for t, h, _ in points])
    ended = stairs([(t, h + e) for t, h, e in points])
    ground = f"{at(t_max_s, 0)} {at(0, 0)}"
    areas = (
        f'<rect x="{left}" y="{top}" width="{span}" height="{tall}" fill="{WAITING}"/>'
        f'<polygon points="{" ".join(ended)} {ground}" fill="{SERVICE}"/>'
        f'<polygon points="{" ".join(human)} {ground}" fill="{HUMAN}"/>'
    )
    axes = "".join(
        f'<text x="{left - 5}" y="{top + tall * (1 - s / 100) + 4:.1f}" font-size="11" text-anchor="end" fill="{INK}">{s}</text>'
        for s in (0, 50, 100)
    ) + "".join(
        f'<text x="{left + span * f:.1f}" y="{top + tall + 15}" font-size="11" text-anchor="middle" fill="{INK}">'
        f"{_clock(f * t_max_s)}</text>"
        for f in (0, 0.25, 0.5, 0.75, 1)
    )
    names = ((HUMAN, "un agent a répondu"), (SERVICE, "fin par le service"), (WAITING, "attend encore"))
    legend = "".join(
        f'<rect x="{left + 140 * i}" y="{height - 18}" width="12" height="12" fill="{c}" stroke="{INK}" stroke-width=".5"/>'
        f'<text x="{left + 140 * i + 17}" y="{height - 8}" font-size="11" fill="{INK}">{escape(name)}</text>'
        for i, (c, name) in enumerate(names)
    )
    return _svg(width, height, title, areas + axes + legend)


def _clock(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"
