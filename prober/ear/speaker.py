"""Whose voice: 256 numbers for 1.6 s of speech, alike for one speaker and apart for two.

The encoder of Resemblyzer (Wan et al., "Generalized End-to-End Loss for Speaker Verification", ICASSP 2018): 40 mel
bands each 10 ms, three LSTM layers, one linear layer. It was trained at 16 kHz; at 8 kHz windows of half the samples
give the same 40 Hz bins, and the bands above 4 kHz stay empty.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from prober.ear.lstm import Lstm
from prober.ear.voice import RATE_HZ, Samples

Voiceprint = NDArray[np.float32]
"""256 numbers of length 1, none negative."""

WEIGHTS = Path(__file__).with_name("speaker.npz")
WINDOW, HOP = 200, 80
"""25 ms and 10 ms."""
LAYERS, BANDS = 3, 40
LEVEL_DBFS = -30.0
"""Softer speech is raised to this level, as in training."""
_HANN = (1 - np.cos(2 * np.pi * np.arange(WINDOW) / WINDOW)).astype(np.float32)
"""Twice the usual one, as twice the samples at 16 kHz give."""


@lru_cache(maxsize=1)
def _encoder() -> tuple[list[Lstm], NDArray[np.float32], NDArray[np.float32]]:
    """The layers, then the matrix and the offset of the last, linear one."""
    with np.load(WEIGHTS, allow_pickle=False) as file:
        arrays = {name: np.asarray(file[name], np.float32) for name in file.files if name != "notice"}
    layers = [Lstm(arrays[f"input{n}"], arrays[f"carried{n}"], arrays[f"bias{n}"]) for n in range(LAYERS)]
    return layers, arrays["linear"], arrays["offset"]


@lru_cache(maxsize=1)
def _mel() -> NDArray[np.float32]:
    """(bins of 0 to 4 kHz, bands) of Slaney's mel scale from 0 to 8 kHz, each band of area 1."""
    top = 15 + np.log(8000 / 1000) / (np.log(6.4) / 27)
    mels = np.linspace(0, top, BANDS + 2)
    edges = np.where(mels < 15, mels * 200 / 3, 1000 * np.exp(np.log(6.4) / 27 * (mels - 15)))
    bins = np.fft.rfftfreq(WINDOW, 1 / RATE_HZ)[:, None]
    low, middle, high = edges[:-2], edges[1:-1], edges[2:]
    slopes = np.minimum((bins - low) / (middle - low), (high - bins) / (high - middle))
    return np.asarray(np.maximum(0, slopes) * 2 / (high - low), dtype=np.float32)


def _spectrogram(speech: Samples) -> NDArray[np.float32]:
    """(frames, bands), linear power as the encoder knows it."""
    level = float(np.sqrt(np.mean(speech**2)))
    gain = max(1.0, 10 ** (LEVEL_DBFS / 20) / max(level, 1e-6))
    padded = np.pad(speech * np.float32(gain), WINDOW // 2)
    spectrum = np.fft.rfft(sliding_window_view(padded, WINDOW)[::HOP] * _HANN, axis=1)
    return np.asarray((spectrum.real**2 + spectrum.imag**2) @ _mel(), dtype=np.float32)


def voiceprint(speech: Samples) -> Voiceprint:
    """The voice in `speech` (8 kHz, [-1, 1]); best from 1.6 s of it without long pauses."""
    layers, linear, offset = _encoder()
    sequence = _spectrogram(speech)
    for layer in layers:
        sequence = layer.run(sequence, layer.state())
    raw = np.maximum(0, sequence[-1] @ linear + offset)
    return np.asarray(raw / max(float(np.linalg.norm(raw)), 1e-6), dtype=np.float32)


def likeness(one: Voiceprint, other: Voiceprint) -> float:
    """Cosine: about 0.9 for one speaker, 0.6 for two."""
    return float(one @ other)
