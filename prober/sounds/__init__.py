"""Recordings the prober plays, synthesised by the project itself (8 kHz, 16-bit, mono).

`sentence_fr.wav` tells an agent that this is a measurement; `conseiller.wav` is a word of refusal.
Made by `python -m prober.simulator.voices`.
"""

from __future__ import annotations

from pathlib import Path

WORD = "conseiller"
"""The shipped word of refusal."""


def sound_path(name: str) -> Path:
    """Path of a shipped recording: `sentence_fr` or a word of refusal. Raises FileNotFoundError if there is none."""
    path = Path(__file__).parent / f"{name}.wav"
    if not path.is_file():
        raise FileNotFoundError(f"no shipped recording {name!r} in {path.parent}")
    return path
