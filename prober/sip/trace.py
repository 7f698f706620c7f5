"""Every SIP message of an engine in a file, with secrets masked."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pjsua2 as pj

_SECRET = re.compile(r'(response|cnonce|nonce|password)="[^"]*"', re.IGNORECASE)


_MESSAGE = re.compile(r"\b[TR]X \d+ bytes")


def masked(text: str) -> str:
    """The text without what would open an account."""
    return _SECRET.sub(r'\1="***"', text)


class Trace(pj.LogWriter):  # type: ignore[misc]
    """Keeps messages only. The endpoint frees it: its creator must `__disown__()` it and keep a reference."""

    def __init__(self, path: str) -> None:
        super().__init__()
        file = Path(path).open("a", encoding="utf-8", errors="surrogateescape", buffering=1)  # noqa: SIM115
        self._file = file  # lives as long as the process; what is no UTF-8 is written as it came

    def write(self, entry: Any) -> None:
        """Called by the library for each entry of its log."""
        text = str(entry.msg)
        if _MESSAGE.search(text, 0, 200):
            self._file.write(masked(text).rstrip() + "\n\n")
