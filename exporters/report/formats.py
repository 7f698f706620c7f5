"""The formats a report comes in. Imports nothing: the command's help names them."""

from __future__ import annotations

from collections.abc import Collection

FORMATS = ("html", "json", "pdf", "poster", "badge", "opendata")


def check_formats(formats: Collection[str]) -> None:
    """ValueError for a format that there is not."""
    unknown = sorted(set(formats) - set(FORMATS))
    if unknown:
        raise ValueError(f"no format {', '.join(unknown)}, expected some of {', '.join(FORMATS)}")
