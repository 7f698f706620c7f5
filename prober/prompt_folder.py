"""A folder of known recordings: sound files, and libraries of fingerprints (`*.npz`)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from prober.ear import Piece, PromptLibrary
from prober.ear.learning import Remembered, learn
from prober.plain_number import plain
from prober.sound_file import SUFFIXES, SoundFileError, read
from prober.wording import Wording, wording

LONGEST_S = 600.0
"""A longer file is a call, not a prompt."""


def learn_folder(folder: Path, number: str, calls: Iterable[Sequence[Piece]]) -> tuple[Path, int]:
    """Write the recordings that at least two of these calls share to the folder; gives the file and how many."""
    state: tuple[Remembered, ...] = ()
    for n, pieces in enumerate(calls, start=1):
        state = learn(state, pieces, n).remembered
    found = [r for r in state if r.is_recording]
    library = PromptLibrary(r.as_prompt(plain(number) if number else None) for r in found)
    path = folder / f"learnt-{plain(number) or 'any'}.npz"
    path.write_bytes(library.to_bytes())
    return path, len(found)


def unread(library: PromptLibrary) -> PromptLibrary:
    """The same, where recordings without a label wait for their words."""
    return PromptLibrary(replace(p, unread=not p.label) for p in library.prompts)


def label_folder(folder: Path, words: Mapping[str, str]) -> dict[str, Wording]:
    """Write what these words say (recording → words) into the libraries of fingerprints; gives it by recording."""
    said = {prompt_id: wording(text) for prompt_id, text in words.items()}
    for path in sorted(folder.rglob("*.npz")):
        known = PromptLibrary.from_bytes(path.read_bytes()).prompts
        if any(p.prompt_id in said for p in known):
            named = (
                replace(p, label=w.label, wait_s=w.wait_s, position=w.position) if (w := said.get(p.prompt_id)) else p
                for p in known
            )
            path.write_bytes(PromptLibrary(named).to_bytes())
    return said


def read_folder(folder: Path, number: str) -> PromptLibrary:
    """All that a folder knows. A sound file `wait/2.wav` or `wait-2.wav` is the prompt labelled `wait`.

    Sound files are known on `number` (empty: on any). Raises SoundFileError naming the file that is none.
    """
    library = PromptLibrary.empty()
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        name = path.relative_to(folder)
        try:
            if path.suffix == ".npz":
                library = library.joined(PromptLibrary.from_bytes(path.read_bytes()))
            elif path.suffix.lower() in SUFFIXES:
                label = name.parts[0] if len(name.parts) > 1 else re.split(r"[-_. \d]", name.stem)[0]
                pcm = read(path, longest_s=LONGEST_S)
                library = library.learn(
                    prompt_id=name.with_suffix("").as_posix(), label=label, pcm=pcm, number=number or None, voice=True
                )
        except ValueError as error:
            raise SoundFileError(f"{path}: {error}") from error
    return library
