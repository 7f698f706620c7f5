"""Who speaks: one model over what every detector says, asked again whenever it may have changed.

A person begins to speak once, somewhere after the last recording, or has not yet. Each place where they may have begun
has the log-odds of its evidence (`prober.ear.belief`); together with "nobody yet" they make a probability. Once that
of a person is beyond DECIDED it is said, dated to the likeliest beginning; until then a voice is undecided.
"""

from __future__ import annotations

from collections.abc import Iterable

from prober.ear.belief import odds, posterior
from prober.ear.evidence import Beginning, Evidence, Known, beginnings, due, evidence, nearest, unexplained
from prober.ear.library import PromptLibrary
from prober.ear.speaker import Voiceprint
from prober.ear.speakers import Said, Speakers
from prober.ear.timeline import Stretch, Timeline
from prober.ear.turns import Turns
from prober.events import Sound

DECIDED, STRANGE_DECIDED = 0.93, 0.9
"""A person is said from here on; the second on a number of which nothing is known, where the rest stays uncertain."""
ALONE, DATED_S = 0.9, 1.7
"""Where no beginning has this share of the probability of a person, a reaction is heard for so long: it has a
voiceprint then, which tells whose words before our sentence were theirs."""
SUREST = 0.99
"""No verdict is stated with more: the bench has too few failures beyond."""
STEP_HOPS = 6
"""Evidence is looked at every 0.19 s."""


class Decision:
    """One call's. `known`: the recordings of the number."""

    def __init__(self, known: PromptLibrary) -> None:
        self.turns = Turns()
        self._learnt, self._voices = bool(known.prompts), known.voices
        self._follows = {p.prompt_id: p.follows for p in known.prompts}
        self.heard: list[Voiceprint] = []
        """Voices of recordings, as they sounded in this call."""
        self._likeness: dict[float, float] = {}
        """By the start of a voiceprint."""
        self.recognised = False
        """A recording of the number was recognised."""
        self._hops = 0

    def judge(self, timeline: Timeline, speakers: Speakers, now_s: float, *, blind_s: float) -> None:
        """Turn the undecided speech into HUMAN where it is decided. Nothing was compared until `blind_s`."""
        self._hops += 1
        if self._hops % STEP_HOPS:
            return
        run = unexplained(timeline)
        if not run:
            return
        known = Known(
            learnt=self._learnt,
            voices=self._recorded,
            nearest=self._nearest,
            recognised=self.recognised,
            blind_s=blind_s,
            due=due(timeline, run, self._follows),
        )
        found = [(at, evidence(at, run, speakers, self.turns, known, now_s)) for at in beginnings(run, speakers, known)]
        self._decide(found, run, timeline, now_s)

    @property
    def _recorded(self) -> tuple[Voiceprint, ...]:
        """Voices of recordings, as they were learnt and as they sounded in this call."""
        return (*self._voices, *self.heard)

    def hear_recorded(self, voices: Iterable[Voiceprint]) -> None:
        """Voices of a recording, as they sounded in this call."""
        self.heard.extend(voices)
        self._likeness.clear()

    def _nearest(self, said: Said) -> float:
        """Likeness to the nearest recorded voice, worked out once."""
        if said.start_s not in self._likeness:
            self._likeness[said.start_s] = nearest(said.voice, self._recorded)
        return self._likeness[said.start_s]

    def _decide(
        self, found: list[tuple[Beginning, Evidence]], run: list[Stretch], timeline: Timeline, now_s: float
    ) -> None:
        each = posterior([odds(it) for _, it in found])
        sure = sum(each)
        run[-1].evidence |= {"human": round(sure, 2), "likeness": round(found[-1][1].likeness, 2)}
        at, it = found[each.index(max(each))]
        if sure < (DECIDED if it.learnt else STRANGE_DECIDED):
            return
        if not it.compares and it.reaction_s is None:
            return  # no recorded voice to compare with: who was not asked may be the next recording, to be learnt
        reacting = it.reaction_s is not None and not it.reaction_over and it.reaction_length_s < DATED_S
        if reacting and max(each) < ALONE * sure:
            return
        theirs = run[at.first :]
        if at.pause is not None:
            theirs[0] = timeline.split(theirs[0], *at.pause, now_s)
        for stretch in theirs:
            stretch.sound, stretch.probability = Sound.HUMAN, min(SUREST, sure)
            stretch.evidence = it.told() | {"onset": round(theirs[0].start_s, 3)}
            timeline.tell(stretch, now_s)
