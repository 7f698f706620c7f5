"""Other distributions that claim our package names: pip overwrites them silently, so we look at the start."""

from __future__ import annotations

import re
from importlib import metadata

OURS = ("prober", "scheduler", "storage", "exporters", "config")
_OF_OURS = re.compile(rf"^({'|'.join(OURS)})/", re.MULTILINE)


def namesake() -> str | None:
    """A sentence naming a distribution that claims one of our names; None if there is none.

    The list of files is searched as text: to take it apart for every distribution would cost every command 0.15 s.
    """
    for distribution in metadata.distributions():
        claimed = _OF_OURS.search(distribution.read_text("RECORD") or "")
        if claimed and distribution.name != "decroche":
            name, owner = claimed[1], distribution.name
            return f"the package name {name} is claimed by {owner}: install decroche in an environment of its own"
    return None
