"""Sound that pauses, changes its codec, or cannot be decoded: what is heard of it, and what is said of it."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import numpy as np
import pytest
from conftest import LIMITS
from peer import PCMA, PCMU, Call, Peer

from prober.attempt import Policy
from prober.classify import classify
from prober.events import Media, MediaReport
from prober.record import CallRecord
from prober.simulator.alaw import Pcm, encode
from prober.simulator.sounds import Room, Voice, Words
from prober.simulator.voices import synthesise

SILENCE = np.zeros(8000, np.int16)
PATIENT = replace(LIMITS, max_wait_s=20, silence_s=9, media_lost_s=4)


def words(text: str) -> Pcm:
    return synthesise(Words(text=text, voice=Voice(variant="f2"), room=Room(seed=1, level_dbfs=-60.0, colour=0.5))).pcm


def first_word_s(record: CallRecord, after_s: float) -> float:
    return min(h.start_s for h in record.heard if h.sound.value in ("speech", "human") and h.start_s > after_s)


def received(record: CallRecord) -> int:
    return next(e.received for e in record.events if isinstance(e, MediaReport))


async def test_the_first_word_after_a_pause_without_packets_is_heard_when_it_is_said(place, peer: Peer) -> None:
    """A far end that sends nothing while nobody speaks: the next word may come long after its last packet."""
    said: list[float] = []

    async def script(call: Call) -> None:
        began_s = asyncio.get_running_loop().time()
        call.reply(200, "OK", sdp=PCMA)
        await call.wait_for("ACK")
        await call.rtp.play(call.media, encode(SILENCE))
        await asyncio.sleep(3.05)
        call.rtp.pause(3.05)
        said.append(asyncio.get_running_loop().time() - began_s)
        await call.rtp.play(call.media, encode(np.concatenate((words("Mairie bonjour, je vous écoute."), SILENCE))))
        call.request("BYE")
        await asyncio.sleep(0.5)

    peer.script = script
    record = await place(limits=PATIENT, policy=Policy.SILENT)
    assert [e.flowing for e in record.events if isinstance(e, Media)] == [True, False, True]
    assert first_word_s(record, 1.0) == pytest.approx(said[0], abs=0.25)


async def test_a_voice_is_heard_on_after_the_codec_was_changed(place, peer: Peer) -> None:
    said: list[float] = []

    async def script(call: Call) -> None:
        began_s = asyncio.get_running_loop().time()
        call.reply(200, "OK", sdp=PCMA)
        await call.wait_for("ACK")
        await call.rtp.play(call.media, encode(np.resize(SILENCE, 8000 * 3)))
        call.reinvite("sendrecv", PCMU)
        await asyncio.sleep(0.1)
        await call.rtp.play(call.media, encode(np.resize(SILENCE, 8000 * 2), mu=True), kind=0)
        said.append(asyncio.get_running_loop().time() - began_s)
        await call.rtp.play(call.media, encode(words("Mairie bonjour, je vous écoute."), mu=True), kind=0)
        call.request("BYE", cseq=9)
        await asyncio.sleep(0.5)

    peer.script = script
    record = await place(limits=PATIENT, policy=Policy.SILENT)
    assert [e.flowing for e in record.events if isinstance(e, Media)] == [True]
    assert first_word_s(record, 1.0) == pytest.approx(said[0], abs=0.25)
    assert received(record) > 220  # those of both descriptions; the second alone has less than 190


async def test_sound_that_cannot_be_decoded_is_no_silence_of_the_service(place, peer: Peer) -> None:
    """Seen through the relay: a far end that changed to µ-law without a word was taken for a mute one."""

    async def script(call: Call) -> None:
        call.reply(200, "OK", sdp=PCMA)
        await call.wait_for("ACK")
        await call.rtp.play(call.media, encode(SILENCE))
        await call.rtp.play(call.media, encode(np.resize(words("Mairie bonjour."), 8000 * 12), mu=True), kind=0)

    peer.script = script
    record = await place(limits=PATIENT)
    assert [e.flowing for e in record.events if isinstance(e, Media)] == [True, False]
    assert classify(record).outcome == "media_failure"
