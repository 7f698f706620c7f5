"""Steps of a menu path in words, as an operator writes them: `after prompt: 1; after silence 3: say conseiller`."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace

from prober.attempt import SILENCE_S, Step
from prober.events import LABELS
from prober.number import keys_forbidden

EXPECTED = f"expected `after WAIT: KEYS` or `after WAIT: say WORD`, WAIT being prompt, silence S, {', '.join(LABELS)}"
_PART = re.compile(
    r"after\s+(?P<wait>\w+)(?:\s+(?P<more>[\w.]+))?\s*:\s*(?:say\s+(?P<word>.+)|(?P<digits>[0-9A-D*#w]+))"
)


def steps_in(text: str, never_dial: Collection[str] = ()) -> tuple[Step, ...]:
    """The steps that a line says, parted by `;`.

    Raises ValueError naming the part that is none, or whose keys would dial a line of the table or of `never_dial`.
    """
    return tuple(_step(part.strip(), never_dial) for part in text.split(";") if part.strip())


def _step(part: str, never_dial: Collection[str]) -> Step:
    found = _PART.fullmatch(part)
    if found is None:
        raise ValueError(f"{part!r} is no step ({EXPECTED})")
    act = Step(digits=found["digits"], word=found["word"])
    if act.digits and (reason := keys_forbidden(act.digits, never_dial)):
        raise ValueError(f"{part!r}: {reason} (expected the keys of a menu)")
    wait, more = found["wait"], found["more"]
    if wait == "silence":
        seconds = float(more) if more and re.fullmatch(r"\d+(\.\d+)?", more) else 0.0
        if not SILENCE_S[0] <= seconds <= SILENCE_S[1]:
            raise ValueError(f"{part!r}: silence needs its seconds (expected after silence 3: 1, from 0.5 to 30)")
        return replace(act, silence_s=seconds)
    if wait == "prompt":
        return replace(act, prompt=more)
    if wait not in LABELS or more:
        raise ValueError(f"{part!r}: nothing to wait for is called {wait} ({EXPECTED})")
    return replace(act, label=wait)


def in_words(step: Step) -> str:
    """The step as `steps_in` reads it."""
    wait = step.label or (f"silence {step.silence_s:g}" if step.silence_s is not None else "prompt")
    return f"after {wait}{f' {step.prompt}' if step.prompt else ''}: {step.digits or f'say {step.word}'}"
