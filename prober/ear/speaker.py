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

from prober.ear.voice import RATE_HZ, Samples

Voiceprint = NDArray[np.float32]
"""256 numbers of length 1, none negative."""

WEIGHTS = Path(__file__).with_name("speaker.npz")
WINDOW, HOP = 200, 80
"""25 ms and 10 ms."""
LAYERS, UNITS, BANDS = 3, 256, 40
LEVEL_DBFS = -30.0
"""Softer speech is raised to this level, as in training."""


@lru_cache(maxsize=1)
def _weights() -> dict[str, NDArray[np.float32]]:
    with np.load(WEIGHTS, allow_pickle=False) as file:
        return {name: np.ascontiguousarray(file[name], np.float32) for name in file.files if name != "notice"}


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
    padded = np.pad(speech * gain, WINDOW // 2)
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(WINDOW) / WINDOW)
    windows = sliding_window_view(padded, WINDOW)[::HOP] * hann
    power = np.abs(2 * np.fft.rfft(windows, axis=1)) ** 2  # twice the samples at 16 kHz
    return np.asarray(power @ _mel(), dtype=np.float32)


def _sigmoid(x: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(0.5 + 0.5 * np.tanh(0.5 * x), dtype=np.float32)


def voiceprint(speech: Samples) -> Voiceprint:
    """The voice in `speech` (8 kHz, [-1, 1]); best from 1.6 s of it without long pauses. About 30 ms of work."""
    weights, sequence = _weights(), _spectrogram(speech)
    for n in range(LAYERS):
        gates = sequence @ weights[f"input{n}"] + weights[f"bias{n}"]
        carried = weights[f"carried{n}"]
        hidden, cell = np.zeros(UNITS, np.float32), np.zeros(UNITS, np.float32)
        out = np.empty((len(gates), UNITS), np.float32)
        for t, gate in enumerate(gates):
            gate += hidden @ carried
            gate[: 2 * UNITS] = _sigmoid(gate[: 2 * UNITS])
            gate[3 * UNITS :] = _sigmoid(gate[3 * UNITS :])
            cell = gate[UNITS : 2 * UNITS] * cell + gate[:UNITS] * np.tanh(gate[2 * UNITS : 3 * UNITS])
            hidden = out[t] = gate[3 * UNITS :] * np.tanh(cell)
        sequence = out
    raw = np.maximum(0, sequence[-1] @ weights["linear"] + weights["offset"])
    return np.asarray(raw / max(float(np.linalg.norm(raw)), 1e-6), dtype=np.float32)


def likeness(one: Voiceprint, other: Voiceprint) -> float:
    """Cosine: about 0.9 for one speaker, 0.6 for two."""
    return float(one @ other)
