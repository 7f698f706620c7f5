"""What we say, with silence behind it.

A player that reaches the end of its file is told so on another thread, which may come after the player is gone
(pjproject #5045): so it never reaches the end, and our own timer stops it.
"""

from __future__ import annotations

import tempfile
import wave
from pathlib import Path

PADDING_S = 2.0


class Recordings:
    """Padded copies in a temporary folder, made at the first use."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="decroche-")
        self._made: dict[str, tuple[str, float]] = {}

    def padded(self, path: str) -> tuple[str, float]:
        """The padded copy and the length of what is said, in seconds."""
        if path not in self._made:
            with wave.open(path) as source:
                form, samples = source.getparams(), source.readframes(source.getnframes())
            copy = str(Path(self._folder.name) / f"{len(self._made)}.wav")
            with wave.open(copy, "wb") as out:
                out.setparams(form)
                out.writeframes(samples + bytes(int(PADDING_S * form.framerate) * form.sampwidth * form.nchannels))
            self._made[path] = (copy, form.nframes / form.framerate)
        return self._made[path]

    def forget(self) -> None:
        """Remove the copies."""
        self._folder.cleanup()
