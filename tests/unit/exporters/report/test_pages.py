"""The pages: what a head of service reads in a minute and checks in ten."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from exporters.estimates import Correction, Rate
from exporters.report.language import language
from exporters.report.lists import WITH_NETWORK, lists_of
from exporters.report.lost import facts_of
from exporters.report.model import DeclaredLine, Grid, Report, StratumLine
from exporters.report.page import page_of as said
from exporters.report.render import html
from exporters.report.whole import file_name
from exporters.statistics.clusters import Cluster, clustered
from prober.attempt import Script
from prober.outcome import Outcome

Make = Callable[..., Report]
Write = Callable[..., list[Path]]


def page_of(report: Report, lang: str = "fr") -> str:
    return html(said(report, language(lang)), language(lang))


def words(page: str) -> str:
    """What a reader sees: no style, no pictures, no tags, plain spaces."""
    text = re.sub(r"<style>.*?</style>|<svg.*?</svg>|<[^>]+>", " ", page, flags=re.DOTALL)
    return re.sub(r"\s+", " ", text.replace("\u00a0", " ")).replace("&#39;", "'")


class Tags(HTMLParser):
    """Ids, links and the open tags of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.ids += [found["id"] or ""] if "id" in found else []
        self.links += [found["href"] or ""] if "href" in found else []


def test_first_page_says_the_verdicts_in_words_with_x_of_n(report: Report) -> None:
    text = words(page_of(report))
    first = text[: text.index("Du numéro composé")]
    assert first.count("Objectif non atteint") == 2
    assert first.count("59 % 116 appels sur 196") == 2
    assert "En baisse de 21 points depuis septembre 2026" in first
    assert "38 appels sur 392 ont sonné occupé" in first


def with_rate(report: Report, identifier: str, **changed: object) -> Report:
    """The report with something else said of a rate."""
    kpis = dict(report.estimates.kpis)
    kpis[identifier] = replace(kpis[identifier], **changed)  # type: ignore[arg-type]
    return replace(report, estimates=replace(report.estimates, kpis=kpis))


def test_the_detector_check_tells_counts_both_figures_and_how_far_two_reviewers_agree(report: Report) -> None:
    check = Correction(
        reviewed=60, humans=8, humans_found=7, others_confirmed=50, estimate=0.66, low=0.5, high=0.81,
        sensitivity=7 / 8, specificity=50 / 52, read_twice=20, agreed=18, kappa=0.7,
    )  # fmt: skip
    page = page_of(
        with_rate(with_rate(report, "agent_pickup_rate", corrected=check), "human_reach_rate", corrected=check)
    )
    text = words(page)
    # No percentage of the eight persons of the sample.
    assert "trouvé la personne là où il y en avait une : 7 sur 8 ; et personne" in text
    assert "50 sur 52 (96 %). Deux personnes ont relu les mêmes appels" in text
    assert "18 sur 20 (90 %), kappa de Cohen 0,70." in text
    assert text.count("le taux serait 66 % (50 à 81 %) au lieu de 59 %") == 2
    method = page[page.index('class="method"') :]
    assert re.findall(r'au lieu de[^<]*<a class="see" href="#l-(\w+)"', method) == ["K2", "K3"]
    bare = replace(check, estimate=None, low=None, high=None)
    assert "C'est trop peu pour corriger" in words(page_of(with_rate(report, "agent_pickup_rate", corrected=bare)))


def test_the_method_says_the_rates_without_a_strike_and_leads_to_its_calls(make: Make) -> None:
    page = page_of(make({Outcome.HUMAN: 60, Outcome.BUSY: 40}, marked={Outcome.BUSY: "strike"}))
    said = words(page)
    assert "Appels d'un jour de grève : 80 ; ils comptent" in said
    assert "Sans eux, le taux par un agent serait 60 sur 60 (au moins 94 %, 94 à 100 %)" in said
    assert 'href="#l-strike">Voir ces appels' in page
    assert page.count(' strike"') == 80


def test_time_slots_without_a_call_are_told_with_their_weight(report: Report) -> None:
    def slot(name: str, weight: float, n: int) -> StratumLine:
        return StratumLine(script=Script.AGENT, name=name, weight=weight, n=n, x=n, own=0)

    told = "Tranches sans appel compté, jugées comme leur voisine : 1 pour l'appelant patient (19 % du poids)."
    assert told in words(page_of(replace(report, strata=(slot("Mon 09-12", 0.81, 50), slot("Mon 12-17", 0.19, 0)))))
    assert "sans appel compté" not in words(page_of(replace(report, strata=(slot("Mon 09-17", 1.0, 50),))))


def test_offers_to_call_back_are_told_as_x_of_n(make: Make) -> None:
    page = words(
        page_of(make({Outcome.HUMAN: 40, Outcome.CALLBACK_ONLY: 3}, marked={Outcome.CALLBACK_ONLY: "callback_offered"}))
    )
    assert "Un rappel a été proposé dans 6 appels sur 86 comptés ; nous le déclinons" in page


def test_a_service_that_answers_by_our_number_is_told_of_and_the_numbers_are_not(make: Make) -> None:
    mix = {Outcome.HUMAN: 60, Outcome.BUSY: 60}
    told = words(page_of(make(mix, shown=lambda _, n: f"016200000{n % 3}")))
    assert "Nos appels ont présenté 3 numéros différents" in told
    assert "Rien ne montre que le service les reconnaisse" in told
    known = make(mix, shown=lambda outcome, n: f"016200000{(n % 4 > 0) == (outcome is Outcome.HUMAN):d}")
    assert "de 30 sur 120 à 90 sur 120 ont trouvé un agent. Le hasard n'explique pas" in words(page_of(known))
    assert "016200000" not in page_of(known)
    few = make({Outcome.HUMAN: 20}, shown=lambda _, n: f"016200000{n % 2}")
    assert "Nos appels ont présenté" not in words(page_of(few))


def test_many_failures_of_our_side_or_of_the_network_are_told(make: Make) -> None:
    few = words(page_of(make({Outcome.HUMAN: 90, Outcome.OWN_FAILURE: 10, Outcome.NETWORK_FAILURE: 1})))
    many = words(page_of(make({Outcome.HUMAN: 80, Outcome.OWN_FAILURE: 10, Outcome.NETWORK_FAILURE: 2})))
    for sentence in ("Plus d'un appel sur dix a échoué de notre côté", "Plus de deux appels sur cent ont échoué"):
        assert sentence not in few
        assert sentence in many


def test_all_or_none_of_n_is_said_as_its_bound_in_tables_too(make: Make) -> None:
    text = words(page_of(make({Outcome.HUMAN: 30})))
    assert "30 sur 30 au moins 88 % 88 à 100 %" in text
    assert "0 sur 60 au plus 6 % 0 à 6 %" in text
    assert not re.search(r"30 sur 30 100 %", text)


def test_days_that_are_alike_are_told_of_in_the_method(report: Report) -> None:
    days = clustered([Cluster(name=str(i), n=10, x=x) for i, x in enumerate((2, 9, 4, 8, 7, 3, 9, 5, 6, 6))])
    text = words(page_of(with_rate(report, "agent_pickup_rate", by_day=days)))
    assert re.search(
        r"corrélation 0,1\d sur 10 jours\)\. Si chaque jour ne valait qu'un tirage, .* \d+ à \d+ %, non", text
    )
    assert "Appels d'un même jour" not in words(page_of(report))


def test_a_change_that_is_not_proven_stays_out_of_the_first_page(make: Make) -> None:
    report = make({Outcome.HUMAN: 158, Outcome.BUSY: 42})
    assert [c.proven for c in report.changes] == [False, False]
    text = words(page_of(report))
    assert "points depuis" not in text
    assert "septembre 2026 −1 −" in text


def test_no_percentage_from_fewer_than_ten_calls(make: Make) -> None:
    text = words(page_of(make({Outcome.HUMAN: 3, Outcome.BUSY: 1})))
    assert "3 sur 4 appels" in text
    assert "Nombre d'appels insuffisant pour conclure" in text
    shown = text[text.index("L'appelant patient") : text.index("Comment c'est mesuré")]
    assert set(re.findall(r"\d+ %", shown)) == {"85 %", "90 %", "95 %"}, "targets and levels only"


def test_no_decimals_in_a_percentage_from_fewer_than_a_thousand_calls(report: Report) -> None:
    text = words(page_of(report))
    shown = text[: text.index("Comment c'est mesuré")]
    assert re.findall(r"\d,\d+ %", shown) == []


def test_from_twenty_calls_a_percentage_but_no_verdict(make: Make) -> None:
    text = words(page_of(make({Outcome.HUMAN: 20})))
    assert "au moins 83 % 20 appels sur 20" in text
    assert "Appels comptés : 20, il en faut au moins 30" in text
    assert "Objectif atteint" not in text[: text.index("Méthode")]


def test_a_month_without_a_counted_call_says_nothing_of_the_service(make: Make) -> None:
    page = page_of(make({Outcome.NETWORK_FAILURE: 20}))
    text = words(page)
    assert text.count("Aucun appel de ce genre compté ce mois-ci") == 2
    assert "40 : échec du réseau" in text
    assert "0 sur 0" not in text


def test_every_number_leads_to_its_calls(report: Report) -> None:
    page = page_of(report)
    tags = Tags(page)
    assert len(tags.ids) == len(set(tags.ids)), "two elements with one id"
    inside = {link[1:] for link in tags.links if link.startswith("#")}
    assert inside <= set(tags.ids)
    rows = dict(re.findall(r'<tr id="(a-[0-9a-f]{16})" class="([^"]*)"', page))
    assert len(rows) == 400
    assert sum("K2" in lists.split() for lists in rows.values()) == 196
    assert sum("K2-0" in lists.split() for lists in rows.values()) == 80
    assert sum("busy" in lists.split() for lists in rows.values()) == 38


def test_every_list_holds_as_many_calls_as_its_figure_says(make: Make) -> None:
    flags = dict.fromkeys((Outcome.OWN_FAILURE, Outcome.BUSY), "near_close")
    one = make({o: 2 + i for i, o in enumerate(Outcome)}, marked=flags)
    sizes = Counter(name for lists in lists_of(one).values() for name in lists)
    for kpi in one.estimates.kpis.values():
        if isinstance(kpi, Rate) and kpi.denominator is not None:
            assert (sizes[kpi.code], sizes[f"{kpi.code}-1"]) == (kpi.denominator, kpi.numerator)
    assert all(sizes[name] == n for name, n in one.estimates.outcomes.items())
    assert all(sizes[f"c{c.weekday}-{c.band}"] == c.n for c in one.grid.cells)
    assert all(sizes[f.kind] == f.x for f in one.facts if f.kind != "worst_cell")
    assert all(sizes[w.flag] == w.n for w in one.without)


def test_every_list_that_a_number_leads_to_holds_a_call_or_is_none(report: Report) -> None:
    page = page_of(report)
    linked = {link[3:] for link in Tags(page).links if link.startswith("#l-")}
    kept = {name for lists in re.findall(r'<tr id="a-[^"]*" class="([^"]*)"', page) for name in lists.split()}
    assert linked <= kept


def test_outcomes_stand_in_the_table_or_are_named_as_missing_and_exclusions_with_their_counts(report: Report) -> None:
    page = page_of(report)
    text = words(page)
    table = text[text.index("Les issues rencontrées") : text.index("Ce qui n'est pas compté")]
    met = sum(n > 0 for n in report.estimates.outcomes.values())
    assert 0 < met < 25
    assert len(re.findall(r"\d (?:oui|non)", table)) == met
    # A sentence, not a line of the table: in a column of a phone it would be a hundred lines high.
    (others,) = re.findall(r'<p class="sub">(Issues qu.*?)</p>', page)
    assert len(words(others).split(" ; ")) == 25 - met
    assert "6 : mesure non réalisée (notre côté)" in text
    assert "2 : échec du réseau" in text


@pytest.mark.parametrize(
    ("mix", "said"),
    [
        ({Outcome.HUMAN: 20}, "Rien à signaler : tous les appels comptés ont trouvé un agent."),
        ({Outcome.INDETERMINATE: 20}, "Aucune cause n'a fait perdre plus d'un appel. 40 appels restent indécis."),
        ({Outcome.OWN_FAILURE: 20}, "Aucun appel compté : rien ne peut être dit du service ce mois-ci."),
    ],
)
def test_nothing_to_act_on_is_not_nothing_lost(mix: dict[Outcome, int], said: str, make: Make) -> None:
    assert said in words(page_of(make(mix)))


def test_where_all_is_undecided_no_bound_pretends_to_say_something(make: Make) -> None:
    text = words(page_of(make({Outcome.INDETERMINATE: 60})))
    assert "au plus 100 %" not in text
    assert "60 appels indécis : perdus pour le bas de l'intervalle, réussis pour le haut." in text
    assert text.count("0 sur 60 appels") == 2


@pytest.mark.parametrize("n", [1, 2])
def test_one_and_none_are_singular(n: int, make: Make) -> None:
    text = words(page_of(make({Outcome.HUMAN: n, Outcome.OWN_FAILURE: 1}, marked={Outcome.HUMAN: "announced_wait"})))
    assert re.findall(r"\b[01] (?:appels|comptés|services|indécis\b)", text) == []
    assert "40 appels" not in text


def test_a_call_that_heard_a_price_is_found_by_the_link_of_its_fact(report: Report) -> None:
    wrong, priced, right = report.attempts[:3]
    kpis = {**right.kpis, "publication_defect_rate": True}
    attempts = (
        replace(wrong, outcome=Outcome.NUMBER_INVALID, kpis=kpis),
        replace(priced, outcome=Outcome.HUMAN, kpis=kpis),
        replace(right, outcome=Outcome.HUMAN, kpis={**kpis, "publication_defect_rate": False}),
    )
    one = replace(report, attempts=attempts, facts=facts_of(attempts, Grid(bands=(), weekdays=(), cells=())))
    page = page_of(one)
    assert "dans 1 des 3 appels" in words(page)
    assert 'href="#l-price"' in page
    assert [name for name, lists in lists_of(one).items() if "price" in lists] == [priced.id]


def test_the_rate_with_network_failures_leads_to_the_calls_it_counts(report: Report) -> None:
    share = report.estimates.kpis["agent_pickup_rate"].pessimistic  # type: ignore[union-attr]
    assert sum(WITH_NETWORK in lists for lists in lists_of(report).values()) == share.denominator


def test_a_list_of_calls_near_closing_holds_those_that_count(make: Make) -> None:
    marked = dict.fromkeys((Outcome.HUMAN, Outcome.OWN_FAILURE), "near_close")
    one = make({Outcome.HUMAN: 40, Outcome.OWN_FAILURE: 3, Outcome.BUSY: 5}, marked=marked)
    assert sum("near_close" in lists for lists in lists_of(one).values()) == one.without[0].n == 80


def test_every_page_of_a_simulated_month_says_so(report: Report, make: Make, write: Write, tmp_path: Path) -> None:
    other = make({Outcome.HUMAN: 3}, id="b", name="B")
    for path in write([replace(r, simulated=True) for r in (report, other)], tmp_path):
        assert "SIMULÉ" in path.read_text(encoding="utf-8")
    for path in write([report], tmp_path / "real"):
        assert "SIMULÉ" not in path.read_text(encoding="utf-8")


def test_services_stand_in_alphabetical_order_whatever_their_rate(make: Make, write: Write, tmp_path: Path) -> None:
    good = make({Outcome.HUMAN: 40}, id="z", name="Zèbre")
    bad = make({Outcome.BUSY: 40}, id="a", name="abeille")
    write([good, bad], tmp_path)
    index = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert index.index("abeille") < index.index("Zèbre")
    assert "pour les 4 comparés ci-dessous" in words(index)
    assert index.count('href="z.html#l-K2"') == index.count('href="a.html#l-K3"') == 1


def test_the_same_month_gives_the_same_bytes(report: Report, make: Make, write: Write, tmp_path: Path) -> None:
    other = make({Outcome.HUMAN: 3}, id="b", name="B")
    one = {p.name: p.read_bytes() for p in write([report, other], tmp_path / "a")}
    two = {p.name: p.read_bytes() for p in write([other, report], tmp_path / "b")}
    assert one == two


def test_names_of_services_are_text_and_file_names_are_safe(make: Make, write: Write, tmp_path: Path) -> None:
    report = make({Outcome.HUMAN: 12}, id="a/<b>", name='<script>alert("1")</script>')
    written = write([report], tmp_path)
    assert [p.name for p in written] == ["index.html", "a__b_.html"]
    assert all("<script>" not in p.read_text(encoding="utf-8") for p in written)
    assert file_name("") == "_"


@pytest.mark.parametrize(
    ("mix", "reason"),
    [
        ({Outcome.INDETERMINATE: 8, Outcome.HUMAN: 32}, "8 appels indécis"),
        ({Outcome.OWN_FAILURE: 30, Outcome.HUMAN: 60}, "Plus d'un appel sur cinq"),
    ],
)
def test_the_reason_why_there_is_no_verdict_is_said(
    mix: dict[Outcome, int], reason: str, make: Make, tmp_path: Path
) -> None:
    text = words(page_of(make(mix)))
    assert "Mesure trop incertaine pour conclure" in text
    assert reason in text


def test_what_a_service_declares_stands_beside_the_measure_and_changes_nothing(report: Report) -> None:
    line = DeclaredLine(source="rapport annuel", presented=12000, answered=11000, dissuaded=None, definition="en file")
    text = words(page_of(replace(report, declared=(line,))))
    section = text[text.index("Ce que le service déclare") :]
    assert "rapport annuel 11 000 sur 12 000 91,7 % – en file" in section
    assert "mesuré, K2 116 sur 196 59 %" in section
    assert section.index("mesuré, K2b") > section.index("mesuré, K2 ")
    assert "Ce que le service déclare" not in words(page_of(report))
