"""Voice activity: Silero VAD v6 (MIT) at 8 kHz, one probability for each 256 samples (32 ms).

The network is small: its layers are a handful of products, done here with numpy, which takes half the time of a runtime
for networks. The weights are loaded once a process; each detector carries its own state. The carried state is dulled by
ringback, music or silence for seconds, so an onset is dated again by a run from a fresh state.
"""

from __future__ import annotations

import importlib.util
import zipfile
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from prober.ear.lstm import Lstm

RATE_HZ = 8000
HOP = 256
CONTEXT = 32
HOP_S = HOP / RATE_HZ
Samples = NDArray[np.float32]
BLOCK, FRAME, STEP, BINS = CONTEXT + HOP, 128, 64, 65
"""Samples of a hop with what was right before it; of a window and between two windows; bins of its spectrum."""
_SHAPES = (
    (2 * BINS, FRAME), (128, BINS, 3), (128,), (64, 128, 3), (64,), (64, 64, 3), (64,), (128, 64, 3), (128,),
    (512, 128), (512, 128), (512,), (512,), (1, 128), (1,),
)  # fmt: skip
"""Of the arrays of the network for 8 kHz, in their order in the file."""
FIRST = 17
"""The place of the first one, after those for 16 kHz."""
_PLACES = np.arange(0, BLOCK + CONTEXT - FRAME + 1, STEP)[:, None] + np.arange(FRAME)
_MIRRORED = np.r_[:BLOCK, BLOCK - 2 : BLOCK - 2 - CONTEXT : -1]
_FRAMES = _MIRRORED[_PLACES]
"""(4, 128): which samples of a block make each window; the block is continued by its mirror image."""


class _Network:
    """The layers of Silero VAD, each a matrix: spectrum, four convolutions of three frames, LSTM, one output."""

    def __init__(self, arrays: list[NDArray[np.float32]]) -> None:
        spectrum, *layers = arrays
        self._spectrum = np.ascontiguousarray(spectrum.T)
        kernels, self._biases = layers[0:8:2], layers[1:8:2]
        rows = [kernel.transpose(2, 1, 0) for kernel in kernels]  # (frame, in, out)
        rows[2], rows[3] = rows[2][1:], rows[3][1:2]  # what these see besides is padding
        self._kernels = [np.ascontiguousarray(r.reshape(-1, r.shape[2])) for r in rows]
        given, carried, bias_given, bias_carried = layers[8:12]
        self.memory = Lstm(given.T, carried.T, bias_given + bias_carried)
        self._out, self._offset = layers[12][0], float(layers[13][0])

    def hear(self, blocks: Samples, state: NDArray[np.float32]) -> NDArray[np.float32]:
        """(hops, 288 samples) → P(speech) of each; `state` moves on."""
        hops = len(blocks)
        parts = blocks[:, _FRAMES].reshape(-1, FRAME) @ self._spectrum
        parts *= parts
        sounds = np.zeros((hops, 6, BINS), np.float32)  # four frames between two of padding
        np.sqrt((parts[:, :BINS] + parts[:, BINS:]).reshape(hops, 4, BINS), out=sounds[:, 1:5])
        first = np.zeros((hops, 5, 128), np.float32)
        seen = np.concatenate((sounds[:, :4], sounds[:, 1:5], sounds[:, 2:]), axis=2).reshape(-1, 3 * BINS)
        first[:, 1:] = self._layer(0, seen).reshape(hops, 4, 128)
        seen = np.concatenate((first[:, :3:2], first[:, 1:4:2], first[:, 2::2]), axis=2).reshape(-1, 3 * 128)
        heard = self._layer(3, self._layer(2, self._layer(1, seen).reshape(hops, 128)))
        told = np.maximum(self.memory.run(heard, state), 0) @ self._out + self._offset
        return np.asarray(0.5 + 0.5 * np.tanh(0.5 * told), dtype=np.float32)

    def _layer(self, n: int, seen: NDArray[np.float32]) -> NDArray[np.float32]:
        out: NDArray[np.float32] = seen @ self._kernels[n]
        out += self._biases[n]
        np.maximum(out, 0, out=out)
        return out


@lru_cache(maxsize=1)
def _network() -> _Network:
    """The network, from the file beside the package `silero_vad`, which is not imported: it needs torch."""
    spec = importlib.util.find_spec("silero_vad")
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError("the package silero-vad is not installed: its weights are the ear's voice detector")
    return _Network(weights(Path(spec.submodule_search_locations[0]) / "data" / "silero_vad.jit"))


def weights(path: Path) -> list[NDArray[np.float32]]:
    """The arrays of the network for 8 kHz. Raises RuntimeError where the file holds others."""
    try:
        with zipfile.ZipFile(path) as file:
            top = file.namelist()[0].partition("/")[0]
            raw = [file.read(f"{top}/data/{FIRST + n}") for n in range(len(_SHAPES))]
        return [np.frombuffer(r, np.float32).reshape(shape) for r, shape in zip(raw, _SHAPES, strict=True)]
    except (OSError, KeyError, IndexError, ValueError, zipfile.BadZipFile) as error:
        raise RuntimeError(f"{path}: {error} (expected the weights of version 6 of silero-vad)") from error


class VoiceDetector:
    """P(speech) hop after hop."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget what was heard."""
        self._state = _network().memory.state()
        self._block = np.zeros((1, BLOCK), dtype=np.float32)

    def hear(self, hop: Samples) -> float:
        """Probability of speech in `hop` (256 samples in [-1, 1])."""
        self._block[0, :CONTEXT] = self._block[0, HOP:]
        self._block[0, CONTEXT:] = hop
        return float(_network().hear(self._block, self._state)[0])


def fresh_probabilities(samples: Samples) -> NDArray[np.float32]:
    """P(speech) of each whole hop of `samples`, from a fresh state."""
    hops = len(samples) // HOP
    if not hops:
        return np.empty(0, dtype=np.float32)
    before = np.concatenate((np.zeros(CONTEXT, np.float32), samples[: hops * HOP]))
    blocks = sliding_window_view(before, BLOCK)[::HOP]
    return _network().hear(blocks, _network().memory.state())
