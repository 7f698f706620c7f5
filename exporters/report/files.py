"""The files of one service: page, PDF, poster, badge and JSON."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from exporters.report.language import language as spoken
from exporters.report.model import Report
from exporters.report.page import Page
from exporters.report.whole import file_name, write_whole


def write_service(
    report: Report, page: Page, out: Path, language: str, formats: Collection[str], *, address: str = ""
) -> list[Path]:
    """Write what is about this service alone; gives the files. `address`: where the folder will be published."""
    lang, name, written = spoken(language), file_name(report.service.id), []
    address = address.rstrip("/")
    link = f"{address}/{name}.html" if address else f"{name}.html"
    if "json" in formats:
        from exporters.report.plain import report_json

        written.append(write_whole(out / f"{name}.json", report_json(report)))
    if "html" in formats:
        from exporters.report.render import html

        written.append(write_whole(out / f"{name}.html", html(page, lang)))
    if "pdf" in formats:
        from exporters.report.pdf import report_pdf

        written.append(write_whole(out / f"{name}.pdf", report_pdf(page, lang)))
    if "poster" in formats:
        from exporters.report.pdf import poster_pdf

        written.append(write_whole(out / f"{name}-poster.pdf", poster_pdf(page, lang, address and link)))
    if "badge" in formats:
        from exporters.report.badge import badge_html, badge_svg

        image = f"{name}-badge.svg"
        written.append(write_whole(out / image, badge_svg(page, lang)))
        snippet = badge_html(page, lang, image=f"{address}/{image}" if address else image, link=link)
        written.append(write_whole(out / f"{name}-badge.html", snippet))
    return written
