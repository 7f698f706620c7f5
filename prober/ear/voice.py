"""Voice activity: Silero VAD v6 (MIT) at 8 kHz, one probability for each 256 samples (32 ms).

The network is loaded once a process and shared; each detector carries its own state. The carried state is dulled by
ringback, music or silence for seconds, so an onset is dated again by a run from a fresh state.
"""

from __future__ import annotations

import importlib.util
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

RATE_HZ = 8000
HOP = 256
CONTEXT = 32
HOP_S = HOP / RATE_HZ
Samples = NDArray[np.float32]


@lru_cache(maxsize=1)
def _network() -> Any:
    """The ONNX session, found beside the package without importing it (the package itself needs torch)."""
    import onnxruntime

    spec = importlib.util.find_spec("silero_vad")
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError("the package silero-vad is not installed: its ONNX weights are the ear's voice detector")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    path = Path(spec.submodule_search_locations[0]) / "data" / "silero_vad.onnx"
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


class VoiceDetector:
    """P(speech) hop after hop."""

    def __init__(self) -> None:
        self._rate = np.array(RATE_HZ, dtype=np.int64)
        self.reset()

    def reset(self) -> None:
        """Forget what was heard."""
        self._state = np.zeros((2, 1, 128), dtype=np.float32)
        self._context = np.zeros(CONTEXT, dtype=np.float32)

    def hear(self, hop: Samples) -> float:
        """Probability of speech in `hop` (256 samples in [-1, 1])."""
        block = np.concatenate((self._context, hop))[None, :]
        probability, self._state = _network().run(None, {"input": block, "state": self._state, "sr": self._rate})
        self._context = hop[-CONTEXT:]
        return float(probability[0, 0])


def fresh_probabilities(samples: Samples) -> NDArray[np.float32]:
    """P(speech) of each whole hop of `samples`, from a fresh state."""
    detector = VoiceDetector()
    hops = len(samples) // HOP
    return np.array([detector.hear(samples[i * HOP : (i + 1) * HOP]) for i in range(hops)], dtype=np.float32)
