"""The received sound of one place, as a pipe that the library fills by itself.

The library's writer of WAV files is a port of the conference bridge in C. Its file is a pipe of ours: no Python runs on
the media clock's thread, which sends and receives on time however long an ear thinks, and the ear takes the sound of
many packets at once. The bridge hands a frame every 20 ms as long as the tap is connected, silence included.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import sys
import termios
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from prober.sip.library import c_functions

RATE_HZ = 8000
FRAME_S = 0.02
BYTES_A_S = 2 * RATE_HZ
FRAME_BYTES = int(FRAME_S * BYTES_A_S)
PIPE_BYTES = 1 << 18
"""Sixteen seconds."""
KEPT_S = 10.0
"""So much sound may wait to be heard."""
KEPT_BYTES = int(KEPT_S * BYTES_A_S)
BATCH_S = 0.5
"""Taken at once, at most: the engine has other calls."""
BATCH_BYTES = int(BATCH_S * BYTES_A_S)
HELD_S = 1.5 * FRAME_S
"""Age of the newest sound in the pipe: the writer holds one frame back, and the last one came up to a frame ago."""
POOL_BYTES = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Received sound."""

    pcm: bytes
    """16 bit samples."""
    age_s: float
    """Of its end."""
    gone_s: float = 0.0
    """So much before it was let go."""

    @property
    def length_s(self) -> float:
        """Seconds of sound."""
        return len(self.pcm) / BYTES_A_S


class Tap:
    """Made once the library runs; lives as long as it does. Raises OSError where the library or the system refuses."""

    def __init__(self) -> None:
        self._c, self._libc = c_functions(), ctypes.CDLL(None)
        self._c.pjsua_pool_create.restype = ctypes.c_void_p
        self._c.pjmedia_wav_writer_port_get_pos.restype = ctypes.c_ssize_t
        self._stale = 0
        self._pipe, writing = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        fcntl.fcntl(self._pipe, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
        self._port, self._slot = ctypes.c_void_p(), ctypes.c_int()
        pool = ctypes.c_void_p(self._c.pjsua_pool_create(b"tap", POOL_BYTES, POOL_BYTES))
        self._granted(
            self._c.pjmedia_wav_writer_port_create(
                pool, f"/proc/self/fd/{writing}".encode(), RATE_HZ, 1, FRAME_BYTES // 2, 16, 0,
                ctypes.c_ssize_t(FRAME_BYTES), ctypes.byref(self._port),
            )
        )  # fmt: skip
        _never_wait_for(self._pipe)
        os.close(writing)
        self._granted(self._c.pjsua_conf_add_port(pool, self._port, ctypes.byref(self._slot)))
        self._drop(self._waiting())  # the head of the file

    def connect(self, audio: Any) -> None:
        """From now on hear this call (`pj.AudioMedia`); once more for the same one changes nothing."""
        self._granted(self._c.pjsua_conf_connect(audio.getPortId(), self._slot))

    def empty(self) -> None:
        """Forget what came in the call before; the frame that the writer still holds of it will come first."""
        self._drop(self._waiting())
        self._stale = min(FRAME_BYTES, self._c.pjmedia_wav_writer_port_get_pos(self._port))

    def take(self) -> Batch:
        """The oldest sound that waits, `BATCH_S` at most. What has waited longer than `KEPT_S` is let go."""
        waiting = self._waiting()
        if self._stale and waiting:
            dropped = self._drop(self._stale)
            self._stale, waiting = self._stale - dropped, waiting - dropped
        gone = self._drop(waiting - KEPT_BYTES) if waiting > KEPT_BYTES else 0
        pcm = self._read(BATCH_BYTES)
        age_s = HELD_S + max(0, waiting - gone - len(pcm)) / BYTES_A_S
        return Batch(pcm=pcm, age_s=age_s, gone_s=gone / BYTES_A_S)

    def _waiting(self) -> int:
        """Bytes that can be read; the C library's own buffers are emptied into the pipe first."""
        self._libc.fflush(None)
        return int.from_bytes(fcntl.ioctl(self._pipe, termios.FIONREAD, bytes(4)), sys.byteorder)

    def _drop(self, size: int) -> int:
        return len(self._read(size))

    def _read(self, size: int) -> bytes:
        try:
            return os.read(self._pipe, size)
        except BlockingIOError:
            return b""

    @staticmethod
    def _granted(status: int) -> None:
        if status:
            raise OSError(f"the media library refuses a tap: status {status}")


def _never_wait_for(pipe: int) -> None:
    """Whoever writes into this pipe drops what finds no room: the media clock must go on if nobody reads."""
    ours = os.fstat(pipe)
    for open_one in Path("/proc/self/fd").iterdir():
        with suppress(OSError):  # the listing's own descriptor is closed by now
            if os.path.samestat(open_one.stat(), ours):
                os.set_blocking(int(open_one.name), False)
