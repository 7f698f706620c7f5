"""The truth of one call, as the called side knows it: what was played when, who hung up, what it meant. Pure.

It comes from the behaviour, who hung up and in which phase, never from the caller's limits or rules.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from prober.events import Party
from prober.outcome import Outcome
from prober.simulator.acts import Respond


class Stage(StrEnum):
    """What the caller is given to live."""

    TRYING = "trying"
    RINGING = "ringing"
    EARLY = "early"
    ANSWER = "answer"
    """Answered, nothing played yet."""
    MESSAGE = "message"
    MENU = "menu"
    QUEUE = "queue"
    SILENCE = "silence"
    FAX = "fax"
    BUSY_TONE = "busy_tone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """One sound as it was played; seconds from the INVITE's reception."""

    sound: str
    """Class of prober.events.Sound."""
    start_s: float
    end_s: float | None
    label: str | None = None
    text: str | None = None


@dataclass(slots=True, kw_only=True)
class Truth:
    """What happened in one call, filled while it is performed. Seconds from the INVITE's reception."""

    stage: Stage = Stage.TRYING
    answered: bool = False
    refused: Respond | None = None
    other_body: bool = False
    first_word_s: float | None = None
    """First audible sample of the agent's first live word, from the clean signal."""
    message: str | None = None
    """Label of the last message that sends a caller away, until something else is offered."""
    menu_rounds: int = 0
    reference: bool = False
    hung_up_by: Party | None = None
    end_s: float | None = None
    digits: str = ""
    played: list[Played] = field(default_factory=list)

    @property
    def t_human(self) -> float | None:
        """The first live word, if the call lasted until then."""
        lasted = self.first_word_s is not None and (self.end_s is None or self.first_word_s <= self.end_s)
        return self.first_word_s if lasted else None

    def outcome(self) -> Outcome | None:
        """What the call was; None while it lasts, and for our own reference number, which measures nobody."""
        if self.reference or self.end_s is None:
            return None
        if self.t_human is not None:
            return Outcome.HUMAN_WRONG_SERVICE if self.other_body else Outcome.HUMAN
        if self.refused is not None:
            early = any(p.sound == "recording" for p in self.played)
            return Outcome.ANNOUNCEMENT_UNANSWERED if early else self.refused.means
        if not self.answered:
            return Outcome.NETWORK_FAILURE if self.stage is Stage.TRYING else Outcome.NO_ANSWER
        if self.message in SENT_AWAY:
            return SENT_AWAY[self.message]
        if self.hung_up_by is Party.CALLER:
            return LEFT_BY_CALLER[self.stage]
        if self.stage is Stage.MENU and self.menu_rounds >= GOES_ROUND:
            return Outcome.IVR_ONLY
        return CUT_BY_SERVICE.get(self.stage, Outcome.DROPPED)

    def data(self) -> dict[str, Any]:
        """As one JSON object of the truth log."""
        outcome = self.outcome()
        return {
            "outcome": outcome.value if outcome else None,
            "t_human": None if self.t_human is None else round(self.t_human, 3),
            "hung_up_by": self.hung_up_by.value if self.hung_up_by else None,
            "phase": "agent" if self.t_human is not None else self.stage.value,
            "end_s": None if self.end_s is None else round(self.end_s, 3),
            "digits": self.digits,
            "played": [
                {
                    "class": p.sound,
                    "start_s": round(p.start_s, 3),
                    "end_s": None if p.end_s is None else round(p.end_s, 3),
                    "label": p.label,
                    "text": p.text,
                }
                for p in self.played
            ],
        }


GOES_ROUND = 3
"""A menu asked so often and then cut offered no way to a person; asked less often, it was dropped."""
SENT_AWAY: dict[str | None, Outcome] = {
    "closed": Outcome.CLOSED_MESSAGE_IN_HOURS,
    "dissuasion": Outcome.DISSUADED,
    "callback": Outcome.CALLBACK_ONLY,
    "voicemail": Outcome.VOICEMAIL,
    "unassigned": Outcome.NUMBER_INVALID,
}
LEFT_BY_CALLER: dict[Stage, Outcome] = {
    Stage.ANSWER: Outcome.SILENCE,
    Stage.SILENCE: Outcome.SILENCE,
    Stage.MESSAGE: Outcome.IVR_ONLY,
    Stage.MENU: Outcome.IVR_ONLY,
    Stage.QUEUE: Outcome.QUEUE_TIMEOUT,
    Stage.FAX: Outcome.FAX_OR_MODEM,
    Stage.BUSY_TONE: Outcome.BUSY,
}
CUT_BY_SERVICE: dict[Stage, Outcome] = {
    Stage.FAX: Outcome.FAX_OR_MODEM,
    Stage.BUSY_TONE: Outcome.BUSY,
}
