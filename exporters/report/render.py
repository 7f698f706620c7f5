"""A page in a language → HTML, self-contained."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from importlib import resources

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from exporters.report.language import Language
from exporters.report.page import Page
from exporters.report.tables import Cell, Row, Table


def html(page: Page, lang: Language) -> str:
    """A service's page."""
    return fill("page.html", lang, p=page)


def fill(template: str, lang: Language, **values: object) -> str:
    """A template with its values, the style and the words of a language."""
    return _templates().get_template(template).render(**values, style=_style(), lang=lang, t=lang.t)


def table(t: Table, label: str) -> Markup:
    """A table that scrolls on a small screen. Not a template: a month has thousands of cells, and Jinja takes thrice
    the time for them.
    """
    kinds = [' class="n"' if column in t.figures else "" for column in range(len(t.heads))]
    heads = (
        f'<th scope="col"{kind}>{escape(head)}</th>' if head else "<td></td>"
        for head, kind in zip(t.heads, kinds, strict=True)
    )
    # A table says the same words again and again.
    said = cache(escape)
    rows = "\n".join(_row(row, kinds, said) for row in t.rows)
    return Markup(
        f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(label)}">\n<table>\n'
        f"<caption>{escape(t.caption)}</caption>\n<thead><tr>{''.join(heads)}</tr></thead>\n"
        f"<tbody>\n{rows}\n</tbody>\n</table>\n</div>\n"
    )


def _row(row: Row, kinds: Sequence[str], said: Callable[[str], Markup]) -> str:
    identity = f' id="{escape(row.id)}"' if row.id else ""
    lists = " ".join((*(("soft",) if row.soft else ()), *row.lists))
    marked = f' class="{escape(lists)}"' if lists else ""
    first, *others = (_linked(cell, row, said(cell.text)) for cell in row.cells)
    cells = "".join([f"<td{kind}>{text}</td>" for text, kind in zip(others, kinds[1:], strict=True)])
    return f'<tr{identity}{marked}><th scope="row">{first}</th>{cells}</tr>'


def _linked(cell: Cell, row: Row, text: str) -> str:
    address = cell.link or (f"#{'' if row.id else 'l-'}{cell.anchor}" if cell.anchor else "")
    return f'<a href="{escape(address)}">{text}</a>' if address else text


@cache
def _templates() -> Environment:
    templates = Environment(
        loader=PackageLoader("exporters.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.globals["table"] = table
    return templates


@cache
def _style() -> Markup:
    return Markup((resources.files("exporters.report") / "templates" / "style.css").read_text(encoding="utf-8"))
