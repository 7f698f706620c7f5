"""Sound files of any rate, width and number of channels, read in blocks of bounded memory as 8 kHz, 16 bit."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from prober.ear.voice import RATE_HZ
from prober.failures import DecrocheError

SUFFIXES = frozenset({".wav", ".flac", ".ogg", ".oga", ".mp3", ".aif", ".aiff", ".au", ".w64", ".rf64", ".caf"})
FRAMES = 65536
"""Read at once."""
FULL_SCALE = 0.999
OFFSET = 0.01
"""A mean above this is an offset of the recording, and is taken off."""
ALIKE = 0.5
"""Correlation above which two channels are one sound and not the two sides of a call."""
QUIETEST = 1e-5
"""RMS below which a channel is digital silence."""
MOST_CHANNELS = 8
LEAST_RATE_HZ = 4000
"""Half the telephone's. What claims less holds no voice, and would grow beyond measure at 8 kHz."""
UNTOLD = 2**31 - 2**16
"""Octets that a header speaks of when its writer did not know how many there would be."""


class SoundFileError(DecrocheError):
    """A file that cannot be heard; the message says which, where in it, and what was expected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What a file is, from one reading. A tuple has one entry a channel."""

    path: Path
    rate_hz: int
    channels: int
    frames: int
    promised: int
    """Frames that the header speaks of."""
    means: tuple[float, ...]
    rms: tuple[float, ...]
    """Of full scale, without the mean."""
    clipped: tuple[float, ...]
    """Share of the samples at full scale."""
    alike: float
    """Correlation of the first two channels, −1 to 1."""

    @property
    def length_s(self) -> float:
        """Seconds."""
        return self.frames / self.rate_hz

    @property
    def opposed(self) -> bool:
        """True when the two channels are one sound in opposite phase: mixed, they are silence."""
        return self.channels == 2 and self.alike <= -ALIKE

    @property
    def two_sides(self) -> bool:
        """True when the two channels are two sounds: ours and theirs."""
        return self.channels == 2 and abs(self.alike) < ALIKE and min(self.rms) >= QUIETEST


def survey(path: Path) -> Survey:
    """Read the whole file once. Raises SoundFileError."""
    sums, squares, full = np.zeros(MOST_CHANNELS), np.zeros(MOST_CHANNELS), np.zeros(MOST_CHANNELS)
    product, frames = 0.0, 0
    with _opened(path) as file:
        rate_hz, channels, promised = int(file.samplerate), int(file.channels), _promised(file)
        if rate_hz < LEAST_RATE_HZ:
            raise SoundFileError(f"{path}: {rate_hz} samples a second (expected {LEAST_RATE_HZ} or more)")
        if channels > MOST_CHANNELS:
            raise SoundFileError(f"{path}: {channels} channels (expected 1, or 2 with a side of the call each)")
        for block in _read(file, path):
            bad = np.flatnonzero(~np.isfinite(block).all(axis=1))
            if len(bad):
                at = frames + int(bad[0])
                raise SoundFileError(f"{path}: sample {at} ({at / rate_hz:.2f} s) is not a number (NaN or infinite)")
            wide = block.astype(np.float64)
            sums[:channels] += wide.sum(axis=0)
            squares[:channels] += (wide**2).sum(axis=0)
            full[:channels] += (np.abs(wide) >= FULL_SCALE).sum(axis=0)
            if channels >= 2:
                product += float(wide[:, 0] @ wide[:, 1])
            frames += len(block)
    if frames == 0:
        raise SoundFileError(f"{path}: there is no sound in it (0 samples after the header)")
    means = sums[:channels] / frames
    power = np.maximum(squares[:channels] / frames - means**2, 0.0)
    both = float(np.sqrt(power[0] * power[1])) if channels >= 2 else 0.0
    return Survey(
        path=path,
        rate_hz=rate_hz,
        channels=channels,
        frames=frames,
        promised=promised,
        means=tuple(map(float, means)),
        rms=tuple(map(float, np.sqrt(power))),
        clipped=tuple(map(float, full[:channels] / frames)),
        alike=(product / frames - float(means[0] * means[1])) / both if both > QUIETEST**2 else 0.0,
    )


def blocks(found: Survey, channel: int | None) -> Iterator[NDArray[np.int16]]:
    """One channel of a file that was surveyed, counted from 0 (None: all mixed), at 8 kHz, block by block."""
    import soxr

    means = np.asarray(found.means, dtype=np.float32)
    offset = np.where(np.abs(means) > OFFSET, means, np.float32(0))
    stream = soxr.ResampleStream(found.rate_hz, RATE_HZ, 1, dtype="float32") if found.rate_hz != RATE_HZ else None
    with _opened(found.path) as file:
        for block in _read(file, found.path):
            level = block - offset
            mono = level.mean(axis=1) if channel is None else level[:, channel]
            yield _whole(stream.resample_chunk(mono) if stream else mono)
    if stream:
        yield _whole(stream.resample_chunk(np.empty(0, dtype=np.float32), last=True))


def read(path: Path, *, longest_s: float) -> NDArray[np.int16]:
    """A short recording, mixed, at 8 kHz. Raises SoundFileError, also when it is longer."""
    found = survey(path)
    if found.length_s > longest_s:
        raise SoundFileError(f"{path}: {found.length_s:.0f} s long (expected a recording of at most {longest_s:g} s)")
    return np.concatenate(list(blocks(found, None)))


def _whole(samples: NDArray[np.float32]) -> NDArray[np.int16]:
    return np.asarray(np.clip(np.rint(samples * 32768), -32768, 32767), dtype=np.int16)


def _opened(path: Path) -> Any:
    import soundfile

    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            raise SoundFileError(f"{path}: no file but a pipe, a device or a folder (expected WAV or FLAC)")
        if found.st_size == 0:
            raise SoundFileError(f"{path}: the file is empty (0 bytes)")
        return soundfile.SoundFile(os.fsencode(path))  # a name need not be UTF-8
    except OSError as error:
        raise SoundFileError(f"{path}: {error.strerror or error}") from error
    except (soundfile.LibsndfileError, TypeError) as error:
        said = getattr(error, "error_string", str(error)).rstrip(".")
        raise SoundFileError(f"{path}: no sound file that can be read: {said} (expected WAV or FLAC, whole)") from error


def _promised(file: Any) -> int:
    """Frames that the header speaks of: libsndfile only logs that a WAV file holds fewer."""
    told = re.search(r"^data : (\d+) \(should be (\d+)\)", file.extra_info, re.MULTILINE)
    if told is None or int(told[1]) >= UNTOLD or not int(told[2]):
        return int(file.frames)
    return int(file.frames) * int(told[1]) // int(told[2])


def _read(file: Any, path: Path) -> Iterator[NDArray[np.float32]]:
    """Blocks of frames, one column a channel, 1 at full scale."""
    import soundfile

    at = 0
    while True:
        try:
            block = file.read(FRAMES, dtype="float32", always_2d=True)
        except soundfile.LibsndfileError as error:
            said = error.error_string.rstrip(".")
            raise SoundFileError(f"{path}: cannot be read past {at / file.samplerate:.2f} s: {said}") from error
        if not len(block):
            return
        at += len(block)
        yield block
