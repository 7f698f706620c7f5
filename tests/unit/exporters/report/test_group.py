"""The page of a group: weighed figures, chance beside them, and never a ranking."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from exporters.report.group import group_page
from exporters.report.language import language
from exporters.report.model import Report
from exporters.rollup import GroupRate, Placed, RollUp
from prober.outcome import Outcome

Make = Callable[..., Report]
Write = Callable[..., list[Path]]


def text_of(page: str) -> str:
    text = re.sub(r"<style>.*?</style>|<svg.*?</svg>|<[^>]+>", " ", page, flags=re.DOTALL)
    return re.sub(r"\s+", " ", text.replace("\u00a0", " ")).replace("&#39;", "'")


def national(reports: list[Report], write: Write, out: Path) -> str:
    write(reports, out)
    return (out / "group-national-fr.html").read_text(encoding="utf-8")


def test_a_group_says_its_figures_its_services_and_what_chance_explains(
    make: Make, write: Write, tmp_path: Path
) -> None:
    alike = [make({Outcome.HUMAN: 80 + i, Outcome.BUSY: 20 - i}, id=f"s{i}", name=f"Service {9 - i}") for i in range(9)]
    text = text_of(national(alike, write, tmp_path))
    assert "9 services, 756 appels sur 900" in text
    assert "Chaque service compte autant" in text
    assert "les classer n'aurait pas de sens" in text
    assert text.index("Service 2") < text.index("Service 9"), "by name, not by rate"
    far = make({Outcome.HUMAN: 20, Outcome.BUSY: 80}, id="far", name="Loin")
    text = text_of(national([*alike, far], write, tmp_path))
    assert "n'explique pas l'écart de 1 service sur 10" in text
    assert "1 Loin" in text.replace("\u00a0", " ")


def test_a_group_in_which_every_call_was_answered_is_not_certain(make: Make, write: Write, tmp_path: Path) -> None:
    reports = [make({Outcome.HUMAN: 20}, id=f"s{i}", name=f"S {i}") for i in range(2)]
    page = national(reports, write, tmp_path).replace("\u00a0", " ")
    assert re.findall(r'class="big">([^<]*)', page) == ["au moins 91 %"] * 2


def test_accents_change_nothing_in_the_alphabetical_order_of_pages(make: Make, write: Write, tmp_path: Path) -> None:
    names = ("Zoo", "École", "Ferme")
    page = national([make({Outcome.HUMAN: 5}, id=str(i), name=n) for i, n in enumerate(names)], write, tmp_path)
    for text in (page, (tmp_path / "index.html").read_text(encoding="utf-8")):
        assert re.findall(r">(Zoo|École|Ferme)</a>", text)[:3] == ["École", "Ferme", "Zoo"]


@pytest.mark.parametrize(("services", "told"), [(501, True), (100, False)])
def test_among_many_services_chance_puts_some_outside_and_the_page_says_so(services: int, told: bool) -> None:
    rate = GroupRate(
        identifier="agent_pickup_rate", code="K2", target=0.85, services=services, x=90 * services, n=100 * services,
        undecided=0, estimate=0.9, low=0.89, high=0.91, met=0, not_met=0, unknown=services, outside=("far",),
    )  # fmt: skip
    group = RollUp(
        kind="national", id="fr", name="", month="2026-10", simulated=False, provisional=False, t_max_s=600.0,
        rules_version="1", version="1", weights="equal", rates={rate.identifier: rate},
        services=(Placed(service="far", name="Loin", standings={}),),
    )  # fmt: skip
    (card,) = group_page(group, language("fr")).cards
    assert f"l'écart de 1 service sur {services}" in card.outside
    assert ("le hasard seul en mettrait dehors jusqu'à 1 en moyenne" in card.outside) == told


def test_every_figure_of_a_service_leads_to_its_calls(make: Make, write: Write, tmp_path: Path) -> None:
    reports = [make({Outcome.HUMAN: 30, Outcome.BUSY: 9}, id=f"s{i}", name=f"S {i}") for i in range(2)]
    page = national(reports, write, tmp_path)
    links = re.findall(r'href="(s\d\.html)#(l-K\d)"', page)
    assert len(links) == 8
    for file, anchor in links:
        assert f'id="{anchor}"' in (tmp_path / file).read_text(encoding="utf-8")


@pytest.mark.needs("pdftotext")
def test_the_pdf_of_a_group_is_tagged_says_what_the_page_says_and_is_the_same_again(
    make: Make, write: Write, tmp_path: Path
) -> None:
    reports = [make({Outcome.HUMAN: 30 + i, Outcome.BUSY: 9}, id=f"s{i}", name=f"Mairie {i}") for i in range(3)]
    written = write(reports, tmp_path, formats=("html", "pdf"))
    pdf = tmp_path / "group-national-fr.pdf"
    assert pdf in written
    assert b"pdfuaid:part>1<" in pdf.read_bytes()
    told = subprocess.run(["pdftotext", "-layout", pdf, "-"], capture_output=True, check=True).stdout.decode()
    assert "Tous les services mesurés" in told
    assert "30 sur 39" in told.replace("\u00a0", " ")
    assert all(f"Mairie {i}" in told for i in range(3))
    write(reports, tmp_path / "again", formats=("html", "pdf"))
    assert (tmp_path / "again" / pdf.name).read_bytes() == pdf.read_bytes()


def test_a_group_of_few_calls_says_no_percentage_and_draws_nothing(make: Make, write: Write, tmp_path: Path) -> None:
    page = national([make({Outcome.HUMAN: 2}, id="a", name="A"), make({Outcome.BUSY: 3}, id="b")], write, tmp_path)
    text = text_of(page)
    assert "2 services, 2 appels sur 5. Moins de 10 appels : pas de pourcentage." in text
    assert re.findall(r"\d %", text.replace("95 %", "")) == []
    assert "funnel" not in page


def test_the_index_of_many_services_has_no_pictures_and_leads_to_the_groups(
    make: Make, write: Write, tmp_path: Path
) -> None:
    write([make({Outcome.HUMAN: 30}), make({Outcome.HUMAN: 3}, id="b", name="B")], tmp_path)
    index = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert 'href="group-national-fr.html"' in index
    assert "<svg" in index
