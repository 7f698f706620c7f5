"""The badge a service puts on its site: an SVG, and an HTML snippet with the same words as text."""

from __future__ import annotations

from html import escape

from exporters.report.figures import BLUE, PAPER, RULE, SOFT, Caption, box, line, picture, words
from exporters.report.language import Language
from exporters.report.page import Card, Page

LOOKS = {"met": "#1b6b3a", "not_met": "#a3231f", "inconclusive": "#6e5500"}
WIDTH, HEIGHT = 340, 134


def badge_svg(page: Page, lang: Language) -> str:
    """Value, x of n, target and month of the first rate, and whose they are."""
    card = page.cards[0]
    colour = LOOKS.get(card.verdict, SOFT)
    body = box(0.5, 0.5, WIDTH - 1, HEIGHT - 1, PAPER, stroke=RULE) + box(0, 0, 6, HEIGHT, colour)
    body += words(20, 24, _short(page.name, 38), size=15, bold=True) + words(20, 43, card.what, size=12, fill=SOFT)
    if card.big:
        # "au moins 99,8 %" of thousands of calls leaves little room between the two.
        beside = 14 if len(card.beside) < 19 else 12
        room = (WIDTH - 40 - 0.57 * beside * len(card.beside)) / (0.64 * len(card.big))
        body += words(20, 78, card.big, size=min(30 if len(card.big) < 9 else 22, round(room, 1)), bold=True, fill=BLUE)
        body += words(WIDTH - 14, 76, card.beside, size=beside, anchor="end")
    body += words(20, 101, _short(card.verdict_words, 46), size=13, bold=True, fill=colour)
    body += line(20, 110, WIDTH - 14, 110, stroke=RULE) + words(20, 125, page.month, size=12, fill=SOFT)
    foot = ", ".join((card.aim, page.simulated_short or page.provisional_short or lang.t("appels mystères")))
    body += words(WIDTH - 14, 125, foot, size=12, anchor="end")
    caption = Caption(name=f"badge-{card.code}", title=page.name, text=_said(page, card))
    return picture(WIDTH, HEIGHT, caption, body)


def badge_html(page: Page, lang: Language, *, image: str, link: str) -> str:
    """Lines to paste into a site; `image` is where the SVG lies, `link` where the report does."""
    said = f"{page.name}. {_said(page, page.cards[0])}"
    return (
        f'<a href="{escape(link)}" lang="{page.lang}">'
        f'<img src="{escape(image)}" width="{WIDTH}" height="{HEIGHT}" alt="{escape(said)}"></a>\n'
    )


def _said(page: Page, card: Card) -> str:
    value = f"{card.big} ({card.beside})" if card.big else ""
    parts = (
        page.simulated,
        page.provisional,
        card.question,
        value,
        card.verdict_words,
        card.target.rstrip("."),
        page.month,
    )
    return " ".join(part if part.endswith("?") else f"{part}." for part in parts if part)


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"
