"""What the scheduler orders: one INVITE to one number of one service, with one script and its limits."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Script(StrEnum):
    """How the caller behaves (measure.md §5.1)."""

    AGENT = "agent"
    """Patient caller: follows the menu to an agent. Basis of K2."""
    OPTOUT = "optout"
    """Caller who refuses the voice server at the first prompt. Basis of K3."""
    DIRECT = "direct"
    """Line without a voice server: nothing to choose, only to wait."""


class Purpose(StrEnum):
    """Why the call is placed; only `measure` enters a KPI."""

    MEASURE = "measure"
    """An attempt of a plan."""
    PILOT = "pilot"
    """An attempt made while the prompts of its number are being learnt: kept, never counted."""
    REFERENCE = "reference"
    """A call to a number we own, which shows that our own side works."""
    CONFIRMATION = "confirmation"
    """A second call, over another trunk, that confirms what a first one claimed (decisions.md 6)."""
    MANUAL = "manual"
    """A call asked for by a person at a terminal."""


class Policy(StrEnum):
    """When our sentence is said to whoever answers (decisions.md 13)."""

    CONFIRM = "confirm"
    """As soon as a human is likely: the reaction confirms."""
    SILENT = "silent"
    """Only once a human is certain."""
    ANNOUNCE = "announce"
    """At the answer, whoever answers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Patience, one limit per state; all in seconds. Ringing never consumes listening time."""

    invite_s: float = 8.0
    """INVITE sent, no response at all."""
    trying_s: float = 20.0
    """100 Trying, then nothing."""
    ring_s: float = 60.0
    """From the INVITE to our CANCEL while it rings (decisions.md 4)."""
    max_wait_s: float = 600.0
    """T_max: from the INVITE to our hang-up when no human came."""
    grace_s: float = 5.0
    """Kept listening after T_max (near misses)."""
    grace_speech_s: float = 8.0
    """The same when speech is open at T_max."""
    first_media_s: float = 5.0
    """Answer to first RTP packet."""
    media_lost_s: float = 10.0
    """RTP stopped in mid-call."""
    silence_s: float = 60.0
    """Continuous silence after the answer."""
    menu_steps: int = 8
    """Prompts of a voice server listened to before it is a dead end."""
    menu_s: float = 180.0
    """Time spent in a voice server before it is a dead end."""
    digits_after_s: float = 0.6
    """Silence that ends a prompt before keys are sent."""
    pause_s: float = 1.0
    """Silence after speech that invites our sentence."""
    reaction_s: float = 4.0
    """From the end of our sentence to the reaction of a human."""
    agent_s: float = 15.0
    """Longest hold of an agent, from the first word (hard timer)."""


SILENCE_S = (0.5, 30.0)
"""Bounds of a silence that a step waits for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of a menu path: wait for a prompt to end, or for silence, then send keys or say a word."""

    digits: str | None = None
    word: str | None = None
    label: str | None = None
    """Wait for a prompt that carries this label."""
    prompt: str | None = None
    """Wait for the prompt with this fingerprint id."""
    silence_s: float | None = None
    """Wait for so long a silence since the answer, the last sound and our last key. Without any wait: any speech."""
    optional: bool = False
    """Skipped when another step's prompt comes first (seasonal messages)."""

    def __post_init__(self) -> None:
        if (self.digits is None) == (self.word is None):
            raise ValueError("a step sends either digits or a word")
        if sum(wait is not None for wait in (self.label, self.prompt, self.silence_s)) > 1:
            raise ValueError("a step waits for one thing: a label, a prompt or silence")
        if self.digits is not None and (not self.digits or set(self.digits) - set("0123456789*#ABCDw")):
            raise ValueError(f"digits {self.digits!r}: expected 0-9 * # A-D, w for a half-second pause")


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What is known in advance of a number's voice server."""

    path: tuple[Step, ...] = ()
    """Keys that lead to an agent (scripts `agent` and `direct`)."""
    refusal: tuple[Step, ...] = ()
    """Keys or words of refusal (script `optout`); none: stay silent (decisions.md 10)."""
    has_menu: bool | None = None
    """None: unknown."""
    version: int | None = None
    """Of the menu path, kept with each attempt that followed it; None: not numbered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One planned call. `id` is random and travels in the Call-ID, so both ends can be joined."""

    id: str = field(default_factory=lambda: secrets.token_hex(8))
    service: str
    number: str
    """As published and dialled by a caller ("3646", "+33140000000") or a full `sip:` URI."""
    script: Script
    due_at: datetime
    campaign: str = ""
    stratum: str = ""
    weight: float | None = None
    """Share of the service's incoming traffic that falls in the stratum."""
    trunk: str | None = None
    """None: the first trunk that is free."""
    caller_id: str | None = None
    purpose: Purpose = Purpose.MEASURE
    confirms: str | None = None
    """Id of the attempt this one confirms."""
    policy: Policy = Policy.CONFIRM
    profile: Profile = Profile()
    limits: Limits = Limits()

    def __post_init__(self) -> None:
        if self.due_at.tzinfo is None:
            raise ValueError(f"attempt {self.id}: due_at is naive, expected an aware UTC datetime")
