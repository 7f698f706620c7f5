"""The 25 terminal outcomes (measure.md §5.3): who answers for each, and whether it counts."""

from __future__ import annotations

from enum import StrEnum


class Who(StrEnum):
    """Who answers for an outcome."""

    REACHED = "reached"
    SERVICE = "service"
    NETWORK = "network"
    OWN = "own"
    UNDECIDED = "undecided"


class Outcome(StrEnum):
    """Exactly one per attempt."""

    OUT_OF_SCHEDULE = "out_of_schedule"
    """The hours in force at the INVITE say closed."""
    OWN_CANCELLED = "own_cancelled"
    """Stopped by operator, budget or kill switch before any other ending."""
    OWN_FAILURE = "own_failure"
    """Our side failed: local, transport, authentication, codec, configuration, reference call."""
    CALLER_BLOCKED = "caller_blocked"
    """Our identity was refused or screened."""
    MEDIA_FAILURE = "media_failure"
    """Answered, but no usable sound came in."""
    NETWORK_CONGESTION = "network_congestion"
    """No circuit on the way."""
    NETWORK_FAILURE = "network_failure"
    """The network failed on the way."""
    NUMBER_INVALID = "number_invalid"
    """Unallocated or changed number, confirmed or announced."""
    UNREACHABLE = "unreachable"
    """The service's line is out of order, absent or does not respond."""
    BUSY = "busy"
    """User busy, by signalling or by tone."""
    REJECTED = "rejected"
    """Refused by the called side."""
    NO_ANSWER = "no_answer"
    """It rang and nobody picked up."""
    ANNOUNCEMENT_UNANSWERED = "announcement_unanswered"
    """A message before any answer, then release."""
    FAX_OR_MODEM = "fax_or_modem"
    """Data tone."""
    HUMAN = "human"
    """A human of the service within T_max."""
    HUMAN_WRONG_SERVICE = "human_wrong_service"
    """A human of another body."""
    VOICEMAIL = "voicemail"
    """Invitation to leave a message, and the tone."""
    CALLBACK_ONLY = "callback_only"
    """A call back was offered and waiting was not possible."""
    CLOSED_MESSAGE_IN_HOURS = "closed_message_in_hours"
    """Answered; says closed while published open."""
    DISSUADED = "dissuaded"
    """Answered; told to call later or to use the site, with no way to wait."""
    IVR_ONLY = "ivr_only"
    """The voice server offers no path to a person."""
    DROPPED = "dropped"
    """Cut by the service without a message, in menu or queue."""
    QUEUE_TIMEOUT = "queue_timeout"
    """Still waiting at T_max: our hang-up (censored)."""
    SILENCE = "silence"
    """Answered, sound flows, nothing is said."""
    INDETERMINATE = "indeterminate"
    """Neither detector nor reviewer can say."""

    __hash__ = str.__hash__
    """That of an enumeration is made in Python, and sets and tables of outcomes are asked millions of times."""

    @property
    def who(self) -> Who:
        """Who answers for it."""
        return _WHO[self]

    @property
    def in_service_denominator(self) -> bool:
        """True for the set D of measure.md §5.4: everything but our own and the network's."""
        return self in _OF_THE_SERVICE


_WHO: dict[Outcome, Who] = {
    **dict.fromkeys(
        (Outcome.OUT_OF_SCHEDULE, Outcome.OWN_CANCELLED, Outcome.OWN_FAILURE, Outcome.CALLER_BLOCKED), Who.OWN
    ),
    **dict.fromkeys((Outcome.MEDIA_FAILURE, Outcome.NETWORK_CONGESTION, Outcome.NETWORK_FAILURE), Who.NETWORK),
    Outcome.HUMAN: Who.REACHED,
    Outcome.INDETERMINATE: Who.UNDECIDED,
}
for _outcome in Outcome:
    _WHO.setdefault(_outcome, Who.SERVICE)
_OF_THE_SERVICE = frozenset(o for o in Outcome if _WHO[o] not in (Who.OWN, Who.NETWORK))
