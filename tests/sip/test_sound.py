"""What we send is on the wire: keys by three methods, the sentence, the word."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import numpy as np
import pytest
from conftest import LIMITS
from peer import PCMA, PCMA_ONLY, Peer, answered, header

from prober.attempt import Attempt, Script
from prober.events import Invited, Media, Sent
from prober.line import HangUp, SaySentence, SendDigits
from prober.sip.pool import Pool


def _expanded(octet: int) -> int:
    """ITU-T G.711 A-law octet → 13-bit sample scaled to 16."""
    octet ^= 0x55
    exponent, mantissa = (octet & 0x70) >> 4, (octet & 0x0F) << 4
    size = mantissa + 8 if exponent == 0 else (mantissa + 264) << (exponent - 1)
    return size if octet & 0x80 else -size


ALAW = np.array([_expanded(octet) for octet in range(256)])


def peak_hz(samples: np.ndarray, low_hz: float, high_hz: float) -> float:
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples)), 8000))
    return float(low_hz + spectrum[int(low_hz) : int(high_hz)].argmax())


async def up(pool: Pool, peer: Peer):
    """A line whose call is answered and hears sound."""
    line = pool.line("direct")
    number = f"sip:3646@127.0.0.1:{peer.port}"
    await line.dial(Attempt(service="s", number=number, script=Script.AGENT, due_at=datetime.now(UTC), limits=LIMITS))
    while True:
        event = await line.next_event(10)
        assert event is not None
        if isinstance(event, Media) and event.flowing:
            return line


async def sent(line) -> Sent:
    while True:
        event = await line.next_event(20)
        assert event is not None
        if isinstance(event, Sent):
            return event


async def over(line) -> None:
    await line.do(HangUp())
    await line.next_event(5)
    await line.close()


async def test_keys_go_by_rfc_4733_where_the_far_end_offers_it(pool: Pool, peer: Peer) -> None:
    peer.script = answered
    line = await up(pool, peer)
    await line.do(SendDigits(digits="12"))
    event = await sent(line)
    assert (event.text, event.method) == ("12", "rfc4733")
    call = next(iter(peer.calls.values()))
    kinds = {p[1] & 0x7F for p in call.rtp.packets} - {8}
    assert kinds == {101}
    assert {payload[0] for payload in call.rtp.payloads(101)} == {1, 2}
    await over(line)


async def test_keys_go_by_info_where_only_that_is_allowed(pool: Pool, peer: Peer) -> None:
    peer.script = lambda call: answered(call, PCMA_ONLY, "Allow: INVITE, ACK, BYE, INFO")
    line = await up(pool, peer)
    await line.do(SendDigits(digits="7"))
    assert (await sent(line)).method == "info"
    call = next(iter(peer.calls.values()))
    request = await call.wait_for("INFO")
    assert header(request, "Content-Type").startswith("application/dtmf-relay")
    assert "Signal=7" in request.replace(" ", "")
    await over(line)


async def test_keys_go_in_band_where_nothing_else_is_offered(pool: Pool, peer: Peer) -> None:
    peer.script = lambda call: answered(call, PCMA_ONLY, "Allow: INVITE, ACK, BYE")
    line = await up(pool, peer)
    await line.do(SendDigits(digits="5"))
    assert (await sent(line)).method == "inband"
    samples = ALAW[np.frombuffer(b"".join(next(iter(peer.calls.values())).rtp.payloads(8)), dtype=np.uint8)]
    start = int(np.flatnonzero(np.abs(samples) > 1000)[0])
    tone = samples[start + 80 : start + 720].astype(float)
    assert peak_hz(tone, 600, 1000) == pytest.approx(770, abs=12)
    assert peak_hz(tone, 1100, 1700) == pytest.approx(1336, abs=12)
    await over(line)


async def test_the_sentence_is_heard_at_the_far_end_and_told_when_it_is_out(pool: Pool, peer: Peer) -> None:
    peer.script = lambda call: answered(call, PCMA)
    line = await up(pool, peer)
    await line.do(SaySentence())
    event = await sent(line)
    assert event.what == "sentence"
    assert 1.0 < event.at_s - event.start_s <= 5.1
    call = next(iter(peer.calls.values()))
    samples = ALAW[np.frombuffer(b"".join(call.rtp.payloads(8)), dtype=np.uint8)].astype(float)
    blocks = samples[: len(samples) // 800 * 800].reshape(-1, 800)
    loud_s = float((np.sqrt((blocks**2).mean(axis=1)) > 300).sum()) / 10
    assert loud_s > 0.5 * (event.at_s - event.start_s)
    await over(line)


async def test_our_sound_keeps_flowing_while_we_say_nothing(pool: Pool, peer: Peer) -> None:
    peer.script = answered
    line = await up(pool, peer)
    call = next(iter(peer.calls.values()))
    before = len(call.rtp.packets)
    await asyncio.sleep(1.0)
    assert len(call.rtp.packets) - before == pytest.approx(50, abs=8)
    await over(line)


async def test_the_call_id_carries_the_attempt_so_both_ends_can_be_joined(pool: Pool, peer: Peer) -> None:
    line = pool.line("direct")
    number = f"sip:3646@127.0.0.1:{peer.port}"
    attempt = Attempt(service="s", number=number, script=Script.AGENT, due_at=datetime.now(UTC), limits=LIMITS)
    await line.dial(attempt)
    event = await line.next_event(5)
    assert isinstance(event, Invited)
    assert event.call_id.split("@")[0] == attempt.id
    await line.close()
    assert attempt.id in header(peer.seen[0], "Call-ID")


async def test_a_pause_between_keys_is_kept_on_the_wire(pool: Pool, peer: Peer) -> None:
    peer.script = answered
    line = await up(pool, peer)
    await line.do(SendDigits(digits="1ww2"))
    event = await sent(line)
    assert event.at_s - event.start_s > 1.3
    rtp = next(iter(peer.calls.values())).rtp
    order = [p for p in rtp.packets if p[1] & 0x7F in (8, 101)]
    first, second = (next(i for i, p in enumerate(order) if p[1] & 0x7F == 101 and p[12] == key) for key in (1, 2))
    sound = sum(1 for p in order[first:second] if p[1] & 0x7F == 8)
    assert sound > 40  # a second of packets of sound lies between the two keys
    await over(line)
