"""The prompts known of each number: fingerprints and labels, no sound."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from prober.ear.fingerprint import BLOCK, HOP_S, Fingerprinter, Prints, errors, limit
from prober.ear.speaker import Voiceprint
from prober.ear.speakers import merged, voice_in
from prober.plain_number import plain

FORMAT = 1
NEAR = 1.3
"""Up to so many times the limit a block is near a recording: other words seldom are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """A known recording."""

    prompt_id: str
    label: str
    number: str | None
    """None: heard on any number."""
    prints: Prints
    wait_s: float | None = None
    """Waiting time that it announces, seconds."""
    position: int | None = None
    """Place in the queue that it announces."""
    unread: bool = False
    """Its words are wanted: its sound is kept until they are read."""
    voice: Voiceprint | None = field(default=None, compare=False)
    """Who recorded it; None: not known, or nobody speaks in it."""
    follows: float = 0.0
    """Log-odds that another recording comes right after it, as earlier calls tell."""

    @property
    def length_s(self) -> float:
        """Seconds."""
        return len(self.prints) * HOP_S

    @property
    def announces(self) -> dict[str, float]:
        """What it tells of the queue, as evidence of a stretch."""
        told = {"announced_wait_s": self.wait_s, "announced_position": self.position}
        return {name: value for name, value in told.items() if value is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A block found in a prompt: `place_s` is where in the prompt the block ends."""

    prompt: Prompt
    error: float
    """Share of bits that differ."""
    limit: float
    """The largest share at which it is that recording."""
    place_s: float

    @property
    def same(self) -> bool:
        """True when it is that recording."""
        return self.error <= self.limit


class PromptLibrary:
    """Prompts by number. Learning gives a new prompt; nothing is ever changed in place."""

    def __init__(self, prompts: Iterable[Prompt] = ()) -> None:
        self.prompts = tuple(prompts)
        self._ends = np.cumsum([len(p.prints) for p in self.prompts], dtype=np.int64)
        self._joined: Prints = np.concatenate([np.empty(0, dtype=np.uint32), *(p.prints for p in self.prompts)])

    @classmethod
    def empty(cls) -> PromptLibrary:
        """Nothing known."""
        return cls()

    @cached_property
    def voices(self) -> tuple[Voiceprint, ...]:
        """The different speakers of the recordings."""
        return merged(p.voice for p in self.prompts if p.voice is not None)

    def learn(
        self,
        *,
        prompt_id: str,
        label: str,
        pcm: NDArray[np.int16],
        number: str | None = None,
        voice: bool = False,
    ) -> PromptLibrary:
        """A library that knows this recording too (8 kHz, 16 bit). Raises ValueError if it is shorter than 1.3 s.

        `voice`: who speaks in it is learnt too, which takes a tenth of a second.
        """
        samples = np.asarray(pcm[: len(pcm) // 128 * 128] / 32768, dtype=np.float32)
        prints = Fingerprinter().hear(samples)
        if len(prints) < BLOCK + 16:
            raise ValueError(f"prompt {prompt_id}: {len(pcm) / 8000:.1f} s is too short (expected at least 1.3 s)")
        prompt = Prompt(
            prompt_id=prompt_id, label=label, number=plain(number) if number else None, prints=prints,
            voice=voice_in(samples) if voice else None,
        )  # fmt: skip
        return PromptLibrary((*(p for p in self.prompts if p.prompt_id != prompt_id), prompt))

    def joined(self, other: PromptLibrary) -> PromptLibrary:
        """What both know; of two prompts with one id, the other's."""
        theirs = {p.prompt_id for p in other.prompts}
        return PromptLibrary((*(p for p in self.prompts if p.prompt_id not in theirs), *other.prompts))

    def of(self, number: str) -> PromptLibrary:
        """The prompts that may be heard on this number."""
        wanted = plain(number)
        return PromptLibrary(p for p in self.prompts if p.number is None or p.number == wanted)

    def nearest(self, block: Prints) -> Match | None:
        """The prompt that one second of sub-prints is nearest to, the same or not; None where none is near."""
        found = errors(self._joined, block)
        best: Match | None = None
        if not block.any():
            return None
        most = limit(block)
        for at in np.flatnonzero(found <= NEAR * most):
            which = int(np.searchsorted(self._ends, at, side="right"))
            within = at + len(block) <= self._ends[which]  # not across the end of one prompt and the start of the next
            if within and (best is None or found[at] < best.error):
                prompt = self.prompts[which]
                place = int(at - self._ends[which]) + len(prompt.prints) + len(block)
                best = Match(prompt=prompt, error=float(found[at]), limit=most, place_s=place * HOP_S)
        return best

    def to_bytes(self) -> bytes:
        """An npz file: an array of sub-prints a prompt, one of its voice where it is known, and a JSON table."""
        table = [
            {
                "id": p.prompt_id,
                "label": p.label,
                "number": p.number,
                "wait_s": p.wait_s,
                "position": p.position,
                "follows": p.follows,
            }
            for p in self.prompts
        ]
        arrays: dict[str, NDArray[Any]] = {f"p{i}": p.prints for i, p in enumerate(self.prompts)}
        arrays |= {f"v{i}": p.voice.astype(np.float16) for i, p in enumerate(self.prompts) if p.voice is not None}
        head = np.frombuffer(json.dumps({"format": FORMAT, "prompts": table}).encode(), dtype=np.uint8)
        out = io.BytesIO()
        np.savez_compressed(out, head=head, **arrays)  # type: ignore[arg-type]
        return out.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes) -> PromptLibrary:
        """The library in an npz file. Raises ValueError with a sentence when it is none."""
        try:
            with np.load(io.BytesIO(data), allow_pickle=False) as file:
                head = json.loads(file["head"].tobytes())
                if head["format"] != FORMAT:
                    raise ValueError(f"its format is {head['format']}, expected {FORMAT}")
                rows = enumerate(head["prompts"])
                return cls(
                    Prompt(
                        prompt_id=r["id"],
                        label=r["label"],
                        number=r["number"],
                        prints=file[f"p{i}"].astype(np.uint32),
                        wait_s=r.get("wait_s"),
                        position=r.get("position"),
                        follows=r.get("follows", 0.0),
                        voice=file[f"v{i}"].astype(np.float32) if f"v{i}" in file else None,
                    )
                    for i, r in rows
                )
        except (OSError, KeyError, ValueError, TypeError, EOFError, zipfile.BadZipFile) as error:
            # numpy's own words would advise to load objects, which may be a program
            why = "it is no archive of arrays, or an array of it holds objects" if "pickle" in str(error) else error
            raise ValueError(f"this is no prompt library: {why}") from error
