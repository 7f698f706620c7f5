"""Speech by espeak-ng, called in process through ctypes: text and voice to samples."""

from __future__ import annotations

import ctypes
import threading
from functools import cache

import espeakng_loader
import numpy as np
from numpy.typing import NDArray
from scipy.signal import resample_poly

from prober.simulator.sounds import Voice

RATE_HZ = 8000
_SYNCHRONOUS, _DONT_EXIT = 2, 0x8000
_UTF8, _ENDPAUSE = 1, 0x1000
_CHARACTERS = 1
_RATE, _VOLUME, _PITCH, _RANGE = 1, 2, 3, 4
_CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)


class SpeechUnavailable(RuntimeError):
    """espeak-ng could not be started, or does not know the voice."""


class _Engine:
    """The one espeak-ng of this process: its C library keeps global state, so it is used by one thread at a time."""

    def __init__(self) -> None:
        self._library = ctypes.CDLL(str(espeakng_loader.get_library_path()))
        data = str(espeakng_loader.get_data_path()).encode()
        self.rate_hz = int(self._library.espeak_Initialize(_SYNCHRONOUS, 0, data, _DONT_EXIT))
        if self.rate_hz <= 0:
            raise SpeechUnavailable("espeak-ng did not start: its data folder is missing or unreadable")
        self._lock = threading.Lock()
        self._chunks: list[NDArray[np.int16]] = []
        self._callback = _CALLBACK(self._collect)
        self._library.espeak_SetSynthCallback(self._callback)

    def _collect(self, wav: ctypes._Pointer[ctypes.c_short], samples: int, _events: int | None) -> int:
        if wav and samples > 0:
            self._chunks.append(np.ctypeslib.as_array(wav, shape=(samples,)).copy())
        return 0

    def speak(self, text: str, voice: Voice) -> NDArray[np.int16]:
        name = f"{voice.name}+{voice.variant}" if voice.variant else voice.name
        encoded = text.encode() + b"\0"
        with self._lock:
            self._chunks.clear()
            if self._library.espeak_SetVoiceByName(name.encode()) != 0:
                raise SpeechUnavailable(f"espeak-ng does not know the voice {name!r}")
            parameters = ((_RATE, voice.words_per_minute), (_VOLUME, 100), (_PITCH, voice.pitch), (_RANGE, voice.range))
            for parameter, value in parameters:
                self._library.espeak_SetParameter(parameter, value, 0)
            self._library.espeak_Synth(encoded, len(encoded), 0, _CHARACTERS, 0, _UTF8 | _ENDPAUSE, None, None)
            return np.concatenate(self._chunks) if self._chunks else np.zeros(0, np.int16)


_starting = threading.Lock()
"""The library is started once, though several calls may want their first words at the same time."""


@cache
def _started() -> _Engine:
    return _Engine()


def _engine() -> _Engine:
    with _starting:
        return _started()


def speak(text: str, voice: Voice) -> NDArray[np.float64]:
    """Samples at 8 kHz, full scale 1.0, telephone band. Blocking: some 20 ms a sentence. Raises SpeechUnavailable."""
    engine = _engine()
    samples = engine.speak(text, voice).astype(np.float64) / 32768.0
    if not len(samples):
        raise SpeechUnavailable(f"espeak-ng said nothing for {text!r}")
    divisor = int(np.gcd(RATE_HZ, engine.rate_hz))
    return np.asarray(resample_poly(samples, RATE_HZ // divisor, engine.rate_hz // divisor), dtype=np.float64)
