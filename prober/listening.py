"""A recorded call judged by the live ear: which side is theirs, when we spoke, what was heard."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy as np

from prober.ear import EAR_VERSION, Ear, Excerpt, Piece, PromptLibrary
from prober.ear.listen import listen_to
from prober.ear.voice import HOP, HOP_S, VoiceDetector
from prober.events import Heard, Sound
from prober.milestones import QUIET, human_onset
from prober.sound_file import QUIETEST, SoundFileError, Survey, blocks, survey

CLIPPED = 0.001
SILENT_DBFS, SOFT_DBFS = -89.0, -42.0
"""A recording whose loudest second is softer is judged as the live ear would: much of it is missed."""
PAUSE_S = 0.64
"""Shorter pauses belong to what we said."""
NAMES = ("left", "right")


class Theirs(StrEnum):
    """Which channel is the called side's."""

    AUTO = "auto"
    LEFT = "left"
    RIGHT = "right"
    MIX = "mix"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What a file holds; seconds from its first sample."""

    file: Path
    length_s: float
    rate_hz: int
    channels: int
    channel: str
    segments: tuple[Heard, ...]
    """Stretches in their last state, by start."""
    own: tuple[tuple[float, float], ...]
    notes: tuple[str, ...]
    levels: tuple[float, ...]
    """dBFS, one a second."""
    pieces: tuple[Piece, ...]
    """What may be learnt from it."""
    excerpts: tuple[Excerpt, ...]
    """Known recordings in it whose words are wanted."""

    @property
    def human_onset_s(self) -> float | None:
        """The first live word; None when nobody is known to be a person."""
        return human_onset(self.segments)

    @property
    def uncertain_onset_s(self) -> float | None:
        """The first word that may be a person's or a recording's; None when there is none, or a person is known."""
        speech = (h.start_s for h in self.segments if h.sound is Sound.SPEECH)
        return next(speech, None) if self.human_onset_s is None else None

    @property
    def verdict(self) -> str:
        """`human`, `uncertain` or `nobody`."""
        if self.human_onset_s is not None:
            return "human"
        return "nobody" if self.uncertain_onset_s is None else "uncertain"

    def plain(self) -> dict[str, Any]:
        """What `--json` prints."""
        return {
            "file": str(self.file),
            "duration_s": round(self.length_s, 3),
            "rate_hz": self.rate_hz,
            "channels": self.channels,
            "channel": self.channel,
            "verdict": self.verdict,
            "human_onset_s": self.human_onset_s,
            "uncertain_onset_s": self.uncertain_onset_s,
            "segments": [_segment(h, self.length_s) for h in self.segments],
            "own": [{"start_s": round(a, 3), "end_s": round(b, 3)} for a, b in self.own],
            "notes": list(self.notes),
            "ear": EAR_VERSION,
        }


def judge(path: Path, *, library: PromptLibrary, number: str = "", theirs: Theirs = Theirs.AUTO) -> Judged:
    """Judge one file, streamed. Raises SoundFileError."""
    found = survey(path)
    channel, ours = _sides(found, theirs)
    own = tuple(_voiced(found, ours)) if ours is not None else ()
    ear = Ear(library, number)
    levels = _Levels()
    last = {h.stretch: h for h in listen_to(levels.watch(blocks(found, channel)), ear, own)}
    sounding = (h for h in last.values() if h.end_s is None or h.end_s > h.start_s)
    segments = tuple(sorted(sounding, key=lambda h: (h.start_s, h.stretch)))
    notes = list(_notes(found, channel))
    loudest_dbfs = max(levels.dbfs, default=0.0)
    if own and all(h.sound in QUIET for h in segments):
        side = NAMES[1 - (channel or 0)]
        notes.append(f"somebody speaks on the {side} channel alone: is it theirs? (--theirs {side})")
    elif SILENT_DBFS < loudest_dbfs < SOFT_DBFS:
        notes.append(f"soft: the loudest second is at {loudest_dbfs:.0f} dBFS ({SOFT_DBFS:.0f} or more misses nobody)")
    return Judged(
        file=path,
        length_s=found.length_s,
        rate_hz=found.rate_hz,
        channels=found.channels,
        channel="mix" if channel is None else NAMES[channel] if found.channels > 1 else "mono",
        segments=segments,
        own=own,
        notes=tuple(notes),
        levels=tuple(levels.dbfs),
        pieces=ear.pieces(),
        excerpts=tuple(ear.excerpts.found),
    )


class _Levels:
    """The level of each second that passes."""

    def __init__(self) -> None:
        self.dbfs: list[float] = []
        self._rest = np.empty(0, dtype=np.int16)

    def watch(self, source: Iterator[Any]) -> Iterator[Any]:
        for block in source:
            self._rest = np.concatenate((self._rest, block))
            while len(self._rest) >= 8000:
                power = float(np.var(self._rest[:8000] / 32768))
                self.dbfs.append(round(10 * np.log10(power + 1e-9), 1))
                self._rest = self._rest[8000:]
            yield block


def _sides(found: Survey, theirs: Theirs) -> tuple[int | None, int | None]:
    """Their channel (None: all mixed) and ours (None: there is none)."""
    if theirs in (Theirs.LEFT, Theirs.RIGHT):
        if found.channels != 2:
            said = f"{found.channels} channel{'s' if found.channels > 1 else ''}"
            raise SoundFileError(f"{found.path}: {said}, so there is no {theirs} side (expected 2)")
        channel = NAMES.index(theirs)
        if found.rms[channel] < QUIETEST <= found.rms[1 - channel]:
            raise SoundFileError(
                f"{found.path}: the {theirs} channel is silent throughout and the {NAMES[1 - channel]} one is not "
                f"(expected --theirs {NAMES[1 - channel]})"
            )
        return channel, 1 - channel if found.two_sides else None
    if found.two_sides and theirs is Theirs.AUTO:
        return 0, 1
    if found.opposed:
        return 0, None
    if found.channels == 2 and theirs is Theirs.AUTO and min(found.rms) < QUIETEST <= max(found.rms):
        return int(np.argmax(found.rms)), None
    return (None if found.channels > 1 else 0), None


def _voiced(found: Survey, channel: int) -> Iterator[tuple[float, float]]:
    """When somebody speaks on a channel."""
    detector, rest, at_s = VoiceDetector(), np.empty(0, dtype=np.float32), 0.0
    start_s = end_s = -1.0
    for block in blocks(found, channel):
        rest = np.concatenate((rest, np.asarray(block / 32768, dtype=np.float32)))
        whole = len(rest) // HOP * HOP
        for at in range(0, whole, HOP):
            if detector.hear(rest[at : at + HOP]) >= 0.5:
                if start_s >= 0 and at_s - end_s > PAUSE_S:
                    yield start_s, end_s
                    start_s = -1.0
                start_s = at_s if start_s < 0 else start_s
                end_s = at_s + HOP_S
            at_s += HOP_S
        rest = rest[whole:]
    if start_s >= 0:
        yield start_s, end_s


def _notes(found: Survey, channel: int | None) -> Iterator[str]:
    heard = range(found.channels) if channel is None else (channel,)
    if max(found.rms[c] for c in heard) < QUIETEST:
        yield "digital silence throughout"
    if max(found.clipped[c] for c in heard) > CLIPPED:
        yield f"clipped: {100 * max(found.clipped[c] for c in heard):.1f} % of the samples are at full scale"
    if max(abs(found.means[c]) for c in heard) > 0.01:
        yield f"offset: the mean is {max((found.means[c] for c in heard), key=abs):+.2f} of full scale; taken off"
    if found.frames < found.promised:
        yield f"cut short: {found.length_s:.2f} s of the {found.promised / found.rate_hz:.2f} s its header speaks of"
    if found.opposed and channel is not None:
        yield f"the two channels are in opposite phase: {NAMES[channel]} is heard alone"
    if found.two_sides and channel is not None:
        yield f"two sides: {NAMES[channel]} taken as theirs, {NAMES[1 - channel]} as ours (--theirs says otherwise)"


def _segment(heard: Heard, length_s: float) -> dict[str, Any]:
    return {
        "class": heard.sound.value,
        "start_s": heard.start_s,
        "end_s": round(min(heard.end_s, length_s), 3) if heard.end_s is not None else round(length_s, 3),
        "probability": heard.probability,
        "label": heard.label,
        "prompt": heard.prompt,
        "evidence": dict(heard.evidence),
    }
