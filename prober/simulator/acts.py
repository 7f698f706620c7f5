"""What a called service does, as data: acts in order, durations to be drawn, choices that branch. Pure.

Waits are drawn for each call and multiplied by the town's one scale; what people and recordings say is not. A wait
never falls below `least_s`, so that a quick town still rings and plays music long enough to be heard.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random

from prober.outcome import Outcome
from prober.simulator.sounds import Playable, Prompt, Tone, ToneName, Tune


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A wait drawn evenly between `low_s` and `high_s`, then scaled."""

    low_s: float
    high_s: float
    least_s: float = 0.0

    def draw(self, rng: Random, scale: float) -> float:
        """Seconds of this call's wait."""
        return max(self.least_s, scale * rng.uniform(self.low_s, self.high_s))


@dataclass(frozen=True, slots=True, kw_only=True)
class Respond:
    """A final SIP response above 299, with its Q.850 cause in a Reason header. Ends the call."""

    code: int
    phrase: str
    q850: int | None = None
    means: Outcome
    """What the refusal is, when no message was played before it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ring:
    """180, then ringing for this long; None: for ever."""

    for_s: Span | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlyPlay:
    """183 with media, and a recorded message before any answer."""

    prompt: Prompt


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """200. `identity`: number shown as connected (P-Asserted-Identity); another body's makes it a wrong service."""

    identity: str | None = None
    other_body: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Play:
    """A recorded message, to its end."""

    prompt: Prompt


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """A network tone; None: for ever, or once for tones that are played once."""

    tone: ToneName
    for_s: Span | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """RTP flows, nothing is heard; None: for ever."""

    for_s: Span | None = None
    phase: str | None = None
    """What the caller lives meanwhile (`silence`, `answer`); None: as before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Menu:
    """A voice server's question: the prompt, then a pause for a key. `spoken` answers a word of refusal.

    An unknown key or no key plays the prompt again, `repeats` times (None: for ever), then `otherwise` goes on.
    """

    prompt: Prompt
    choices: Mapping[str, tuple[Act, ...]] = field(default_factory=dict)
    spoken: tuple[Act, ...] | None = None
    pause_s: float = 4.0
    repeats: int | None = 2
    otherwise: tuple[Act, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """Music on hold with announcements in turn, for the drawn wait; None: for ever."""

    tune: Tune
    announcements: tuple[Prompt, ...] = ()
    every_s: Span = Span(low_s=25.0, high_s=25.0, least_s=6.0)
    wait_s: Span | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """A person: greets, reacts to what is said, wonders when nothing is, hangs up at last."""

    greets_as: str
    """How the person names the service."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HangUp:
    """BYE, with its Q.850 cause in a Reason header."""

    q850: int = 16


Act = Respond | Ring | EarlyPlay | Answer | Play | Signal | Silence | Menu | Queue | Agent | HangUp


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What a catalogue would know of a service's voice server."""

    keys: str = ""
    """Keys that lead to a person, one for each menu met, in order."""
    refusal_key: str | None = None
    refusal_word: str | None = None
    """Neither key nor word: the refusal is silence."""
    has_menu: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One called service. `second` is what the second town trunk does, where it differs."""

    id: str
    name: str
    number: str
    behaviour: str
    acts: tuple[Act, ...]
    second: tuple[Act, ...] | None = None
    known: Known = Known()


Cast = tuple[Service, ...]


def acts_within(acts: tuple[Act, ...]) -> list[Act]:
    """The acts and those of every branch, depth first."""
    found: list[Act] = []
    for act in acts:
        found.append(act)
        if isinstance(act, Menu):
            for branch in (*act.choices.values(), act.spoken or (), act.otherwise):
                found += acts_within(branch)
    return found


def sounds_of(service: Service) -> list[Playable]:
    """Every sound that is the same in each call, once, in order of appearance."""
    found: dict[Playable, None] = {}
    for act in acts_within(service.acts + (service.second or ())):
        match act:
            case EarlyPlay() | Play() | Menu():
                found[act.prompt] = None
            case Queue():
                found |= dict.fromkeys((act.tune, *act.announcements))
            case Signal():
                found[Tone(name=act.tone)] = None
    return list(found)
