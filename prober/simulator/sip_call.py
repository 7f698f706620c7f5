"""The called side of one SIP dialog over UDP: transactions, resending, tags and routes (RFC 3261, RFC 3262)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from ipaddress import ip_address
from secrets import token_hex
from typing import Protocol

from prober.simulator.sip_message import Headers, Message, parameter, response, tag_of, uri_of

T1_S, T2_S, TIMEOUT_S = 0.5, 4.0, 32.0
ALLOW = "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, PRACK, UPDATE, REGISTER"
Address = tuple[str, int]
Send = Callable[[bytes, Address], None]


class Listener(Protocol):
    """Who lives the call."""

    def acked(self, body: str) -> None:
        """The answer was acknowledged, perhaps with an SDP answer."""

    def left(self) -> None:
        """CANCEL before the answer, or BYE."""

    def lost(self) -> None:
        """The answer was never acknowledged."""

    def informed(self, content_type: str, body: str) -> None:
        """An INFO came."""

    def renegotiated(self, body: str) -> str:
        """A re-INVITE or UPDATE came with this SDP, or none; gives the SDP of the 200."""


class Resend:
    """Says something again and again, at first after T1, then at most every T2, until stopped or after 32 s."""

    def __init__(self, again: Callable[[], None], give_up: Callable[[], None]) -> None:
        self._again, self._give_up = again, give_up
        self._loop = asyncio.get_running_loop()
        self._wait_s, self._until_s = T1_S, self._loop.time() + TIMEOUT_S
        self._handle = self._loop.call_later(T1_S, self._fire)

    def stop(self) -> None:
        """It was heard."""
        self._handle.cancel()

    def _fire(self) -> None:
        if self._loop.time() >= self._until_s:
            self._give_up()
            return
        self._again()
        self._wait_s = min(2 * self._wait_s, T2_S)
        self._handle = self._loop.call_later(self._wait_s, self._fire)


class SipCall:
    """One dialog in which the far end calls and we answer."""

    def __init__(self, invite: Message, source: Address, own: Address, send: Send, listener: Listener) -> None:
        self.invite, self.over = invite, False
        self._source, self._own, self._send, self._listener = source, own, send, listener
        self._tag = token_hex(6)
        self._final: int | None = None
        self._last: Message | None = None
        self._resend: Resend | None = None
        self._reliable = "100rel" in [value.lower() for value in invite.lists("require")]
        self._sequence = 0
        self._waiting: list[Callable[[], None]] = []
        """Responses that wait for a PRACK."""
        self._unacked = False

    @property
    def answered(self) -> bool:
        """A 200 was sent."""
        return self._final == 200

    def respond(self, code: int, phrase: str, *, extra: Headers = (), body: str = "") -> None:
        """Answer the INVITE; what follows an unacknowledged reliable response waits for it."""
        if self._unacked and code < 300:
            self._waiting.append(lambda: self.respond(code, phrase, extra=extra, body=body))
            return
        if self._final is not None:
            return
        self._stop_resending()
        if code > 100:
            extra = (("contact", f"<sip:town@{self._own[0]}:{self._own[1]}>"), ("allow", ALLOW), *extra)
        reliable = self._reliable and 100 < code < 200
        if reliable:
            self._sequence += 1
            extra = (*extra, ("require", "100rel"), ("rseq", str(self._sequence)))
        if body:
            extra = (*extra, ("content-type", "application/sdp"))
        tag = self._tag if code > 100 else ""
        self._last = response(self.invite, code, phrase, to_tag=tag, extra=extra, body=body)
        self._say_again()
        if code >= 200:
            self._final = code
            self._resend = Resend(self._say_again, self._not_acked)
        elif reliable:
            self._unacked = True
            self._resend = Resend(self._say_again, lambda: None)

    def bye(self, q850: int) -> None:
        """Hang up, and say it again until it is heard."""
        self.over = True
        self._stop_resending()
        routes = self.invite.lists("record-route")
        target = uri_of(self.invite.header("contact") or self.invite.header("from"))
        headers: Headers = (
            ("via", f"SIP/2.0/UDP {self._own[0]}:{self._own[1]};branch=z9hG4bK{token_hex(8)}"),
            ("max-forwards", "70"),
            ("from", f"{self.invite.header('to')};tag={self._tag}"),
            ("to", self.invite.header("from")),
            ("call-id", self.invite.header("call-id")),
            ("cseq", "1 BYE"),
            *(("route", route) for route in routes),
            ("reason", f"Q.850;cause={q850}"),
        )
        data = Message(start=f"BYE {target} SIP/2.0", headers=headers).encode()
        hop = address_of(uri_of(routes[0]) if routes else target) or self._source
        self._send(data, hop)
        self._resend = Resend(lambda: self._send(data, hop), lambda: None)

    def request(self, message: Message, source: Address) -> None:
        """A request of this dialog, or its INVITE again."""
        match message.method:
            case "INVITE" if not tag_of(message.header("to")):
                self._say_again()
            case "ACK":
                self._acked(message)
            case "CANCEL":
                self._reply(message, source, 200, "OK")
                if self._final is None:
                    self._leave()
            case "BYE":
                self._reply(message, source, 200, "OK")
                self._leave()
            case "PRACK":
                self._reply(message, source, 200, "OK")
                self._pracked()
            case "INFO":
                self._reply(message, source, 200, "OK")
                self._listener.informed(message.header("content-type").lower(), message.body)
            case "INVITE" | "UPDATE":
                self._renegotiate(message, source)
            case _:
                self._reply(message, source, 405, "Method Not Allowed", (("allow", ALLOW),))

    def heard(self, message: Message) -> None:
        """A response to our BYE."""
        if (message.code or 0) >= 200 and message.header("cseq").endswith("BYE"):
            self._stop_resending()

    def _acked(self, message: Message) -> None:
        if self._final is None or self.over:
            return
        self._stop_resending()
        if self._final == 200:
            self._listener.acked(message.body)
        else:
            self.over = True

    def _leave(self) -> None:
        if not self.over:
            self.over = self.answered
            self._stop_resending()
            self._listener.left()

    def _pracked(self) -> None:
        self._unacked = False
        self._stop_resending()
        waiting, self._waiting = self._waiting, []
        for later in waiting:
            later()

    def _renegotiate(self, message: Message, source: Address) -> None:
        body = self._listener.renegotiated(message.body)
        extra: Headers = (("contact", f"<sip:town@{self._own[0]}:{self._own[1]}>"),)
        if body:
            extra = (*extra, ("content-type", "application/sdp"))
        self._reply(message, source, 200, "OK", extra, body)

    def _reply(
        self, message: Message, source: Address, code: int, phrase: str, extra: Headers = (), body: str = ""
    ) -> None:
        reply = response(message, code, phrase, to_tag=self._tag, extra=extra, body=body)
        self._send(reply.encode(), reply_address(message, source))

    def _say_again(self) -> None:
        if self._last is not None:
            self._send(self._last.encode(), reply_address(self.invite, self._source))

    def _not_acked(self) -> None:
        if self.answered and not self.over:
            self._listener.lost()

    def _stop_resending(self) -> None:
        if self._resend is not None:
            self._resend.stop()


def reply_address(request: Message, source: Address) -> Address:
    """Where a response goes: back to the sender, at its source port if it asked so (RFC 3581)."""
    via = request.lists("via")[0]
    if ";rport" in via.lower():
        return source
    sent_by = via.partition(" ")[2].strip().partition(";")[0]
    port = sent_by.rpartition(":")[2] if ":" in sent_by else "5060"
    return source[0], int(port) if port.isdigit() else source[1]


def address_of(uri: str) -> Address | None:
    """Address in a URI that names it by number; None for a name."""
    host_port = uri.removeprefix("sip:").partition("@")[2] or uri.removeprefix("sip:")
    host, _, port = host_port.partition(";")[0].partition(":")
    try:
        ip_address(host)
    except ValueError:
        return None
    return host, int(port) if port.isdigit() else 5060


def trace_via(request: Message, source: Address) -> Message:
    """The request as received: its first Via completed with the address it came from (RFC 3261 §18.2.1, RFC 3581)."""
    done, headers = False, []
    for name, value in request.headers:
        if name == "via" and not done:
            done = True
            first, comma, rest = value.partition(",")
            asked = parameter(first, "rport") == "" and ";rport" in first.lower()
            first = first.replace(";rport", f";rport={source[1]}", 1) if asked else first
            value = f"{first};received={source[0]}{comma}{rest}"
        headers.append((name, value))
    return Message(start=request.start, headers=tuple(headers), body=request.body)
