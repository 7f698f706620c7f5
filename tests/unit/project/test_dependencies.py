"""docs/dependencies.md names every locked package with the licence that the installed package declares."""

from __future__ import annotations

import re
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
DOCUMENT = (ROOT / "docs" / "dependencies.md").read_text()

WITHOUT_A_WORD = {"pjsua2-python": "GPL-2.0-or-later", "espeakng-loader": "GPL-3.0-or-later"}
"""Packages that declare no licence; the document says where theirs comes from."""
SPDX = {
    "Apache 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD-3-Clause",
    "BSD 3-Clause License": "BSD-3-Clause",
    "3-Clause BSD License": "BSD-3-Clause",
    "2-clause BSD": "BSD-2-Clause",
    "MIT License": "MIT",
    "Python Software Foundation License": "PSF-2.0",
    "Dual License": "Apache-2.0 OR BSD-3-Clause",
}
COMBINES_WITH_GPL_3 = {
    *("MIT", "BSD-2-Clause", "BSD-3-Clause", "0BSD", "Zlib", "CC0-1.0", "Apache-2.0", "PSF-2.0", "ISC"),
    *("MIT-0", "LGPL-2.1-or-later", "LGPL-3.0-only", "GPL-2.0-or-later", "GPL-3.0-or-later"),
}


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _table(heading: str) -> dict[str, list[str]]:
    section = DOCUMENT.split(f"## {heading}\n")[1].split("\n## ")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines() if line[:2] == "| "]
    return {_normal(row[0]): row[1:] for row in rows[1:]}


def _locked() -> set[str]:
    return {
        _normal(name)
        for name in re.findall(
            r"^([A-Za-z0-9_.-]+)==", (ROOT / "requirements" / "runtime.txt").read_text(), re.MULTILINE
        )
    }


def _asked_for() -> set[str]:
    lines = (ROOT / "requirements" / "runtime.in").read_text().splitlines()
    return {_normal(re.split(r"[\[<>=! ]", line)[0]) for line in lines if line.strip() and line[0] not in "-#"}


def _declared(name: str) -> str:
    told = metadata.metadata(name)
    if told["License-Expression"]:
        return str(told["License-Expression"])
    first_line = (told["License"] or "").split("\n")[0].strip()
    classifiers = [line.split(" :: ")[-1] for line in told.get_all("Classifier") or [] if line.startswith("License")]
    for word in (first_line, *classifiers):
        if word in SPDX or word in COMBINES_WITH_GPL_3 or " OR " in word:
            return SPDX.get(word, word)
    return first_line or "nothing"


CHOSEN, BROUGHT = _table("Chosen"), _table("Brought along")


def test_every_package_asked_for_says_why_and_what_would_replace_it() -> None:
    assert set(CHOSEN) == _asked_for()
    assert {name: row for name, row in CHOSEN.items() if len(row) != 3 or not all(row)} == {}


def test_every_other_locked_package_says_what_brings_it() -> None:
    assert set(BROUGHT) == _locked() - _asked_for()
    known = set(CHOSEN) | set(BROUGHT)
    strangers = {name for name, row in BROUGHT.items() if not {_normal(by) for by in row[1].split(", ")} <= known}
    assert strangers == set()


@pytest.mark.parametrize("name", sorted({**CHOSEN, **BROUGHT}))
def test_the_licence_is_the_one_the_package_declares(name: str) -> None:
    assert {**CHOSEN, **BROUGHT}[name][0] == WITHOUT_A_WORD.get(name, _declared(name))


@pytest.mark.parametrize("name", sorted(WITHOUT_A_WORD))
def test_a_package_is_taken_as_silent_only_while_it_is(name: str) -> None:
    assert _declared(name) == "nothing"
    assert f"* **{name}** declares no licence" in DOCUMENT


def test_every_licence_combines_with_ours() -> None:
    words = {word for row in {**CHOSEN, **BROUGHT}.values() for word in re.split(r" AND | OR ", row[0])}
    assert words <= COMBINES_WITH_GPL_3
