"""What the called side can make heard: prompts, tunes, tones and live speech, as data; how long each lasts. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from prober.events import Sound


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """A synthesised speaker: espeak-ng voice and variant, pitch 0–99, words a minute, level of the speech."""

    name: str = "fr"
    variant: str = ""
    pitch: int = 50
    range: int = 50
    words_per_minute: int = 165
    level_dbfs: float = -20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """A recorded message: byte-identical from call to call."""

    id: str
    label: str
    """One of LABELS."""
    text: str
    voice: Voice = Voice()


@dataclass(frozen=True, slots=True, kw_only=True)
class Tune:
    """Music on hold, a loop."""

    name: str
    level_dbfs: float = -22.0


class ToneName(StrEnum):
    """Signals of a telephone network (ETSI TR 101 041-2 for France, ITU-T E.180, T.30, E.180 SIT)."""

    RINGBACK = "ringback"
    BUSY = "busy"
    CONGESTION = "congestion"
    SIT = "sit"
    CED = "ced"
    CNG = "cng"
    BEEP = "beep"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tone:
    """A signal; `beep`, `sit` and `ced` are played once, the others go round."""

    name: ToneName


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """Noise behind an agent, a loop: `seed` makes it, white to rumble by `colour` 0–1."""

    seed: int
    level_dbfs: float
    colour: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What an agent says live, once, over the noise of the room."""

    text: str
    voice: Voice
    room: Room


Playable = Prompt | Tune | Tone | Room | Words
ONCE = frozenset({ToneName.SIT, ToneName.CED, ToneName.BEEP})
TONE_SOUND: dict[ToneName, Sound] = {
    ToneName.RINGBACK: Sound.RINGBACK,
    ToneName.BUSY: Sound.BUSY_TONE,
    ToneName.CONGESTION: Sound.CONGESTION_TONE,
    ToneName.SIT: Sound.SIT,
    ToneName.CED: Sound.FAX,
    ToneName.CNG: Sound.FAX,
    ToneName.BEEP: Sound.BEEP,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """How long a sound lasts and where its first audible sample is, both in seconds from its start."""

    length_s: float
    onset_s: float = 0.0


Measure = Callable[[Playable], Extent]
"""Length and onset of a sound. Synthesised sounds are measured, the jumping clock estimates them."""


def loops(sound: Playable) -> bool:
    """True for what goes on until something else is played."""
    return isinstance(sound, Tune | Room) or (isinstance(sound, Tone) and sound.name not in ONCE)


def sound_class(sound: Playable) -> Sound:
    """The class a perfect ear would give it."""
    match sound:
        case Prompt():
            return Sound.RECORDING
        case Tune():
            return Sound.MUSIC
        case Room():
            return Sound.NOISE
        case Words():
            return Sound.HUMAN
        case Tone():
            return TONE_SOUND[sound.name]


def estimate(sound: Playable) -> Extent:
    """Extent without synthesis: about nineteen characters a second at 165 words a minute."""
    match sound:
        case Prompt() | Words():
            return Extent(length_s=0.4 + len(sound.text) / 19.0 * 165 / sound.voice.words_per_minute, onset_s=0.05)
        case Tone():
            return Extent(length_s={ToneName.SIT: 1.0, ToneName.CED: 3.0, ToneName.BEEP: 0.6}.get(sound.name, 5.0))
        case _:
            return Extent(length_s=20.0)
