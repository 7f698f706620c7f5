"""What is wrong in settings that only the guard and the player of words know."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from prober.number import forbidden, keys_forbidden, protected
from prober.sounds import WORD

if TYPE_CHECKING:
    from config.campaign import Number
    from config.lines import KeyPath
    from config.settings import Settings


def faults(settings: Settings) -> Iterator[tuple[KeyPath, str]]:
    """Key path and sentence: numbers and keys never dialled, lines never shown as caller, words nobody recorded."""
    words = {WORD, *(w.word for w in settings.policy.word_wavs)}
    for index, service in enumerate(settings.services):
        for place, number in enumerate(service.numbers):
            where = ("services", index, "numbers", place)
            yield from _dialled(settings, (*where, "number"), number.number)
            yield from _steps(where, number, words)
    for index, trunk in enumerate(settings.trunks):
        if trunk.reference_number:
            yield from _dialled(settings, ("trunks", index, "reference_number"), trunk.reference_number)
        for place, shown in enumerate(trunk.caller_ids):
            if line := protected(shown):
                what = f"{shown!r} is {line}: no call of ours may show it (expected a number of your own)"
                yield ("trunks", index, "caller_ids", place), what


def _dialled(settings: Settings, path: KeyPath, number: str) -> Iterator[tuple[KeyPath, str]]:
    reason = forbidden(number, settings.numbers.allow_surtaxed, settings.numbers.never_dial)
    if reason:
        yield path, f"{reason} (expected a number that may be dialled)"


def _steps(where: KeyPath, number: Number, words: set[str]) -> Iterator[tuple[KeyPath, str]]:
    for key, steps in (("path", number.path), ("refusal", number.refusal)):
        for nth, step in enumerate(steps):
            if step.digits is not None and (reason := keys_forbidden(step.digits)):
                yield (*where, key, nth, "digits"), f"{reason} (expected the keys of a menu)"
            if step.word is not None and step.word not in words:
                what = f"nobody recorded {step.word!r} (expected {', '.join(sorted(words))}, or policy.word_wavs)"
                yield (*where, key, nth, "word"), what
