"""THE DOOR between an engine process and asyncio: only frozen, picklable values cross it, one length-prefixed each."""

from __future__ import annotations

import pickle
import struct
from dataclasses import dataclass
from typing import Any

from prober.ear import Excerpt, Piece, PromptLibrary
from prober.events import Event
from prober.line import Command
from prober.sip.trunk import Target, Trunk

_HEAD = struct.Struct("!I")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sounds:
    """Paths of what we say: 8 kHz mono 16-bit WAV."""

    sentence: str
    words: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """First message to an engine."""

    trunks: tuple[Trunk, ...]
    sounds: Sounds
    registrars: tuple[tuple[str, tuple[Target, ...]], ...] = ()
    """Trunk → addresses to register at, in the order to try them, resolved by the pool."""
    bind: str = "127.0.0.1"
    port: int = 0
    public_address: str = ""
    rtp_port: int = 0
    """First RTP port; 0: any."""
    rtp_range: int = 0
    t1_ms: int = 250
    t2_ms: int = 2000
    t4_ms: int = 2000
    transaction_ms: int = 8000
    session_expires_s: int = 1800
    key_ms: int = 100
    user_agent: str = "decroche"
    library_path: str = ""
    never_dial: tuple[str, ...] = ()
    allow: tuple[str, ...] = ()
    trace_path: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Place a call."""

    key: str
    """Random id that travels in the Call-ID."""
    number: str
    """Published number, for the ear's library."""
    user: str
    trunk: str
    target: Target
    caller_id: str | None = None
    library: PromptLibrary | None = None
    """Recordings learnt from earlier calls of this number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Do:
    """Carry out a command on a call."""

    key: str
    command: Command


@dataclass(frozen=True, slots=True, kw_only=True)
class Quit:
    """Hang up everything and leave."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """The engine can place calls."""

    seats: int
    port: int
    ear_version: str
    library: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """An event of a call."""

    key: str
    event: Event


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """What a call leaves to learn from; comes before the event that ends it."""

    key: str
    pieces: tuple[Piece, ...]
    excerpts: tuple[Excerpt, ...] = ()
    """Known recordings whose words are wanted, the only sound that leaves an engine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """The last raw 1xx or 2xx to the INVITE: what the parent needs to end the call should the engine die."""

    key: str
    message: str
    uri: str
    """Request-URI of the INVITE."""
    target: Target
    """Where it was sent."""
    route: str = ""
    """Its Route header; empty: it had none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Freed:
    """The library gave a call's place back."""

    key: str
    in_use: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """State of a trunk's registration."""

    trunk: str
    active: bool
    code: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """How the engine keeps up, every few seconds."""

    lag_ms: float
    """Age of the oldest sound the ear had not heard, at its most since the last message."""
    in_use: int


def pack(message: Any) -> bytes:
    """One message as bytes."""
    body = pickle.dumps(message, protocol=5)
    return _HEAD.pack(len(body)) + body


class Unpacker:
    """Bytes in any pieces → messages."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[Any]:
        """The messages completed by these bytes."""
        self._buffer += data
        found = []
        while len(self._buffer) >= _HEAD.size:
            (length,) = _HEAD.unpack_from(self._buffer)
            if len(self._buffer) < _HEAD.size + length:
                break
            body = bytes(self._buffer[_HEAD.size : _HEAD.size + length])
            del self._buffer[: _HEAD.size + length]
            found.append(pickle.loads(body))
        return found
