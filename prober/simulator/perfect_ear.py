"""What an ear that is never wrong would say of the sounds played, and when it would know. Pure.

Decisions come late, as a real ear's: a stretch opens as speech, becomes a recording once recognised, a human once the
person has spoken anew; it closes after a hangover.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from prober.events import Heard, Sound
from prober.simulator.sounds import Measure, Playable, Prompt, Room, Words, sound_class

SPEECH_KNOWN_S = 0.3
RECORDING_KNOWN_S = 1.5
REPEAT_KNOWN_S = 2.0
REACTION_KNOWN_S = 0.6
HANGOVER_S = 0.3
MUSIC_KNOWN_S = 1.5
TONE_KNOWN_S = {
    Sound.RINGBACK: 1.7,
    Sound.BUSY_TONE: 2.1,
    Sound.CONGESTION_TONE: 1.1,
    Sound.SIT: 0.9,
    Sound.FAX: 0.6,
    Sound.BEEP: 0.4,
}


@dataclass(slots=True)
class _Open:
    heard: Heard
    """As it is finally known."""
    known_s: float


class PerfectEar:
    """Turns what is played into stretches of heard sound. Every event may lie in the future of the call's clock."""

    def __init__(self, *, knows_prompts: bool, measure: Measure) -> None:
        self._knows_prompts, self._measure = knows_prompts, measure
        self._stretch = 0
        self._open: _Open | None = None
        self._first_play: dict[str, Heard] = {}
        self._person: Heard | None = None
        self.open_stretch: int | None = None

    def started(self, sound: Playable, at_s: float) -> list[Heard]:
        """The events that will follow if the sound goes on; empty for the noise of a room."""
        if isinstance(sound, Room):
            return []
        self._stretch += 1
        self.open_stretch = self._stretch
        start_s = at_s + self._measure(sound).onset_s
        final = Heard(at_s=start_s, stretch=self._stretch, sound=sound_class(sound), start_s=start_s)
        match sound:
            case Prompt():
                return self._prompt(sound, final)
            case Words():
                return self._words(final)
        known_s = start_s + TONE_KNOWN_S.get(final.sound, MUSIC_KNOWN_S)
        self._open = _Open(final, known_s)
        return [replace(final, at_s=known_s)]

    def stopped(self, at_s: float) -> list[Heard]:
        """The closing of the open stretch."""
        closed, self._open, self.open_stretch = self._open, None, None
        if closed is None:
            return []
        end = replace(closed.heard, at_s=at_s + HANGOVER_S, end_s=max(at_s, closed.heard.start_s))
        if self._person is not None and self._person.stretch == end.stretch:
            self._person = end
        for prompt, first in self._first_play.items():
            if first.stretch == end.stretch:
                self._first_play[prompt] = end
        return [end]

    def _prompt(self, prompt: Prompt, final: Heard) -> list[Heard]:
        speech = replace(final, at_s=final.start_s + SPEECH_KNOWN_S, sound=Sound.SPEECH, probability=0.7)
        if self._knows_prompts:
            final = replace(final, label=prompt.label, prompt=prompt.id, probability=0.99)
            self._open = _Open(final, final.start_s + RECORDING_KNOWN_S)
            return [speech, replace(final, at_s=self._open.known_s)]
        first = self._first_play.get(prompt.id)
        if first is None:
            self._first_play[prompt.id] = speech
            self._open = _Open(speech, speech.at_s)
            return [speech]
        final = replace(final, prompt=f"heard/{prompt.id}", probability=0.95)
        self._open = _Open(final, final.start_s + REPEAT_KNOWN_S)
        again = replace(final, at_s=self._open.known_s)
        return [speech, replace(first, at_s=again.at_s, sound=Sound.RECORDING, prompt=again.prompt), again]

    def _words(self, final: Heard) -> list[Heard]:
        speech = replace(final, at_s=final.start_s + SPEECH_KNOWN_S, sound=Sound.SPEECH, probability=0.7)
        if self._person is None:
            self._person = speech
            self._open = _Open(speech, speech.at_s)
            return [speech]
        known_s = final.start_s + REACTION_KNOWN_S
        self._open = _Open(final, known_s)
        first = replace(self._person, at_s=known_s, sound=Sound.HUMAN, probability=0.98)
        return [speech, first, replace(final, at_s=known_s)]
