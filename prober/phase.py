"""Phases of a call, every way from one to the next, and the patience each has."""

from __future__ import annotations

from enum import StrEnum


class Phase(StrEnum):
    """What the caller is living."""

    INVITING = "inviting"
    TRYING = "trying"
    RINGING = "ringing"
    EARLY = "early"
    """Voice or music before any answer."""
    LISTENING = "listening"
    """Answered; nothing decided yet."""
    MENU = "menu"
    QUEUE = "queue"
    ASKING = "asking"
    """Our sentence is being said, or its reaction awaited."""
    HUMAN = "human"
    ENDING = "ending"
    OVER = "over"


_ANSWERED = (Phase.LISTENING, Phase.MENU, Phase.QUEUE, Phase.ASKING, Phase.HUMAN)
LAST = (Phase.ENDING, Phase.OVER)
MOVES: dict[Phase, tuple[Phase, ...]] = {
    Phase.INVITING: (Phase.TRYING, Phase.RINGING, Phase.EARLY, *_ANSWERED, *LAST),
    Phase.TRYING: (Phase.RINGING, Phase.EARLY, *_ANSWERED, *LAST),
    Phase.RINGING: (Phase.EARLY, *_ANSWERED, *LAST),
    Phase.EARLY: (Phase.RINGING, *_ANSWERED, *LAST),
    Phase.LISTENING: (Phase.MENU, Phase.QUEUE, Phase.ASKING, Phase.HUMAN, *LAST),
    Phase.MENU: (Phase.QUEUE, Phase.ASKING, Phase.HUMAN, *LAST),
    Phase.QUEUE: (Phase.ASKING, Phase.HUMAN, *LAST),
    Phase.ASKING: (Phase.LISTENING, Phase.MENU, Phase.QUEUE, Phase.HUMAN, *LAST),
    Phase.HUMAN: LAST,
    Phase.ENDING: (Phase.OVER,),
    Phase.OVER: (),
}
PATIENCE: dict[Phase, str] = {
    Phase.TRYING: "trying_s",
    Phase.MENU: "menu_s",
}
"""Limit of a phase, counted from its start; the others are in `Call.deadline_s`. An INVITE without any response is
the line's to end (`invite_s`, RFC 3261 Timer B, for each target it tries); the ring limit bounds it here."""
