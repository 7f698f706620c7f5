"""The pages in a real browser: axe finds nothing, a telephone never scrolls sideways, lists open by their links."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from exporters.report.model import Provisional, Report, StratumLine
from prober.attempt import Script
from prober.outcome import Outcome

Make = Callable[..., Report]
Write = Callable[..., list[Path]]
pytestmark = pytest.mark.needs("chromium")
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]}
SITE = """<!DOCTYPE html><html lang="fr"><head><meta charset="utf-8"><title>Contact</title>
<meta name="viewport" content="width=device-width, initial-scale=1"></head>
<body><main><h1>Nous joindre</h1><p>Au téléphone :</p><p>{badges}</p></main></body></html>"""
"""The page of a service that shows badges."""
CUT = """() => [...document.querySelectorAll('svg text')].filter(text => {
  const at = text.getBoundingClientRect(), of = text.ownerSVGElement.getBoundingClientRect();
  const wide = at.left < of.left - 1 || at.right > of.right + 1, tall = at.top < of.top - 1 || at.bottom > of.bottom + 1
  return at.width && (wide || tall)
}).map(text => text.textContent)"""
"""The words of a page that reach out of their picture."""
MET = """() => [...document.querySelectorAll('svg')].flatMap(svg => {
  const all = [...svg.querySelectorAll('text')].map(t => [t.getBoundingClientRect(), t.textContent])
  const wide = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left)
  const tall = (a, b) => Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top)
  return all.flatMap(([a, one], i) => all.slice(i + 1)
    .filter(([b]) => wide(a, b) > 1 && tall(a, b) > 3).map(([_, other]) => one + ' / ' + other))
})"""
"""The words of a picture that are written over each other."""
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def pages(report: Report, make: Make, write: Write, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("pages")
    others = (
        make({Outcome.HUMAN: 195, Outcome.BUSY: 5}, id="met", name="Mairie de Vaux"),
        make({Outcome.HUMAN: 3}, id="few", name="Sous-préfecture haute"),
        make({Outcome.NETWORK_FAILURE: 3}, id="none", name="Cartes grises"),
        *(make({Outcome.HUMAN: 5, Outcome.BUSY: 195}, id=f"far{i}", name=f"Loin {i}") for i in range(3)),
    )
    running = replace(make({Outcome.HUMAN: 60}, id="running", name="En cours"), provisional=Provisional(waiting=7))
    stratum = StratumLine(script=Script.AGENT, name="Mon 09-11", weight=1.0, n=196, x=116, own=3)
    write([replace(report, simulated=True, strata=(stratum,)), *others, running], out, formats=("html", "badge"))
    write([report, *others, running], out / "english", language="en")
    badges = "\n".join((out / f"{name}-badge.html").read_text(encoding="utf-8") for name in ("caf", "met", "running"))
    (out / "site.html").write_text(SITE.format(badges=badges), encoding="utf-8")
    return out


def opened(browser: Browser, file: Path, *, width: int = 1200, anchor: str = "") -> Page:
    page = browser.new_page(viewport={"width": width, "height": 800})
    page.goto(f"file://{file}{anchor}")
    return page


@pytest.mark.parametrize(
    ("name", "width"),
    [
        ("index", 1200),
        ("group-national-fr", 1200),
        ("group-national-fr", 360),
        ("caf", 1200),
        ("caf", 360),
        ("met", 1200),
        ("few", 1200),
        ("none", 1200),
        ("running", 360),
        ("site", 360),
    ],
)
def test_axe_finds_nothing(name: str, width: int, browser: Browser, pages: Path) -> None:
    page = opened(browser, pages / f"{name}.html", width=width)
    found = Axe().run(page, options=RULES)
    assert found.violations_count == 0, found.generate_report()
    page.close()


@pytest.mark.parametrize("name", ["index", "caf", "none", "running", "group-national-fr", "site"])
def test_a_telephone_never_scrolls_sideways(name: str, browser: Browser, pages: Path) -> None:
    page = opened(browser, pages / f"{name}.html", width=360)
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    page.close()


@pytest.mark.parametrize("folder", [".", "english"])
@pytest.mark.parametrize("name", ["caf", "met", "few", "none", "running", "group-national-fr"])
def test_no_word_is_cut_by_the_edge_of_its_picture_or_written_over_another(
    name: str, folder: str, browser: Browser, pages: Path
) -> None:
    page = opened(browser, pages / folder / f"{name}.html")
    assert page.locator("svg text").count() or name in ("few", "none", "running")
    assert page.evaluate(CUT) == []
    assert page.evaluate(MET) == []
    page.close()


def test_a_number_opens_the_list_of_its_calls_and_no_other(browser: Browser, pages: Path) -> None:
    page = opened(browser, pages / "caf.html")
    assert page.locator(".attempts tbody tr:visible").count() == 400
    page.get_by_role("link", name="ceux qui n'ont pas trouvé d'agent").first.click()
    assert page.locator(".attempts tbody tr:visible").count() == 80
    assert page.get_by_text("Appels patients qui n'ont pas trouvé d'agent").is_visible()
    page.get_by_role("link", name="Revenir à tous les appels").locator("visible=true").click()
    assert page.locator(".attempts tbody tr:visible").count() == 400
    page.close()


def test_print_shows_every_call_whatever_list_is_open(browser: Browser, pages: Path) -> None:
    page = opened(browser, pages / "caf.html", anchor="#l-busy")
    page.emulate_media(media="print")
    assert page.locator(".attempts tbody tr:visible").count() == 400
    assert page.get_by_text("lun. 09-11").is_visible(), "on paper nobody can open the table of weights"
    assert page.get_by_text("Voir ces appels").first.is_hidden()
    page.close()


def test_a_page_loads_nothing_from_elsewhere(browser: Browser, pages: Path) -> None:
    asked: list[str] = []
    page = browser.new_page()
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"file://{pages / 'caf.html'}")
    assert asked == [f"file://{pages / 'caf.html'}"]
    page.close()
