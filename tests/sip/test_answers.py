"""What the far end says is what is recorded: codes, causes, identities, and answers that make no sense."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from conftest import LIMITS
from peer import G729, PCMA, Call, Peer, answered, header, until

from prober.classify import Context, classify
from prober.events import DigitReceived, Held, Media, Party, Response, TransferAsked
from prober.sip.bridge import Place
from prober.sip.pool import Pool


def responses(record) -> list[tuple[int, int | None]]:
    return [(e.code, e.q850) for e in record.events if isinstance(e, Response)]


@pytest.mark.parametrize(
    ("code", "cause", "outcome"),
    [
        (486, 17, "busy"),
        (404, 1, "own_failure"),
        (503, 34, "network_congestion"),
        (603, 21, "rejected"),
        (480, 19, "no_answer"),
    ],
)
async def test_final_response_and_its_cause_are_recorded(
    place, peer: Peer, code: int, cause: int, outcome: str
) -> None:
    async def script(call: Call) -> None:
        call.reply(code, "No", f'Reason: Q.850;cause={cause};text="why"')

    peer.script = script
    record = await place()
    assert responses(record)[-1] == (code, cause)
    assert classify(record).outcome == outcome


async def test_a_cause_on_a_provisional_response_is_kept(place, peer: Peer) -> None:
    async def script(call: Call) -> None:
        call.reply(183, "Progress", "Reason: Q.850;cause=17")
        await asyncio.sleep(0.2)
        call.reply(480, "Temporarily Unavailable", "Reason: Q.850;cause=31")

    peer.script = script
    record = await place()
    assert (183, 17) in responses(record)
    assert classify(record).outcome == "busy"


async def test_connected_identity_of_the_answer_is_seen(place, peer: Peer) -> None:
    peer.script = lambda call: answered(call, PCMA, "P-Asserted-Identity: <sip:+33261910017@x>")
    record = await place()
    shown = [e.identity for e in record.events if isinstance(e, Response) and e.code == 200]
    assert shown == ["+33261910017"]
    assert record.milestones.t_answer is not None


async def test_an_answer_without_sdp_is_our_failure(place, peer: Peer) -> None:
    async def script(call: Call) -> None:
        call.reply(200, "OK")
        await call.wait_for("ACK")

    peer.script = script
    assert classify(await place()).outcome == "own_failure"


async def test_no_common_codec_is_our_failure(place, peer: Peer) -> None:
    peer.script = lambda call: answered(call, G729)
    assert classify(await place()).outcome == "own_failure"


async def test_sound_that_never_comes_is_a_media_failure(place, peer: Peer) -> None:
    async def script(call: Call) -> None:
        call.reply(200, "OK", sdp=PCMA)
        await call.wait_for("BYE")

    peer.script = script
    record = await place()
    assert not any(isinstance(e, Media) and e.flowing for e in record.events)
    assert classify(record).outcome == "media_failure"


async def test_a_far_end_that_vanishes_ends_the_call_in_bounded_time(place, peer: Peer) -> None:
    async def script(call: Call) -> None:
        call.reply(200, "OK", sdp=PCMA)
        await call.wait_for("ACK")
        await call.rtp.send(call.media, 1.5)
        call.peer.transport.close()  # type: ignore[attr-defined]

    peer.script = script
    record = await place(limits=replace(LIMITS, silence_s=20, max_wait_s=20))
    assert classify(record).outcome == "media_failure"
    assert record.milestones.t_end is not None
    assert record.milestones.t_end < 10


async def test_bye_with_its_cause_ends_the_call_by_the_called_side(place, peer: Peer) -> None:
    async def script(call: Call) -> None:
        call.reply(200, "OK", sdp=PCMA)
        await call.wait_for("ACK")
        await call.rtp.send(call.media, 0.6)
        call.request("BYE", 'Reason: Q.850;cause=41;text="gone"')
        await asyncio.sleep(1)

    peer.script = script
    record = await place()
    assert record.hung_up_by is Party.CALLED
    assert record.events[-1].q850 == 41
    assert classify(record).outcome == "dropped"


async def test_a_transfer_request_is_refused_and_nobody_is_called(place, peer: Peer) -> None:
    async def script(call: Call) -> None:
        call.reply(200, "OK", sdp=PCMA)
        await call.wait_for("ACK")
        call.request("REFER", f"Refer-To: <sip:attacker@127.0.0.1:{call.peer.port}>")
        await call.rtp.send(call.media, 1.5)
        call.request("BYE", cseq=6)
        await asyncio.sleep(0.5)

    peer.script = script
    record = await place()
    assert any(isinstance(e, TransferAsked) for e in record.events)
    assert any(s.startswith("SIP/2.0 603") and "REFER" in header(s, "CSeq") for s in peer.seen)
    assert sum(s.startswith("INVITE") for s in peer.seen) == 1


async def test_one_redirection_is_followed_on_the_same_trunk(place, peer: Peer) -> None:
    async def script(call: Call) -> None:
        if "3647" not in call.invite.split("\r\n")[0]:
            call.reply(302, "Moved", f"Contact: <sip:3647@127.0.0.1:{call.peer.port}>")
        else:
            call.reply(486, "Busy Here", "Reason: Q.850;cause=17")

    peer.script = script
    record = await place()
    assert classify(record).outcome == "busy"
    assert any("sip:3647@" in s.split("\r\n")[0] for s in peer.seen)


async def test_a_redirection_to_an_emergency_line_is_never_followed(place, peer: Peer) -> None:
    async def script(call: Call) -> None:
        call.reply(302, "Moved", f"Contact: <sip:112@127.0.0.1:{call.peer.port}>")

    peer.script = script
    record = await place()
    assert not any("sip:112@" in s.split("\r\n")[0] for s in peer.seen)
    assert classify(record).outcome in ("network_failure", "own_failure")


async def test_ringing_for_ever_is_cancelled_by_us(place, peer: Peer) -> None:
    async def script(call: Call) -> None:
        call.reply(180, "Ringing")
        await call.wait_for("CANCEL")

    peer.script = script
    record = await place()
    assert classify(record).outcome == "no_answer"
    # The record may be ready a moment before the peer's socket is read.
    await until(lambda: any(s.startswith("CANCEL") for s in peer.seen), within_s=2)


async def test_garbage_does_not_hurt_and_the_next_call_works(place, peer: Peer) -> None:
    async def script(call: Call) -> None:
        for junk in (
            "SIP/2.0 200\r\n\r\n",
            "\x00" * 900,
            "INVITE x SIP/2.0\r\nVia: ;;;\r\n\r\n",
            "SIP/2.0 999 X\r\nCSeq: x\r\n\r\n",
        ):
            call.peer.send(junk, call.source)
        call.reply(200, "OK\x00\x01", "Content-Type: a/b", "X-Long: " + "x" * 2000)
        await asyncio.sleep(0.3)
        call.request("BYE", cseq=6)

    peer.script = script
    first = await place()
    assert classify(first, Context()).outcome is not None
    from peer import busy

    peer.script = busy
    assert classify(await place()).outcome == "busy"


async def test_a_peer_that_never_answers_is_our_failure_in_bounded_time(place, peer: Peer) -> None:
    async def script(call: Call) -> None: ...

    peer.script = script
    record = await place()
    assert classify(record).outcome == "own_failure"
    assert record.milestones.t_end is not None
    assert record.milestones.t_end < 5


async def test_a_redirection_never_leaves_the_trunk(place, peer: Peer) -> None:
    """The number of the Contact is called at the trunk's own address, whatever host the Contact names."""
    _, elsewhere = await asyncio.get_running_loop().create_datagram_endpoint(Peer, local_addr=("127.0.0.1", 0))

    async def script(call: Call) -> None:
        if "3647" not in call.invite.split("\r\n")[0]:
            call.reply(302, "Moved", f"Contact: <sip:3647@127.0.0.1:{elsewhere.port}>")
        else:
            call.reply(486, "Busy Here", "Reason: Q.850;cause=17")

    peer.script = script
    record = await place()
    await elsewhere.close()
    assert classify(record).outcome == "busy"
    assert elsewhere.seen == []
    assert any("sip:3647@" in s.split("\r\n")[0] for s in peer.seen)


async def test_a_second_redirection_is_not_followed(place, peer: Peer) -> None:
    async def script(call: Call) -> None:
        number = 3650 + len(peer.calls)
        call.reply(302, "Moved", f"Contact: <sip:{number}@127.0.0.1:{call.peer.port}>")

    peer.script = script
    record = await place()
    assert len(peer.calls) == 2
    assert classify(record).outcome == "network_failure"


async def test_a_hold_is_seen(place, peer: Peer) -> None:
    async def script(call: Call) -> None:
        call.reply(200, "OK", sdp=PCMA)
        await call.wait_for("ACK")
        await call.rtp.send(call.media, 0.3)
        call.reinvite("sendonly")
        await call.rtp.send(call.media, 1.0)
        call.request("BYE", cseq=9)
        await asyncio.sleep(0.5)

    peer.script = script
    record = await place()
    assert [e.on for e in record.events if isinstance(e, Held)] == [True]


async def test_a_digit_from_the_far_end_is_seen(place, peer: Peer) -> None:
    async def script(call: Call) -> None:
        call.reply(200, "OK", "Allow: INFO", sdp=PCMA)
        await call.wait_for("ACK")
        call.request("INFO", body="Signal=5\r\nDuration=160\r\n", kind="application/dtmf-relay")
        await call.rtp.send(call.media, 0.6)
        call.request("BYE", cseq=9)
        await asyncio.sleep(0.5)

    peer.script = script
    record = await place()
    assert [e.digit for e in record.events if isinstance(e, DigitReceived)] == ["5"]


async def test_a_200_that_crosses_our_cancel_is_acknowledged_and_ended(place, peer: Peer) -> None:
    async def script(call: Call) -> None:
        call.reply(180, "Ringing")
        await call.wait_for("CANCEL")
        call.reply(200, "OK", sdp=PCMA)
        await call.wait_for("ACK")
        await call.wait_for("BYE")
        call.ended = True

    peer.cancel_with_487 = False
    peer.script = script
    record = await place()
    async with asyncio.timeout(5):
        while not any(c.ended for c in peer.calls.values()):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    assert classify(record).outcome == "no_answer"


async def test_retry_after_of_a_refusal_is_kept(place, peer: Peer) -> None:
    async def script(call: Call) -> None:
        call.reply(503, "Busy trunk", "Retry-After: 17")

    peer.script = script
    record = await place()
    assert [e.retry_after_s for e in record.events if isinstance(e, Response)][-1] == 17


async def test_sound_before_any_answer_is_heard(place, peer: Peer) -> None:
    async def script(call: Call) -> None:
        call.reply(183, "Progress", sdp=PCMA)
        await call.rtp.send(call.media, 1.0)
        call.reply(486, "Busy Here", sdp=None)

    peer.script = script
    record = await place()
    media = [e for e in record.events if isinstance(e, Media)]
    assert media
    assert media[0].early and media[0].flowing
    assert record.milestones.t_early_media is None or record.milestones.t_early_media > 0


async def test_the_wait_for_a_place_after_a_redirection_is_not_the_calls(
    pool: Pool, place, peer: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seen against Asterisk: the answer came at 2 s on a clock that said 6 s, and the call was given up as mute."""
    at_once = pool.place

    async def late(order: Place, listener: object) -> object:
        if "." in order.key:
            await asyncio.sleep(2.5)
        return await at_once(order, listener)  # type: ignore[arg-type]

    async def script(call: Call) -> None:
        if "3647" not in call.invite.split("\r\n")[0]:
            call.reply(302, "Moved", f"Contact: <sip:3647@127.0.0.1:{call.peer.port}>")
            return
        call.reply(200, "OK", sdp=PCMA)
        await call.wait_for("ACK")
        await asyncio.sleep(1)
        await call.rtp.send(call.media, 1.0)
        call.request("BYE", cseq=9)

    monkeypatch.setattr(pool, "place", late)
    peer.script = script
    record = await place()
    assert record.milestones.t_answer is not None
    assert record.milestones.t_answer < 1
    assert classify(record).outcome == "dropped"


async def test_a_call_that_is_hung_up_before_our_ack_is_a_dropped_one(place, peer: Peer) -> None:
    async def script(call: Call) -> None:
        call.reply(200, "OK", sdp=PCMA)
        call.request("BYE")
        await call.wait_for("ACK")

    peer.script = script
    record = await place()
    assert record.hung_up_by is Party.CALLED
    assert classify(record).outcome == "dropped"
