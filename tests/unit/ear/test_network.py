"""The voice detector's network in numpy is the published one, and its weights are no others."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest

from prober.ear.voice import HOP, RATE_HZ, Samples, fresh_probabilities, weights

PUBLISHED = (
    *(0.16146, 0.03986, 0.02261, 0.01503, 0.01713, 0.08799, 0.30876, 0.64269),
    *(0.82493, 0.70928, 0.85332, 0.86342, 0.80511, 0.75725, 0.66183, 0.71551),
)
"""What silero_vad.onnx of silero-vad 6.2.3 gives for `_vowels` in ONNX Runtime 1.32."""


def _vowels() -> Samples:
    """Half a second of something like a voice."""
    time_s = np.arange(len(PUBLISHED) * HOP) / RATE_HZ
    pitch = 2 * np.pi * (130 * time_s + 2 * np.sin(2 * np.pi * 1.5 * time_s))
    low = 600 + 250 * np.sin(2 * np.pi * 3 * time_s)
    wave = np.zeros(len(time_s))
    for formant in (low, 2.2 * low + 200):
        wave += sum(np.exp(-(((130 * k - formant) / 150) ** 2)) * np.sin(k * pitch) for k in range(1, 25))
    return np.asarray(0.1 * wave * (0.55 + 0.45 * np.sin(2 * np.pi * 4 * time_s)), dtype=np.float32)


def test_it_hears_what_the_published_network_hears() -> None:
    assert fresh_probabilities(_vowels()) == pytest.approx(PUBLISHED, abs=1e-4)


def test_less_than_a_hop_has_no_probability() -> None:
    assert len(fresh_probabilities(np.zeros(HOP - 1, dtype=np.float32))) == 0


@pytest.mark.parametrize("what", ["nothing", "text", "other arrays"])
def test_other_weights_are_refused_with_a_sentence(tmp_path: Path, what: str) -> None:
    path = tmp_path / "silero_vad.jit"
    if what == "text":
        path.write_text("no archive")
    elif what == "other arrays":
        with zipfile.ZipFile(path, "w") as file:
            for n in range(32):
                file.writestr(f"top/data/{n}", bytes(8))
    with pytest.raises(RuntimeError, match=r"silero_vad\.jit: .*expected the weights of version 6 of silero-vad"):
        weights(path)
