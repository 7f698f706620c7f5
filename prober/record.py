"""CallRecord: an attempt with everything seen and heard, and the milestones read from it. Immutable."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields

from prober.attempt import Attempt
from prober.events import Event, Heard, Party

RECORD_FORMAT = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Milestones:
    """Seconds from the INVITE, None where not reached (measure.md §5.2)."""

    t_invite: float | None = None
    t_trying: float | None = None
    t_alert: float | None = None
    t_early_media: float | None = None
    t_answer: float | None = None
    t_first_audio: float | None = None
    t_ivr: float | None = None
    t_choice: float | None = None
    """First key or word sent."""
    t_optout: float | None = None
    t_queue: float | None = None
    announced_wait_s: float | None = None
    t_human: float | None = None
    t_human_service: float | None = None
    t_transfer: float | None = None
    t_our_end: float | None = None
    t_remote_end: float | None = None
    t_end: float | None = None


MILESTONE_NAMES = tuple(f.name for f in fields(Milestones))


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRecord:
    """What was seen. What it means is a Verdict, made by `prober.classify`."""

    attempt: Attempt
    invite_at: str | None
    """Wall clock of the INVITE, ISO 8601 UTC; None when none left."""
    trunk: str | None
    events: tuple[Event, ...]
    milestones: Milestones
    heard: tuple[Heard, ...]
    """Stretches of sound in their final state, in order."""
    hung_up_by: Party | None
    last_state: str
    """State of the call machine at the end (`queue`, `menu`, `ringing`…): the `phase` of an export."""
    versions: Mapping[str, str] = field(default_factory=dict)
    """Version of the program, the ear, the prompt library."""
    format: int = RECORD_FORMAT
