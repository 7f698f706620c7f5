"""The BYE of a dialog whose engine died: same port, higher CSeq, From and To of its 200 (pjsua2.md §5.2)."""

from __future__ import annotations

import contextlib
import re
import secrets
import socket

from prober.sip.message import Message
from prober.sip.trunk import Target

CSEQ_STEP = 1000
CONNECT_S = 0.5
"""It is said from the event loop: a carrier that does not take the connection at once is not waited for."""


def goodbye(raw: str, *, local: tuple[str, int], transport: str = "udp") -> str | None:
    """The BYE as text, or None when the 200 lacks what it needs."""
    message = Message.parse(raw)
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
        'Reason: Q.850;cause=41;text="Temporary failure"',
        "Content-Length: 0",
    ]
    return "\r\n".join(lines) + "\r\n\r\n"


def say_goodbye(raw: str, target: Target, *, bind: str, port: int) -> None:
    """Send it twice from the dead engine's port; a lost BYE is the session timer's to mend."""
    if target.transport == "tcp":
        with contextlib.suppress(OSError), socket.create_connection((target.host, target.port), CONNECT_S) as stream:
            text = goodbye(raw, local=stream.getsockname(), transport="tcp")
            stream.sendall((text or "").encode())
        return
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((bind, port))
        text = goodbye(raw, local=(bind, port))
        if text:
            for _ in range(2):
                sock.sendto(text.encode(), (target.host, target.port))
