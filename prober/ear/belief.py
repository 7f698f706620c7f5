"""What evidence is worth, in log-odds, fitted on the tuning half of the bench by `tests/bench/ear_fit.py`.

What all detectors say of one beginning are terms; weights make log-odds of them: one set for numbers whose recordings
are known, one for the others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import exp

from prober.ear.evidence import Evidence
from prober.ear.library import NEAR
from prober.ear.voice_odds import FITTED, MOST_EACH

SOON_S, EARLY_S = 2.5, 0.3
"""Where nothing is known any announcement may begin at any time: a person's reaction begins so soon after our end, or
so little before."""
SHORT_S = 4.5
"""A person's reaction is over by then."""
SETTLED_S, STRANGE_SETTLED_S = 1.5, 1.0
"""A reaction that lasted so long would have been recognised if it were a known recording; or, where none is known, is
more than a noise. A shorter one that goes on counts for its share."""
FEW_PRINTS = 1.5
"""Fewer voiceprints than this are little to go by."""
NEAR_STEP = 0.15
"""At 1.0 a recording is recognised; other words are seldom below 1.25."""
DEEP_DB, DEEP_STEP_DB = 20.0, 5.0
"""Between the words of people it is rarely less than 20 dB softer; over music nearly always."""
DUE_MOST = 2.0
"""The fit saw odds of calls that teach little; what more calls say of a place is not extrapolated beyond."""
TALK_S = 6.0
"""Whoever speaks for longer without a pause is a recording more often than not."""
WEIGHTS: Mapping[str, Mapping[str, float]] = FITTED["weights"]
"""Of each term, by whether the number's recordings are known: `learnt` or `strange`."""


def terms(it: Evidence) -> dict[str, float]:
    """What the evidence of one beginning comes to, term by term, each between about −3 and 3."""
    settled_s = SETTLED_S if it.learnt else STRANGE_SETTLED_S
    reacts = 0.0 if it.reaction_s is None else 1.0 if it.reaction_over else min(1.0, it.reaction_length_s / settled_s)
    soon = bool(reacts) and (it.learnt or -EARLY_S <= (it.reaction_s or 0.0) <= SOON_S)
    return {
        "beginning": 1.0,
        "voiced": min(it.voiced_s, 4.0) / 2,
        "recognisable": min(it.longest_s, 2.8) / 1.4 - 1,
        "before": min(it.before_s, 3.0) / 3,
        "unlike_recorded": max(0.0, it.unlike_recorded),
        "like_recorded": max(-MOST_EACH, min(0.0, it.unlike_recorded)),
        "no_voices": float(it.learnt and not it.compares),
        "unlike_before": max(0.0, it.unlike_before),
        "like_before": max(-MOST_EACH, min(0.0, it.unlike_before)),
        "no_print": float(it.prints == 0),
        "one_print": float(0 < it.prints < FEW_PRINTS),
        "waited": min(it.waited_s, 4.0) / 2,
        "reacts_soon": reacts if soon else 0.0,
        "reacts_otherwise": 0.0 if soon else reacts,
        "reaction_short": float(soon and it.reaction_over and it.reaction_length_s <= SHORT_S),
        "reaction_long": float(it.reaction_length_s > SHORT_S),
        "same_voice": it.same_voice if soon else 0.0,
        "ignored": float(min(it.ignored, 2)),
        "talked_over": float(it.talked_over),
        "only_reacted": float(it.only_reacted),
        "voicebot": float(it.only_reacted) * min(1.0, max(0.0, -it.unlike_recorded) / MOST_EACH),
        "nothing_known": float(it.nothing_known),
        "taken_over": float(it.taken_over),
        "nearly_known": min(2.0, max(0.0, (NEAR - it.nearest_recording) / NEAR_STEP)),
        "over_music": 0.0 if it.depth_db is None else min(2.0, max(0.0, (DEEP_DB - it.depth_db) / DEEP_STEP_DB)),
        "due": min(DUE_MOST, max(0.0, it.due)),
        "talks": min(2.0, max(0.0, (it.longest_s - TALK_S) / 3)),
    }


def odds(it: Evidence) -> float:
    """Log-odds that a person began there rather than nobody at all."""
    weights = WEIGHTS["learnt" if it.learnt else "strange"]
    return sum(weights[name] * value for name, value in terms(it).items())


def posterior(of: Sequence[float]) -> list[float]:
    """The probability of each beginning from its log-odds; what lacks to 1 is that nobody began."""
    most = max(0.0, *of)
    parts = [exp(one - most) for one in of]
    whole = exp(-most) + sum(parts)
    return [part / whole for part in parts]
