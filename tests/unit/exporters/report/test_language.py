"""Words and numbers as a reader of each language writes them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import resources
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po

from exporters.report.language import LANGUAGES, language
from exporters.report.words import FACTS, OUTCOMES, WHO
from prober.outcome import Outcome, Who

FR, EN = language("fr"), language("en")
SOURCE = Path(str(resources.files("exporters.report")))
SAID = {"t": None, "sentence": None, "said": None, "nt": (1, 2)}


def messages() -> Iterator[str | tuple[str, ...]]:
    """Every text that the code and the templates say."""
    for file in SOURCE.glob("*.py"):
        yield from (found[1] for found in extract_from_file("python", file, keywords=SAID))
    for file in (SOURCE / "templates").glob("*.html"):
        yield from (found[1] for found in extract_from_file("jinja2.ext:babel_extract", file, keywords=SAID))


def test_english_says_everything_with_the_same_values_and_nothing_more() -> None:
    catalogue = read_po(BytesIO((SOURCE / "locale" / "en.po").read_bytes()), locale="en")
    english = {m.id: m.string for m in catalogue if m.id}
    wanted = set(messages())
    assert set(english) == wanted
    for source, translated in english.items():
        for one, other in zip(*((t,) if isinstance(t, str) else t for t in (source, translated)), strict=True):
            fields = [set(re.findall(r"%\(\w+\)s|%%", text)) for text in (one, other)]
            assert fields[0] == fields[1], one
            assert other


@pytest.mark.parametrize(
    ("share", "n", "target", "words"),
    [
        (0.857, 9, None, "–"),
        (0.857, 10, None, "86 %"),
        (0.857, 999, None, "86 %"),
        (0.8573, 1000, None, "85,7 %"),
        (None, 50, None, "–"),
        (1.0, 10, None, "100 %"),
        (0.0, 10, None, "0 %"),
        (0.998, 500, None, "99 %"),
        (0.002, 500, None, "1 %"),
        (0.846, 500, 0.85, "84 %"),
        (0.85, 500, 0.85, "85 %"),
        (0.8496, 2000, 0.85, "84,9 %"),
    ],
)
def test_a_percentage_is_as_precise_as_its_n_and_never_crosses_its_target(
    share: float | None, n: int, target: float | None, words: str
) -> None:
    assert FR.percent(share, n, target).replace("\u00a0", " ") == words


@pytest.mark.parametrize(
    ("low", "high", "n", "target", "words"),
    [
        (0.637, 0.9702, 21, None, "63 à 98 %"),
        (0.77, 0.846, 200, 0.85, "77 à 84 %"),
        (0.8501, 0.95, 200, 0.85, "85 à 95 %"),
        (0.63, 0.97, 9, None, "–"),
        (0.6371, 0.9702, 2100, None, "63,7 à 97,1 %"),
    ],
)
def test_an_interval_is_rounded_outwards_but_stays_on_its_side_of_the_target(
    low: float, high: float, n: int, target: float | None, words: str
) -> None:
    assert FR.bounds(low, high, n, target).replace("\u00a0", " ") == words


@pytest.mark.parametrize(
    ("x", "low", "high", "n", "words"),
    [
        (30, 0.8843, 1.0, 30, "au moins 88 %"),
        (0, 0.0, 0.1157, 30, "au plus 12 %"),
        (29, 0.8, 0.99, 30, ""),
        (9, 0.66, 1.0, 9, ""),
        (0, None, None, 0, ""),
    ],
)
def test_all_or_none_of_the_calls_is_said_as_a_bound(
    x: int, low: float | None, high: float | None, n: int, words: str
) -> None:
    assert FR.extreme(x, low, high, n, 0.85).replace("\u00a0", " ") == words


def test_durations_dates_and_signs_follow_the_language() -> None:
    assert FR.seconds(3.25).replace("\u00a0", " ") == "3,2 s"
    assert FR.seconds(125).replace("\u00a0", " ") == "2 min 05 s"
    assert FR.seconds(59.97).replace("\u00a0", " ") == "1 min"
    assert FR.seconds(600).replace("\u00a0", " ") == "10 min"
    assert FR.seconds(None) == "–"
    assert (FR.month("2026-08"), EN.month("2026-08")) == ("août 2026", "August 2026")
    assert (FR.weekday(0), EN.weekday(4)) == ("lundi", "Friday")
    assert EN.percent(0.857, 1000) == "85.7%"
    assert FR.points(-0.074) == "−7"
    assert (FR.points(0.0), FR.points(0.004), EN.points(-0.0004)) == ("0", "+0,4", "−0.04")
    assert FR.between(-0.154, -0.004) == ("−16", "−0,4"), "proven, and no bound is nought"
    assert FR.between(-0.004, 0.151) == ("−1", "+16")
    assert (FR.quoted("1, « oui »"), EN.quoted("1, « oui »")) == ("1, «\u00a0oui\u00a0»", "1, “oui”")
    assert FR.listed(["a, b", "c"]) == "a, b\u00a0; c"
    assert EN.listed(["a, b", "c"]) == "a, b; c"
    assert FR.day("2026-10-01") == "jeudi 1er octobre"
    assert (FR.count(9999), FR.count(12345), EN.count(12345)) == ("9999", "12\u202f345", "12,345")
    assert FR.opening("Mo-Fr 09:00-16:30; PH off") == "lun.-ven. 09:00-16:30\u00a0; jours fériés\u00a0: fermé"
    assert EN.opening("Sa 09:00-12:00; SH off") == "Sat 09:00-12:00; school holidays: closed"


def test_french_signs_never_begin_a_line() -> None:
    assert FR.t("fermé ?") == "fermé\u00a0?"
    assert EN.t("occupé") == "busy"


def test_a_language_that_is_not_spoken_is_refused() -> None:
    with pytest.raises(ValueError, match="does not speak 'de', expected one of fr, en"):
        language("de")


def test_every_outcome_and_every_loss_has_its_words() -> None:
    assert set(OUTCOMES) == set(Outcome)
    assert set(WHO) == set(Who)
    assert {o.value for o in Outcome if o.who is Who.SERVICE} <= set(FACTS)
    assert len(LANGUAGES) == 2


@pytest.mark.parametrize(
    ("code", "said"), [("fr", "3646 mar.-jeu. 09-11 + 3646 ven. 09"), ("en", "3646 Tue-Thu 09-11 + 3646 Fri 09")]
)
def test_strata_are_named_with_the_weekdays_of_the_language(code: str, said: str) -> None:
    assert language(code).stratum("3646 Tue-Thu 09-11 + 3646 Fri 09") == said
