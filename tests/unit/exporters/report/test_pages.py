"""Pages made from a stored month: x of n, no percentage from few calls, every call listed, simulated months marked."""

from __future__ import annotations

import asyncio
import re
from datetime import date
from pathlib import Path
from xml.etree import ElementTree

import pytest

from exporters.report.figures import interval_bar, waiting_curve
from exporters.report.model import Report
from exporters.report.render import file_name, write_reports
from exporters.report.words import OUTCOMES, percent, seconds
from exporters.reporting import reports_of
from prober.attempt import Limits, Policy, Script
from prober.outcome import Outcome
from prober.simulator.behaviours import CAST
from scheduler.planner import Draw, Line, Target
from scheduler.simulated_month import SIMULATED, simulate_month
from storage.catalogue import Service
from storage.migrations import upgrade
from storage.store import Store

MONTH = date(2026, 10, 1)
CALLED = ("mairie-vaux", "departement-marais", "cartes-grises")
LIMITS = Limits(max_wait_s=60, ring_s=12, silence_s=6, menu_s=30)


async def month_of(url: str, attempts: int) -> list[Report]:
    await asyncio.to_thread(upgrade, url)
    known = [s for s in CAST if s.id in CALLED]
    targets = [
        Target(
            service=s.id,
            zone="Europe/Paris",
            hours=lambda at: (True, False),
            lines=(Line(number=s.number),),
            scripts=(Script.AGENT, Script.OPTOUT),
        )
        for s in known
    ]
    draw = Draw(
        campaign="x", attempts=attempts, margin=0, spacing_s=900, seed="s", limits=LIMITS, policy=Policy.CONFIRM
    )
    async with Store(url) as store:
        services = [
            Service(id=s.id, name=s.name, numbers={s.number: "short"}, targets={"agent_pickup_rate": 0.85})
            for s in known
        ]
        await store.catalogue.save([], services)
        await simulate_month(store, CAST, targets, draw, MONTH, 0.05)
        return await reports_of(store, MONTH, t_max_s=60, simulated=(SIMULATED,))


@pytest.fixture
async def reports(postgres_url: str) -> list[Report]:
    return await month_of(postgres_url, 30)


async def test_a_page_a_service_with_x_of_n_and_every_call(reports: list[Report], tmp_path: Path) -> None:
    written = write_reports(reports, tmp_path)
    assert written[0].name == "index.html"
    assert len(written) == 1 + len(CALLED)
    page = (tmp_path / "mairie-vaux.html").read_text(encoding="utf-8")
    assert "30 sur 30 appels" in page
    assert "objectif atteint" in page
    assert len(re.findall(r'<tr id="a-[0-9a-f]{16}"', page)) == 60
    assert 'lang="fr"' in page
    busy = (tmp_path / "departement-marais.html").read_text(encoding="utf-8")
    assert "0 sur 30 appels" in busy
    assert "objectif non atteint" in busy


async def test_network_failures_are_shown_as_excluded_and_counted_nowhere(reports: list[Report]) -> None:
    report = next(r for r in reports if r.service_id == "cartes-grises")
    assert (report.made, report.counted) == (60, 0)
    assert report.excluded == ((OUTCOMES[Outcome.NETWORK_CONGESTION], 60),)
    assert {f.percent for f in report.figures} == {"–"}


async def test_every_page_of_a_simulated_month_says_so(reports: list[Report], tmp_path: Path) -> None:
    for path in write_reports(reports, tmp_path):
        assert "SIMULÉ" in path.read_text(encoding="utf-8")


async def test_the_same_month_gives_the_same_bytes(reports: list[Report], tmp_path: Path) -> None:
    one = [p.read_bytes() for p in write_reports(reports, tmp_path / "a")]
    two = [p.read_bytes() for p in write_reports(list(reversed(reports)), tmp_path / "b")]
    assert one == two


async def test_no_percentage_from_fewer_than_ten_calls(postgres_url: str, tmp_path: Path) -> None:
    write_reports(await month_of(postgres_url, 4), tmp_path)
    page = (tmp_path / "mairie-vaux.html").read_text(encoding="utf-8")
    text = re.sub(r"<style>.*?</style>|objectif \d+ %|<svg.*?</svg>", "", page, flags=re.DOTALL)
    assert "4 sur 4" in text
    cards = text[text.index("L'essentiel") : text.index("Combien de temps")]
    assert not re.search(r"\d+ %", cards.replace("95 %", ""))
    assert "insuffisant" in page


def test_figures_are_accessible_and_the_same_every_time() -> None:
    bar = interval_bar(0.8, 0.7, 0.9, 0.85, "Décroché <80 %>")
    root = ElementTree.fromstring(bar)
    assert root.get("role") == "img"
    assert root[0].text == "Décroché <80 %>"
    curve = waiting_curve([(10.0, 0.2, 0.1), (30.0, 0.5, 0.2)], 60.0, "t")
    ElementTree.fromstring(curve)
    assert curve == waiting_curve([(10.0, 0.2, 0.1), (30.0, 0.5, 0.2)], 60.0, "t")


@pytest.mark.parametrize(
    ("share", "n", "words"),
    [(0.857, 7, "–"), (0.857, 21, "86 %"), (0.857, 1000, "85,7 %"), (None, 50, "–"), (1.0, 10, "100 %")],
)
def test_percentages_are_as_precise_as_their_n_allows(share: float | None, n: int, words: str) -> None:
    assert percent(share, n) == words


def test_every_outcome_has_french_words_and_durations_read_naturally() -> None:
    assert set(OUTCOMES) == set(Outcome)
    assert (seconds(3.25), seconds(125), seconds(None)) == ("3,2 s", "2 min 05 s", "–")
    assert file_name("a/b c") == "a_b_c"
