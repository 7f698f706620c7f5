"""The way through a voice server: the steps still to be done, and which of them what is heard calls for. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from prober.attempt import Step
from prober.events import Heard


class MenuPath:
    """Steps in order. Optional ones are skipped when the prompt of a later one comes first."""

    def __init__(self, steps: Iterable[Step]) -> None:
        self._left = list(steps)

    def after_voice(self, voice: Heard) -> Step | None:
        """The step that is due once this voice has ended; None: none, or its prompt has not come yet."""
        for step in self._left:
            if step.silence_s is None and _waits_for(step, voice):
                return step
            if not step.optional:
                return None
        return None

    def after_silence(self) -> Step | None:
        """The step that waits for silence now; None: the next one waits for a voice, or all are done."""
        for step in self._left:
            if step.silence_s is not None:
                return step
            if not step.optional:
                return None
        return None

    def done(self, step: Step) -> None:
        """This step was carried out; the optional ones before it are past."""
        self._left = self._left[self._left.index(step) + 1 :]


def _waits_for(step: Step, voice: Heard) -> bool:
    if step.prompt is not None:
        return step.prompt == voice.prompt
    return step.label is None or step.label == voice.label
