"""What a place in the engine keeps from call to call: the ear's tap, the players, the tone generator.

Nothing here is destroyed before the library ends. The conference bridge lets go of a port on its own thread, later than
it says so: a port destroyed after a call is written to once more when it is gone (seen as memory corruption).
"""

from __future__ import annotations

import ctypes
import time
from collections import deque
from typing import Any

import pjsua2 as pj

RATE_HZ = 8000
FRAME_S = 0.02
KEPT_FRAMES = 500
"""Ten seconds of sound may wait to be heard."""
Frames = deque[tuple[float, bytes]]


def frame_bytes(frame: Any) -> bytes:
    """The samples of a frame, three times cheaper than `bytes(frame.buf)` (pjsua2.md §2)."""
    size = frame.size
    return ctypes.string_at(ctypes.c_void_p.from_address(int(frame.buf.this)).value or 0, size) if size else b""


class Tap(pj.AudioMediaPort):  # type: ignore[misc]
    """Takes received frames; called on the media clock's thread, so it only appends to a bounded deque."""

    def __init__(self) -> None:
        super().__init__()
        self.lost = 0
        """Frames that came and found no room: the oldest had to go unheard."""
        self.frames: Frames | None = None  # before createPort: frames come as soon as it returns
        form = pj.MediaFormatAudio()
        form.init(pj.PJMEDIA_FORMAT_PCM, RATE_HZ, 1, int(FRAME_S * 1e6), 16)
        self.createPort("tap", form)

    def onFrameReceived(self, frame: Any) -> None:
        """Keep a frame with the time it came. An exception here costs the frame, and the gap shows."""
        try:
            frames, data = self.frames, frame_bytes(frame)
            if frames is not None and data:
                self.lost += len(frames) == KEPT_FRAMES
                frames.append((time.monotonic(), data))
        except BaseException:
            return


class Seat:
    """One place: taken by a call, given back after it."""

    def __init__(self) -> None:
        self.tap = Tap()
        self._players: dict[str, Any] = {}
        self._tones: Any = None

    def take(self) -> Frames:
        """A new call sits here: where its frames will come in."""
        frames: Frames = deque(maxlen=KEPT_FRAMES)
        self.tap.lost = 0
        self.tap.frames = frames
        return frames

    def leave(self) -> Seat:
        """The call is over: what still comes is nobody's."""
        self.tap.frames = None
        return self

    def player(self, path: str) -> Any:
        """The player of a recording, at its beginning."""
        if path not in self._players:
            self._players[path] = pj.AudioMediaPlayer()
            self._players[path].createPlayer(path, pj.PJMEDIA_FILE_NO_LOOP)
        self._players[path].setPos(0)
        return self._players[path]

    def tones(self) -> Any:
        """The generator of in-band keys."""
        if self._tones is None:
            self._tones = pj.ToneGenerator()
            self._tones.createToneGenerator(RATE_HZ, 1)
        return self._tones
