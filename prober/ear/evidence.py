"""What the detectors say, at one instant, of one moment at which a person may have begun to speak.

Such a moment (a *beginning*) is the start of an undecided stretch of speech, or a place within one where another voice
took over. Everything after the last recording, music or tone is looked at; nothing here decides.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import exp, isfinite, log

from prober.ear.learning import FOLLOWS_S
from prober.ear.speaker import Voiceprint, likeness
from prober.ear.speakers import Said, Speakers, mean, merged, since
from prober.ear.timeline import UNEXPLAINED, Stretch, Timeline
from prober.ear.turns import Turns
from prober.ear.voice_odds import PERSON_BY_VOICE, SAME_VOICE
from prober.events import Sound

TWO_VOICES = 0.15
"""So often is an unknown recording by another voice than the known ones: no likeness says more against a recording."""
PROVEN = 8.0
"""Log-odds of a voice are summed up to here."""
MOST = 8
"""Stretches looked at: a person began in one of the last."""
SHORTEST_S = 0.3
"""Within a stretch another voice is looked for this far from its ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginning:
    """Where a person may have begun."""

    start_s: float
    first: int
    """Index in the run of the stretch it is in."""
    pause: tuple[float, float] | None = None
    """Within a stretch: end of the voice before and start of theirs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Seconds, log-odds (positive for a person), and what happened around our sentence."""

    learnt: bool
    """Recordings of the number are known, and were compared."""
    compares: bool = False
    """Voices of recordings are known."""
    voiced_s: float = 0.0
    longest_s: float = 0.0
    """Longest stretch: a recording would have been recognised in 1.0 to 1.5 s."""
    before_s: float = 0.0
    """Undecided voice before, with nothing recorded or played in between."""
    prints: float = 0.0
    """Voiceprints, each counted by its length."""
    unlike_recorded: float = 0.0
    """Log-odds that the voice is none of the number's recorded ones."""
    unlike_before: float = 0.0
    """Log-odds that it is not a voice heard before in this call."""
    likeness: float = 0.0
    """To the nearest recorded voice."""
    waited_s: float = 0.0
    """Silence after the last word, up to our sentence or until now."""
    reaction_s: float | None = None
    """From the end of our sentence to the first word after it."""
    reaction_length_s: float = 0.0
    reaction_over: bool = False
    same_voice: float = 0.0
    """Log-odds that who reacts is who spoke before our sentence."""
    ignored: int = 0
    """Sentences of ours that nobody reacted to."""
    talked_over: bool = False
    only_reacted: bool = False
    """They said nothing before our sentence."""
    nothing_known: bool = False
    """No known recording was heard in this call yet: it may have new ones."""
    taken_over: bool = False
    """Within a stretch, where another voice took over."""
    nearest_recording: float = float("inf")
    """Bits that differ from the nearest known recording, of those that may for it to be the same."""
    depth_db: float | None = None
    """How far the pauses between their words are below them: music goes on under an announcement."""
    due: float = 0.0
    """Log-odds that a recording comes now: after the one before, in earlier calls of the number, one did."""

    def told(self) -> dict[str, float | str]:
        """What is kept with the event: all that is not nothing, rounded."""
        kept = {name: getattr(self, name) for name in self.__slots__}
        told = {
            n: v for n, v in kept.items() if v is not None and isfinite(v) and (v or n in ("reaction_s", "depth_db"))
        }
        return {name: round(float(value), 2) for name, value in told.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known of the number and of this call, and until when nothing was compared."""

    learnt: bool
    voices: Sequence[Voiceprint]
    nearest: Callable[[Said], float]
    """Likeness to the nearest of them."""
    recognised: bool = False
    """A recording of the number was recognised in this call."""
    blind_s: float = float("-inf")
    due: float = 0.0
    """Log-odds that another recording comes after what was heard last."""


def due(timeline: Timeline, run: Sequence[Stretch], follows: Mapping[str, float]) -> float:
    """Log-odds that a recording comes where `run` began; `follows`: that one comes right after each recording."""
    earlier = (s for s in reversed(timeline.stretches) if s.start_s < run[0].start_s)
    before = next((s for s in earlier if s.sound not in (Sound.SILENCE, Sound.NOISE)), None)
    if before is None or before.sound is not Sound.RECORDING or before.end_s is None or before.prompt is None:
        return 0.0
    return follows.get(before.prompt, 0.0) if run[0].start_s - before.end_s <= FOLLOWS_S else 0.0


def unexplained(timeline: Timeline) -> list[Stretch]:
    """The undecided speech at the end, nothing recorded, played or decided after or between."""
    run: list[Stretch] = []
    for stretch in reversed(timeline.stretches):
        if stretch.sound not in UNEXPLAINED or len(run) == MOST:
            break
        if stretch.sound is Sound.SPEECH:
            run.insert(0, stretch)
    return run


def beginnings(run: Sequence[Stretch], speakers: Speakers, known: Known) -> list[Beginning]:
    """Every start of a stretch, and at most one place within where another voice took over."""
    found = [Beginning(start_s=s.start_s, first=n) for n, s in enumerate(run)]
    said = speakers.between(run[0].start_s, float("inf"))
    k, _ = since(said, _theirs(said, known))
    if not 0 < k < len(said):
        return found
    end_s, start_s = speakers.took_over_s(said[k])
    for n, stretch in enumerate(run):
        last_s = stretch.end_s if stretch.end_s is not None else said[-1].end_s
        if stretch.start_s + SHORTEST_S < start_s < last_s - SHORTEST_S:
            found.append(Beginning(start_s=start_s, first=n, pause=(end_s, start_s)))
    return sorted(found, key=lambda b: b.start_s)


def _theirs(said: Sequence[Said], known: Known) -> Callable[[Said], float]:
    """Log-odds that a voiceprint is that of whoever spoke last rather than of a recording before them."""
    if known.voices:
        return lambda s: PERSON_BY_VOICE.odds(known.nearest(s), s.weight)
    who = mean(s.voice for s in said[-2:])
    return lambda s: SAME_VOICE.odds(likeness(s.voice, who), s.weight) if who is not None else 0.0


def evidence(
    at: Beginning, run: Sequence[Stretch], speakers: Speakers, turns: Turns, known: Known, now_s: float
) -> Evidence:
    """Everything about one beginning, now."""
    theirs = [s for s in run[at.first :] if s.end_s is None or s.end_s > at.start_s]
    parts = [_voiced(s, at.start_s, now_s) for s in theirs]
    said = speakers.between(at.start_s, now_s)
    weight = sum(s.weight for s in said)
    learnt = known.learnt and at.start_s >= known.blind_s
    asked = turns.sentences(at.start_s, now_s)
    last = asked[-1] if asked else None
    reaction = last.reaction(theirs) if last else None
    words = [s for s in theirs if last is None or last.is_reaction_s(at.start_s) or s.start_s < last.start_s]
    spoke_s = words[-1].end_s if words else None
    until_s = min([now_s, *(s.start_s for s in turns.spans if s.asks and spoke_s is not None and s.start_s >= spoke_s)])
    return Evidence(
        learnt=learnt,
        compares=learnt and bool(known.voices),
        voiced_s=sum(parts),
        longest_s=max((_length(s, at.start_s, now_s) for s in theirs), default=0.0),
        before_s=sum(_voiced(s, s.start_s, now_s) for s in run[: at.first])
        + _voiced_before(run[at.first], at.start_s, now_s),
        prints=weight,
        unlike_recorded=_blunted(sum(PERSON_BY_VOICE.odds(known.nearest(s), s.weight) for s in said))
        if known.voices and said
        else 0.0,
        unlike_before=_unlike(said, [s for s in speakers.said if s.end_s <= at.start_s + 0.4 and s not in said]),
        likeness=max((known.nearest(s) for s in said), default=0.0) if known.voices else 0.0,
        waited_s=max(0.0, until_s - spoke_s) if spoke_s is not None else 0.0,
        reaction_s=reaction.start_s - last.end_s if reaction is not None and last is not None else None,
        reaction_length_s=_length(reaction, reaction.start_s, now_s) if reaction is not None else 0.0,
        reaction_over=reaction is not None and reaction.end_s is not None,
        same_voice=_same(speakers, at.start_s, last.start_s, reaction, now_s) if last and reaction else 0.0,
        ignored=sum(
            at.start_s < s.start_s and s.reaction(theirs) is None and not s.is_reaction_s(now_s) for s in asked
        ),
        talked_over=last is not None
        and last.talked_over(next((s for s in reversed(run) if s.start_s < last.start_s), None)),
        only_reacted=last is not None and last.is_reaction_s(at.start_s),
        nothing_known=learnt and not known.recognised,
        taken_over=at.pause is not None,
        nearest_recording=min((s.nearest_recording for s in theirs), default=float("inf")),
        depth_db=min((d for s in theirs if (d := s.depth_db) is not None), default=None),
        due=known.due if learnt else 0.0,
    )


def nearest(voice: Voiceprint, voices: Sequence[Voiceprint]) -> float:
    """Likeness to the nearest of these voices."""
    return max(likeness(voice, v) for v in voices)


def _blunted(odds: float) -> float:
    """What `odds` that two voices differ say of a person, when a recording may be by another voice too."""
    bounded = max(-PROVEN, min(PROVEN, odds))
    return -log((1 - TWO_VOICES) * exp(-bounded) + TWO_VOICES)


def _unlike(said: Sequence[Said], before: Sequence[Said]) -> float:
    who = mean(s.voice for s in said)
    if who is None or not before:
        return 0.0
    others = merged(s.voice for s in before)
    return _blunted(-SAME_VOICE.odds(nearest(who, others), min(2.0, sum(s.weight for s in said))))


def _same(speakers: Speakers, from_s: float, our_s: float, reaction: Stretch, now_s: float) -> float:
    end_s = reaction.end_s if reaction.end_s is not None else now_s
    both = speakers.between(from_s, our_s), speakers.between(reaction.start_s, end_s)
    asked, reacts = (mean(s.voice for s in said) for said in both)
    if asked is None or reacts is None:
        return 0.0
    return SAME_VOICE.odds(likeness(asked, reacts), min(1.0, *(sum(s.weight for s in said) for said in both)))


def _length(stretch: Stretch, from_s: float, now_s: float) -> float:
    return max(0.0, (stretch.end_s if stretch.end_s is not None else now_s) - max(stretch.start_s, from_s))


def _voiced(stretch: Stretch, from_s: float, now_s: float) -> float:
    """Voice of a stretch from `from_s` on, as evenly spread as may be."""
    whole_s = _length(stretch, stretch.start_s, now_s)
    return stretch.voiced_s * (_length(stretch, from_s, now_s) / whole_s if whole_s else 1.0)


def _voiced_before(stretch: Stretch, at_s: float, now_s: float) -> float:
    return stretch.voiced_s - _voiced(stretch, at_s, now_s) if at_s > stretch.start_s else 0.0
