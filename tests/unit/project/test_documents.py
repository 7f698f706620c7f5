"""Documents hold together: links lead somewhere, decisions are complete, the glossary knows the words of the code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from prober.attempt import Policy, Script
from prober.phase import LAST, Phase

ROOT = Path(__file__).parents[3]
DOCUMENTS = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("*.md"))
GLOSSARY = (ROOT / "docs" / "glossary.md").read_text()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda file: file.name)
def test_links_between_documents_lead_somewhere(document: Path) -> None:
    targets = re.findall(r"\]\(([^)#\s]+)[^)]*\)", document.read_text())
    here = [target for target in targets if not target.startswith(("http://", "https://", "mailto:"))]
    assert [target for target in here if not (document.parent / target).exists()] == []


@pytest.mark.parametrize("decision", DECISIONS, ids=lambda file: file.name)
def test_a_decision_is_short_and_says_its_status_its_reason_and_what_it_replaces(decision: Path) -> None:
    text = decision.read_text()
    number = int(decision.name[:3])
    assert text.startswith(f"# {number}. ")
    assert len(text.splitlines()) <= 25
    assert [word for word in ("\nStatus: ", "**Decision.**", "**Why.**", "**Replaces.**") if word not in text] == []


def test_decisions_are_numbered_without_a_gap() -> None:
    numbers = [int(decision.name[:3]) for decision in DECISIONS]
    assert numbers == list(range(1, len(numbers) + 1))


def test_the_glossary_has_each_word_once() -> None:
    words = re.findall(r"^\* \*\*(.+?)\*\*", GLOSSARY, re.MULTILINE)
    assert len(words) > 40
    assert sorted({word for word in words if words.count(word) > 1}) == []


@pytest.mark.parametrize("word", [*Script, *Policy], ids=str)
def test_the_glossary_knows_scripts_and_policies(word: str) -> None:
    assert f"`{word}`" in GLOSSARY


def test_the_glossary_knows_the_phases() -> None:
    line = next(part for part in GLOSSARY.split("\n* ") if part.startswith("**phase**"))
    assert [phase for phase in Phase if phase not in LAST and phase not in line] == []


def test_the_licence_is_the_gnu_general_public_license_version_3() -> None:
    first = [line.strip() for line in (ROOT / "LICENSE").read_text().splitlines()[:2]]
    assert first == ["GNU GENERAL PUBLIC LICENSE", "Version 3, 29 June 2007"]
