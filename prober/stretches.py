"""The stretches of sound of one call, each in its last known state, and what the call machine asks of them. Pure."""

from __future__ import annotations

from math import inf

from prober.events import VOICES, Heard, Sound


class Stretches:
    """What was heard so far."""

    def __init__(self) -> None:
        self._of: dict[int, Heard] = {}

    def take(self, heard: Heard) -> None:
        """A new stretch, or the newer state of one."""
        self._of[heard.stretch] = heard

    def by_start(self) -> tuple[Heard, ...]:
        """All of them, the earliest first."""
        return tuple(sorted(self._of.values(), key=lambda h: (h.start_s, h.stretch)))

    @property
    def last_voice(self) -> Heard | None:
        """The voice that began last."""
        return max((h for h in self._of.values() if h.sound in VOICES), key=lambda h: h.start_s, default=None)

    @property
    def speech_open(self) -> bool:
        """Somebody who may be a human is speaking."""
        return any(h.end_s is None and h.sound in (Sound.SPEECH, Sound.HUMAN) for h in self._of.values())

    @property
    def waiting(self) -> bool:
        """Music, or a recording that asks to wait, was heard."""
        return any(h.sound is Sound.MUSIC or h.label == "wait" for h in self._of.values())

    def voice_open_since_s(self) -> float:
        """Start of the last voice that has not ended; ValueError without one."""
        return max(h.start_s for h in self._of.values() if h.end_s is None and h.sound in VOICES)

    def quiet_since_s(self) -> float:
        """End of the last sound that was not silence, 0 without one; infinity while one goes on."""
        quiet = (Sound.SILENCE, Sound.NOISE)
        ends = (inf if h.end_s is None else h.end_s for h in self._of.values() if h.sound not in quiet)
        return max(ends, default=0.0)

    def undecided_since_s(self, from_s: float) -> float:
        """Start of the first voice after `from_s` that may be a human's, with nothing recorded or played since.

        Infinity without one.
        """
        since_s = inf
        for heard in self.by_start():
            if heard.sound in (Sound.RECORDING, Sound.MUSIC, Sound.RINGBACK):
                since_s = inf
            elif heard.sound is Sound.SPEECH and heard.start_s >= from_s:
                since_s = min(since_s, heard.start_s)
        return since_s
