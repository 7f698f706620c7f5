"""What the town hears of its caller: keys once each, speech by energy, never silence."""

from __future__ import annotations

import struct

import numpy as np
import pytest

from prober.simulator.alaw import encode
from prober.simulator.exchange import CallerPauses, CallerSpeaks, Digit
from prober.simulator.hearing import Hearing
from prober.simulator.sdp import Audio

AUDIO = Audio(host="127.0.0.1", port=4000)
RNG = np.random.default_rng(1)


def packet(payload: int, body: bytes, time: int = 0) -> bytes:
    return struct.pack("!BBHII", 0x80, payload, 1, time, 7) + body


def frame(dbfs: float) -> bytes:
    return encode((RNG.standard_normal(160) * 32768 * 10 ** (dbfs / 20)).clip(-32768, 32767).astype(np.int16))


def listened(frames: list[bytes | None], audio: Audio = AUDIO) -> list[tuple[float, object]]:
    """Stimuli of one frame each 20 ms; None: nothing was sent."""
    told: list[tuple[float, object]] = []
    hearing = Hearing(audio, lambda s: told.append((now_s, s)))
    for n, octets in enumerate(frames):
        now_s = 0.02 * n
        if octets is not None:
            hearing.packet(packet(audio.payload, octets), now_s)
        hearing.passed(now_s)
    return told


def test_speech_opens_and_closes_once_with_its_length():
    told = listened([frame(-70)] * 20 + [frame(-25)] * 100 + [frame(-70)] * 40)
    assert [type(s) for _, s in told] == [CallerSpeaks, CallerPauses]
    pause = told[1][1]
    assert isinstance(pause, CallerPauses)
    assert pause.spoke_s == pytest.approx(2.0, abs=0.1) and told[1][0] - pause.quiet_s == pytest.approx(2.38, abs=0.05)


def test_speech_also_ends_when_nothing_more_is_sent():
    told = listened([frame(-25)] * 50 + [None] * 80)
    assert [type(s) for _, s in told] == [CallerSpeaks, CallerPauses]


def test_packets_that_come_late_and_in_a_burst_do_not_end_the_words():
    told: list[object] = []
    hearing = Hearing(AUDIO, told.append)
    for second in range(3):
        for n in range(50):
            hearing.packet(packet(8, frame(-70 if n < 15 else -25)), second + 0.001 * n)
        hearing.passed(second + 0.7)
    assert [type(s) for s in told] == [CallerSpeaks]


@pytest.mark.parametrize("quiet", [b"\xd5" * 160, b"\x55" * 160, frame(-65), frame(-50)])
def test_silence_and_comfort_noise_are_no_speech(quiet):
    assert listened([quiet] * 200) == []


def test_a_click_is_no_speech():
    assert listened([frame(-70)] * 10 + [frame(-10)] * 2 + [frame(-70)] * 50) == []


def test_each_key_is_told_once_even_if_its_end_is_lost():
    told: list[object] = []
    hearing = Hearing(AUDIO, told.append)
    for time, code in ((160, 1), (160, 1), (160, 1), (960, 1), (1760, 11), (2560, 16)):
        hearing.packet(packet(101, bytes([code, 10, 0, 160]), time), 0.0)
    assert told == [Digit(digit="1"), Digit(digit="1"), Digit(digit="#")]


@pytest.mark.parametrize(
    "data", [b"", b"\x80", b"\x00" * 172, packet(72, b"\x00" * 20), packet(101, b"\x01"), b"\xbf" * 20]
)
def test_what_is_no_rtp_of_the_call_is_ignored(data):
    told: list[object] = []
    Hearing(AUDIO, told.append).packet(data, 0.0)
    assert told == []
