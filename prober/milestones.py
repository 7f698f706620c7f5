"""Milestones of a call, read from its events (measure.md §5.2). Pure, so that stored events can be read again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from prober.attempt import Attempt, Script
from prober.events import VOICES, Ended, Event, Heard, Invited, Media, Party, Response, Sent, Sound, TransferAsked
from prober.record import Milestones

QUIET = frozenset({Sound.SILENCE, Sound.NOISE})
TONES = frozenset({Sound.RINGBACK, Sound.BUSY_TONE, Sound.CONGESTION_TONE, Sound.SIT, Sound.FAX, Sound.BEEP})
REFUSAL_SILENCE_S = 5.0
"""A silent refusal is made this long after the end of the first prompt (decisions.md 10)."""


def read_milestones(
    events: Sequence[Event], heard: Sequence[Heard], attempt: Attempt, hung_up_by: Party | None
) -> Milestones:
    """Seconds from the INVITE, cut at T_max for the human (decisions.md 8); None where not reached."""
    responses = [e for e in events if isinstance(e, Response)]
    t_answer = _first(r.at_s for r in responses if 200 <= r.code < 300)
    final = next((r for r in responses if r.code >= 300), None)
    last = next((e for e in events if isinstance(e, Ended)), None)
    t_end = last.at_s if last else final.at_s if final else (events[-1].at_s if events else None)
    t_human = human_onset(heard)
    if t_human is not None and t_human > attempt.limits.max_wait_s:
        t_human = None
    before_human = [h for h in heard if t_human is None or h.start_s < t_human]
    t_ivr = _first(h.start_s for h in before_human if h.sound in (Sound.RECORDING, Sound.SPEECH))
    t_queue = _first(h.start_s for h in before_human if starts_queue(h, t_answer))
    sent = [e for e in events if isinstance(e, Sent) and e.what in ("digits", "word")]
    return Milestones(
        t_invite=_first(e.at_s for e in events if isinstance(e, Invited)),
        t_trying=_first(r.at_s for r in responses if r.code == 100),
        t_alert=_first(r.at_s for r in responses if r.code in (180, 181, 182, 183)),
        t_early_media=_early(events, heard, t_answer),
        t_answer=t_answer,
        t_first_audio=_first(
            max(h.start_s, t_answer)
            for h in heard
            if t_answer is not None and h.sound not in QUIET and (h.end_s is None or h.end_s > t_answer)
        ),
        t_ivr=t_ivr,
        t_choice=_first(e.start_s for e in sent),
        t_optout=_asked(sent, before_human, attempt, t_end),
        t_queue=t_queue,
        announced_wait_s=_announced(heard),
        t_human=t_human,
        t_human_service=None,
        t_transfer=_first(e.at_s for e in events if isinstance(e, TransferAsked)),
        t_our_end=t_end if hung_up_by is Party.CALLER else None,
        t_remote_end=t_end if hung_up_by in (Party.CALLED, Party.NETWORK) else None,
        t_end=t_end,
    )


def human_onset(heard: Iterable[Heard]) -> float | None:
    """Start of the first stretch known to be a human's, also beyond T_max."""
    return _first(h.start_s for h in heard if h.sound is Sound.HUMAN)


def starts_queue(heard: Heard, t_answer: float | None) -> bool:
    """True for hold music, a waiting message, and ringback inside an answered call (decisions.md 7)."""
    if heard.sound is Sound.RINGBACK:
        return t_answer is not None and heard.start_s > t_answer - 0.5
    return heard.sound is Sound.MUSIC or (heard.sound is Sound.RECORDING and heard.label == "wait")


def in_order(m: Milestones) -> bool:
    """The order of decisions.md 3: t_invite ≤ t_alert ≤ {t_answer, t_ivr, t_queue}, each ≤ t_human ≤ end."""
    first = [m.t_invite, m.t_alert]
    middle = [m.t_answer, m.t_ivr, m.t_queue]
    last = [m.t_human, m.t_end]
    known = [t for t in first if t is not None]
    floor = max(known, default=0.0)
    reached = [t for t in middle if t is not None]
    tail = [t for t in last if t is not None]
    return (
        known == sorted(known)
        and all(t >= floor for t in reached)
        and tail == sorted(tail)
        and all(t <= tail[0] for t in reached if tail)
    )


def _early(events: Sequence[Event], heard: Sequence[Heard], t_answer: float | None) -> float | None:
    sounded = _first(h.start_s for h in heard if h.sound not in QUIET and (t_answer is None or h.start_s < t_answer))
    started = _first(e.at_s for e in events if isinstance(e, Media) and e.early and e.flowing)
    return sounded if started is not None else None


def _asked(sent: Sequence[Sent], heard: Sequence[Heard], attempt: Attempt, t_end: float | None) -> float | None:
    """The moment a person was asked for: end of the last key or word, or the silent refusal (decisions.md 10)."""
    if sent:
        return sent[-1].at_s if attempt.script is not Script.OPTOUT else sent[0].at_s
    if attempt.script is Script.OPTOUT and not attempt.profile.refusal:
        prompt_end = _first(h.end_s for h in heard if h.sound in VOICES - {Sound.HUMAN} and h.end_s is not None)
        if prompt_end is not None and t_end is not None and prompt_end + REFUSAL_SILENCE_S <= t_end:
            return prompt_end + REFUSAL_SILENCE_S
    return None


def _announced(heard: Sequence[Heard]) -> float | None:
    waits = (h.evidence.get("announced_wait_s") for h in heard)
    return next((float(w) for w in waits if w is not None), None)


def _first(times: Iterable[float]) -> float | None:
    return min(times, default=None)
