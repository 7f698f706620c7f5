"""Over everything that is published: no percentage of few calls, no false precision, no ranking, no bare figure."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from exporters.report.badge import badge_html, badge_svg
from exporters.report.language import language
from exporters.report.model import Report
from exporters.report.page import page_of
from exporters.report.render import html
from prober.outcome import Outcome

Make = Callable[..., Report]
Write = Callable[..., list[Path]]
ALWAYS = {"85 %", "90 %", "95 %", "2,5 %", "99,8 %"}
"""Targets, levels and the risk of a verdict: no figures of calls."""


def texts(report: Report, write: Write, out: Path) -> dict[str, str]:
    """What a reader sees of every page, badge and picture, their descriptions too."""
    lang = language("fr")
    files = write([report, replace(report, service=replace(report.service, id="b"))], out)
    shown = {f.name: f.read_text(encoding="utf-8") for f in files if f.suffix == ".html"}
    page = page_of(report, lang)
    shown |= {"badge.svg": badge_svg(page, lang), "badge.html": badge_html(page, lang, image="", link="")}
    return {
        name: re.sub(r"<style>.*?</style>", "", text, flags=re.DOTALL).replace("\u00a0", " ")
        for name, text in shown.items()
    }


def percentages(text: str) -> set[str]:
    return set(re.findall(r"[\d,]+ %(?!\w)", text)) - ALWAYS


@pytest.mark.parametrize("n", [1, 4])
def test_no_percentage_from_fewer_than_ten_calls_anywhere(n: int, make: Make, write: Write, tmp_path: Path) -> None:
    report = make({Outcome.HUMAN: n, Outcome.INDETERMINATE: 1})
    shown = texts(replace(report, changes=()), write, tmp_path)
    del shown["group-national-fr.html"]  # of 2 services and, for 4, of 20 calls
    # K1, K8 and the like are of both scripts: with 4 and 1 they have ten calls.
    both = re.compile(r'<a href="#l-K(?:1|4|5|8|8b|11|12|13)">[^<]*</a></td>\s*<td class="n">[^<]*')
    for name, text in shown.items():
        assert percentages(both.sub("", text)) == set(), name


@pytest.mark.parametrize("n", [10, 60, 400])
def test_no_decimals_from_fewer_than_a_thousand_calls_anywhere(
    n: int, make: Make, write: Write, tmp_path: Path
) -> None:
    shown = texts(make({Outcome.HUMAN: n, Outcome.BUSY: n // 3 + 1}), write, tmp_path)
    if n == 400:  # a group of two such services has more than a thousand
        assert any("," in p for p in percentages(shown.pop("group-national-fr.html")))
        shown = {
            name: re.sub(r'<a href="#l-K(?:1|4|5|8|8b|11|12|13)">[^<]*</a></td>\s*<td class="n">[^<]*', "", text)
            for name, text in shown.items()
        }
    for name, text in shown.items():
        found = percentages(text)
        assert found, name
        assert not {p for p in found if "," in p}, name


def test_nothing_published_ranks_a_service(make: Make, write: Write, tmp_path: Path) -> None:
    names = {"Zèbre": 95, "abeille": 40, "Mouette": 70}
    reports = [
        make({Outcome.HUMAN: x, Outcome.BUSY: 100 - x}, id=name.encode().hex(), name=name) for name, x in names.items()
    ]
    pages = {f.name: f.read_text(encoding="utf-8") for f in write(reports, tmp_path)}
    for name in ("index.html", "group-national-fr.html"):
        listed = pages[name][pages[name].rindex("<ul" if name == "index.html" else "<table") :]
        places = [listed.index(f">{service}</a>") for service in ("abeille", "Mouette", "Zèbre")]
        assert places == sorted(places), name
    for name, page in pages.items():
        assert not re.search(r"\b\d+(?:er|re|e|ème)\b|meilleur|pire\b|\brang\b", page.split("</style>")[1]), name


class Figures(HTMLParser):
    """Table cells with a percentage, and whether it leads somewhere: (head of the column, text, linked)."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.heads: list[str] = []
        self.column, self.text, self.linked, self.cell = 0, "", False, ""
        self.found: list[tuple[str, str, bool]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "thead":
            self.heads = []
        if tag == "tr":
            self.column = 0
        if tag in ("td", "th"):
            self.cell, self.text, self.linked = tag, "", False
        if tag == "a":
            self.linked = True

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_endtag(self, tag: str) -> None:
        if tag not in ("td", "th"):
            return
        if len(self.heads) <= self.column:
            self.heads.append(self.text)
        elif "%" in self.text:
            self.found.append((self.heads[self.column], self.text, self.linked))
        self.column += 1


def test_every_percentage_of_a_table_leads_to_its_calls(report: Report, write: Write, tmp_path: Path) -> None:
    lang = language("fr")
    write([report, replace(report, service=replace(report.service, id="b"))], tmp_path)
    group = (tmp_path / "group-national-fr.html").read_text(encoding="utf-8")
    figures = [*Figures(html(page_of(report, lang), lang)).found, *Figures(group).found]
    assert len(figures) > 20
    bare = [
        (head, text) for head, text, linked in figures if not linked and not head.startswith(("Intervalle", "Poids"))
    ]
    assert bare == []


def test_the_big_figure_of_a_card_and_those_of_the_method_lead_to_their_calls(report: Report) -> None:
    lang = language("fr")
    page = html(page_of(report, lang), lang)
    assert re.findall(r'class="big"><a href="#l-(K\d)">59', page) == ["K2", "K3"]
    method = page[page.index('class="method"') :]
    assert re.findall(r'href="#l-(\w+)">Voir ces appels', method[: method.index("</dl>")]) == ["with_network", "K2b"]
