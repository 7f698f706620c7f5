"""A tiny SIP and RTP caller of the tests' own: raw datagrams, nothing of the town's stack."""

from __future__ import annotations

import asyncio
import re
import struct
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import pytest


class _Inbox(asyncio.DatagramProtocol):
    def __init__(self) -> None:
        self.queue: asyncio.Queue[bytes] = asyncio.Queue()

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self.queue.put_nowait(data)


@dataclass
class Caller:
    """One call placed by hand. Every wait ends in a TimeoutError after a few seconds."""

    town: tuple[str, int]
    number: str
    call_id: str = field(default_factory=lambda: f"{uuid4().hex[:16]}@tests")
    branch: str = field(default_factory=lambda: f"z9hG4bK{uuid4().hex}")
    payloads: str = "8 101"
    to_tag: str = ""
    media: tuple[str, int] | None = None

    async def open(self) -> None:
        loop = asyncio.get_running_loop()
        self._sip, sip = await loop.create_datagram_endpoint(_Inbox, local_addr=("127.0.0.1", 0))
        self._rtp, rtp = await loop.create_datagram_endpoint(_Inbox, local_addr=("127.0.0.1", 0))
        self.sip, self.rtp = sip.queue, rtp.queue
        self.port = self._sip.get_extra_info("sockname")[1]
        self.rtp_port = self._rtp.get_extra_info("sockname")[1]
        self._sequence, self._time = 0, 0

    def close(self) -> None:
        self._sip.close()
        self._rtp.close()

    def sdp(self) -> str:
        names = "".join(
            f"a=rtpmap:{p} {n}/8000\r\n"
            for p, n in (("8", "PCMA"), ("0", "PCMU"), ("101", "telephone-event"))
            if p in self.payloads.split()
        )
        return (
            "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
            f"m=audio {self.rtp_port} RTP/AVP {self.payloads}\r\n{names}"
        )

    def send(self, method: str, *, cseq: str = "1", body: str = "", extra: str = "", branch: str = "") -> None:
        tag = f";tag={self.to_tag}" if self.to_tag else ""
        kind = "application/dtmf-relay" if method == "INFO" else "application/sdp"
        self.raw(
            f"{method} sip:{self.number}@{self.town[0]}:{self.town[1]} SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP 127.0.0.1:{self.port};branch={branch or self.branch};rport\r\n"
            f"Max-Forwards: 70\r\nFrom: <sip:probe@127.0.0.1>;tag=me\r\n"
            f"To: <sip:{self.number}@{self.town[0]}>{tag}\r\nCall-ID: {self.call_id}\r\n"
            f"CSeq: {cseq} {method}\r\nContact: <sip:probe@127.0.0.1:{self.port}>\r\n{extra}"
            + (f"Content-Type: {kind}\r\n" if body else "")
            + f"Content-Length: {len(body)}\r\n\r\n{body}"
        )

    def raw(self, text: str) -> None:
        self._sip.sendto(text.encode(), self.town)

    def invite(self, extra: str = "") -> None:
        self.send("INVITE", body=self.sdp(), extra=extra)

    def ack(self) -> None:
        self.send("ACK", branch=f"z9hG4bK{uuid4().hex}")

    def bye(self) -> None:
        self.send("BYE", cseq="3", branch=f"z9hG4bK{uuid4().hex}")

    async def message(self, starts: str, within_s: float = 5.0) -> str:
        """The next message with this start, others skipped; remembers the To-tag and the media address."""
        async with asyncio.timeout(within_s):
            while True:
                text = (await self.sip.get()).decode()
                if text.startswith("SIP/2.0"):
                    tag = re.search(r"^To:.*;tag=(\S+)\r$", text, re.M)
                    self.to_tag = tag.group(1) if tag else self.to_tag
                    port = re.search(r"^m=audio (\d+) ", text, re.M)
                    self.media = ("127.0.0.1", int(port.group(1))) if port else self.media
                if text.startswith(starts):
                    return text

    async def answered(self, extra: str = "") -> str:
        self.invite(extra)
        text = await self.message("SIP/2.0 200")
        self.ack()
        return text

    async def packets(self, for_s: float) -> list[tuple[float, bytes]]:
        """What comes in as RTP, with the loop's time."""
        loop, found = asyncio.get_running_loop(), []
        until_s = loop.time() + for_s
        while (left_s := until_s - loop.time()) > 0:
            try:
                async with asyncio.timeout(left_s):
                    data = await self.rtp.get()
            except TimeoutError:
                break
            found.append((loop.time(), data))
        return found

    def rtp_packet(self, payload: int, body: bytes) -> None:
        assert self.media is not None, "no media address yet"
        self._rtp.sendto(struct.pack("!BBHII", 0x80, payload, self._sequence, self._time, 7) + body, self.media)
        self._sequence += 1

    def key(self, code: int) -> None:
        """A key by RFC 4733: three packets, the end three times."""
        self._time += 8000
        for end in (0, 0, 0, 0x80, 0x80, 0x80):
            self.rtp_packet(101, bytes([code, end | 10]) + struct.pack("!H", 800))

    async def speak(self, for_s: float, octet_pair: bytes = b"\x2a\xaa") -> None:
        """Loud A-law sound, 20 ms a packet."""
        for _ in range(int(for_s / 0.02)):
            self._time += 160
            self.rtp_packet(8, octet_pair * 80)
            await asyncio.sleep(0.02)


@pytest.fixture
async def call():
    """Makes callers and closes them."""
    made: list[Caller] = []

    async def make(town: tuple[str, int], number: str, **more: Any) -> Caller:
        caller = Caller(town, number, **more)
        await caller.open()
        made.append(caller)
        return caller

    yield make
    for caller in made:
        caller.close()
