"""The library alone, two taps and two tones in a process of its own: prints what came out of the taps, as JSON."""

from __future__ import annotations

import json
import os
import time

import numpy as np
import pjsua2 as pj

from prober.sip import tap as module
from prober.sip.library import c_functions
from prober.sip.tap import RATE_HZ, Tap

SMALL_PIPE = 8192
"""Half a second of sound."""


def tone(hz: int) -> pj.ToneGenerator:
    """A generator that sounds on and on."""
    made = pj.ToneGenerator()
    made.createToneGenerator(RATE_HZ, 1)
    desc, tones = pj.ToneDesc(), pj.ToneDescVector()
    desc.freq1, desc.on_msec, desc.off_msec, desc.volume = hz, 30_000, 0, 8000
    tones.append(desc)
    made.play(tones, True)
    return made


def all_of(tap: Tap) -> tuple[np.ndarray, float]:
    """All that waits, and the age of its end."""
    batches, age_s = [], 0.0
    while True:
        batch = tap.take()
        if not batch.pcm:
            return np.frombuffer(b"".join(batches), dtype=np.int16), age_s
        batches.append(batch.pcm)
        age_s = batch.age_s


def after(seconds: float, tap: Tap) -> tuple[np.ndarray, float, float]:
    """What came in so many seconds from now, the age of its end, and how much of the time is missing in it."""
    all_of(tap)
    began_s = time.monotonic()
    time.sleep(seconds)
    pcm, age_s = all_of(tap)
    return pcm, age_s, time.monotonic() - began_s - len(pcm) / RATE_HZ


def loudest_hz(pcm: np.ndarray) -> int:
    """The strongest frequency."""
    return int(np.abs(np.fft.rfft(pcm * np.hanning(len(pcm)))).argmax() * RATE_HZ / len(pcm) + 0.5)


def main() -> None:
    """Print the findings."""
    c_functions().pj_log_set_level(0)
    endpoint, config = pj.Endpoint(), pj.EpConfig()
    endpoint.libCreate()
    config.uaConfig.threadCnt, config.uaConfig.mainThreadOnly = 0, True
    config.medConfig.clockRate = config.medConfig.sndClockRate = RATE_HZ
    config.logConfig.level = config.logConfig.consoleLevel = 0
    endpoint.libInit(config)
    endpoint.libStart()
    endpoint.audDevManager().setNullDev()
    found: dict[str, object] = {}
    low, high, tap = tone(400), tone(1000), Tap()
    tap.connect(low)
    tap.connect(low)
    time.sleep(0.1)
    pcm, age_s, missing_s = after(1.0, tap)
    found |= {"hz": loudest_hz(pcm), "age_s": age_s, "missing_s": missing_s}
    time.sleep(0.6)
    batch = tap.take()
    found |= {"batch_s": batch.length_s, "left_age_s": batch.age_s}
    c_functions().pjsua_conf_disconnect(low.getPortId(), tap._slot)
    time.sleep(0.1)
    tap.empty()
    tap.connect(high)
    time.sleep(0.3)
    pcm, _ = all_of(tap)
    found["next_call_hz"] = loudest_hz(pcm)
    found["first_frame_hz"] = loudest_hz(pcm[:160])
    module.PIPE_BYTES = SMALL_PIPE
    unread = Tap()
    unread.connect(low)
    found["missing_beside_a_full_pipe_s"] = after(1.5, tap)[2]
    found["full_pipe_s"] = len(all_of(unread)[0]) / RATE_HZ
    pcm, _, found["missing_after_a_full_pipe_s"] = after(0.4, unread)
    found["after_a_full_pipe_hz"] = loudest_hz(pcm)
    module.KEPT_BYTES = 3200
    after(0.0, tap)
    time.sleep(0.4)
    batch = tap.take()
    found |= {"kept_s": batch.length_s, "gone_s": batch.gone_s}
    print(json.dumps(found), flush=True)
    os._exit(0)


if __name__ == "__main__":
    main()
