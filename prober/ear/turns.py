"""Turn-taking: our own spans of sound, and what whoever is there did about our sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from prober.ear.timeline import Stretch
from prober.events import Sound

SENTENCE_S = 2.0
"""Our shorter sounds are keys or a word: they ask nothing."""
ECHO_S = 0.15
"""Our own sound may come back this long after its end."""
EARLY_S = 1.0
"""A reaction may begin this long before the end of our sentence."""
REACTION_S = 4.0
"""From the end of our sentence to the start of the reaction."""
LEAST_VOICED_S = 0.4
REGARDLESS_S = 0.8
"""A voice heard this long during our sentence does not listen: its going on afterwards is no reaction."""
ECHO_LOSS_DB, ECHO_LEAST_DB = 8.0, 3.0
"""Our echo is softer than the voice before our sentence by this much; the second when it began as we did."""
ECHO_STARTS_S = 0.6
ECHO_LOUDEST_DBFS = -40.0
"""What is louder is no echo: of our sentence at −18 dBFS less comes back on any line that can be talked over."""
KEPT = 12


def _nothing() -> Stretch:
    return Stretch(number=0, sound=Sound.SPEECH, start_s=0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """We spoke, or shall speak, from `start_s` to `end_s`."""

    start_s: float
    end_s: float
    over: Stretch = field(default_factory=_nothing)
    """What was voiced meanwhile: echo or talk."""

    @property
    def asks(self) -> bool:
        """True for a sentence."""
        return self.end_s - self.start_s >= SENTENCE_S

    def reaction(self, run: Sequence[Stretch]) -> Stretch | None:
        """The first words of `run` that begin about the end of this sentence."""
        return next((s for s in run if s.voiced_s >= LEAST_VOICED_S and self.is_reaction_s(s.start_s)), None)

    def is_reaction_s(self, at_s: float) -> bool:
        """True for words that begin at `at_s`: soon enough after our end, or a little before it."""
        return self.end_s - EARLY_S <= at_s <= self.end_s + REACTION_S

    def talked_over(self, before: Stretch | None) -> bool:
        """True when somebody talked through our sentence, and it was not our echo. `before`: who spoke last."""
        if self.over.voiced_s < REGARDLESS_S:
            return False
        if before is None or self.over.level_dbfs > ECHO_LOUDEST_DBFS:
            return True
        softer_db = before.level_dbfs - self.over.level_dbfs
        return softer_db < (ECHO_LEAST_DB if self.over.start_s - self.start_s < ECHO_STARTS_S else ECHO_LOSS_DB)


class Turns:
    """Our spans of sound, in order."""

    def __init__(self) -> None:
        self.spans: list[Span] = []

    def own(self, start_s: float, end_s: float) -> None:
        """We speak in this span."""
        self.spans = [*self.spans[-KEPT:], Span(start_s=start_s, end_s=end_s)]

    def ours(self, at_s: float) -> bool:
        """True while we speak: what is heard then may be our own echo."""
        return any(span.start_s <= at_s <= span.end_s + ECHO_S for span in self.spans[-4:])

    def overhear(self, level_dbfs: float, at_s: float) -> None:
        """A voiced hop during our own sound."""
        over = self.spans[-1].over
        if not over.voiced_s:
            over.start_s = at_s
        over.hear_voice(level_dbfs)

    def sentences(self, from_s: float, now_s: float) -> list[Span]:
        """Our sentences that are over by now and that words from `from_s` on may have to do with."""
        return [s for s in self.spans if s.asks and s.end_s <= now_s and from_s <= s.end_s + REACTION_S]
