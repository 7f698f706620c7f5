"""What others do: Asterisk's AMD() rules by timing alone, and the first voice after the answer."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from prober.ear.voice import HOP, HOP_S, VoiceDetector

FRAME_S = 0.02
SILENCE_THRESHOLD = 256
"""Mean absolute sample below which a frame is silence."""
INITIAL_SILENCE_S, GREETING_S, AFTER_GREETING_S, TOTAL_S = 2.5, 1.5, 0.8, 5.0
MINIMUM_WORD_S, BETWEEN_WORDS_S, MAXIMUM_WORDS = 0.1, 0.05, 3
"""Defaults of Asterisk's amd.conf. Written from its documentation, not from its code."""


def amd(sound: NDArray[np.int16]) -> str:
    """`human`, `machine` or `notsure` for sound that begins when AMD() is asked."""
    frames = sound[: len(sound) // 160 * 160].reshape(-1, 160)
    loud = np.abs(frames.astype(np.int32)).mean(axis=1) >= SILENCE_THRESHOLD
    silence_s = word_s = greeting_s = 0.0
    words, in_word, greeting = 0, False, False
    for n, is_loud in enumerate(loud):
        if (n + 1) * FRAME_S > TOTAL_S:
            return "notsure"
        if is_loud:
            word_s += FRAME_S
            silence_s = 0.0
            greeting_s += FRAME_S if greeting else 0.0
            if word_s >= MINIMUM_WORD_S and not in_word:
                in_word, greeting = True, True
                words += 1
                greeting_s = max(greeting_s, word_s)
        else:
            silence_s += FRAME_S
            greeting_s += FRAME_S if greeting else 0.0
            if silence_s >= BETWEEN_WORDS_S:
                in_word, word_s = False, 0.0
            if not greeting and silence_s >= INITIAL_SILENCE_S:
                return "machine"
            if greeting and silence_s >= AFTER_GREETING_S:
                return "human"
        if words > MAXIMUM_WORDS or (greeting and greeting_s >= GREETING_S):
            return "machine"
    return "notsure"


def first_voice_s(sound: NDArray[np.int16], answer_s: float) -> float | None:
    """Start of the first half second that is mostly voice after the answer, by the voice detector alone."""
    detector, marks = VoiceDetector(), []
    start = int(answer_s * 8000)
    for at in range(start, len(sound) - HOP, HOP):
        marks.append(detector.hear(sound[at : at + HOP].astype(np.float32) / 32768) >= 0.5)
        if sum(marks[-15:]) >= 10:
            return answer_s + (len(marks) - min(15, len(marks)) + int(np.argmax(marks[-15:]))) * HOP_S
    return None
