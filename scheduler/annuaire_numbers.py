"""Telephone entries of the official directory → numbers that can be called, and a word on each that cannot."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from prober.number import forbidden, normal, number_class

CALLABLE = ("short", "free", "grey", "surtaxed", "geographic", "overseas")
_FAX = re.compile(r"\b(fax|t[ée]l[ée]copie\w*)\b", re.IGNORECASE)
_EXTENSION = re.compile(r"[,;]?\s*\b(?:poste|postes|ext|extension|p)\b\.?\s*(?:n°\s*)?\d{1,6}\b", re.IGNORECASE)
_BETWEEN = re.compile(r"\s*(?:/|;|,|\bou\b|\bet\b|\bpuis\b|\n)\s*", re.IGNORECASE)
_NUMBER = re.compile(r"(?:\+|00)?\(?\d[\d\s.\-()  ]*\d")
_SEPARATED = re.compile(r"\s*(?:\d{2}\s*[/,;]\s*){4}\d{2}\s*")
"""One number of ten digits, its pairs between slashes."""
Problem = tuple[str, str]
"""What was found, and what was done."""


def numbers_in(telephones: Iterable[Any]) -> tuple[list[str], list[Problem]]:
    """The numbers of a record in their order, each once, in national form; and what was not taken as it is."""
    numbers: list[str] = []
    problems: list[Problem] = []
    for telephone in telephones:
        value, about = _value(telephone)
        if not value:
            continue
        if _FAX.search(f"{about} {value}"):
            problems.append((f"{value} {about}".strip(), "a fax: left out"))
            continue
        for number in _each(value, problems):
            if number not in numbers:
                numbers.append(number)
    if len(numbers) > 1:
        problems.append((", ".join(numbers), f"{len(numbers)} numbers with equal weights: to weigh by their traffic"))
    return numbers, problems


def _value(telephone: Any) -> tuple[str, str]:
    if isinstance(telephone, dict):
        return str(telephone.get("valeur") or "").strip(), str(telephone.get("description") or "").strip()
    return str(telephone or "").strip(), ""


def _each(value: str, problems: list[Problem]) -> list[str]:
    text = _EXTENSION.sub("", value)
    if text != value:
        problems.append((value, "an extension, which the number does not reach: the number alone is taken"))
    parts = [text] if _SEPARATED.fullmatch(text) else _BETWEEN.split(text)
    parts = [re.sub(r"[/,;]", " ", part) for part in parts if part.strip()]
    found = []
    for part in parts:
        written = _NUMBER.search(part)
        rest = (part[: written.start()] + part[written.end() :]).strip(" .:()-") if written else part.strip()
        if written is None:
            problems.append((value, f"free text {rest!r}: left out"))
            continue
        if rest:
            problems.append((value, f"free text {rest!r} beside the number: left out"))
        number = normal(written[0])
        why = _why_not(number, written[0])
        if why is None:
            found.append(number)
            if number_class(number) == "surtaxed":
                problems.append((value, "a surtaxed number: called only if it is allowed by name"))
        else:
            problems.append((value, why))
    return found


def _why_not(number: str, written: str) -> str | None:
    kind = number_class(number)
    if kind == "international":
        told = written.strip().startswith(("+", "00"))
        return "a foreign number: left out" if told else "a wrong number (not ten digits that begin with 0): left out"
    refused = forbidden(number, allow={number})
    if refused is not None and "no form of a number" not in refused:
        return f"{refused.partition(' leads to ')[2] or refused.partition(' is ')[2]}: left out"
    return None if kind in CALLABLE else "a wrong number: left out"
