"""Report → HTML: one self-contained page a service and an index. Each file appears whole or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib import resources
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from exporters.report.language import Language, language
from exporters.report.model import Report
from exporters.report.page import Page, page_of
from exporters.report.whole import file_name, write_whole

CHANCE = 0.025
"""Of a wrong verdict for a service that is exactly at its target."""


def write_reports(reports: Sequence[Report], out: Path, *, lang: str = "fr") -> list[Path]:
    """Write the pages into `out`; gives the files, the index first."""
    words = language(lang)
    pages = [page_of(r, words) for r in alphabetical(reports)]
    index = write_whole(out / "index.html", _index(pages, words))
    return [index, *(write_whole(out / f"{file_name(p.id)}.html", html(p, words)) for p in pages)]


def html(page: Page, lang: Language) -> str:
    """A service's page."""
    return _templates().get_template("page.html").render(p=page, style=_style(), t=lang.t)


def alphabetical(reports: Sequence[Report]) -> list[Report]:
    """By name: services whose intervals overlap are not ranked."""
    return sorted(reports, key=lambda r: (r.service.name.casefold(), r.service.id))


def _index(pages: Sequence[Page], lang: Language) -> str:
    judged = sum(c.verdict in ("met", "not_met") for p in pages for c in p.cards)
    return (
        _templates()
        .get_template("index.html")
        .render(
            entries=[{"page": p, "file": f"{file_name(p.id)}.html"} for p in pages],
            month=", ".join(dict.fromkeys(p.month for p in pages)),
            simulated=next((p.simulated for p in pages if p.simulated), ""),
            services=lang.nt("%(n)s service", "%(n)s services", len(pages)),
            chance=lang.t(
                "Deux services dont les intervalles se recouvrent ne peuvent pas être classés. Sur %(n)s conclusions "
                "données ci-dessous, environ %(wrong)s seraient fausses par le seul hasard si tous les services "
                "étaient juste à leur objectif.",
                n=judged,
                wrong=lang.decimal(CHANCE * judged, 1),
            ),
            footer=pages[0].footer if pages else "",
            style=_style(),
            lang=lang,
            t=lang.t,
        )
    )


@cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("exporters.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def _style() -> Markup:
    return Markup((resources.files("exporters.report") / "templates" / "style.css").read_text(encoding="utf-8"))
