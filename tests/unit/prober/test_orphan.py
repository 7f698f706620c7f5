"""What is said for a dead engine. Real far ends hear it in tests/sip/test_engines.py."""

from __future__ import annotations

import socket

import pytest

from prober.sip import orphan
from prober.sip.orphan import goodbye, say_goodbye
from prober.sip.trunk import Target

HEAD = (
    "Via: SIP/2.0/UDP 127.0.0.1:5080;rport=5080;branch=z9hG4bKx;received=127.0.0.1\r\n"
    "Record-Route: <sip:a;lr>, <sip:b;lr>\r\n"
    "From: <sip:0162000000@carrier>;tag=ours\r\nTo: <sip:3646@carrier>;tag=theirs\r\n"
    "Call-ID: k@decroche\r\nCSeq: 8 INVITE\r\nContact: <sip:3646@192.0.2.1:5062>\r\n\r\n"
)
RINGING, ANSWERED = f"SIP/2.0 180 Ringing\r\n{HEAD}", f"SIP/2.0 200 OK\r\n{HEAD}"
URI = "sip:3646@carrier"


def said(raw: str) -> list[str]:
    return (goodbye(raw, uri=URI, local=("127.0.0.1", 5080)) or "").split("\r\n")


def test_a_ringing_call_is_cancelled_as_its_invite_was_sent() -> None:
    lines = said(RINGING)
    assert lines[0] == f"CANCEL {URI} SIP/2.0"
    for line in (
        "Via: SIP/2.0/UDP 127.0.0.1:5080;rport;branch=z9hG4bKx",
        "To: <sip:3646@carrier>",
        "From: <sip:0162000000@carrier>;tag=ours",
        "CSeq: 8 CANCEL",
    ):
        assert line in lines


def test_the_cancel_of_a_call_over_a_proxy_passes_the_same_proxy() -> None:
    route = Target(host="127.0.0.1", port=5071).route
    text = goodbye(RINGING, uri=URI, local=("127.0.0.1", 5080), route=route) or ""
    assert [line for line in text.split("\r\n") if line.startswith("Route")] == ["Route: <sip:127.0.0.1:5071;lr>"]
    assert not any(line.startswith("Route") for line in said(RINGING)), "the INVITE had none"


def test_an_answered_call_gets_a_bye_along_its_route() -> None:
    lines = said(ANSWERED)
    assert lines[0] == "BYE sip:3646@192.0.2.1:5062 SIP/2.0"
    assert "Route: <sip:b;lr>, <sip:a;lr>" in lines
    assert "To: <sip:3646@carrier>;tag=theirs" in lines


def test_nothing_is_said_in_clear_to_a_carrier_that_was_spoken_to_over_tls(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []

    def refused(*what: object) -> socket.socket:
        asked.append(what)
        raise OSError

    monkeypatch.setattr(orphan.socket, "socket", refused)
    target = Target(host="127.0.0.1", port=5061, transport="tls")
    say_goodbye(ANSWERED, target, uri=URI, bind="127.0.0.1", port=0)
    assert asked == []


def test_a_far_end_s_own_octets_come_back_as_it_wrote_them() -> None:
    """Its tag need not be UTF-8; that must not keep the other calls of the dead engine from being ended."""
    raw = ANSWERED.replace("theirs", "th\udceers")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as far:
        far.bind(("127.0.0.1", 0))
        far.settimeout(5)
        target = Target(host="127.0.0.1", port=far.getsockname()[1])
        say_goodbye(raw, target, uri=URI, bind="127.0.0.1", port=0)
        assert b";tag=th\xeers\r\n" in far.recv(4096)
