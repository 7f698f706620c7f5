"""RTP of the town: one socket a call, one ticker for all, 20 ms packets paced by the clock (RFC 3550, RFC 3551)."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Callable
from secrets import randbits

PACKET_S = 0.02
SAMPLES = 160
CATCH_UP = 10
"""Packets sent at once after a stall; older ones are skipped, as a busy sender's would be lost."""
_PORT_TRIES = 50
_HEADER = struct.Struct("!BBHII")


class Stream:
    """Octets sent to one caller, and what comes back. Nothing to play is silence of the codec."""

    def __init__(self, transport: asyncio.DatagramTransport, silence: int) -> None:
        self._transport, self._silence = transport, bytes([silence]) * SAMPLES
        self._far: tuple[str, int] | None = None
        self._payload = 0
        self._octets, self._place, self._loop = b"", 0, False
        self._sequence, self._time, self._source = randbits(15), randbits(31), randbits(32)
        self._first = True

    @property
    def port(self) -> int:
        """Local port."""
        return int(self._transport.get_extra_info("sockname")[1])

    def open(self, far: tuple[str, int], payload: int) -> None:
        """Send from the next tick on."""
        self._far, self._payload = far, payload

    def hush(self) -> None:
        """Send nothing until opened again."""
        self._far = None

    def play(self, octets: bytes, *, loop: bool) -> None:
        """Play from the next tick on, instead of what is playing."""
        self._octets, self._place, self._loop = octets, 0, loop

    def stop(self) -> None:
        """Play silence."""
        self.play(b"", loop=False)

    def send(self, packets: int = 1, skipped: int = 0) -> None:
        """Send the next packets; `skipped` ones leave a gap in time."""
        self._time = (self._time + skipped * SAMPLES) & 0xFFFFFFFF
        for _ in range(packets):
            octets = self._next()
            if self._far is not None:
                mark = 0x80 if self._first else 0
                self._first = False
                head = _HEADER.pack(0x80, self._payload | mark, self._sequence, self._time, self._source)
                self._transport.sendto(head + octets, self._far)
                self._sequence = (self._sequence + 1) & 0xFFFF
            self._time = (self._time + SAMPLES) & 0xFFFFFFFF

    def close(self) -> None:
        """Free the port."""
        self._transport.close()

    def _next(self) -> bytes:
        if not self._octets:
            return self._silence
        chunk = self._octets[self._place : self._place + SAMPLES]
        self._place += SAMPLES
        while len(chunk) < SAMPLES:
            if not self._loop:
                self._octets = b""
                return chunk + self._silence[len(chunk) :]
            self._place = SAMPLES - len(chunk)
            chunk += self._octets[: self._place]
        return chunk


class Receiver(asyncio.DatagramProtocol):
    """Gives every datagram to one function; a refused port is no error."""

    def __init__(self, receive: Callable[[bytes], None]) -> None:
        self._receive = receive

    def datagram_received(self, data: bytes, addr: tuple[str | int, ...]) -> None:
        """A packet came."""
        self._receive(data)


async def open_stream(host: str, silence: int, receive: Callable[[bytes], None]) -> Stream:
    """A stream on a free even port, so that the caller's RTCP (port + 1) meets no other call. Raises OSError."""
    loop = asyncio.get_running_loop()
    for _ in range(_PORT_TRIES):
        transport, _ = await loop.create_datagram_endpoint(lambda: Receiver(receive), local_addr=(host, 0))
        if transport.get_extra_info("sockname")[1] % 2 == 0:
            return Stream(transport, silence)
        transport.close()
    raise OSError(f"no even UDP port free on {host}")


class Ticker:
    """One clock for every stream: packet n of the town leaves at start + n · 20 ms, so no call drifts."""

    def __init__(self, on_tick: Callable[[], None]) -> None:
        self.streams: set[Stream] = set()
        self._on_tick = on_tick

    async def run(self) -> None:
        """Tick until cancelled."""
        loop = asyncio.get_running_loop()
        start_s, sent = loop.time(), 0
        while True:
            await asyncio.sleep(max(0.0, start_s + (sent + 1) * PACKET_S - loop.time()))
            due = int((loop.time() - start_s) / PACKET_S) - sent
            if due <= 0:
                continue
            packets = min(due, CATCH_UP)
            for stream in tuple(self.streams):
                stream.send(packets, due - packets)
            sent += due
            self._on_tick()
