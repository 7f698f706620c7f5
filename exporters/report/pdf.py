"""Page → PDF by typst: the report, the A4 poster, the page of a group. PDF/UA-1; no font of the machine is used, so the
same page gives the same document everywhere.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import typst

from exporters.report.group import GroupPage
from exporters.report.language import Language
from exporters.report.page import Page
from exporters.report.tables import Row
from exporters.report.words import said

HEADINGS: Mapping[str, str] = {
    "act": said("Sur quoi agir"),
    "lost": said("Où les appels se perdent"),
    "funnel": said("Du numéro composé à l'agent : ce qui se perd à chaque étape"),
    "met": said("Ce que les appels comptés ont rencontré, et qui en répond"),
    "excluded": said("Ce qui n'est pas compté, et pourquoi"),
    "nothing": said("Rien : tous les appels passés sont comptés."),
    "incidents": said("Incidents"),
    "waits": said("Combien de temps avant un agent"),
    "no_waits": said("Aucun appel compté : rien ne peut être dit de l'attente."),
    "when": said("À quels jours et heures"),
    "heat": said("Part des appels qui ont trouvé un agent ; aucune conclusion par case"),
    "number": said("Le numéro, le prix, le menu"),
    "kpis": said("Tous les indicateurs"),
    "method": said("Comment c'est mesuré"),
    "attempts": said("Les appels, un par un"),
    "elsewhere": said(
        "Ils sont trop nombreux pour un document à imprimer : la page du service et son fichier JSON les donnent tous."
    ),
    "chance": said("Services comparés à ce que le hasard explique"),
    "strata": said("Chaque service est une strate : l'intervalle est celui de Korn-Graubard sur la somme pondérée."),
    "poster": said("Nos résultats au téléphone"),
    "how": said("Mesuré par des appels mystères à des instants tirés au hasard pendant les horaires d'ouverture."),
    "more": said("Le détail, la méthode et chaque appel :"),
}
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
"""A document says the month it is about, never the moment it was made."""


LISTED = 100
"""Most calls that a document lists: two pages. A cell takes a tenth of a millisecond; 440 calls, two thirds of all."""
TEMPLATES = Path(__file__).parent / "templates"
ON_POSTER = frozenset(
    ("lang", "name", "organisation", "month", "simulated", "provisional", "subtitle", "cards", "counts", "footer")
)


def report_pdf(page: Page, lang: Language) -> bytes:
    """The report; of more than LISTED calls no list."""
    listed = page.attempts if len(page.attempts.rows) <= LISTED else replace(page.attempts, rows=())
    return _compiled("report.typ", replace(page, attempts=listed, filters={}), lang)


def group_pdf(page: GroupPage, lang: Language) -> bytes:
    """The page of several services."""
    return _compiled("group.typ", page, lang)


def poster_pdf(page: Page, lang: Language, link: str) -> bytes:
    """One A4 page to pin up at the counter; `link` leads to the report."""
    return _compiled("poster.typ", page, lang, link=link, only=ON_POSTER)


def _compiled(
    template: str, page: Page | GroupPage, lang: Language, *, link: str = "", only: Collection[str] = ()
) -> bytes:
    """`only`: fields of the page that the template needs; all by default."""
    kind: Any = type(page)
    data = {name: _shown(getattr(page, name)) for name in _names(kind) if not only or name in only}
    data |= {"words": {name: lang.t(text) for name, text in HEADINGS.items()}, "link": link}
    made = _compiler().compile(
        TEMPLATES / template, sys_inputs={"page": json.dumps(data)}, pdf_standards="ua-1", timestamp=EPOCH
    )
    assert isinstance(made, bytes)
    return made


@cache
def _compiler() -> typst.Compiler:
    """One a process: fonts are read and templates parsed once."""
    return typst.Compiler(root=TEMPLATES, font_paths=typst.Fonts(include_system_fonts=False))


def _shown(value: object) -> object:
    """Dataclasses as objects, cells as their text; every SVG together with its title and description, which stand for
    it in a screen reader.
    """
    if isinstance(value, str):
        return _with_alternative(value) if value.startswith("<svg") else value
    if isinstance(value, Row):
        return {"soft": value.soft, "cells": [cell.text for cell in value.cells]}
    if isinstance(value, list | tuple):
        return [_shown(item) for item in value]
    if isinstance(value, Mapping):
        return {key: _shown(item) for key, item in value.items()}
    if is_dataclass(value):
        kind: Any = type(value)
        return {name: _shown(getattr(value, name)) for name in _names(kind)}
    return value


def _with_alternative(svg: str) -> Mapping[str, str]:
    title, text = (part.text or "" for part in ElementTree.fromstring(svg)[:2])
    return {"svg": svg, "alt": f"{title}. {text}"}


@cache
def _names(kind: Any) -> tuple[str, ...]:
    return tuple(f.name for f in fields(kind))
