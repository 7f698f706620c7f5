"""A page in a language → HTML, self-contained."""

from __future__ import annotations

from functools import cache
from importlib import resources

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from exporters.report.language import Language
from exporters.report.page import Page


def html(page: Page, lang: Language) -> str:
    """A service's page."""
    return fill("page.html", lang, p=page)


def fill(template: str, lang: Language, **values: object) -> str:
    """A template with its values, the style and the words of a language."""
    return _templates().get_template(template).render(**values, style=_style(), lang=lang, t=lang.t)


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
