"""What the town hears of the caller in received RTP: keys by RFC 4733, and speech by its energy. Pure."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from prober.simulator.alaw import A_TO_PCM, U_TO_PCM
from prober.simulator.exchange import CallerPauses, CallerSpeaks, Digit, Stimulus
from prober.simulator.sdp import PCMA, PCMU, Audio

KEYS = "0123456789*#ABCD"
SPEECH_DBFS = -42.0
"""A frame above this is speech: comfort noise and an idle codec stay far below."""
OPENS_FRAMES = 3
FRAME_S = 0.02
CLOSES_S = 0.5
"""Quiet received for so long ends the caller's words: longer than a pause between sentences."""
GONE_S = 1.0
"""Nothing received for so long ends them too."""
HEADER = 12
_POWER = {
    PCMA: (A_TO_PCM.astype(np.float64) / 32768) ** 2,
    PCMU: (U_TO_PCM.astype(np.float64) / 32768) ** 2,
}
_SPEECH_POWER = 10 ** (SPEECH_DBFS / 10)


class Hearing:
    """Stimuli from the packets of one call; seconds on the call's clock."""

    def __init__(self, audio: Audio, tell: Callable[[Stimulus], None]) -> None:
        self._audio, self._tell = audio, tell
        self._key_at: int | None = None
        self._loud_frames = 0
        self._first_loud_s = self._last_loud_s = self._last_frame_s = 0.0
        self._quiet_s = 0.0
        """Of quiet received since the last loud frame: packets are counted, for they come in bursts."""
        self._speaking = False

    def packet(self, data: bytes, at_s: float) -> None:
        """A received datagram; what is not RTP of this call is ignored."""
        if len(data) <= HEADER or data[0] >> 6 != 2:
            return
        start = HEADER + 4 * (data[0] & 15)
        payload = data[1] & 0x7F
        if payload == self._audio.event and len(data) >= start + 4:
            self._key(data[start], int.from_bytes(data[4:8], "big"))
        elif payload == self._audio.payload and len(data) > start:
            self._frame(data[start:], at_s)

    def passed(self, at_s: float) -> None:
        """The clock moved: words end by silence, also when the caller then sends nothing at all."""
        if self._speaking and (self._quiet_s >= CLOSES_S or at_s - self._last_frame_s >= GONE_S):
            self._speaking = False
            spoke_s = self._last_loud_s - self._first_loud_s
            self._tell(CallerPauses(spoke_s=spoke_s, quiet_s=at_s - self._last_loud_s))

    def _key(self, code: int, rtp_time: int) -> None:
        if rtp_time != self._key_at and code < len(KEYS):
            self._key_at = rtp_time
            self._tell(Digit(digit=KEYS[code]))

    def _frame(self, octets: bytes, at_s: float) -> None:
        self._last_frame_s = at_s
        power = float(_POWER[self._audio.payload][np.frombuffer(octets, np.uint8)].mean())
        if power < _SPEECH_POWER:
            self._loud_frames = 0
            self._quiet_s += FRAME_S
            return
        self._loud_frames += 1
        self._quiet_s = 0.0
        self._last_loud_s = at_s
        if not self._speaking and self._loud_frames >= OPENS_FRAMES:
            self._speaking, self._first_loud_s = True, at_s
            self._tell(CallerSpeaks())
