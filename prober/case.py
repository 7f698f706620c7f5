"""Case: a record with its context, and the facts that several rules ask for. Pure."""

from __future__ import annotations

from prober.events import VOICES, Heard, Identity, Media, MediaReport, Overload, Party, Response, Sound
from prober.failures import Refusal
from prober.milestones import human_onset
from prober.number import normal
from prober.record import CallRecord
from prober.verdict import Context

UNDECIDED_S = 2.5
"""A known recording has been recognised by then."""
LOSS_LIMIT = 0.10
"""Share of lost RTP packets above which the sound is unusable."""


class Case:
    """A record and its context, with the facts that several rules ask for. Times in seconds from the INVITE."""

    def __init__(self, record: CallRecord, context: Context) -> None:
        self.record, self.context, self.limits = record, context, record.attempt.limits
        self.m = record.milestones
        self.answered = self.m.t_answer is not None
        self.heard = tuple(h for h in record.heard if h.sound not in (Sound.SILENCE, Sound.NOISE))
        self.in_call = tuple(h for h in self.heard if self.answered and (h.end_s or h.at_s) > (self.m.t_answer or 0.0))
        self.by_us = record.hung_up_by is Party.CALLER
        self.by_them = record.hung_up_by in (Party.CALLED, Party.NETWORK)
        self.t_human = self.m.t_human
        self.late_human = self.t_human is None and human_onset(record.heard) is not None
        responses = [e for e in record.events if isinstance(e, Response)]
        early = self.heard if not self.answered else ()
        self.refusal = None if self.answered else Refusal.of(responses, early, self.limits.ring_s, context)
        self.patience_spent = (self.m.t_end or 0.0) >= self.limits.max_wait_s

    def of(self, *sounds: Sound) -> tuple[Heard, ...]:
        """Stretches of these sounds after the answer."""
        return tuple(h for h in self.in_call if h.sound in sounds)

    def label(self, heard: Heard) -> str | None:
        """What a recording says: a reviewer's label first."""
        return self.context.labels.get(heard.prompt or "", heard.label or "") or None

    def said(self, label: str) -> Heard | None:
        """The last recording with this label, anywhere in the call."""
        return next((h for h in reversed(self.heard) if self.label(h) == label), None)

    def last_words(self) -> Heard | None:
        """The last voice heard."""
        return next((h for h in reversed(self.heard) if h.sound in VOICES), None)

    def turned_away(self, label: str) -> bool:
        """True if a message with this label was said and no waiting came after it."""
        message = self.said(label)
        waited = self.of(Sound.MUSIC, Sound.RINGBACK)
        return message is not None and self.answered and not any(w.start_s > message.start_s for w in waited)

    def identities(self) -> list[str]:
        """Connected identities that the far end showed (RFC 3325, RFC 4916)."""
        shown = [e.identity for e in self.record.events if isinstance(e, Response | Identity)]
        return [i for i in shown if i]

    def media_lost(self) -> bool:
        """True if answered without any sound that can be judged."""
        media = [e for e in self.record.events if isinstance(e, Media)]
        report = next((e for e in self.record.events if isinstance(e, MediaReport)), None)
        total = report.received + report.lost if report else 0
        stalled = bool(media) and not media[-1].flowing and self.by_us
        lossy = report is not None and total >= 100 and report.lost / total > LOSS_LIMIT
        return (not any(e.flowing for e in media) and self.by_us) or stalled or lossy

    def left_undecided(self) -> bool:
        """True if the last that was heard but quiet is speech that nobody could name: perhaps somebody did answer.

        The first words of a known recording are not named yet either: they are short.
        """
        heard = [h for h in self.in_call if h.sound not in (Sound.SILENCE, Sound.NOISE)]
        if not heard or heard[-1].sound is not Sound.SPEECH:
            return False
        return (heard[-1].end_s or heard[-1].at_s) - heard[-1].start_s >= UNDECIDED_S

    def missed_somebody(self) -> bool:
        """True if the ear was late in a call and a person may have gone by: sound was lost, or a voice left undecided.

        A short voice is the first words of a recording, as in `left_undecided`.
        """
        late = [e for e in self.record.events if isinstance(e, Overload)]
        undecided = (h for h in self.of(Sound.SPEECH) if (h.end_s or h.at_s) - h.start_s >= UNDECIDED_S)
        return any(e.lost_s for e in late) or any((h.end_s or h.at_s) > e.at_s for h in undecided for e in late)

    def beeped(self) -> bool:
        """True if a voice was followed by a beep, and no music went on after it."""
        beeps = self.of(Sound.BEEP)
        if not beeps or not self.of(*VOICES):
            return False
        return not any(h.start_s >= beeps[-1].start_s for h in self.of(Sound.MUSIC, Sound.RINGBACK))

    def wrong_identity(self) -> str | None:
        """The other body that answered, if its identity shows it."""
        known = self.context.other_bodies
        return next((known[i] for i in map(normal, self.identities()) if i in known), None)

    def prompts(self) -> int:
        """Recordings heard in the voice server, repeats counted."""
        return len(self.of(Sound.RECORDING))
