"""What a dead engine can no longer say, from its port: the BYE of an answered call, the CANCEL of one that rings."""

from __future__ import annotations

import contextlib
import re
import secrets
import socket

from prober.sip.message import Message
from prober.sip.trunk import Target

CSEQ_STEP = 1000
REASON = ('Reason: Q.850;cause=41;text="Temporary failure"', "Content-Length: 0")
CONNECT_S = 0.5
"""It is said from the event loop: a carrier that does not take the connection at once is not waited for."""


def goodbye(raw: str, *, uri: str, local: tuple[str, int], transport: str = "udp", route: str = "") -> str | None:
    """The request that ends what this response to our INVITE began, or None when it lacks what that needs.

    `uri` and `route` are the INVITE's: its Request-URI, and its Route where it had one.
    """
    message = Message.parse(raw)
    return _cancel(message, uri, route) if (message.status or (200, ""))[0] < 200 else _bye(message, local, transport)


def _cancel(message: Message, uri: str, route: str) -> str | None:
    """Of the INVITE as it was sent: its URI, Route, top Via, From, To without tag and number (RFC 3261 §9.1)."""
    via = re.sub(r";(received|rport)=[^;,\s]*", lambda m: ";rport" * (m[1] == "rport"), message.get("via") or "")
    caller, called, call_id = message.get("from"), message.get("to"), message.get("call-id")
    cseq = re.match(r"\d+", message.get("cseq") or "")
    if not (via and caller and called and call_id and cseq):
        return None
    lines = [
        f"CANCEL {uri} SIP/2.0",
        f"Via: {via}",
        "Max-Forwards: 70",
        *([f"Route: {route}"] if route else []),
        f"From: {caller}",
        f"To: {re.sub(r';tag=[^;]*', '', called)}",
        f"Call-ID: {call_id}",
        f"CSeq: {cseq[0]} CANCEL",
        *REASON,
    ]
    return "\r\n".join(lines) + "\r\n\r\n"


def _bye(message: Message, local: tuple[str, int], transport: str) -> str | None:
    """Within the dialog of the 200, with a number that none of its requests has had (pjsua2.md §5.2)."""
    caller, called, call_id = message.get("from"), message.get("to"), message.get("call-id")
    contact = re.search(r"sips?:[^>;\s]+", message.get("contact") or "")
    cseq = re.match(r"\d+", message.get("cseq") or "")
    if not (caller and called and call_id and contact and cseq):
        return None
    routes = ", ".join(message.all("record-route"))
    route = [f"Route: {', '.join(reversed([r.strip() for r in routes.split(',')]))}"] if routes else []
    lines = [
        f"BYE {contact[0]} SIP/2.0",
        f"Via: SIP/2.0/{transport.upper()} {local[0]}:{local[1]};rport;branch=z9hG4bK{secrets.token_hex(8)}",
        "Max-Forwards: 70",
        *route,
        f"From: {caller}",
        f"To: {called}",
        f"Call-ID: {call_id}",
        f"CSeq: {int(cseq[0]) + CSEQ_STEP} BYE",
        *REASON,
    ]
    return "\r\n".join(lines) + "\r\n\r\n"


def say_goodbye(raw: str, target: Target, *, uri: str, bind: str, port: int, route: str = "") -> None:
    """Send it twice from the dead engine's port; what is lost is left to the session timer, or to the ringing's end.

    Over TLS nothing is said: the connection died with the engine, and in clear it would tell who called whom.
    """
    if target.transport == "tls":
        return
    if target.transport == "tcp":
        with contextlib.suppress(OSError), socket.create_connection((target.host, target.port), CONNECT_S) as stream:
            text = goodbye(raw, uri=uri, local=stream.getsockname(), transport="tcp", route=route)
            stream.sendall(_octets(text or ""))
        return
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((bind, port))
        text = goodbye(raw, uri=uri, local=(bind, port), route=route)
        if text:
            for _ in range(2):
                sock.sendto(_octets(text), (target.host, target.port))


def _octets(text: str) -> bytes:
    """As the far end wrote them: what is no UTF-8 came as lone surrogates (PEP 383)."""
    return text.encode("utf-8", "surrogateescape")
