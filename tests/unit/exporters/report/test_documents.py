"""The other forms of a report: JSON, PDF, poster, badge, and the folder they are written into."""

from __future__ import annotations

import json
import re
import subprocess
import time
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest

from exporters.folder import Publication
from exporters.report.badge import badge_html, badge_svg
from exporters.report.formats import FORMATS
from exporters.report.language import language
from exporters.report.model import Provisional, Report
from exporters.report.page import page_of
from exporters.report.pdf import LISTED, poster_pdf, report_pdf
from exporters.report.plain import report_json
from prober.outcome import Outcome

Make = Callable[..., Report]
Write = Callable[..., list[Path]]
FR = language("fr")


def text_of(pdf: bytes, folder: Path) -> str:
    file = folder / "x.pdf"
    file.write_bytes(pdf)
    done = subprocess.run(["pdftotext", "-layout", file, "-"], capture_output=True, check=True)
    return done.stdout.decode().replace("\u00a0", " ")


def test_the_same_report_gives_the_same_json(report: Report) -> None:
    again = replace(report, attempts=tuple(report.attempts))
    assert report_json(report) == report_json(again)


def test_json_tells_each_figure_with_the_attempts_behind_it(report: Report) -> None:
    told = json.loads(report_json(report))
    rate = told["kpis"]["agent_pickup_rate"]
    assert (rate["numerator"], rate["denominator"], rate["verdict"]) == (116, 196, "not_met")
    assert len(rate["attempt_ids"]) == 196
    assert len(rate["numerator_ids"]) == 116
    assert set(rate["attempt_ids"]) <= {a["id"] for a in told["attempts"]}
    assert (told["month"], told["simulated"], told["method"]["rules_version"]) == ("2026-10", False, "2026.11.1")
    assert sum(told["outcomes"].values()) == told["counts"]["attempts"] == 400
    assert len(told["outcomes"]) == 25


def test_json_of_a_month_without_calls_has_nulls_and_no_zero(make: Make) -> None:
    told = json.loads(report_json(make({Outcome.OWN_FAILURE: 4})))
    assert told["kpis"]["agent_pickup_rate"]["estimate"] is None
    assert told["kpis"]["own_share"]["estimate"] == 1.0


@pytest.mark.needs("pdftoppm")
def test_the_pdf_is_tagged_and_says_what_the_page_says(report: Report, tmp_path: Path) -> None:
    pdf = report_pdf(page_of(report, FR), FR)
    text = text_of(pdf, tmp_path)
    assert "Objectif non atteint" in text
    assert "116 appels sur 196" in text
    assert "trop nombreux pour un document à imprimer" in text
    info = subprocess.run(["pdfinfo", tmp_path / "x.pdf"], capture_output=True, check=True).stdout.decode()
    assert re.search(r"Tagged:\s+yes", info)
    assert re.search(r"Title:\s+Caisse d'allocations familiales de l'Orne", info)
    assert b"pdfuaid:part>1<" in pdf


def test_the_same_page_gives_the_same_pdf_and_in_under_two_seconds(report: Report) -> None:
    began = time.process_time()
    first = report_pdf(page_of(report, FR), FR)
    assert time.process_time() - began < 2
    assert first == report_pdf(page_of(report, FR), FR)


@pytest.mark.needs("pdftoppm")
def test_the_pdf_lists_every_call_of_a_small_month(make: Make, tmp_path: Path) -> None:
    small = make({Outcome.HUMAN: 30, Outcome.BUSY: 20})
    text = text_of(report_pdf(page_of(small, FR), FR), tmp_path)
    assert len(small.attempts) == LISTED
    assert [text.count(a.id) for a in small.attempts] == [1] * LISTED
    assert "trop nombreux" not in text


@pytest.mark.needs("pdftoppm")
def test_the_poster_is_one_page_with_its_link(report: Report, make: Make, tmp_path: Path) -> None:
    long = make({Outcome.HUMAN: 20, Outcome.BUSY: 30}, name="Direction départementale des finances publiques " * 2)
    both = replace(long, simulated=True, provisional=Provisional(waiting=30))
    for shown in (report, replace(long, simulated=True), both):
        text = text_of(poster_pdf(page_of(shown, FR), FR, "https://exemple.fr/caf.html"), tmp_path)
        info = subprocess.run(["pdfinfo", tmp_path / "x.pdf"], capture_output=True, check=True).stdout.decode()
        assert re.search(r"Pages:\s+1\n", info)
        assert "https://exemple.fr/caf.html" in text
        assert ("SIMULÉ" in text) == shown.simulated


class Image(HTMLParser):
    """The link and the image of a snippet."""

    def __init__(self, snippet: str) -> None:
        super().__init__()
        self.found: dict[str, str | None] = {}
        self.feed(snippet)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found |= {f"{tag}.{name}": value for name, value in attrs}


def test_the_badge_says_value_n_month_target_and_link_also_without_being_seen(report: Report) -> None:
    page = page_of(report, FR)
    found = Image(badge_html(page, FR, image="b.svg", link="https://exemple.fr/?a=1&b=2")).found
    assert found["a.href"] == "https://exemple.fr/?a=1&b=2"
    assert found["a.lang"] == "fr"
    alt = (found["img.alt"] or "").replace("\u00a0", " ")
    for part in ("59 %", "116 appels sur 196", "Objectif non atteint", "Objectif : 85 %", "octobre 2026", page.name):
        assert part in alt
    svg = badge_svg(page, FR).replace("\u00a0", " ")
    ElementTree.fromstring(svg)
    for part in ("59 %", "116 appels sur 196", "Objectif non atteint", "objectif 85 %", "octobre 2026"):
        assert part in svg


def test_the_figure_of_a_badge_and_its_calls_have_room_beside_each_other(make: Make) -> None:
    for n in (40, 1500):
        root = ElementTree.fromstring(badge_svg(page_of(make({Outcome.HUMAN: n}), FR), FR))
        texts = {e.text or "": e for e in root if e.tag.endswith("text")}
        (big,) = (t for t in texts if t.startswith("au moins"))
        (beside,) = (t for t in texts if t.endswith(f"sur {n}"))
        sizes = [float(texts[t].get("font-size", "")) for t in (big, beside)]
        # Bold and plain letters of a wide font, in parts of its size.
        assert 20 + 0.64 * sizes[0] * len(big) < 326 - 0.57 * sizes[1] * len(beside)


def test_the_badge_of_a_simulated_month_says_so(report: Report) -> None:
    page = page_of(replace(report, simulated=True), FR)
    assert "SIMULÉ" in badge_svg(page, FR)
    assert "SIMULÉ" in badge_html(page, FR, image="b.svg", link="x")


def test_every_format_is_written_and_nothing_half(report: Report, make: Make, write: Write, tmp_path: Path) -> None:
    small = make({Outcome.HUMAN: 3}, id="petit", name="Petit")
    written = write([report, small], tmp_path, language="en", formats=FORMATS, address="https://exemple.fr/")
    assert len(written) == len(set(written)) == 1 + 9 + 2 * 6 + 3
    assert all(path.stat().st_size for path in written)
    assert not list(tmp_path.rglob("*.part"))
    assert 'href="https://exemple.fr/petit.html"' in (tmp_path / "petit-badge.html").read_text(encoding="utf-8")
    assert "Target not met" in (tmp_path / "caf.html").read_text(encoding="utf-8")


def test_a_format_that_there_is_not_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"no format docx, expected some of html, json"):
        Publication(out=tmp_path, formats=("html", "docx"))
    assert not list(tmp_path.iterdir())
