"""Other distributions that claim our package names: pip overwrites them silently, so we look at the start."""

from __future__ import annotations

from importlib import metadata

OURS = ("prober", "scheduler", "storage", "exporters", "config")


def namesake() -> str | None:
    """A sentence naming a distribution that claims one of our names; None if there is none."""
    owners = metadata.packages_distributions()
    for name in OURS:
        others = [o for o in owners.get(name, []) if o != "decroche"]
        if others:
            return f"the package name {name} is claimed by {others[0]}: install decroche in an environment of its own"
    return None
