"""Turn-taking: a person reacts to our sentence with new words, a recording goes on regardless (or begins again)."""

from __future__ import annotations

from prober.ear.timeline import Stretch, Timeline
from prober.events import Sound

REACTION_S = 4.0
"""From the end of our sentence to the start of the reaction."""
SURE_S = 1.6
"""A reaction that goes on this long had time to be recognised if it were a recording."""
LEAST_VOICED_S = 0.2
PROBABILITY = 0.95
_BETWEEN = frozenset({Sound.SPEECH, Sound.SILENCE, Sound.NOISE, Sound.BEEP})


class Turns:
    """Our spans of sound, and the verdict on whoever spoke before the last sentence."""

    def __init__(self) -> None:
        self._spans: list[tuple[float, float]] = []
        self._settled = 0.0
        """End of the last sentence whose reaction has been judged."""

    def own(self, start_s: float, end_s: float) -> None:
        """We were speaking."""
        self._spans.append((start_s, end_s))

    def ours(self, at_s: float) -> bool:
        """True while we speak: what is heard then may be our own echo."""
        return any(start <= at_s <= end + 0.15 for start, end in self._spans[-3:])

    def judge(self, timeline: Timeline, now_s: float) -> None:
        """Turn the candidate into a HUMAN once somebody reacted with words that are no recording."""
        if not self._spans or self._spans[-1][1] <= self._settled:
            return
        start_s, end_s = self._spans[-1]
        if end_s - start_s < 1.0:  # a key or a word asks nothing
            return
        reaction = next((s for s in timeline.stretches if self._reacts(s, start_s, end_s)), None)
        if reaction is None or reaction.voiced_s < LEAST_VOICED_S:
            return
        spoken_s = (reaction.end_s if reaction.end_s is not None else now_s) - max(reaction.start_s, end_s)
        if reaction.end_s is None and spoken_s < SURE_S:
            return
        self._settled = end_s
        first = self._candidate(timeline, start_s) or reaction
        for stretch in dict.fromkeys((first.number, reaction.number)):
            found = next(s for s in timeline.stretches if s.number == stretch)
            found.sound, found.probability = Sound.HUMAN, PROBABILITY
            found.evidence["reaction_s"] = round(reaction.start_s - end_s, 2)
            timeline.tell(found, now_s)

    @staticmethod
    def _reacts(stretch: Stretch, start_s: float, end_s: float) -> bool:
        """Speech that begins after our sentence, or while we speak and outlasts it (an interruption, not an echo)."""
        if stretch.sound is not Sound.SPEECH or stretch.start_s > end_s + REACTION_S:
            return False
        if stretch.start_s > end_s - 0.1:
            return True
        return stretch.start_s > start_s and (stretch.end_s is not None and stretch.end_s > end_s + 0.5)

    @staticmethod
    def _candidate(timeline: Timeline, before_s: float) -> Stretch | None:
        """The first of the stretches of speech right before our sentence, nothing recorded or played in between."""
        first = None
        for stretch in reversed(timeline.stretches):
            if stretch.start_s >= before_s:
                continue
            if stretch.sound not in _BETWEEN:
                break
            if stretch.sound is Sound.SPEECH:
                first = stretch
        return first
