"""A language of the report: its words, and how it writes numbers, durations and dates.

The words are French in the code and the templates; another language is a gettext catalogue in `locale/`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from gettext import GNUTranslations, NullTranslations
from importlib import resources
from io import BytesIO
from math import ceil, floor

from babel.dates import format_date
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from exporters.statistics.strata import WEEKDAYS

LANGUAGES = ("fr", "en")
FEW = 10
"""Under so many attempts no percentage is said (measure.md §4.9)."""
MANY = 1000
"""From so many on, one decimal."""
NONE = "–"
NBSP = "\u00a0"
THIN = "\u202f"
"""Narrow, and does not break."""
_WEEKDAY = re.compile(rf"\b(?:{'|'.join(WEEKDAYS)})\b")
OPENING_DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
_OPENING = re.compile(rf"\b(?:{'|'.join(OPENING_DAYS)}|PH|SH)\b| off\b")
_DOUBLE = re.compile(r" (?=[?:;!»%])|(?<=«) ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """Words and forms of one language."""

    code: str
    words: NullTranslations = field(repr=False)

    def t(self, text: str, **values: object) -> str:
        """A sentence, its %(name)s filled in; a percent sign is written twice."""
        return self.spaced(self.words.gettext(text) % self._grouped(values))

    def nt(self, one: str, several: str, count: int, **values: object) -> str:
        """A sentence for one or several; %(n)s is the number, unless `values` has one. French says none like one."""
        few = 1 if self.code == "fr" and count == 0 else count
        return self.spaced(self.words.ngettext(one, several, few) % self._grouped({"n": count, **values}))

    def calls(self, x: int, n: int) -> str:
        """x of n calls, n being several."""
        return self.nt("%(x)s appel sur %(n)s", "%(x)s appels sur %(n)s", x, x=x, n=n)

    def count(self, n: int) -> str:
        """A number of calls or services; from ten thousand on its thousands stand apart."""
        return str(n) if n < 10_000 else f"{n:,}".replace(",", "," if self.code == "en" else THIN)

    def _grouped(self, values: Mapping[str, object]) -> Mapping[str, object]:
        return {name: self.count(v) if isinstance(v, int) else v for name, v in values.items()}

    def quoted(self, text: str) -> str:
        """Words quoted in French, in the quotation marks of the language."""
        return text.replace("« ", "“").replace(" »", "”") if self.code == "en" else self.spaced(text)

    def listed(self, parts: Iterable[str]) -> str:
        """Parts of a list that have commas of their own."""
        return self.spaced((" ; " if self.code == "fr" else "; ").join(parts))

    def spaced(self, text: str) -> str:
        """French puts a space that does not break before its double signs."""
        return _DOUBLE.sub(NBSP, text) if self.code == "fr" else text

    def sentence(self, text: str, **values: object) -> str:
        """The same as `t`, with a capital."""
        said = self.t(text, **values)
        return said[:1].upper() + said[1:]

    def percent(self, share: float | None, n: int | None, target: float | None = None) -> str:
        """A share of n: nothing under 10, no decimals under 1,000, and never rounded across the target.

        0 % and 100 % are said only of none and of all.
        """
        if share is None or not n or n < FEW:
            return NONE
        scale = _scale(n)
        units = round(scale * share)
        units = min(max(units, 1), scale - 1) if 0 < share < 1 else units
        return self.sign(self._units(_on_its_side(units, share, scale, target), scale))

    def bounds(self, low: float | None, high: float | None, n: int | None, target: float | None = None) -> str:
        """An interval of shares of n, rounded outwards, but never across the target."""
        if low is None or high is None or not n or n < FEW:
            return NONE
        first, last = self._end(low, n, target, floor), self._end(high, n, target, ceil)
        return self.t("%(low)s à %(high)s", low=first, high=self.sign(last)).replace(" ", NBSP)

    def extreme(self, x: int, low: float | None, high: float | None, n: int, target: float | None) -> str:
        """What all or none of n calls say: "at least" or "at most" the bound, not 100 % or 0 %; else nothing.

        A dash where undecided calls leave everything open: "at most 100 %" says nothing.
        """
        if n < FEW or low is None or high is None or 0 < x < n:
            return ""
        if x:
            return self.t("au moins %(low)s", low=self.sign(self._end(low, n, target, floor)))
        return self.t("au plus %(high)s", high=self.sign(self._end(high, n, target, ceil))) if high < 1 else NONE

    def rate(
        self,
        x: int | None,
        share: float | None,
        low: float | None,
        high: float | None,
        n: int | None,
        target: float | None = None,
    ) -> str:
        """The share that x of n are, or the bound that all or none of n stand for."""
        return self.extreme(x or 0, low, high, n or 0, target) or self.percent(share, n, target)

    def _end(self, share: float, n: int, target: float | None, rounding: Callable[[float], int]) -> str:
        scale = _scale(n)
        return self._units(_on_its_side(rounding(round(scale * share, 6)), share, scale, target), scale)

    def _units(self, units: int, scale: int) -> str:
        return self.decimal(units / 10, 1) if scale == 1000 else str(units)

    def sign(self, number: str) -> str:
        """A number with its percent sign."""
        return f"{number}%" if self.code == "en" else f"{number}{NBSP}%"

    def share(self, target: float) -> str:
        """A target as a percentage."""
        return self.sign(self.decimal(100 * target, 0 if round(100 * target, 6) % 1 == 0 else 1))

    def decimal(self, value: float, digits: int) -> str:
        """A number with so many decimals."""
        text = f"{value:.{digits}f}"
        return text if self.code == "en" else text.replace(".", ",")

    def points(self, difference: float, rounding: Callable[[float], int] = round) -> str:
        """A difference of shares in points, with its sign: whole, but never rounded to nought."""
        if abs(difference) < 1e-6:
            return "0"
        digits = next(d for d in range(5) if rounding(round(100 * difference * 10**d, 6)))
        units = rounding(round(100 * difference * 10**digits, 6)) / 10**digits
        return f"{'+' if units > 0 else '−'}{self.decimal(abs(units), digits)}"

    def between(self, low: float, high: float) -> tuple[str, str]:
        """Bounds of a difference in points, rounded outwards; a proven one stays on its side of nought."""
        return self.points(low, floor), self.points(high, ceil)

    def seconds(self, value: float | None) -> str:
        """A duration."""
        if value is None:
            return NONE
        value = round(value, 1)
        if value < 60:
            return f"{self.decimal(value, 0 if value == int(value) else 1)}{NBSP}s"
        minutes, rest = divmod(round(value), 60)
        return f"{minutes}{NBSP}min" + (f"{NBSP}{rest:02d}{NBSP}s" if rest else "")

    def month(self, month: str) -> str:
        """A month (YYYY-MM) in words."""
        return str(format_date(date.fromisoformat(f"{month}-01"), "MMMM y", locale=self.code))

    def day(self, day: str) -> str:
        """A day (YYYY-MM-DD) in words."""
        said = str(format_date(date.fromisoformat(day), "EEEE d MMMM", locale=self.code))
        return said.replace(" 1 ", " 1er ") if self.code == "fr" else said

    def weekday(self, weekday: int) -> str:
        """A weekday, 0 is Monday."""
        return str(format_date(date(2024, 1, 1 + weekday), "EEEE", locale=self.code))

    def weekday_short(self, weekday: int) -> str:
        """The same, abbreviated."""
        return str(format_date(date(2024, 1, 1 + weekday), "EEE", locale=self.code))

    def stratum(self, name: str) -> str:
        """The name of a stratum of the plan ("Tue-Thu 09-11"), its weekdays in the language."""
        return _WEEKDAY.sub(lambda day: _weekdays_short(self)[day[0]], name)

    def opening(self, hours: str) -> str:
        """Opening hours ("Mo-Fr 09:00-16:30; PH off"), their weekdays and words in the language."""
        said = {short: self.weekday_short(i) for i, short in enumerate(OPENING_DAYS)}
        said |= {"PH": self.t("jours fériés"), "SH": self.t("vacances scolaires"), " off": self.t(" : fermé")}
        return self.spaced(
            _OPENING.sub(lambda word: said[word[0]], hours).replace(";", " ;" if self.code == "fr" else ";")
        )

    def instant(self, at: str) -> str:
        """An instant (ISO 8601, as `isoformat` writes it) as day, month and time."""
        return f"{at[8:10]}/{at[5:7]} {at[11:19]}"

    def hours(self, first: int, end: int) -> str:
        """A band of hours."""
        return f"{first:02d}–{end:02d}" if self.code == "en" else f"{first}{NBSP}h–{end}{NBSP}h"


@cache
def _weekdays_short(lang: Language) -> dict[str, str]:
    return {day: lang.weekday_short(i) for i, day in enumerate(WEEKDAYS)}


def _scale(n: int) -> int:
    return 1000 if n >= MANY else 100


def _on_its_side(units: int, share: float, scale: int, target: float | None) -> int:
    """Rounded units that stay on the share's own side of the target."""
    if target is None:
        return units
    edge = ceil(round(scale * target, 6))
    return min(units, edge - 1) if share < target else max(units, edge)


@cache
def language(code: str = "fr") -> Language:
    """A language by its code. ValueError for one that the report does not speak."""
    if code not in LANGUAGES:
        raise ValueError(f"the report does not speak {code!r}, expected one of {', '.join(LANGUAGES)}")
    if code == "fr":
        return Language(code=code, words=NullTranslations())
    source = resources.files("exporters.report") / "locale" / f"{code}.po"
    compiled = BytesIO()
    write_mo(compiled, read_po(BytesIO(source.read_bytes()), locale=code))
    return Language(code=code, words=GNUTranslations(BytesIO(compiled.getvalue())))
