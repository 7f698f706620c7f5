"""The report's pictures as SVG text: small, accessible, readable in black and white, the same bytes every time.

Lengths in SVG units. Every picture has a title and a description, read instead of it by a screen reader; every word in
it is given by the caller, in the reader's language.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

INK, SOFT, RULE, PAPER = "#16202b", "#4b5763", "#c9ced3", "#ffffff"
BLUE, PALE, AMBER, SAND = "#0b4f78", "#cfe0ea", "#b45f06", "#f6e3c5"
WIDTH = 420
"""Of every picture: its words stay readable on a telephone."""
FONT = "Marianne, 'Segoe UI', Arial, 'Liberation Sans', 'Libertinus Serif', sans-serif"


@dataclass(frozen=True, slots=True, kw_only=True)
class Caption:
    """What a picture is (`title`) and says (`text`); `name` is unique in the page."""

    name: str
    title: str
    text: str


def picture(width: float, height: float, caption: Caption, body: str, defs: str = "") -> str:
    """A whole SVG."""
    title, text = f"{caption.name}-title", f"{caption.name}-text"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" width="{width:g}" height="{height:g}" '
        f'role="img" aria-labelledby="{title} {text}" font-family="{FONT}" class="figure">'
        f'<title id="{title}">{escape(caption.title)}</title><desc id="{text}">{escape(caption.text)}</desc>'
        f"{f'<defs>{defs}</defs>' if defs else ''}{body}</svg>"
    )


def words(
    x: float, y: float, text: str, *, size: float = 13, anchor: str = "start", fill: str = INK, bold: bool = False
) -> str:
    """A line of text."""
    weight = ' font-weight="700"' if bold else ""
    return f'<text x="{x:g}" y="{y:g}" font-size="{size:g}" text-anchor="{anchor}" fill="{fill}"{weight}>{escape(text)}</text>'


def box(x: float, y: float, width: float, height: float, fill: str, *, stroke: str = "none") -> str:
    """A rectangle."""
    return f'<rect x="{round(x, 1):g}" y="{round(y, 1):g}" width="{round(width, 1):g}" height="{round(height, 1):g}" fill="{fill}" stroke="{stroke}"/>'


def line(x1: float, y1: float, x2: float, y2: float, *, stroke: str = INK, width: float = 1, dash: str = "") -> str:
    """A straight line."""
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    return f'<line x1="{round(x1, 1):g}" y1="{round(y1, 1):g}" x2="{round(x2, 1):g}" y2="{round(y2, 1):g}" stroke="{stroke}" stroke-width="{width:g}"{dashed}/>'


def hatch(name: str, ink: str, paper: str, *, gap: float = 6, width: float = 2) -> str:
    """A pattern of oblique lines, told from a plain colour in black and white."""
    return (
        f'<pattern id="{name}" width="{gap:g}" height="{gap:g}" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        f'<rect width="{gap:g}" height="{gap:g}" fill="{paper}"/><rect width="{width:g}" height="{gap:g}" fill="{ink}"/></pattern>'
    )


def interval_bar(
    caption: Caption, *, estimate: float, low: float, high: float, target: float | None, aim: str, sure: bool = True
) -> str:
    """The interval as a bar from 0 to 100 %, the estimate as a mark, the target as a line under its word `aim`.

    `sure` False: hatched, because no verdict may be given.
    """
    left, span, top = 12, WIDTH - 24, 26

    def x(share: float) -> float:
        return left + span * share

    fill = PALE if sure else f"url(#{caption.name}-hatch)"
    defs = "" if sure else hatch(f"{caption.name}-hatch", "#9aa5ae", PAPER)
    body = box(left, top, span, 20, "#f1f3f4") + box(x(low), top, max(x(high) - x(low), 2), 20, fill, stroke=BLUE)
    body += f'<circle cx="{round(x(estimate), 1):g}" cy="{top + 10}" r="6.5" fill="{BLUE}" stroke="{PAPER}" stroke-width="1.5"/>'
    body += line(left, top + 26, left + span, top + 26, stroke=SOFT)
    for tick in (0, 25, 50, 75, 100):
        body += line(x(tick / 100), top + 26, x(tick / 100), top + 31, stroke=SOFT)
        body += words(x(tick / 100), top + 46, str(tick) if tick else "0", size=13, anchor="middle", fill=SOFT)
    if target is not None:
        body += line(x(target), 18, x(target), top + 26, width=2, dash="4 3")
        body += words(min(x(target), left + span), 13, aim, anchor="end" if target > 0.6 else "start", bold=True)
    return picture(WIDTH, top + 52, caption, body, defs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A line of a bar chart: what it is, how many, and who answers for it."""

    label: str
    n: int
    kind: str
    """`reached`, `service` or `undecided`."""
    note: str = ""


def bars(caption: Caption, rows: Sequence[Bar]) -> str:
    """Horizontal bars under their labels, each with its number."""
    span, step = 360, 42  # beside the longest bar a number of five figures has room
    most = max((row.n for row in rows), default=1) or 1
    shading = f"{caption.name}-hatch"
    fills = {"reached": (BLUE, BLUE), "service": (f"url(#{shading})", AMBER), "undecided": ("#dfe3e6", SOFT)}
    body = ""
    for i, row in enumerate(rows):
        y, (fill, stroke) = step * i, fills[row.kind]
        body += words(1, y + 13, row.label) + words(WIDTH - 1, y + 13, row.note, anchor="end", fill=SOFT)
        body += box(1, y + 18, max(span * row.n / most, 2), 15, fill, stroke=stroke)
        body += words(span * row.n / most + 8, y + 30.5, str(row.n), bold=True)
    return picture(WIDTH, step * len(rows), caption, body, hatch(shading, AMBER, SAND))


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A stage of the funnel and what was lost before the next one, in words."""

    label: str
    n: int
    lost: Sequence[str] = ()


def funnel(caption: Caption, steps: Sequence[Step]) -> str:
    """Bars from dialled to human; between two of them, what was lost there."""
    left, span, tall, line_tall = 1, WIDTH - 2, 34, 20
    most = max((s.n for s in steps), default=1) or 1
    body, y = "", 4.0
    for i, step in enumerate(steps):
        last = i == len(steps) - 1
        full = span * step.n / most
        body += box(left, y, span, tall, "#f1f3f4")
        body += box(left, y, max(full, 2), tall, BLUE if last else PALE, stroke=BLUE)
        label = f"{step.n}  {step.label}"
        inside = last and full > 8.2 * len(label)
        at = left + 10 if inside or not last else max(left + 10, left + full + 8)
        body += words(at, y + 22, label, size=15, bold=True, fill=PAPER if inside else INK)
        y += tall
        for text in step.lost:
            body += line(left + 14, y + 4, left + 14, y + line_tall - 4, stroke=AMBER, width=3)
            body += words(left + 26, y + 15, text, fill=INK)
            y += line_tall
        y += 6
    return picture(WIDTH, y + 2, caption, body)
