"""The town over real UDP, called by a tiny raw client."""

from __future__ import annotations

import asyncio
import json
import struct
from itertools import pairwise

import pytest

from prober.simulator.behaviours import CAST
from prober.simulator.town import Town


@pytest.fixture
async def town(tmp_path_factory, tmp_path):
    sounds = tmp_path_factory.getbasetemp() / "sounds"
    async with Town(
        CAST,
        listen=("127.0.0.1", 0),
        second=("127.0.0.1", 0),
        truth=tmp_path / "truth.jsonl",
        scale=0.02,
        seed=1,
        sounds=sounds,
    ) as running:
        yield running


async def truth_of(town: Town, call_id: str) -> dict:
    async with asyncio.timeout(5):
        while True:
            for line in town.truths:
                if line["call_id"] == call_id:
                    return line
            await asyncio.sleep(0.01)


async def test_busy_carries_its_cause_and_its_truth(town, call):
    caller = await call(town.addresses[0], "0536490012")
    caller.invite()
    text = await caller.message("SIP/2.0 486")
    caller.ack()
    assert "\r\nReason: Q.850;cause=17\r\n" in text
    truth = await truth_of(town, caller.call_id)
    assert (truth["outcome"], truth["hung_up_by"], truth["id"]) == ("busy", "called", caller.call_id.split("@")[0])


async def test_a_final_response_comes_again_until_the_ack(town, call):
    caller = await call(town.addresses[0], "0536490012")
    caller.invite()
    first = await caller.message("SIP/2.0 486")
    assert await caller.message("SIP/2.0 486", within_s=1.0) == first
    caller.ack()
    await asyncio.sleep(0.1)
    while not caller.sip.empty():
        caller.sip.get_nowait()
    with pytest.raises(TimeoutError):
        await caller.message("SIP/2.0 486", within_s=1.3)


async def test_a_repeated_invite_gets_the_same_response_and_is_one_call(town, call):
    caller = await call(town.addresses[0], "0261910001")
    caller.invite()
    first = await caller.message("SIP/2.0 200")
    caller.to_tag = ""
    caller.invite()
    assert await caller.message("SIP/2.0 200", within_s=0.4) == first
    caller.ack()
    caller.bye()
    await caller.message("SIP/2.0 200", within_s=1.0)
    await truth_of(town, caller.call_id)
    assert len(town.truths) == 1


async def test_the_agent_answers_our_words_with_others(town, call):
    caller = await call(town.addresses[0], "+33261910001")
    text = await caller.answered()
    assert "m=audio" in text and "PCMA/8000" in text and "telephone-event/8000" in text
    await asyncio.sleep(6.0)
    await caller.speak(2.5)
    await asyncio.sleep(2.5)
    caller.bye()
    truth = await truth_of(town, caller.call_id)
    words = [p for p in truth["played"] if p["class"] == "human"]
    assert truth["outcome"] == "human" and truth["hung_up_by"] == "caller"
    assert len({w["text"] for w in words}) == len(words) >= 2
    assert truth["t_human"] == pytest.approx(words[0]["start_s"], abs=0.2)
    assert words[-1]["start_s"] - 8.5 > 0.3


@pytest.mark.parametrize("method", ["rfc4733", "info"])
async def test_a_key_leads_from_the_menu_to_the_queue(town, call, method):
    caller = await call(town.addresses[0], "3099")
    await caller.answered()
    await asyncio.sleep(2.5)
    if method == "rfc4733":
        caller.key(2)
    else:
        caller.send("INFO", cseq="2", body="Signal=2\r\nDuration=160\r\n")
    await asyncio.sleep(1.2)
    caller.bye()
    truth = await truth_of(town, caller.call_id)
    assert (truth["digits"], truth["phase"], truth["outcome"]) == ("2", "queue", "queue_timeout")
    assert [p["class"] for p in truth["played"]][-1] == "music"


async def test_cancel_while_ringing_is_no_answer(town, call):
    caller = await call(town.addresses[0], "0261910017")
    caller.invite()
    await caller.message("SIP/2.0 180")
    caller.to_tag = ""
    caller.send("CANCEL")
    await caller.message("SIP/2.0 487")
    caller.ack()
    assert (await truth_of(town, caller.call_id))["outcome"] == "no_answer"


async def test_an_announcement_is_heard_before_any_answer(town, call):
    caller = await call(town.addresses[0], "0465710016")
    caller.invite()
    await caller.message("SIP/2.0 183")
    heard = await caller.packets(1.0)
    text = await caller.message("SIP/2.0 480")
    caller.ack()
    assert any(set(data[12:]) != {0xD5} for _, data in heard)
    assert "Reason: Q.850;cause=16" in text
    assert (await truth_of(town, caller.call_id))["outcome"] == "announcement_unanswered"


async def test_rtp_is_paced_by_the_clock_without_a_gap(town, call):
    caller = await call(town.addresses[0], "0199000018")
    await caller.answered()
    packets = await caller.packets(2.0)
    heads = [struct.unpack("!BBHII", data[:12]) for _, data in packets]
    assert len(packets) == pytest.approx(100, abs=6)
    assert heads[0][1] == 8 | 0x80 and {h[1] for h in heads[1:]} == {8}
    assert all((b[2] - a[2]) & 0xFFFF == 1 and b[3] - a[3] == 160 for a, b in pairwise(heads))
    assert all(len(data) == 172 for _, data in packets)
    caller.bye()
    assert (await truth_of(town, caller.call_id))["outcome"] == "silence"


async def test_mu_law_alone_is_answered_in_mu_law(town, call):
    caller = await call(town.addresses[0], "0199000018", payloads="0")
    text = await caller.answered()
    packets = await caller.packets(0.3)
    assert "RTP/AVP 0\r\n" in text and "telephone-event" not in text
    assert {data[12] for _, data in packets} == {0xFF}


async def test_no_common_codec_is_488(town, call):
    caller = await call(town.addresses[0], "0199000018", payloads="9 18")
    caller.invite()
    await caller.message("SIP/2.0 488")


async def test_the_service_hangs_up_with_a_bye_that_follows_the_recorded_route(town, call):
    caller = await call(town.addresses[0], "0536490020")
    route = f"Record-Route: <sip:127.0.0.1:{caller.port};lr>\r\n"
    text = await caller.answered(route)
    bye = await caller.message("BYE")
    assert route in text and f"Route: <sip:127.0.0.1:{caller.port};lr>" in bye
    assert "Reason: Q.850;cause=16" in bye
    assert await caller.message("BYE", within_s=1.0) == bye
    via = next(line for line in bye.split("\r\n") if line.startswith("Via:"))
    caller.raw(
        f"SIP/2.0 200 OK\r\n{via}\r\nFrom: <sip:x>;tag=a\r\nTo: <sip:y>;tag=b\r\nCall-ID: {caller.call_id}\r\n"
        "CSeq: 1 BYE\r\nContent-Length: 0\r\n\r\n"
    )
    assert (await truth_of(town, caller.call_id))["outcome"] == "dropped"


async def test_another_bodys_identity_is_shown(town, call):
    caller = await call(town.addresses[0], "0199000022")
    text = await caller.answered()
    assert "\r\nP-Asserted-Identity: <sip:+33261910017@127.0.0.1>\r\n" in text


async def test_the_second_trunk_may_do_otherwise(town, call):
    first = await call(town.addresses[0], "0809990013")
    second = await call(town.addresses[1], "0809990013")
    first.invite()
    second.invite()
    assert "cause=34" in await first.message("SIP/2.0 503")
    await second.message("SIP/2.0 200")


async def test_a_number_of_nobody_is_not_found(town, call):
    caller = await call(town.addresses[0], "0199999999")
    caller.invite()
    assert "cause=1\r" in await caller.message("SIP/2.0 404")


async def test_a_reliable_183_waits_for_its_prack(town, call):
    caller = await call(town.addresses[0], "0465710016")
    caller.invite("Require: 100rel\r\n")
    text = await caller.message("SIP/2.0 183")
    assert "RSeq: 1" in text and "Require: 100rel" in text
    caller.send("PRACK", cseq="2", extra="RAck: 1 1 INVITE\r\n", branch="z9hG4bKprack")
    assert "2 PRACK" in await caller.message("SIP/2.0 200")
    await caller.message("SIP/2.0 480", within_s=8)


async def test_requests_outside_a_call(town, call):
    caller = await call(town.addresses[0], "0261910001")
    for method, code in (("OPTIONS", 200), ("REGISTER", 200), ("BYE", 481), ("MESSAGE", 405)):
        caller.send(method, branch=f"z9hG4bK{method}")
        await caller.message(f"SIP/2.0 {code}")


@pytest.mark.parametrize("garbage", ["", "\r\n\r\n", "hello", "INVITE x SIP/2.0\r\nnonsense\r\n\r\n", "\x00\xff"])
async def test_garbage_is_ignored_and_the_next_call_is_answered(town, call, garbage):
    caller = await call(town.addresses[0], "0536490012")
    caller.raw(garbage)
    caller.invite()
    await caller.message("SIP/2.0 486")


async def test_truth_is_one_line_of_json_a_call(town, call, tmp_path):
    for _ in range(2):
        caller = await call(town.addresses[0], "0536490012")
        caller.invite()
        await caller.message("SIP/2.0 486")
        caller.ack()
        await truth_of(town, caller.call_id)
    lines = [json.loads(line) for line in (tmp_path / "truth.jsonl").read_text().splitlines()]
    assert [line["service"] for line in lines] == ["departement-marais"] * 2
    assert {"id", "call_id", "number", "behaviour", "outcome", "t_human", "played", "hung_up_by", "digits"} <= set(
        lines[0]
    )


async def test_stopping_ends_the_calls_in_progress_without_an_outcome(town, call):
    caller = await call(town.addresses[0], "3199")
    await caller.answered()
    await town.stop()
    await caller.message("BYE")
    assert (await truth_of(town, caller.call_id))["outcome"] is None
