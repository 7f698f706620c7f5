"""Keys of one call pressed one after the other: a server that gives a line would take them for one number."""

from __future__ import annotations

from collections.abc import Collection

from prober.number import keys_forbidden

APART_S = 10.0
"""Keys further apart than this are two choices: no exchange waits longer for the next digit."""


class PressedKeys:
    """The presses that may still be part of one number; `never_dial` is what the operator adds to the table."""

    def __init__(self, never_dial: Collection[str] = ()) -> None:
        self._never_dial = never_dial
        self._presses: list[str] = []
        self._last_s = 0.0

    def refused(self, digits: str, at_s: float) -> str | None:
        """Why these keys must not be pressed now, on the call's clock; None: they may, and count as pressed."""
        presses = [*(self._presses if at_s - self._last_s <= APART_S else []), digits]
        for first in range(len(presses)):
            if reason := keys_forbidden("".join(presses[first:]), self._never_dial):
                return reason
        self._presses, self._last_s = presses, at_s
        return None
