"""A month's folder: what is about one service is written at once, what is about several when all are known."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from exporters.report.files import write_service
from exporters.report.formats import check_formats
from exporters.report.group import group_page, link_of
from exporters.report.group_json import roll_up_json
from exporters.report.index import Entry, entry_of, write_index
from exporters.report.language import language
from exporters.report.model import Report
from exporters.report.page import page_of
from exporters.report.render import fill
from exporters.report.whole import write_whole
from exporters.rollup import Placed, RollUp, groups_of, roll_up

if TYPE_CHECKING:
    from exporters.opendata import OpenData, Rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """What to write, and where. `address`: where the folder will be published, for links.

    ValueError for a format or a language that there is not.
    """

    out: Path
    language: str = "fr"
    formats: tuple[str, ...] = ("html", "json")
    address: str = ""

    def __post_init__(self) -> None:
        check_formats(self.formats)
        language(self.language)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """A service that is written, and what the pages about several services need of it."""

    files: tuple[Path, ...]
    entry: Entry | None
    placed: Placed
    rows: Rows | None
    month: str
    simulated: bool
    provisional: bool
    t_max_s: float
    rules_version: str
    version: str


def deliver(report: Report, placed: Placed, publication: Publication) -> Delivered:
    """Write the files of a service."""
    p = publication
    page = page_of(report, language(p.language))
    files = write_service(report, page, p.out, p.language, p.formats, address=p.address)
    return Delivered(
        files=tuple(files),
        entry=entry_of(page) if "html" in p.formats else None,
        placed=placed,
        rows=_rows(report) if "opendata" in p.formats else None,
        month=report.month,
        simulated=report.simulated,
        provisional=report.provisional is not None,
        t_max_s=report.t_max_s,
        rules_version=report.method.rules_version,
        version=report.method.version,
    )


def _rows(report: Report) -> Rows:
    from exporters.opendata import rows_of  # pyarrow takes half a second to import

    return rows_of(report)


class Folder:
    """Collects the services of one month, in the order of their ids, and writes what needs all of them."""

    def __init__(self, publication: Publication) -> None:
        self.publication = publication
        self._entries: list[Entry] = []
        self._placed: list[Placed] = []
        self._files: list[Path] = []
        self._last: Delivered | None = None
        self._simulated = self._provisional = False
        self._data: OpenData | None = None

    def add(self, one: Delivered) -> None:
        """Keep what the index, the roll-ups and the open data need of a service."""
        self._last, self._simulated = one, self._simulated or one.simulated
        self._provisional = self._provisional or one.provisional
        self._files += one.files
        self._placed.append(one.placed)
        if one.entry is not None:
            self._entries.append(one.entry)
        if one.rows is not None:
            from exporters.opendata import OpenData

            self._data = self._data or OpenData(self.publication.out / "opendata")
            self._data.add(one.rows)

    def close(self) -> list[Path]:
        """Write the rest; gives all files, the index first. Nothing without a service."""
        if self._last is None:
            return []
        rolled = [self._rolled(key, *group, self._last) for key, group in groups_of(self._placed).items()]
        if self._data is not None:
            self._files += self._data.close(rolled)
        return [*self._pages(rolled), *self._files]

    def abandon(self) -> None:
        """Leave no table half written; pages of services that are whole stay."""
        if self._data is not None:
            self._data.abandon()

    def _rolled(self, key: tuple[str, str], name: str, services: list[Placed], one: Delivered) -> RollUp:
        return roll_up(
            *key,
            name,
            services,
            month=one.month,
            simulated=self._simulated,
            provisional=self._provisional,
            t_max_s=one.t_max_s,
            rules_version=one.rules_version,
            version=one.version,
        )

    def _pages(self, rolled: Iterable[RollUp]) -> list[Path]:
        p, lang = self.publication, language(self.publication.language)
        written: list[Path] = []
        links = []
        for r in rolled:
            link = link_of(r, lang)
            links.append(link)
            page, file = group_page(r, lang), p.out / link.file
            if "html" in p.formats:
                written.append(write_whole(file, fill("group.html", lang, g=page)))
            if "json" in p.formats:
                written.append(write_whole(file.with_suffix(".json"), roll_up_json(r)))
            if "pdf" in p.formats:
                from exporters.report.pdf import group_pdf  # only where a PDF is asked for

                written.append(write_whole(file.with_suffix(".pdf"), group_pdf(page, lang)))
        if "html" in p.formats:
            written.insert(0, write_index(self._entries, links, p.out, lang))
        return written
