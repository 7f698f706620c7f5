"""The plain form of a number: what was heard of it is kept under that, whatever way it was dialled."""

from __future__ import annotations

import re


def plain(number: str) -> str:
    """The user part of a URI, +33 as 0, without separators."""
    user = re.sub(r"^(sips?|tel):", "", number.strip().lower()).partition("@")[0]
    return re.sub(r"^(\+33|0033)", "0", re.sub(r"[\s.\-]", "", user))
