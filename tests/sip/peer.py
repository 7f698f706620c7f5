"""A raw answering peer of the tests: one coroutine a call plays what the test says. No SIP library."""

from __future__ import annotations

import asyncio
import contextlib
import re
import struct
from collections.abc import Awaitable, Callable

SDP = (
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    "m=audio {port} RTP/AVP {formats}\r\n{more}"
)
PCMA = ("8 101", "a=rtpmap:101 telephone-event/8000\r\n")
PCMA_ONLY = ("8", "")
PCMU = ("0 101", "a=rtpmap:101 telephone-event/8000\r\n")
G729 = ("18", "a=rtpmap:18 G729/8000\r\n")


def header(message: str, name: str) -> str:
    match = re.search(rf"^{name}\s*:\s*(.*)$", message, re.IGNORECASE | re.MULTILINE)
    return match[1].strip() if match else ""


class Rtp(asyncio.DatagramProtocol):
    """The peer's sound: what it got, and A-law silence or a tone when asked to send."""

    def __init__(self) -> None:
        self.packets: list[bytes] = []
        self._sent = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.port = transport.get_extra_info("sockname")[1]

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.packets.append(data)

    def payloads(self, kind: int) -> list[bytes]:
        return [p[12:] for p in self.packets if p[1] & 0x7F == kind]

    async def send(self, address: tuple[str, int], seconds: float, octet: int = 0xD5) -> None:
        await self.play(address, bytes([octet]) * (160 * int(seconds * 50)))

    async def play(self, address: tuple[str, int], octets: bytes, kind: int = 8) -> None:
        """Send octets of G.711 (A-law, unless `kind` is another payload type), a packet each 20 ms by the clock."""
        loop = asyncio.get_running_loop()
        start_s = loop.time()
        for n in range(len(octets) // 160):
            head = struct.pack("!BBHII", 0x80, kind, self._sent & 0xFFFF, self._sent * 160, 7)
            self.transport.sendto(head + octets[160 * n : 160 * n + 160], address)  # type: ignore[attr-defined]
            self._sent += 1
            await asyncio.sleep(start_s + 0.02 * (n + 1) - loop.time())

    def pause(self, seconds: float) -> None:
        """The next packet's time stamp leaves room for sound that was not sent."""
        self._sent += int(seconds * 50)


class Call:
    """One INVITE at the peer."""

    def __init__(self, peer: Peer, invite: str, source: tuple[str, int], rtp: Rtp) -> None:
        self.peer, self.invite, self.source, self.rtp = peer, invite, source, rtp
        self.tag = "t1"
        self.ended = False
        self.requests: asyncio.Queue[str] = asyncio.Queue()
        self.responses: asyncio.Queue[str] = asyncio.Queue()

    @property
    def media(self) -> tuple[str, int]:
        match = re.search(r"m=audio (\d+)", self.invite)
        return "127.0.0.1", int(match[1]) if match else 9

    def reply(
        self, code: int, phrase: str = "X", *headers: str, sdp: tuple[str, str] | None = None, to: str = ""
    ) -> None:
        body = SDP.format(port=self.rtp.port, formats=sdp[0], more=sdp[1]) if sdp else ""
        self.answer(self.invite, code, phrase, *headers, body=body, to=to)

    def answer(self, request: str, code: int, phrase: str, *headers: str, body: str = "", to: str = "") -> None:
        tag = "" if code == 100 else f";tag={self.tag}"
        called = header(request, "To")
        lines = [
            f"SIP/2.0 {code} {phrase}",
            *(
                f"Via: {v}"
                for v in re.findall(r"^Via:\s*(.*)$", request, re.IGNORECASE | re.MULTILINE)
                for v in [v.strip()]
            ),
            f"From: {header(request, 'From')}",
            f"To: {called if 'tag=' in called else called + tag}",
            f"Call-ID: {header(request, 'Call-ID')}",
            f"CSeq: {header(request, 'CSeq')}",
            *(
                []
                if any(h.startswith("Contact") for h in headers)
                else [f"Contact: <sip:peer@127.0.0.1:{self.peer.port}>"]
            ),
            *headers,
            *(["Content-Type: application/sdp"] if body else []),
            f"Content-Length: {len(body)}",
        ]
        self.peer.send("\r\n".join(lines) + "\r\n\r\n" + body, self.source)

    def reinvite(self, direction: str, sdp: tuple[str, str] = PCMA) -> None:
        """Offer sound anew: in another direction (hold: `sendonly`) or by another codec."""
        more = f"{sdp[1]}a={direction}\r\n"
        body = SDP.format(port=self.rtp.port, formats=sdp[0], more=more).replace("o=- 1 1", "o=- 1 2")
        self.request("INVITE", body=body, kind="application/sdp")

    def request(self, method: str, *headers: str, cseq: int = 5, body: str = "", kind: str = "") -> None:
        contact = re.search(r"<(sip:[^>]+)>", header(self.invite, "Contact"))
        lines = [
            f"{method} {contact[1] if contact else 'sip:x@127.0.0.1'} SIP/2.0",
            f"Via: SIP/2.0/UDP 127.0.0.1:{self.peer.port};branch=z9hG4bK{method}{cseq}{id(self)}",
            "Max-Forwards: 70",
            f"From: {header(self.invite, 'To')};tag={self.tag}",
            f"To: {header(self.invite, 'From')}",
            f"Call-ID: {header(self.invite, 'Call-ID')}",
            f"CSeq: {cseq} {method}",
            f"Contact: <sip:peer@127.0.0.1:{self.peer.port}>",
            *headers,
            *([f"Content-Type: {kind}"] if body else []),
            f"Content-Length: {len(body)}",
        ]
        self.peer.send("\r\n".join(lines) + "\r\n\r\n" + body, self.source)

    async def wait_for(self, method: str, within_s: float = 8.0) -> str:
        async with asyncio.timeout(within_s):
            while True:
                request = await self.requests.get()
                if request.startswith(method):
                    return request


Script = Callable[[Call], Awaitable[None]]


class Peer(asyncio.DatagramProtocol):
    """Answers every new INVITE with `script`. `seen` is every datagram."""

    def __init__(self) -> None:
        self.script: Script = busy
        self.register: Callable[[Peer, str, tuple[str, int]], None] = accept
        self.cancel_with_487 = True
        self.seen: list[str] = []
        self.calls: dict[str, Call] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.port = transport.get_extra_info("sockname")[1]

    def send(self, text: str, address: tuple[str, int]) -> None:
        self.transport.sendto(text.encode("latin-1"), address)  # type: ignore[attr-defined]

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        text = data.decode("latin-1")
        self.seen.append(text)
        call = self.calls.get(header(text, "Call-ID"))
        if text.startswith("REGISTER"):
            self.register(self, text, addr)
        elif text.startswith("SIP/2.0"):
            if call:
                call.responses.put_nowait(text)
        elif text.startswith("INVITE") and (call is None or header(text, "CSeq") != header(call.invite, "CSeq")):
            self._start(text, addr)
        elif call is not None and not text.startswith("INVITE"):
            if text.startswith(("BYE", "INFO", "CANCEL")):
                call.answer(text, 200, "OK")
            if text.startswith("CANCEL") and self.cancel_with_487:
                call.reply(487, "Request Terminated")
            call.requests.put_nowait(text)

    def _start(self, invite: str, addr: tuple[str, int]) -> None:
        async def play() -> None:
            loop = asyncio.get_running_loop()
            _, rtp = await loop.create_datagram_endpoint(Rtp, local_addr=("127.0.0.1", 0))
            call = Call(self, invite, addr, rtp)
            self.calls[header(invite, "Call-ID")] = call
            with contextlib.suppress(TimeoutError):
                await self.script(call)

        task = asyncio.ensure_future(play())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self.transport.close()


def respond(peer: Peer, request: str, source: tuple[str, int], code: int, phrase: str, *headers: str) -> None:
    """A response outside any call."""
    copied = [f"{name}: {header(request, name)}" for name in ("Via", "From", "Call-ID", "CSeq")]
    lines = [f"SIP/2.0 {code} {phrase}", *copied, f"To: {header(request, 'To')};tag=r", *headers, "Content-Length: 0"]
    peer.send("\r\n".join(lines) + "\r\n\r\n", source)


def accept(peer: Peer, request: str, source: tuple[str, int]) -> None:
    """200 to a REGISTER."""
    respond(peer, request, source, 200, "OK", f"Contact: {header(request, 'Contact')};expires=300")


async def busy(call: Call) -> None:
    call.reply(486, "Busy Here", "Reason: Q.850;cause=17")


async def answered(call: Call, sdp: tuple[str, str] = PCMA, *headers: str) -> None:
    """180, 200 with sound, then silence by RTP until the BYE."""
    call.reply(180, "Ringing")
    call.reply(200, "OK", *headers, sdp=sdp)
    await call.wait_for("ACK")
    await call.rtp.send(call.media, 20)


async def until(condition: Callable[[], bool], within_s: float = 8.0) -> None:
    """Wait for what happens in another process."""
    async with asyncio.timeout(within_s):
        while not condition():  # noqa: ASYNC110 (what is waited for happens in another process)
            await asyncio.sleep(0.05)
