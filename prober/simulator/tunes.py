"""Music on hold and network tones, synthesised at 8 kHz, full scale 1.0. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from prober.simulator.sounds import ToneName

RATE_HZ = 8000
Samples = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """A short piece: a chord (MIDI notes) for each bar, a melody note for each half beat (0: rest), a pulse."""

    beats_per_minute: int
    beats: int
    chords: tuple[tuple[int, ...], ...]
    melody: tuple[int, ...]
    turns: int
    """How often the bars come round, the melody with them."""
    pluck_s: float
    """Decay of the accompaniment: short sounds plucked, long sounds like strings."""


def _notes(text: str) -> tuple[int, ...]:
    return tuple(int(word) for word in text.split())


SCORES: dict[str, Score] = {
    "waltz": Score(
        beats_per_minute=138,
        beats=3,
        chords=((48, 60, 64, 67), (53, 60, 65, 69), (43, 59, 62, 67), (48, 60, 64, 67)),
        melody=_notes("76 0 79 0 84 0  81 0 77 0 72 0 74 76 77 79 83 0  79 0 76 72 0 0"),
        turns=3,
        pluck_s=0.35,
    ),
    "ballad": Score(
        beats_per_minute=76,
        beats=4,
        chords=((45, 57, 60, 64), (41, 57, 60, 65), (48, 55, 60, 64), (43, 55, 59, 62)),
        melody=_notes("69 0 72 71 69 0 64 0  65 0 69 67 65 0 60 0 67 0 72 0 71 69 67 0  62 64 65 67 71 0 67 0"),
        turns=2,
        pluck_s=1.2,
    ),
    "bossa": Score(
        beats_per_minute=122,
        beats=4,
        chords=((50, 57, 60, 65), (43, 59, 62, 65), (48, 59, 64, 67), (45, 55, 61, 64)),
        melody=_notes("0 77 0 76 74 0 72 0  71 0 74 0 77 76 0 74 76 0 0 71 67 0 71 72  0 73 0 76 79 0 76 0"),
        turns=3,
        pluck_s=0.22,
    ),
    "arpeggio": Score(
        beats_per_minute=104,
        beats=4,
        chords=((52, 59, 64, 67), (48, 60, 64, 67), (55, 59, 62, 67), (50, 57, 62, 66)),
        melody=_notes(
            "64 67 71 76 71 67 64 67  60 64 67 72 76 72 67 64 67 71 74 79 74 71 67 71  66 69 74 78 74 69 66 62"
        ),
        turns=2,
        pluck_s=0.5,
    ),
}
HARMONICS = (1.0, 0.45, 0.22, 0.1)


def tune(name: str) -> Samples:
    """One turn of a piece, 12–26 s, that joins onto itself: chords on the beat, a melody, a soft drum."""
    score = SCORES[name]
    beat = int(60 / score.beats_per_minute * RATE_HZ)
    chords, melody = score.chords * score.turns, score.melody * score.turns
    total = beat * score.beats * len(chords)
    mix = np.zeros(total)
    for bar, chord in enumerate(chords):
        start = bar * score.beats * beat
        for step in range(score.beats):
            notes: Sequence[int] = chord[:1] if step == 0 else chord[1:]
            for note in notes:
                _add(mix, start + step * beat, _note(note, score.pluck_s, 0.5 if step == 0 else 0.22))
        _add(mix, start, _drum())
    for turn, note in enumerate(melody):
        if note:
            _add(mix, turn * beat // 2, _note(note, 0.45, 0.55, vibrato=0.003))
    return np.asarray(mix / np.max(np.abs(mix)))


def _add(mix: Samples, at: int, sound: Samples) -> None:
    places = (at + np.arange(len(sound))) % len(mix)
    mix[places] += sound


def _note(midi: int, decay_s: float, gain: float, vibrato: float = 0.0) -> Samples:
    time_s = np.arange(int(min(4 * decay_s, 3.0) * RATE_HZ)) / RATE_HZ
    phase = 2 * np.pi * 440.0 * 2 ** ((midi - 69) / 12) * time_s
    if vibrato:
        phase = phase + vibrato * 40 * np.sin(2 * np.pi * 5.5 * time_s)
    wave = np.sum([a * np.sin((k + 1) * phase) for k, a in enumerate(HARMONICS)], axis=0)
    attack = np.minimum(time_s / 0.012, 1.0)
    return np.asarray(gain * attack * np.exp(-time_s / decay_s) * wave)


def _drum() -> Samples:
    time_s = np.arange(int(0.12 * RATE_HZ)) / RATE_HZ
    noise = np.random.default_rng(7).standard_normal(len(time_s))
    return np.asarray(0.15 * noise * np.exp(-time_s / 0.03))


def tone(name: ToneName) -> Samples:
    """One turn of a signal, silence included."""
    match name:
        case ToneName.RINGBACK:
            return _cadence((440.0,), 1.5, 3.5)
        case ToneName.BUSY:
            return _cadence((440.0,), 0.5, 0.5)
        case ToneName.CONGESTION:
            return _cadence((440.0,), 0.25, 0.25)
        case ToneName.SIT:
            rising = [_cadence((hz,), 0.33, 0.03) for hz in (950.0, 1400.0, 1800.0)]
            return np.concatenate([*rising, np.zeros(RATE_HZ)])
        case ToneName.CED:
            return _cadence((2100.0,), 3.0, 0.1)
        case ToneName.CNG:
            return _cadence((1100.0,), 0.5, 3.0)
        case ToneName.BEEP:
            return _cadence((1000.0,), 0.5, 0.1)


def _cadence(tones_hz: tuple[float, ...], on_s: float, off_s: float) -> Samples:
    time_s = np.arange(int(on_s * RATE_HZ)) / RATE_HZ
    edge = np.minimum(1.0, np.minimum(time_s, on_s - time_s) / 0.005)
    wave = np.sum([np.sin(2 * np.pi * hz * time_s) for hz in tones_hz], axis=0) / len(tones_hz)
    return np.concatenate([wave * edge, np.zeros(int(off_s * RATE_HZ))])
