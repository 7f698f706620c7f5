"""What the likeness of two voiceprints is worth, in log-odds, fitted on the tuning half by `tests/bench/ear_fit.py`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

FILE = Path(__file__).with_name("belief.json")
FITTED = json.loads(FILE.read_text(encoding="utf-8"))
MOST_EACH = 3.0
"""Log-odds of one voiceprint, at most: it can be of a cough."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Log-odds by likeness: `slope` × (likeness − `middle`), within MOST_EACH."""

    slope: float
    middle: float

    def odds(self, likeness: float, weight: float = 1.0) -> float:
        """Log-odds of one voiceprint; `weight`: of a short one, below 1."""
        return weight * max(-MOST_EACH, min(MOST_EACH, self.slope * (likeness - self.middle)))


PERSON_BY_VOICE = Line(**FITTED["person_by_voice"])
"""A person's rather than a recorded one, by the likeness to the nearest recorded voice of the number."""
SAME_VOICE = Line(**FITTED["same_voice"])
"""Of one speaker rather than of two, by the likeness of two voiceprints."""
