"""By elimination: a voice that no recording of a well-known number explains is a person's.

Only where nobody will be asked (policy `silent`, or sound that was recorded), and only where the number's recordings
are known: on a first call any announcement is unknown, and speech stays undecided.
"""

from __future__ import annotations

from prober.ear.timeline import Stretch, Timeline
from prober.events import Sound

WAIT_S = 2.2
"""From the onset: a known recording is recognised after 1.0 to 1.5 s of it."""
LEAST_VOICED_S, LEAST_LENGTH_S = 0.7, 1.4
"""Of voice, and of one stretch: a shorter one may be a recording that could not be compared."""
FEW_VOICED_S, FEW_WAIT_S = 0.3, 4.0
"""A single word ("Allô ?") is enough when nothing else follows for so long."""
PROBABILITY = 0.97
"""Right in 30 of 31 verdicts on the half of the bench that thresholds may be set on."""
_BETWEEN = frozenset({Sound.SPEECH, Sound.SILENCE, Sound.NOISE})


class Elimination:
    """The verdict on a voice that is still unexplained when every known recording would have been recognised."""

    def judge(self, timeline: Timeline, now_s: float, *, blind_s: float) -> None:
        """Turn the last stretches of undecided speech into HUMAN once they are old and long enough.

        Not those that began before `blind_s`: nothing was compared until then, so nothing could explain them.
        """
        found = _unexplained(timeline)
        if not found or found[0].start_s < blind_s:
            return
        first = found[0]
        voiced_s = sum(s.voiced_s for s in found)
        waited_s = now_s - first.start_s
        longest_s = max((s.end_s if s.end_s is not None else now_s) - s.start_s for s in found)
        soon = voiced_s >= LEAST_VOICED_S and longest_s >= LEAST_LENGTH_S and waited_s >= WAIT_S
        if not soon and not (voiced_s >= FEW_VOICED_S and waited_s >= FEW_WAIT_S):
            return
        for stretch in found:
            stretch.sound, stretch.probability = Sound.HUMAN, PROBABILITY
            stretch.evidence["unexplained_s"] = round(voiced_s, 2)
            stretch.evidence["onset"] = round(first.start_s, 3)
            timeline.tell(stretch, now_s)


def _unexplained(timeline: Timeline) -> list[Stretch]:
    """The last run of undecided speech, nothing recorded, played or decided after or between."""
    run: list[Stretch] = []
    for stretch in reversed(timeline.stretches):
        if stretch.sound not in _BETWEEN:
            break
        if stretch.sound is Sound.SPEECH:
            run.insert(0, stretch)
    return run
