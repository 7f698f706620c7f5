"""The index of a month: every service by name, and the groups they belong to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from exporters.report.language import Language
from exporters.report.page import Card, Page, provisional
from exporters.report.render import fill
from exporters.report.whole import file_name, write_whole
from exporters.report.words import GROUPS
from exporters.rollup import by_name

CHANCE = 0.025
"""Of a wrong verdict, at most: for a service that is just under its target, or just at it."""
CROWD = 100
"""Services from which on the index shows no pictures: it would be slow to open and long to scroll."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What the index says of a service."""

    id: str
    name: str
    numbers: str
    month: str
    simulated: str
    provisional: str
    footer: str
    cards: tuple[Card, ...]

    @property
    def file(self) -> str:
        """Its page."""
        return f"{file_name(self.id)}.html"


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupLink:
    """A page about several services."""

    kind: str
    name: str
    file: str
    services: int


def entry_of(page: Page) -> Entry:
    """The entry of a service's page."""
    return Entry(
        id=page.id,
        name=page.name,
        numbers=page.subtitle[0],
        month=page.month,
        simulated=page.simulated,
        provisional=page.provisional_short,
        footer=page.footer,
        cards=page.cards,
    )


def write_index(entries: Sequence[Entry], groups: Sequence[GroupLink], out: Path, lang: Language) -> Path:
    """Write index.html. By name: services whose intervals overlap are not ranked."""
    ordered = sorted(entries, key=lambda e: (by_name(e.name), e.id))
    if len(ordered) > CROWD:
        ordered = [replace(e, cards=tuple(replace(c, picture="") for c in e.cards)) for e in ordered]
    judged = sum(c.verdict in ("met", "not_met", "inconclusive") for e in ordered for c in e.cards)
    chance = lang.t("Deux services dont les intervalles se recouvrent ne peuvent pas être classés.")
    if judged > 1:
        wrong = lang.t(
            "Un taux comparé à son objectif a au plus 2,5 chances sur 100 d'être mal jugé par le seul hasard : pour "
            "les %(n)s comparés ci-dessous, cela fait au plus %(wrong)s en moyenne.",
            n=judged,
            wrong=lang.decimal(CHANCE * judged, 1),
        )
        chance = f"{chance} {wrong}"
    kinds = {kind: [g for g in groups if g.kind == kind] for kind in GROUPS}
    page = fill(
        "index.html",
        lang,
        entries=ordered,
        groups=[(lang.t(GROUPS[kind]), found) for kind, found in kinds.items() if found],
        month=", ".join(dict.fromkeys(e.month for e in ordered)),
        simulated=next((e.simulated for e in ordered if e.simulated), ""),
        provisional=provisional(0, lang) if any(e.provisional for e in ordered) else "",
        services=lang.nt("%(n)s service", "%(n)s services", len(ordered)),
        chance=chance,
        footer=ordered[0].footer if ordered else "",
    )
    return write_whole(out / "index.html", page)
