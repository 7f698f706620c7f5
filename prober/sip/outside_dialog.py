"""One request outside any dialog (RFC 3261 §8) and its first answer: is there anybody, and what does it say?"""

from __future__ import annotations

import asyncio
import secrets

from prober.sip.message import Message
from prober.sip.trunk import Target, bracketed

ANSWER_S = 3.0
"""An address that has not answered by then does not answer."""
NO_SIP = "what answers there does not speak SIP"


async def options(target: Target, to: str | None = None) -> tuple[int, str]:
    """Status of the first answer to OPTIONS, `to` somebody behind the target. Raises TimeoutError, OSError."""
    status = Message.parse(await exchanged(target, to or f"{bracketed(target.host)}:{target.port}")).status
    if status is None:
        raise OSError(NO_SIP)
    return status


async def exchanged(target: Target, to: str, method: str = "OPTIONS", user: str = "decroche") -> str:
    """The first answer to one request without a body. Raises TimeoutError, OSError."""
    async with asyncio.timeout(ANSWER_S):
        if target.transport == "tcp":
            reader, writer = await asyncio.open_connection(target.host, target.port)
            writer.write(_request(method, to, user, "TCP", writer.get_extra_info("sockname")))
            try:
                raw = await reader.readuntil(b"\r\n\r\n")
            except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError):
                raise OSError(NO_SIP) from None
            finally:
                writer.close()
        else:
            raw = await _ask(target, method, to, user)
    return raw.decode("latin-1")


async def _ask(target: Target, method: str, to: str, user: str) -> bytes:
    answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    class Waiting(asyncio.DatagramProtocol):
        def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
            if not answer.done() and not data.startswith(b"SIP/2.0 1"):
                answer.set_result(data)

        def error_received(self, error: Exception) -> None:
            if not answer.done():
                answer.set_exception(error)

    wire, _ = await asyncio.get_running_loop().create_datagram_endpoint(Waiting, remote_addr=(target.host, target.port))
    try:
        request = _request(method, to, user, "UDP", wire.get_extra_info("sockname"))
        for pause_s in (0.5, 1.0, ANSWER_S):
            wire.sendto(request)
            done, _pending = await asyncio.wait([answer], timeout=pause_s)
            if done:
                break
        return await answer
    finally:
        wire.close()


def _request(method: str, to: str, user: str, transport: str, local: tuple[str, int]) -> bytes:
    here, tag = f"{bracketed(local[0])}:{local[1]}", secrets.token_hex(8)
    own = f"sip:{user}@{to if method == 'REGISTER' else here}"
    lines = (
        f"{method} sip:{to} SIP/2.0",
        f"Via: SIP/2.0/{transport} {here};rport;branch=z9hG4bK{tag}",
        "Max-Forwards: 70",
        f"From: <{own}>;tag={tag}",
        f"To: <{own if method == 'REGISTER' else 'sip:' + to}>",
        f"Call-ID: {tag}@decroche",
        f"CSeq: 1 {method}",
        "Content-Length: 0",
    )
    return ("\r\n".join(lines) + "\r\n\r\n").encode()
