"""Page → PDF by typst: the report, the A4 poster, the page of a group. PDF/UA-1; no font of the machine is used, so the
same page gives the same document everywhere.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from functools import cache
from importlib import resources
from pathlib import Path
from xml.etree import ElementTree

import typst

from exporters.report.group import GroupPage
from exporters.report.language import Language
from exporters.report.page import Page
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
    "chance": said("Services comparés à ce que le hasard explique"),
    "strata": said("Chaque service est une strate : l'intervalle est celui de Korn-Graubard sur la somme pondérée."),
    "poster": said("Nos résultats au téléphone"),
    "how": said("Mesuré par des appels mystères à des instants tirés au hasard pendant les horaires d'ouverture."),
    "more": said("Le détail, la méthode et chaque appel :"),
}
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
"""A document says the month it is about, never the moment it was made."""


def report_pdf(page: Page, lang: Language) -> bytes:
    """The whole report."""
    return _compiled("report.typ", page, lang, "")


def group_pdf(page: GroupPage, lang: Language) -> bytes:
    """The page of several services."""
    return _compiled("group.typ", page, lang, "")


def poster_pdf(page: Page, lang: Language, link: str) -> bytes:
    """One A4 page to pin up at the counter; `link` leads to the report."""
    return _compiled("poster.typ", page, lang, link)


def _compiled(template: str, page: Page | GroupPage, lang: Language, link: str) -> bytes:
    data = asdict(page) | {"words": {name: lang.t(text) for name, text in HEADINGS.items()}, "link": link}
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for name in (template, "parts.typ"):
            (root / name).write_text(_template(name), encoding="utf-8")
        (root / "page.json").write_text(json.dumps(_with_alternatives(data)), encoding="utf-8")
        made = typst.compile(
            root / template, root=root, ignore_system_fonts=True, pdf_standards="ua-1", timestamp=EPOCH
        )
    assert isinstance(made, bytes)
    return made


def _with_alternatives(value: object) -> object:
    """Every SVG together with its title and description, which stand for it in a screen reader."""
    if isinstance(value, dict):
        return {key: _with_alternatives(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_with_alternatives(item) for item in value]
    if isinstance(value, str) and value.startswith("<svg"):
        title, text = (part.text or "" for part in ElementTree.fromstring(value)[:2])
        return {"svg": value, "alt": f"{title}. {text}"}
    return value


@cache
def _template(name: str) -> str:
    return (resources.files("exporters.report") / "templates" / name).read_text(encoding="utf-8")
