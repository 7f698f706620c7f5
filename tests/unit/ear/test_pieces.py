"""What a call leaves to learn from: nothing of a person, however late they were told from the voice before them."""

from __future__ import annotations

import numpy as np

from prober.ear.fingerprint import HOP_S
from prober.ear.pieces import BEFORE_S, Pieces, Spoken
from prober.ear.speakers import Said
from prober.ear.timeline import Timeline
from prober.events import Sound

VOICE = np.eye(1, 256, dtype=np.float32)[0]


def test_words_of_a_person_who_was_told_apart_afterwards_are_not_kept() -> None:
    timeline, pieces = Timeline(), Pieces()
    prints = np.ones(round(12.0 / HOP_S), dtype=np.uint32)
    voice = timeline.switch(Sound.SPEECH, 1.0, 12.0)
    timeline.close(10.0, 12.0)
    pieces.ended(voice, [Said(start_s=t, end_s=t + 1.6, voice=VOICE) for t in (2.0, 6.5)], prints, 12.0)
    person = timeline.split(voice, 5.8, 6.0, 12.0)
    person.sound = Sound.HUMAN
    (piece,) = pieces.left(timeline.stretches)
    assert piece.start_s - BEFORE_S + len(piece.prints) * HOP_S <= 6.0
    assert [isinstance(v, Spoken) for v in piece.voices] == [True], "that of the recording alone"


def test_a_voice_heard_without_fingerprints_for_a_while_leaves_nothing() -> None:
    timeline, pieces = Timeline(), Pieces()
    prints = np.ones(round(8.0 / HOP_S), dtype=np.uint32)
    voice = timeline.switch(Sound.SPEECH, 1.0, 8.0)
    pieces.go_blind(4.0)
    timeline.close(5.5, 6.0)
    pieces.ended(voice, [], prints[: round(6.0 / HOP_S)], 6.0)
    later = timeline.switch(Sound.SPEECH, 6.5, 8.0)
    timeline.close(7.5, 8.0)
    pieces.ended(later, [], prints, 8.0)
    assert [piece.start_s for piece in pieces.left(timeline.stretches)] == [6.5]
