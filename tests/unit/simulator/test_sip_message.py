"""SIP messages and SDP as the town reads and writes them."""

from __future__ import annotations

import pytest

from prober.simulator import sdp
from prober.simulator.sip_call import address_of, reply_address, trace_via
from prober.simulator.sip_message import Malformed, Message, parse, response, tag_of, uri_of

INVITE = (
    b"INVITE sip:3099@127.0.0.1 SIP/2.0\r\nv: SIP/2.0/UDP 10.0.0.1:5080;branch=z9hG4bK1;rport\r\n"
    b'f: "Doe, J" <sip:a@b>;tag=me\r\nt: <sip:3099@127.0.0.1>\r\ni: abc@host\r\nCSeq: 7 INVITE\r\n'
    b"Record-Route: <sip:p1;lr>, <sip:p2;lr>\r\nSubject: folded\r\n line\r\nl: 5\r\n\r\nhello"
)


def test_compact_and_folded_headers_are_read():
    message = parse(INVITE)
    assert (message.method, message.uri, message.code, message.body) == ("INVITE", "sip:3099@127.0.0.1", None, "hello")
    assert message.header("call-id") == "abc@host" and message.header("subject") == "folded line"
    assert message.lists("record-route") == ["<sip:p1;lr>", "<sip:p2;lr>"]
    assert message.lists("from") == ['"Doe, J" <sip:a@b>;tag=me']


def test_what_is_encoded_is_read_back():
    message = parse(INVITE)
    assert parse(message.encode()) == message


def test_the_length_is_counted_in_octets():
    message = Message(start="SIP/2.0 200 OK", headers=parse(INVITE).headers, body="été")
    assert b"Content-Length: 5\r\n" in message.encode()


def test_a_response_copies_what_it_must_and_adds_the_tag_once():
    answer = response(parse(INVITE), 180, "Ringing", to_tag="town")
    assert answer.code == 180 and tag_of(answer.header("to")) == "town"
    assert answer.all("record-route") == ["<sip:p1;lr>, <sip:p2;lr>"]
    within = parse(INVITE.replace(b"t: <sip:3099@127.0.0.1>", b"t: <sip:3099@127.0.0.1>;tag=old"))
    assert response(within, 200, "OK", to_tag="town").header("to").count("tag=") == 1
    assert response(parse(INVITE), 486, "Busy").all("record-route") == []


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"hello\r\n\r\n",
        b"INVITE sip:a SIP/3.0\r\n\r\n",
        b"SIP/2.0 abc OK\r\n\r\n",
        INVITE.replace(b"CSeq: 7 INVITE\r\n", b""),
        INVITE.replace(b"Subject: folded", b"Subject folded"),
        b"\xff\xfe\x00",
    ],
)
def test_what_is_no_message_is_refused(data):
    with pytest.raises(Malformed):
        parse(data)


@pytest.mark.parametrize(
    ("address", "uri"),
    [("<sip:a@b:5;x=1>;tag=t", "sip:a@b:5;x=1"), ("sip:a@b;tag=t", "sip:a@b"), ('"n" <sip:c>', "sip:c")],
)
def test_the_uri_of_an_address(address, uri):
    assert uri_of(address) == uri


def test_a_response_goes_where_the_request_asks():
    message = parse(INVITE)
    assert reply_address(message, ("1.2.3.4", 999)) == ("1.2.3.4", 999)
    plain = parse(INVITE.replace(b";rport", b""))
    assert reply_address(plain, ("1.2.3.4", 999)) == ("1.2.3.4", 5080)
    assert "rport=999;received=1.2.3.4" in trace_via(message, ("1.2.3.4", 999)).header("via")


@pytest.mark.parametrize(
    ("uri", "address"),
    [("sip:a@10.0.0.1:5080;lr", ("10.0.0.1", 5080)), ("sip:10.0.0.1", ("10.0.0.1", 5060)), ("sip:a@host", None)],
)
def test_an_address_by_number(uri, address):
    assert address_of(uri) == address


OFFER = "v=0\r\nc=IN IP4 10.0.0.9\r\nt=0 0\r\nm=audio 4000 RTP/AVP 9 0 8 96\r\na=rtpmap:96 telephone-event/8000\r\n"


def test_the_first_known_codec_of_an_offer_is_taken():
    assert sdp.read(OFFER) == sdp.Audio(host="10.0.0.9", port=4000, payload=sdp.PCMU, event=96)


def test_hold_is_answered_in_kind():
    held = sdp.read(OFFER + "a=sendonly\r\n")
    assert held is not None and held.direction == "sendonly"
    assert "a=recvonly" in sdp.write("127.0.0.1", 5000, 1, held)


def test_an_answer_is_an_offer_that_can_be_read():
    assert sdp.read(sdp.write("127.0.0.1", 5000, 1, None)) == sdp.Audio(host="127.0.0.1", port=5000)
    assert sdp.read(sdp.write("127.0.0.1", 5000, 1, sdp.read(OFFER))) == sdp.Audio(
        host="127.0.0.1", port=5000, payload=sdp.PCMU, event=96
    )


@pytest.mark.parametrize("body", ["", "garbage", OFFER.replace("9 0 8 96", "9 18"), OFFER.replace("4000", "0")])
def test_without_g711_there_is_no_audio(body):
    assert sdp.read(body) is None
