"""By elimination: a voice that no known recording of the number explains is a person's, if it is no recorded voice's.

Only where the number's recordings are known: on a first call any announcement is unknown, and speech stays undecided.
A new announcement is mostly read by a voice that has read others: such a voice is not (yet) a person's. Where no
recorded voice is known, what is unexplained for long enough is a person's, but only if nobody will be asked.
"""

from __future__ import annotations

from collections.abc import Sequence

from prober.ear.belief import EVIDENT, PERSON_BY_VOICE, TAKING_OVER, TALKING, WAITING, probability
from prober.ear.speaker import Voiceprint, likeness
from prober.ear.speakers import Said, Speakers, since
from prober.ear.timeline import UNEXPLAINED, Stretch, Timeline
from prober.events import Sound

WAIT_S, VOICE_WAIT_S = 2.2, 1.6
"""From the onset: a known recording is recognised after 1.0 to 1.5 s of it; a voice is known after 1.6 s."""
LEAST_VOICED_S, LEAST_LENGTH_S = 0.7, 1.4
"""Of voice, and of one stretch: a shorter one may be a recording that could not be compared."""
WAITS_S = 1.0
"""Who has been silent for so long waits for us to speak."""
FEW_VOICED_S, FEW_WAIT_S = 0.3, 4.0
"""A single word ("Allô ?") is enough when nothing else follows for so long."""
PROBABILITY = 0.97
"""Without voices: right in 30 of 31 verdicts on the half of the bench that thresholds may be set on."""
FEW_PROBABILITY = 0.85
"""Of a few words too short for a voiceprint, where voices are known."""


class Elimination:
    """The verdict on a voice that is still unexplained when every known recording would have been recognised."""

    def __init__(self, voices: Sequence[Voiceprint] = (), *, alone: bool = True) -> None:
        self._voices, self._alone = tuple(voices), alone

    def judge(self, timeline: Timeline, speakers: Speakers, now_s: float, *, blind_s: float) -> None:
        """Turn the last stretches of undecided speech into HUMAN once they are old and long enough.

        Not those that began before `blind_s`: nothing was compared until then, so nothing could explain them.
        """
        found = _unexplained(timeline)
        if not found or found[0].start_s < blind_s or now_s - found[0].start_s < VOICE_WAIT_S:
            return
        said = speakers.between(found[0].start_s, now_s) if self._voices else []
        if said:
            self._by_voice(found, said, timeline, speakers, now_s)
        elif self._alone:
            self._by_time(found, timeline, now_s)

    def _by_time(self, found: list[Stretch], timeline: Timeline, now_s: float) -> None:
        voiced_s = sum(s.voiced_s for s in found)
        waited_s = now_s - found[0].start_s
        longest_s = max((s.end_s if s.end_s is not None else now_s) - s.start_s for s in found)
        soon = voiced_s >= LEAST_VOICED_S and longest_s >= LEAST_LENGTH_S and waited_s >= WAIT_S
        if (soon and not self._voices) or (voiced_s >= FEW_VOICED_S and waited_s >= FEW_WAIT_S):
            sure = FEW_PROBABILITY if self._voices else PROBABILITY
            _declare(found, sure, {"unexplained_s": round(voiced_s, 2)}, timeline, now_s)

    def _by_voice(
        self, found: list[Stretch], said: list[Said], timeline: Timeline, speakers: Speakers, now_s: float
    ) -> None:
        """Somebody speaks whose voice is none of the recorded ones, perhaps after a recording that is not known."""
        k, odds = since(said, lambda s: PERSON_BY_VOICE.odds(self._likeness(s), s.weight))
        last_s = found[-1].end_s
        waits = last_s is not None and now_s - last_s >= WAITS_S
        odds += (WAITING if waits else TALKING) + (TAKING_OVER if k else 0.0)
        nearest = max(self._likeness(s) for s in said[k:] or said[-1:])
        found[-1].evidence["voice"] = round(nearest, 2)
        if k == len(said) or odds < EVIDENT:
            return
        if k:
            end_s, start_s = speakers.took_over_s(said[k])
            found = [s for s in found if s.end_s is None or s.end_s > start_s]
            if found and found[0].start_s < end_s:
                found[0] = timeline.split(found[0], end_s, start_s, now_s)
        if not found or now_s - found[0].start_s < VOICE_WAIT_S:
            return
        evidence = {"unexplained_s": round(sum(s.voiced_s for s in found), 2), "voice": round(nearest, 2)}
        _declare(found, probability(odds), evidence, timeline, now_s)

    def _likeness(self, said: Said) -> float:
        return max(likeness(said.voice, voice) for voice in self._voices)


def _declare(
    found: list[Stretch], how_sure: float, evidence: dict[str, float], timeline: Timeline, now_s: float
) -> None:
    for stretch in found:
        stretch.sound, stretch.probability = Sound.HUMAN, how_sure
        stretch.evidence |= evidence | {"onset": round(found[0].start_s, 3)}
        timeline.tell(stretch, now_s)


def _unexplained(timeline: Timeline) -> list[Stretch]:
    """The last run of undecided speech, nothing recorded, played or decided after or between."""
    run: list[Stretch] = []
    for stretch in reversed(timeline.stretches):
        if stretch.sound not in UNEXPLAINED:
            break
        if stretch.sound is Sound.SPEECH:
            run.insert(0, stretch)
    return run
