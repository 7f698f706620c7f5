"""What is wrong in settings that only the guard and the player of words know."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from prober.number import BY_NAME, forbidden, keys_forbidden, normal, protected
from prober.sounds import WORD

if TYPE_CHECKING:
    from config.campaign import Number
    from config.lines import KeyPath
    from config.settings import Settings


def faults(settings: Settings) -> Iterator[tuple[KeyPath, str]]:
    """Key path and sentence: numbers and keys never dialled, lines never shown as caller, words nobody recorded."""
    words = {WORD, *(w.word for w in settings.policy.word_wavs)}
    for index, service in enumerate(settings.services):
        if service.attempts == 0:
            continue  # kept in the catalogue, and nobody calls it
        for place, number in enumerate(service.numbers):
            where = ("services", index, "numbers", place)
            yield from _dialled(settings, (*where, "number"), number.number)
            yield from _steps(settings, where, number, words)
    for index, trunk in enumerate(settings.trunks):
        if trunk.reference_number:
            yield from _dialled(settings, ("trunks", index, "reference_number"), trunk.reference_number)
        for place, shown in enumerate(trunk.caller_ids):
            if line := protected(shown):
                what = f"{shown!r} is {line}: no call of ours may show it (expected a number of your own)"
                yield ("trunks", index, "caller_ids", place), what


def notes(settings: Settings) -> Iterator[str]:
    """What is no mistake and somebody should know before a month is drawn, in sentences."""
    from config.loader import read_menus
    from config.menu_file import menu_file

    owners: dict[str, list[str]] = {}
    for service in settings.services:
        for number in service.numbers if service.attempts != 0 else ():
            owners.setdefault(normal(number.number), []).append(service.id)
    for shared, ids in owners.items():
        if len(ids) > 1:
            named = f"{', '.join(ids[:3])}{'…' if len(ids) > 3 else ''}"
            what = f"{shared} is a number of {len(ids)} services ({named}): each is planned by itself"
            yield f"{what}, so that two calls to it may be closer than spacing_s, never at once"
    for menu in (read_menus(settings.menus) if settings.menus else {}).values():
        last, followed = menu.versions[-1], menu.followed
        if followed is not last:
            now = f"version {followed.version} is followed" if followed else "none is followed"
            yield f"{menu_file(settings.menus or Path(), menu.number)}: version {last.version} is not reviewed; {now}"


def _dialled(settings: Settings, path: KeyPath, number: str) -> Iterator[tuple[KeyPath, str]]:
    reason = forbidden(number, settings.numbers.allow_surtaxed, settings.numbers.never_dial)
    if reason:
        ways = (
            "its name in numbers.allow_surtaxed, or attempts: 0"
            if BY_NAME in reason
            else "a number that may be dialled"
        )
        yield path, f"{reason} (expected {ways})"


def _steps(settings: Settings, where: KeyPath, number: Number, words: set[str]) -> Iterator[tuple[KeyPath, str]]:
    for key, steps in (("path", number.path), ("refusal", number.refusal)):
        for nth, step in enumerate(steps):
            if step.digits is not None and (reason := keys_forbidden(step.digits, settings.numbers.never_dial)):
                yield (*where, key, nth, "digits"), f"{reason} (expected the keys of a menu)"
            if step.word is not None and step.word not in words:
                what = f"nobody recorded {step.word!r} (expected {', '.join(sorted(words))}, or policy.word_wavs)"
                yield (*where, key, nth, "word"), what
