"""Signalling and audio events. Frozen; `at_s` is seconds on the call's clock, zero when the first INVITE leaves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Sound(StrEnum):
    """What a stretch of received sound is (decisions.md 12)."""

    SILENCE = "silence"
    NOISE = "noise"
    RINGBACK = "ringback"
    BUSY_TONE = "busy_tone"
    CONGESTION_TONE = "congestion_tone"
    SIT = "sit"
    FAX = "fax"
    BEEP = "beep"
    MUSIC = "music"
    RECORDING = "recording"
    """Speech known to be recorded: it has been heard before, on this number or in this call."""
    SPEECH = "speech"
    """Speech, recording or human undecided."""
    HUMAN = "human"


VOICES = frozenset({Sound.RECORDING, Sound.SPEECH, Sound.HUMAN})
LABELS = (
    *("welcome", "legal", "price", "menu", "voicebot", "wait", "dissuasion", "closed", "voicemail", "unassigned"),
    *("callback", "announcement", "other_body", "reference"),
)
"""What a recorded message may be."""


class Party(StrEnum):
    """Who ended the call."""

    CALLER = "caller"
    CALLED = "called"
    NETWORK = "network"


class Origin(StrEnum):
    """Where a failure code was made: local codes look like wire codes (pjsua2.md §3.1)."""

    REMOTE = "remote"
    TIMEOUT = "timeout"
    TRANSPORT = "transport"
    LOCAL = "local"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Anything that happens in a call."""

    at_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Invited(Event):
    """The first INVITE left (at_s = 0)."""

    trunk: str = ""
    call_id: str = ""
    invite_at: str = ""
    """Wall clock of the INVITE, ISO 8601 UTC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Response(Event):
    """A SIP response to the INVITE: 100, 18x, 200, 3xx–6xx. A final code above 299 ends the call."""

    code: int
    reason: str = ""
    q850: int | None = None
    q850_location: str | None = None
    reason_text: str | None = None
    """Text of the Reason header, or of Warning."""
    retry_after_s: float | None = None
    origin: Origin = Origin.REMOTE
    identity: str | None = None
    """Connected identity of a 200 or UPDATE: user part of P-Asserted-Identity (RFC 3325, RFC 4916)."""
    contact: str | None = None
    """User part of the Contact of a 3xx: where the call is asked to go."""
    own_hop: bool = False
    """True when nothing shows a hop beyond our own first one (measure.md §3.3, 503)."""

    @property
    def ender(self) -> Party | None:
        """Who ended a call that was never answered: the far end if it said so itself."""
        if self.origin is not Origin.REMOTE:
            return None
        return Party.NETWORK if self.code in (408, 500, 502, 503, 504) else Party.CALLED


@dataclass(frozen=True, slots=True, kw_only=True)
class Media(Event):
    """Received RTP starts, stops or resumes; `early` while unanswered."""

    flowing: bool
    early: bool = False
    codec: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity(Event):
    """Connected identity that changed after the answer (UPDATE or re-INVITE, RFC 4916)."""

    identity: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Held(Event):
    """The called side put us on hold (`on`) or took us back."""

    on: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferAsked(Event):
    """A REFER came and was refused."""

    target: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard(Event):
    """A stretch of received sound. The same `stretch` number comes again as it grows, changes class or closes.

    `start_s` is back-dated to the onset and may be corrected by a later event of the same stretch;
    `end_s` is None while open. `at_s` is when the ear knew.
    """

    stretch: int
    sound: Sound
    start_s: float
    end_s: float | None = None
    probability: float = 1.0
    label: str | None = None
    """Label of a known recording: welcome, legal, menu, wait, dissuasion, closed, voicemail, unassigned, …"""
    prompt: str | None = None
    """Fingerprint id of a known recording."""
    evidence: Mapping[str, float | str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class DigitReceived(Event):
    """A DTMF digit from the called side."""

    digit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent(Event):
    """Something of ours was played out completely: keys, a word or the sentence. `start_s` when it began."""

    what: str
    """`digits`, `word` or `sentence`."""
    start_s: float
    text: str = ""
    method: str = ""
    """DTMF: `rfc4733`, `info` or `inband`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended(Event):
    """The dialog is over: BYE, CANCEL done, or the far end vanished."""

    by: Party
    q850: int | None = None
    q850_location: str | None = None
    reason_text: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnFailure(Event):
    """The measurement could not be made: engine died, no seat, spool full, forbidden number…"""

    what: str
    """Word of the failure vocabulary."""
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopped(Event):
    """Operator, budget or kill switch stopped the call."""

    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed(Event):
    """What a person at a terminal asks of a live call (`decroche explore`); a hang-up comes as Stopped."""

    keys: str = ""
    word: str = ""
    human: bool = False
    """It is a human who speaks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Overload(Event):
    """The ear cannot keep up with the sound, or can again."""

    resting: tuple[str, ...] = ()
    """Parts of the ear that are left out from now on (`prober.ear.resting`); empty: it hears with all of them."""
    lost_s: float = 0.0
    """Sound that came since the last such event and was not heard at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaReport(Event):
    """RTP statistics, read before the hang-up. Ratios 0..1, jitter in milliseconds."""

    received: int = 0
    lost: int = 0
    duplicated: int = 0
    reordered: int | None = None
    """None: unknown. The library has its losses in this place; older records say so too."""
    discarded: int = 0
    jitter_ms: float = 0.0
    rtt_ms: float | None = None
    codec: str = ""
    mos: float | None = None
    """ITU-T G.107 estimate."""
