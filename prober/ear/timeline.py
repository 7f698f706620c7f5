"""The stretches of a call: one open at a time, each told when it opens, changes and closes."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from prober.ear.voice import HOP_S
from prober.events import Heard, Sound

ROOM_S, LATEST_S, ROOM_DBFS, RISE_DB = 0.25, 2.0, -38.0, 18.0
"""A room that passes for a voice: lasts so long at least, is noticed until then, is soft, and far softer than words."""
DEPTH_FROM, DEPTH_OF = 20, 94
"""Hops from which, and of which, the depth between words is taken: 0.6 and 3 s."""
UNEXPLAINED = frozenset({Sound.SPEECH, Sound.SILENCE, Sound.NOISE})
"""What may lie within the words of one person: nothing recorded, played or decided."""


@dataclass(slots=True, kw_only=True, eq=False)
class Stretch:
    """A stretch being written; `as_event` freezes it."""

    number: int
    sound: Sound
    start_s: float
    end_s: float | None = None
    probability: float = 1.0
    label: str | None = None
    prompt: str | None = None
    voiced_s: float = 0.0
    level_dbfs: float = 0.0
    """Mean of its voiced hops, the recent ones counting most once there are many."""
    voiced_hops: int = 0
    nearest_recording: float = float("inf")
    """Bits that differ from the nearest known recording, of those that may for it to be the same; above 1 another."""
    levels: list[float] = field(default_factory=list)
    """Level of each of its first hops, dBFS."""
    evidence: dict[str, float | str] = field(default_factory=dict)

    def hear_voice(self, level_dbfs: float) -> None:
        """One more voiced hop."""
        self.voiced_s += HOP_S
        self.voiced_hops += 1
        self.level_dbfs += (level_dbfs - self.level_dbfs) / min(self.voiced_hops, 60)

    def hear_level(self, level_dbfs: float) -> None:
        """One more hop, voiced or not."""
        if len(self.levels) < DEPTH_OF:
            self.levels.append(level_dbfs)

    @property
    def depth_db(self) -> float | None:
        """How far its softest moments are below its words; None as long as there are too few.

        Between the words of a person it is quiet; music under an announcement goes on.
        """
        if len(self.levels) < DEPTH_FROM:
            return None
        rising = sorted(self.levels)
        louder = rising[len(rising) // 2 :]
        return sum(louder) / len(louder) - rising[len(rising) // 10]

    def begins_at_last(self, level_dbfs: float, at_s: float) -> bool:
        """True if what was taken for the start of a voice was the room: the words are far louder, and begin now."""
        heard_s = at_s - self.start_s
        if not (self.sound is Sound.SPEECH and heard_s < LATEST_S and self.voiced_hops * HOP_S > ROOM_S):
            return False
        if self.level_dbfs > ROOM_DBFS or level_dbfs < self.level_dbfs + RISE_DB:
            return False
        self.start_s, self.voiced_s, self.voiced_hops, self.level_dbfs = at_s - HOP_S, 0.0, 0, 0.0
        self.levels.clear()
        return True

    def as_event(self, at_s: float) -> Heard:
        """The event that tells its present state."""
        return Heard(
            at_s=at_s,
            stretch=self.number,
            sound=self.sound,
            start_s=round(self.start_s, 3),
            end_s=None if self.end_s is None else round(self.end_s, 3),
            probability=round(self.probability, 3),
            label=self.label,
            prompt=self.prompt,
            evidence=dict(self.evidence),
        )


class Timeline:
    """Stretches in order; events wait in `told` until the ear hands them out."""

    KEPT = 400
    """Stretches remembered: bounded memory in calls of hours."""

    def __init__(self) -> None:
        self.stretches: list[Stretch] = []
        self.told: list[Heard] = []
        self._next = 1

    @property
    def open(self) -> Stretch | None:
        """The stretch that is sounding."""
        return self.stretches[-1] if self.stretches and self.stretches[-1].end_s is None else None

    def switch(self, sound: Sound, start_s: float, at_s: float, *, last_end_s: float | None = None) -> Stretch:
        """Close what is open (at `last_end_s`, else where the new one starts) and open a stretch."""
        self.close(last_end_s if last_end_s is not None else start_s, at_s)
        if self.stretches:
            start_s = max(start_s, self.stretches[-1].end_s or 0.0)
        made = Stretch(number=self._next, sound=sound, start_s=start_s)
        self._next += 1
        self.stretches.append(made)
        del self.stretches[: -self.KEPT]
        self.tell(made, at_s)
        return made

    def split(self, stretch: Stretch, end_s: float, start_s: float, at_s: float) -> Stretch:
        """Two voices were taken for one: it ends at `end_s`, and another, which is returned, began at `start_s`."""
        later = replace(stretch, number=self._next, start_s=start_s, levels=list(stretch.levels), evidence={})
        self._next += 1
        length_s = max((stretch.end_s if stretch.end_s is not None else at_s) - stretch.start_s, HOP_S)
        stretch.voiced_s *= min(1.0, max(0.0, end_s - stretch.start_s) / length_s)
        later.voiced_s -= stretch.voiced_s
        stretch.end_s = end_s
        self.stretches.insert(self.stretches.index(stretch) + 1, later)
        self.tell(stretch, at_s)
        self.tell(later, at_s)
        return later

    def close(self, end_s: float, at_s: float) -> Stretch | None:
        """Close what is open, and give it."""
        stretch = self.open
        if stretch is not None:
            stretch.end_s = max(end_s, stretch.start_s)
            self.tell(stretch, at_s)
        return stretch

    def tell(self, stretch: Stretch, at_s: float) -> None:
        """Say the present state of a stretch."""
        self.told.append(stretch.as_event(at_s))

    def hand_out(self) -> list[Heard]:
        """What was told since the last time."""
        told, self.told = self.told, []
        return told
