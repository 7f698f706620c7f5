"""What evidence is worth, in log-odds, fitted on the tuning half of the bench by `tests/bench/ear_fit.py`.

One voiceprint's likeness gives log-odds on a straight line, bounded: a voiceprint can be of a cough. Those of one
speaker are summed, weighted for their overlap; a probability never gets beyond what the bench bears out.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from math import exp
from pathlib import Path

FILE = Path(__file__).with_name("belief.json")
_FITTED = json.loads(FILE.read_text(encoding="utf-8"))
MOST_EACH = 3.0
"""Log-odds of one voiceprint."""
EVIDENT = 2.0
"""Log-odds from which on a verdict is given."""
TALKING, WAITING, TAKING_OVER = 0.5, 1.0, -1.5
"""Log-odds before the voice counts that what no known recording explains is a person's: while they talk, when they have
stopped and wait, and where a recorded voice spoke right before."""
SUREST = 0.97
"""As often was the surest verdict right on the tuning half."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Log-odds by likeness: `slope` × (likeness − `middle`), within MOST_EACH."""

    slope: float
    middle: float

    def odds(self, likeness: float, weight: float = 1.0) -> float:
        """Log-odds of one voiceprint; `weight`: of a short one, below 1."""
        return weight * max(-MOST_EACH, min(MOST_EACH, self.slope * (likeness - self.middle)))


PERSON_BY_VOICE = Line(**_FITTED["person_by_voice"])
"""A person's rather than a recorded one, by the likeness to the nearest recorded voice of the number."""
SAME_VOICE = Line(**_FITTED["same_voice"])
"""Of one speaker rather than of two, by the likeness of two voiceprints."""


def probability(odds: float) -> float:
    """The probability of these log-odds."""
    return min(SUREST, 1 / (1 + exp(-odds)))
