"""A relay of the tests between the prober and a far end: SIP passes as it is, the sound takes a path that spoils it."""

from __future__ import annotations

import asyncio
import re
import struct
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from random import Random

import numpy as np
from peer import header

from prober.simulator.alaw import decode

Address = tuple[str, int]
Delayed = list[tuple[float, bytes]]
"""Packets with the seconds until each is sent on."""
Path = Callable[[bytes], Delayed]
"""What becomes of a packet of the far end's sound."""
PACKET_S = 0.02
_HEAD = struct.Struct("!BBHII")
COMFORT_NOISE = 13


def clean(rng: Random) -> Path:
    """Nothing happens to the sound."""
    return lambda packet: [(0.0, packet)]


def bursts(rng: Random, begin: float = 0.015, end: float = 0.35) -> Path:
    """Losses in bursts (Gilbert's model): one packet in 25 on average, three in a row as a rule."""
    bad = False

    def path(packet: bytes) -> Delayed:
        nonlocal bad
        bad = rng.random() >= end if bad else rng.random() < begin
        return [] if bad else [(0.0, packet)]

    return path


def jitter(rng: Random, most_s: float = 0.08) -> Path:
    """Each packet is late by another amount, none overtakes another."""
    last_s = 0.0

    def path(packet: bytes) -> Delayed:
        nonlocal last_s
        now_s = asyncio.get_running_loop().time()
        last_s = max(last_s, now_s + rng.uniform(0, most_s))
        return [(last_s - now_s, packet)]

    return path


def disorder(rng: Random, share: float = 0.1) -> Path:
    """Some packets come after the two that follow them."""
    return lambda packet: [(2.5 * PACKET_S if rng.random() < share else 0.0, packet)]


def doubled(rng: Random) -> Path:
    """Every packet comes twice."""
    return lambda packet: [(0.0, packet), (PACKET_S / 4, packet)]


def skewed(rng: Random, by: float) -> Path:
    """The far end's clock is slower than ours (or faster, below 0) by this share; 0.3 s are kept ready for it."""
    first: tuple[float, int] | None = None

    def path(packet: bytes) -> Delayed:
        nonlocal first
        now_s, stamp = asyncio.get_running_loop().time(), _HEAD.unpack_from(packet)[3]
        if first is None:
            first = now_s, stamp
        due_s = first[0] + 0.3 + (1 + by) * ((stamp - first[1]) & 0xFFFFFFFF) / 8000
        return [(max(0.0, due_s - now_s), packet)]

    return path


def pauses(rng: Random, noise_every_s: float | None) -> Path:
    """Nothing is sent while nobody speaks, but comfort noise (RFC 3389) at the begin of a pause and this often in it.

    None: not even that.
    """
    still = sent = 0
    number: int | None = None

    def path(packet: bytes) -> Delayed:
        nonlocal still, sent, number
        first, kind, sequence, stamp, source = _HEAD.unpack_from(packet)
        quiet = float(np.sqrt(np.mean(decode(packet[12:]).astype(float) ** 2))) < 120
        still = still + 1 if quiet else 0
        number = sequence if number is None else number
        if still <= 10:
            packet = _HEAD.pack(first, kind, number & 0xFFFF, stamp, source) + packet[12:]
        elif noise_every_s is not None and (still - 11) % int(noise_every_s / PACKET_S) == 0:
            packet = _HEAD.pack(first, COMFORT_NOISE, number & 0xFFFF, stamp, source) + bytes([60])
        else:
            return []
        number += 1
        return [(0.0, packet)]

    return path


def resourced(rng: Random, after: int) -> Path:
    """After so many packets the sound comes from another source: new SSRC, number and time stamp (RFC 3550 §8)."""
    passed = 0

    def path(packet: bytes) -> Delayed:
        nonlocal passed
        passed += 1
        if passed > after:
            first, kind, sequence, stamp, source = _HEAD.unpack_from(packet)
            fresh = (sequence + 31_000) & 0xFFFF, (stamp + 1_900_000_000) & 0xFFFFFFFF, source ^ 0x5A5A5A5A
            packet = _HEAD.pack(first, kind, *fresh) + packet[12:]
        return [(0.0, packet)]

    return path


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What happens between the prober and the far end."""

    path: Callable[[Random], Path] = clean
    said: str | None = None
    """Host in the far end's SDP as the prober sees it, where it is not the one that its sound comes from."""
    elsewhere: bool = False
    """The sound comes from another address than the SDP says, and ours is expected there."""
    event: int | None = None
    """Payload type of telephone-event as the prober is told."""


class Leg(asyncio.DatagramProtocol):
    """A socket for sound; `receive(packet, source)`."""

    def __init__(self, receive: Callable[[bytes, Address], None]) -> None:
        self._receive = receive

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.port = transport.get_extra_info("sockname")[1]

    def datagram_received(self, data: bytes, addr: Address) -> None:
        self._receive(data, addr)

    def send(self, data: bytes, address: Address) -> None:
        """Nothing once it is closed: a late packet of a call that is over."""
        if not self.transport.is_closing():
            self.transport.sendto(data, address)  # type: ignore[attr-defined]


async def leg(receive: Callable[[bytes, Address], None], host: str = "127.0.0.1") -> Leg:
    """A leg on a free even port (RTCP has the next one)."""
    loop = asyncio.get_running_loop()
    while True:
        transport, made = await loop.create_datagram_endpoint(partial(Leg, receive), local_addr=(host, 0))
        if made.port % 2 == 0:
            return made
        transport.close()


class Sound:
    """The sound of one call, both ways."""

    def __init__(self, line: Line, rng: Random) -> None:
        self._line, self._path = line, line.path(rng)
        self.caller: Address | None = None
        self.called: Address | None = None
        self.events: tuple[int, int] | None = None
        """Payload type of telephone-event at the prober and at the far end."""
        self.sent = self.passed = self.ours = 0
        """Packets of the far end, those that were passed on, and those of ours that came where they should."""

    async def open(self) -> Sound:
        self.to_caller = await leg(self._from_caller)
        self.to_called = await leg(self._from_called)
        self._source = await leg(self._from_caller, "127.0.0.3") if self._line.elsewhere else self.to_caller
        return self

    def close(self) -> None:
        for each in {self.to_caller, self.to_called, self._source}:
            each.transport.close()  # type: ignore[attr-defined]

    def _from_caller(self, packet: bytes, _: Address) -> None:
        self.ours += 1
        if self.events and packet[1] & 0x7F == self.events[0]:
            packet = packet[:1] + bytes([packet[1] & 0x80 | self.events[1]]) + packet[2:]
        if self.called:
            self.to_called.send(packet, self.called)

    def _from_called(self, packet: bytes, _: Address) -> None:
        if self.caller is None:
            return
        self.sent += 1
        for delay_s, each in self._path(packet):
            self.passed += 1
            asyncio.get_running_loop().call_later(delay_s, self._source.send, each, self.caller)


class Relay(asyncio.DatagramProtocol):
    """A door at `port` to the far end. `sounds` are those of its calls by Call-ID."""

    def __init__(self, far: Address, line: Line, seed: int = 1) -> None:
        self._far, self._line, self._rng = far, line, Random(seed)
        self._callers: dict[str, Address] = {}
        self.sounds: dict[str, Sound] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.port = transport.get_extra_info("sockname")[1]

    def close(self) -> None:
        self.transport.close()
        for sound in self.sounds.values():
            sound.close()

    def datagram_received(self, data: bytes, addr: Address) -> None:
        task = asyncio.ensure_future(self._pass_on(data.decode("latin-1"), addr))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _pass_on(self, text: str, source: Address) -> None:
        key = header(text, "Call-ID")
        if source != self._far:
            self._callers[key] = source
            if key not in self.sounds:
                self.sounds[key] = await Sound(self._line, self._rng).open()
        sound, back = self.sounds[key], source == self._far
        head, _, body = text.partition("\r\n\r\n")
        if back:  # what follows in this dialog comes by here as well
            head = re.sub(r"(?mi)^(Contact: <sip:[^@]*)@[^>]*", rf"\1@127.0.0.1:{self.port}", head)
        if body:
            body = self._told(body, sound) if back else self._asked(body, sound)
            head = re.sub(r"(?mi)^(Content-Length:).*$", rf"\1 {len(body)}", head).replace("\r\r", "\r")
        self.transport.sendto(  # type: ignore[attr-defined]
            f"{head}\r\n\r\n{body}".encode("latin-1"), self._callers[key] if back else self._far
        )

    def _asked(self, body: str, sound: Sound) -> str:
        sound.caller = _audio(body)
        return _moved(body, "127.0.0.1", sound.to_called.port)

    def _told(self, body: str, sound: Sound) -> str:
        sound.called = _audio(body)
        body = _moved(body, self._line.said or "127.0.0.1", sound.to_caller.port)
        found = re.search(r"a=rtpmap:(\d+) telephone-event", body)
        if self._line.event is not None and found:
            sound.events = self._line.event, int(found[1])
            body = re.sub(rf"(a=rtpmap:|a=fmtp:| ){found[1]}\b(?=[ \r])", rf"\g<1>{self._line.event}", body)
        return body


def _audio(body: str) -> Address:
    host, port = re.search(r"c=IN IP4 (\S+)", body), re.search(r"m=audio (\d+)", body)
    assert host
    assert port
    return host[1], int(port[1])


def _moved(body: str, host: str, port: int) -> str:
    """The same description at another address; no RTCP address, for this relay carries none."""
    body = re.sub(r"a=rtcp:.*\r\n", "", body)
    return re.sub(r"m=audio \d+", f"m=audio {port}", re.sub(r"c=IN IP4 \S+", f"c=IN IP4 {host}", body))
