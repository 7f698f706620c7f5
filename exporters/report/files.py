"""The files of a month's reports: pages, PDF, posters, badges, JSON and open data, in one folder."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

from exporters.cli_report import FORMATS
from exporters.report.model import Report


def write_report(
    reports: Sequence[Report],
    out: Path,
    language: str = "fr",
    formats: Collection[str] = ("html", "json"),
    *,
    address: str = "",
) -> list[Path]:
    """Write the reports into `out`; gives the files. `address`: where the folder will be published, for links.

    ValueError for a format or a language that there is not.
    """
    from exporters.report.language import language as spoken

    unknown = sorted(set(formats) - set(FORMATS))
    if unknown:
        raise ValueError(f"no format {', '.join(unknown)}, expected some of {', '.join(FORMATS)}")
    lang = spoken(language)
    written: list[Path] = []
    if "html" in formats:
        from exporters.report.render import write_reports

        written += write_reports(reports, out, lang=language)
    if "opendata" in formats:
        from exporters.opendata import write_open_data

        written += write_open_data(reports, out / "opendata")
    for report in reports:
        written += _one(report, out, lang.code, formats, address.rstrip("/"))
    return written


def _one(report: Report, out: Path, language: str, formats: Collection[str], address: str) -> list[Path]:
    from exporters.report.language import language as spoken
    from exporters.report.page import page_of
    from exporters.report.whole import file_name, write_whole

    lang, name, written = spoken(language), file_name(report.service.id), []
    link = f"{address}/{name}.html" if address else f"{name}.html"
    if "json" in formats:
        from exporters.report.plain import report_json

        written.append(write_whole(out / f"{name}.json", report_json(report)))
    if not {"pdf", "poster", "badge"} & set(formats):
        return written
    page = page_of(report, lang)
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
