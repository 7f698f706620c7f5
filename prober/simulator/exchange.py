"""What passes between a line and a performer: stimuli in, outputs out. Frozen, pure."""

from __future__ import annotations

from dataclasses import dataclass

from prober.simulator.sounds import Playable


@dataclass(frozen=True, slots=True, kw_only=True)
class Digit:
    """The caller pressed a key."""

    digit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerSpeaks:
    """The caller began to speak."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerPauses:
    """The caller's words ended, `spoke_s` after they began and `quiet_s` before this is known."""

    spoke_s: float
    quiet_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Acked:
    """The ACK of the answer came."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerLeft:
    """CANCEL or BYE."""


Stimulus = Digit | CallerSpeaks | CallerPauses | Acked | CallerLeft


@dataclass(frozen=True, slots=True, kw_only=True)
class SendResponse:
    """A SIP response to the INVITE; `media`: with an SDP answer."""

    code: int
    phrase: str
    media: bool = False
    q850: int | None = None
    identity: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StartSound:
    """Play this instead of what is playing."""

    sound: Playable


@dataclass(frozen=True, slots=True, kw_only=True)
class StopSound:
    """Play silence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SendBye:
    """Hang up an answered call."""

    q850: int


Output = SendResponse | StartSound | StopSound | SendBye
