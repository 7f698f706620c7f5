"""Samples of everything the town plays: speech, music, tones and rooms, at 8 kHz 16-bit.

What is the same in every call is kept in a cache on disk; an agent's words are made for one call and forgotten.

`python -m prober.simulator.voices` makes the recordings shipped in prober/sounds.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import wave
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile
from zlib import crc32

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

from prober.simulator.alaw import encode
from prober.simulator.espeak import RATE_HZ, speak
from prober.simulator.sounds import Extent, Playable, Prompt, Room, Tone, Tune, Voice, Words
from prober.simulator.tunes import tone, tune

CACHE_FORMAT = 1
TONE_DBFS = -16.0
INNER_PAUSE_S = 0.28
"""Pauses inside a sentence are cut to this, so that only its end is longer."""
AUDIBLE_DBFS = -35.0
"""Below the loudest frame: where speech begins and ends."""
FRAME = RATE_HZ // 100
ROOM_S = 20
"""Longer than any agent listens, so that the loop never comes round."""
Samples = NDArray[np.float64]
Pcm = NDArray[np.int16]

SENTENCE = "Mesure automatique de l'accueil, rien n'est enregistré. Pardon, au revoir."
"""Short, since an agent's time is theirs, and the reaction that decides comes after it."""
SHIPPED: dict[str, tuple[str, Voice]] = {
    "sentence_fr.wav": (SENTENCE, Voice(variant="f2", pitch=52, words_per_minute=205, level_dbfs=-18.0)),
    "conseiller.wav": ("Conseiller.", Voice(variant="f2", pitch=52, words_per_minute=150, level_dbfs=-18.0)),
}


@dataclass(frozen=True, slots=True)
class Clip:
    """Samples and the extent of what is audible in them; the onset is that of the clean signal."""

    pcm: Pcm
    extent: Extent


def default_cache() -> Path:
    """Folder of synthesised sounds: under $XDG_CACHE_HOME or ~/.cache."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "decroche" / "sounds"


class Voices:
    """Clips by sound, in memory; recordings, tunes and tones also in `folder`, which several processes may share."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder or default_cache()
        self._folder.mkdir(parents=True, exist_ok=True)
        self._clips: dict[Playable, Clip] = {}
        self._octets: dict[tuple[Playable, bool], bytes] = {}

    def clip(self, sound: Playable) -> Clip:
        """The samples of a sound. Blocking when it was never made before."""
        found = self._clips.get(sound)
        if found is None:
            found = synthesise(sound) if isinstance(sound, Words | Room) else self._stored(sound)
            self._clips[sound] = found
        return found

    def measure(self, sound: Playable) -> Extent:
        """How long the sound lasts and where it begins to be heard."""
        return self.clip(sound).extent

    def octets(self, sound: Playable, *, mu: bool = False) -> bytes:
        """The sound in A-law or µ-law, encoded once."""
        found = self._octets.get((sound, mu))
        if found is None:
            found = self._octets[sound, mu] = encode(self.clip(sound).pcm, mu=mu)
        return found

    def prepare(self, sounds: Iterable[Playable]) -> None:
        """Make sounds ready to be played at once."""
        for sound in sounds:
            self.clip(sound)

    def forget(self, sound: Playable) -> None:
        """Drop a sound that will not be played again from memory."""
        self._clips.pop(sound, None)
        for mu in (False, True):
            self._octets.pop((sound, mu), None)

    def _stored(self, sound: Playable) -> Clip:
        path = self._folder / f"{hashlib.sha256(f'{CACHE_FORMAT} {sound!r}'.encode()).hexdigest()[:32]}.npz"
        try:
            with np.load(path) as stored:
                return _clip(stored["pcm"], float(stored["onset_s"]))
        except (OSError, ValueError, KeyError, EOFError, BadZipFile):
            clip = synthesise(sound)
        # Written beside and renamed: another process sees the whole file or none.
        handle, beside = tempfile.mkstemp(dir=self._folder, suffix=".part")
        with os.fdopen(handle, "wb") as file:
            np.savez(file, pcm=clip.pcm, onset_s=np.float64(clip.extent.onset_s))
        Path(beside).replace(path)
        return clip


def synthesise(sound: Playable) -> Clip:
    """Make a sound. Speech differs by some samples from one synthesis to the next: the cache keeps recordings alike."""
    match sound:
        case Prompt():
            return _levelled(_speech(sound.text, sound.voice), sound.voice.level_dbfs)
        case Tune():
            return _levelled(tune(sound.name), sound.level_dbfs)
        case Tone():
            wave_form = tone(sound.name)
            return _clip(_pcm(wave_form * 10 ** ((TONE_DBFS + 3) / 20)), 0.0)
        case Room():
            return _clip(_pcm(_room(sound, ROOM_S * RATE_HZ)), 0.0)
        case Words():
            clean = _at_level(_speech(sound.text, sound.voice), sound.voice.level_dbfs)
            noise = _room(sound.room, len(clean), place=crc32(sound.text.encode()))
            return _clip(_pcm(clean + noise), _onset_s(clean))


def _speech(text: str, voice: Voice) -> Samples:
    """Speech without silence at its ends and without long pauses."""
    samples = speak(text, voice)
    loud = _loud_frames(samples)
    samples = samples[loud[0] * FRAME : (loud[-1] + 1) * FRAME]
    quiet = np.ones(len(samples) // FRAME, bool)
    quiet[_loud_frames(samples)] = False
    keep, run = [], 0
    for frame, still in enumerate(quiet):
        run = run + 1 if still else 0
        if run * FRAME <= INNER_PAUSE_S * RATE_HZ:
            keep.append(samples[frame * FRAME : (frame + 1) * FRAME])
    return np.concatenate(keep)


def _levelled(samples: Samples, level_dbfs: float) -> Clip:
    levelled = _at_level(samples, level_dbfs)
    return _clip(_pcm(levelled), _onset_s(levelled))


def _at_level(samples: Samples, level_dbfs: float) -> Samples:
    """Level of the audible frames, root mean square, at most full scale."""
    frames = samples[: len(samples) // FRAME * FRAME].reshape(-1, FRAME)
    rms = np.sqrt(np.mean(frames[_loud_frames(samples)] ** 2))
    return np.asarray(np.clip(samples * 10 ** (level_dbfs / 20) / rms, -0.99, 0.99))


def _loud_frames(samples: Samples) -> NDArray[np.intp]:
    frames = samples[: len(samples) // FRAME * FRAME].reshape(-1, FRAME)
    power = np.sqrt(np.mean(frames**2, axis=1))
    return np.flatnonzero(power > np.max(power) * 10 ** (AUDIBLE_DBFS / 20))


def _onset_s(samples: Samples) -> float:
    return float(_loud_frames(samples)[0]) * FRAME / RATE_HZ


def _room(room: Room, length: int, place: int = 0) -> Samples:
    """Noise of the room; another `place` gives other samples, for noise never repeats."""
    rng = np.random.default_rng((room.seed, place))
    pole = 0.95 * room.colour
    noise = lfilter([1.0], [1.0, -pole], rng.standard_normal(length))
    return np.asarray(noise / np.sqrt(np.mean(noise**2)) * 10 ** (room.level_dbfs / 20))


def _pcm(samples: Samples) -> Pcm:
    return np.clip(np.round(samples * 32767), -32768, 32767).astype(np.int16)


def _clip(pcm: Pcm, onset_s: float) -> Clip:
    return Clip(pcm, Extent(length_s=len(pcm) / RATE_HZ, onset_s=onset_s))


def make_shipped(folder: Path) -> list[Path]:
    """Write the recordings the prober plays: the sentence said to an agent, and the words of refusal."""
    made = []
    for name, (text, voice) in SHIPPED.items():
        path = folder / name
        clip = _levelled(_speech(text, voice), voice.level_dbfs)
        with wave.open(str(path), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(RATE_HZ)
            file.writeframes(clip.pcm.tobytes())
        made.append(path)
    return made


if __name__ == "__main__":
    for shipped in make_shipped(Path(__file__).parents[1] / "sounds"):
        print(shipped.name)
