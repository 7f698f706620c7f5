"""Our sentence in one call: how often it was said, who has heard it, and how long its reaction is awaited. Pure."""

from __future__ import annotations

from prober.events import Heard, Sound
from prober.stretches import Stretches

MAX_SENTENCES = 4
"""Our sentence is not said more often than this in one call."""
SENTENCE_S = 8.0
"""The sentence is out at the latest this long after it was asked for."""
REACTION_OPEN_S = 4.0
"""Longer wait for the ear when somebody speaks as the reaction time runs out."""
EARLY_S = 1.0
"""A reply may begin this long before the end of our sentence; what began earlier goes on regardless of it."""


class Asking:
    """All times in seconds on the call's clock; `reaction_s` from the end of our sentence."""

    def __init__(self, reaction_s: float) -> None:
        self._reaction_s = reaction_s
        self._times = 0
        self._begun_s = 0.0
        self._out_s: float | None = None
        """When our last sentence was out: who began before, or soon after, has heard it."""
        self.until_s: float | None = None
        """End of the wait for a reaction; None: none is awaited."""

    @property
    def spent(self) -> bool:
        """True once the sentence was said as often as it may be."""
        return self._times >= MAX_SENTENCES

    @property
    def sounding(self) -> bool:
        """True from the order to say the sentence until it is out."""
        return self._times > 0 and (self._out_s is None or self._out_s < self._begun_s)

    def begin(self, at_s: float) -> None:
        """The sentence is said from now on."""
        self._times += 1
        self._begun_s = at_s

    def await_reaction(self) -> None:
        """What is said now, or was said just now, is a question to whoever spoke."""
        self.until_s = (self._begun_s + SENTENCE_S if self.sounding else self._out_s or 0.0) + self._reaction_s

    def out(self, at_s: float) -> None:
        """The sentence has been said to its end."""
        self._out_s = at_s

    def stop_waiting(self) -> None:
        """No reaction is awaited any more."""
        self.until_s = None

    def heard_by(self, start_s: float) -> bool:
        """True if who began to speak then has heard the sentence."""
        return self._out_s is not None and start_s <= self._out_s + self._reaction_s

    def waits_on(self, stretches: Stretches, now_s: float) -> bool:
        """True if somebody is speaking of whom the ear may still say what it is: the wait is longer then."""
        if not stretches.speech_open or now_s - stretches.voice_open_since_s() >= 2 * REACTION_OPEN_S:
            return False
        self.until_s = now_s + REACTION_OPEN_S
        return True

    def replied(self, voice: Heard | None) -> bool:
        """True if this voice, not known to be a recording, spoke and paused after our sentence: it may wait for us.

        Whom we interrupted the first time goes on, and may not have understood us; who does so again is a recording.
        """
        if voice is None or voice.end_s is None or voice.sound is not Sound.SPEECH:
            return False
        if self._out_s is None or self.sounding or voice.end_s <= self._out_s:
            return False
        return self._times == 1 or voice.start_s >= self._out_s - EARLY_S
