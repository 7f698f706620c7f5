"""An engine whose ears hear nothing: what SIP and sound cost without them. `calls.py` starts it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from prober.sip import engine


class DeafEar:
    """Takes what an ear is given."""

    def __init__(self, **_: Any) -> None:
        self.excerpts = SimpleNamespace(found=[])

    def hear(self, *_: Any) -> list[Any]:
        """Nothing."""
        return []

    begin = rest = own = answered = close = hear

    def pieces(self) -> tuple[Any, ...]:
        """Nothing is left to learn from."""
        return ()


if __name__ == "__main__":
    engine.Ear = DeafEar  # type: ignore[assignment, misc]
    engine.main()
