"""The call machine, without I/O and without a clock: events in, commands out, one deadline at a time.

A phase says what the caller is living; `MOVES` draws every way from one to the next, `PATIENCE` gives each phase its
own limit, so that ringing never eats the listening time. The machine never raises on input: what makes no sense in
a phase is kept in the record and changes nothing.
"""

from __future__ import annotations

from collections import Counter
from math import inf

from prober.asking import Asking
from prober.attempt import Attempt, Policy, Purpose, Script, Step
from prober.events import (
    VOICES,
    Ended,
    Event,
    Heard,
    Held,
    Invited,
    Media,
    OwnFailure,
    Party,
    Response,
    Sent,
    Sound,
    Stopped,
    Typed,
)
from prober.line import Command, HangUp, SaySentence, SayWord, SendDigits
from prober.menu import MenuPath
from prober.phase import LAST, MOVES, PATIENCE, Phase
from prober.stretches import Stretches

ENDING_S = 5.0
"""From our hang-up to the end of the dialog, should the line never say so."""
BEEP_S = 2.0
"""Silence after a beep that makes it a voicemail's."""
LEAST_SPEECH_S = 0.2
"""A shorter sound, such as the first note of music that returns, is nobody to whom our sentence could be said."""
UNNAMED_S = 0.7
"""A pause that is not silent (the ear says `goes_on`) gets this much longer to turn out as music."""
LOOPS = 3
"""The same prompt heard this often, with nothing left to press, is a loop."""


class Call:
    """One call as it is lived. `receive` and `deadline_passed` give the commands for the line."""

    def __init__(self, attempt: Attempt) -> None:
        self.attempt = attempt
        self.phase = Phase.INVITING
        self.lived = Phase.INVITING
        """Last phase before the ending: what the call was when it ended."""
        self.events: list[Event] = []
        self.hung_up_by: Party | None = None
        self._now_s = 0.0
        self._since_s = 0.0
        self._before_asking = Phase.LISTENING
        self._stretches = Stretches()
        self._media_s: float | None = None
        self._answer_s: float | None = None
        self._lost_s: float | None = None
        self._held_s: float | None = None
        """On hold: infinity, which no deadline of silence or missing sound reaches; then when we were taken back."""
        profile = attempt.profile
        self._menu = MenuPath(profile.refusal if attempt.script is Script.OPTOUT else profile.path)
        self._sent_s = 0.0
        """When our last key, word or sentence was out."""
        self._prompts: Counter[str] = Counter()
        self._act_s: float | None = None
        """When the open pause is long enough to press the next key or say the sentence."""
        self._beep_s: float | None = None
        self._asking = Asking(attempt.limits.reaction_s)
        self._human_s: float | None = None

    @property
    def over(self) -> bool:
        """True once nothing more can happen."""
        return self.phase is Phase.OVER

    def heard(self) -> tuple[Heard, ...]:
        """The stretches of sound in their last known state, by start."""
        return self._stretches.by_start()

    # --- what the line tells -------------------------------------------------------------------------------------

    def receive(self, event: Event) -> list[Command]:
        """Take one event; give the commands it calls for."""
        if self.over:
            return []
        self.events.append(event)
        self._now_s = max(self._now_s, event.at_s)
        match event:
            case Response():
                return self._on_response(event)
            case Heard():
                self._stretches.take(event)
                return self._on_heard(event) if self.phase not in LAST else []
            case Media():
                self._lost_s = None if event.flowing else event.at_s
                if event.flowing and self._media_s is None:
                    self._media_s = event.at_s
            case Held():
                self._held_s = inf if event.on else event.at_s
            case Sent():
                self._sent_s = event.at_s
                if event.what == "sentence":
                    return self._on_sentence(event)
            case Ended():
                self._over(event.by)
            case OwnFailure():
                self._over(None)
            case Typed():
                return self._on_typed(event)
            case Stopped():
                return self._hang_up()
            case Invited():
                self._since_s = event.at_s
        return []

    def _on_sentence(self, event: Sent) -> list[Command]:
        self._asking.out(event.at_s)
        if self.phase is Phase.HUMAN:
            return self._hang_up()
        if self.phase is Phase.ASKING:
            self._asking.await_reaction()
        return []

    def _on_response(self, event: Response) -> list[Command]:
        if event.code >= 300:
            self._over(Party.CALLER if self.phase is Phase.ENDING else event.ender)
        elif self.phase is Phase.ENDING:
            return []
        elif event.code >= 200:
            if self._answer_s is None:
                self._answer_s = event.at_s
                self._move(Phase.QUEUE if self._stretches.waiting else Phase.LISTENING)
                if self.attempt.policy is Policy.ANNOUNCE:
                    return self._say_sentence()
        elif event.code == 100:
            if self.phase is Phase.INVITING:
                self._move(Phase.TRYING)
        elif self.phase in (Phase.INVITING, Phase.TRYING):
            self._move(Phase.RINGING)
        return []

    def _on_heard(self, heard: Heard) -> list[Command]:
        if self._answer_s is None:
            if heard.sound in VOICES or heard.sound is Sound.MUSIC:
                self._move(Phase.EARLY)
            return []
        if self.attempt.purpose is Purpose.REFERENCE and (heard.sound in VOICES or heard.sound is Sound.MUSIC):
            return self._hang_up()  # our own number answered and is heard: that is all we wanted to know
        if heard.sound is Sound.HUMAN and self._human_s is None:
            return self._on_human(heard.start_s)
        if self._human_s is not None:
            return []
        match heard.sound:
            case Sound.MUSIC | Sound.RINGBACK:
                self._act_s = self._beep_s = None
                self._leave_asking()
                self._move(Phase.QUEUE)
            case Sound.BUSY_TONE | Sound.CONGESTION_TONE | Sound.FAX:
                return self._hang_up()
            case Sound.BEEP:
                self._beep_s = (heard.end_s or heard.at_s) + BEEP_S
                self._act_s = None
            case Sound.RECORDING | Sound.SPEECH:
                self._on_voice(heard)
        return []

    def _on_voice(self, heard: Heard) -> None:
        """A voice that is not (yet) known to be a human's: when it pauses, something of ours may be due."""
        self._act_s = self._beep_s = None
        known = heard.sound is Sound.RECORDING
        if known:
            self._leave_asking()
            self._move(Phase.QUEUE if heard.label == "wait" else Phase.MENU)
        if heard.end_s is None or self.phase is Phase.ASKING:
            return
        if known:
            self._prompts[heard.prompt or heard.label or ""] += 1
        self._act_after(heard, heard.end_s)

    def _act_after(self, voice: Heard, end_s: float) -> None:
        """Plan what the pause behind this voice calls for: the next step, or our sentence."""
        if self._menu.after_voice(voice) is not None:
            self._act_s = end_s + self.attempt.limits.digits_after_s
        elif voice.sound is Sound.SPEECH and end_s - voice.start_s >= LEAST_SPEECH_S and self._may_ask(end_s):
            self._act_s = end_s + self.attempt.limits.pause_s + (UNNAMED_S if "goes_on" in voice.evidence else 0.0)

    def _may_ask(self, end_s: float) -> bool:
        """No step waits for silence, or who speaks may be a human whom it would leave untold for too long."""
        step = self._menu.after_silence()
        heard_s = end_s + (step.silence_s or 0.0 if step else 0.0) - self._stretches.undecided_since_s(self._sent_s)
        return step is None or heard_s > self.attempt.limits.agent_s

    def _on_typed(self, event: Typed) -> list[Command]:
        """A person who follows the call presses keys, says a word, or has heard that a human speaks."""
        if self._answer_s is None or self._human_s is not None or self.phase in LAST:
            return []
        self._act_s = None
        if event.human:
            return self._on_human(event.at_s)
        self._leave_asking()
        return [SendDigits(digits=event.keys)] if event.keys else [SayWord(word=event.word)]

    def _on_human(self, start_s: float) -> list[Command]:
        self._human_s = start_s
        self._act_s = self._beep_s = None  # nothing else is due before they are told
        self._asking.stop_waiting()
        telling, told = self.phase is Phase.ASKING and self._asking.sounding, self._asking.heard_by(start_s)
        self._move(Phase.HUMAN)
        return [] if telling else self._hang_up() if told else self._say_sentence()

    # --- what time tells -----------------------------------------------------------------------------------------

    def deadline_s(self) -> float:
        """Seconds on the call's clock at which `deadline_passed` must be called if nothing happens before."""
        if self.phase is Phase.ENDING:
            return self._since_s + ENDING_S
        limits = self.attempt.limits
        deadlines = [self._patience_s(), self._end_of_wait_s()]
        if self.phase in (Phase.INVITING, Phase.TRYING, Phase.RINGING):
            deadlines.append(limits.ring_s)
        if self._answer_s is not None and self._media_s is None:
            deadlines.append(max(self._answer_s, self._held_s or 0.0) + limits.first_media_s)
        if self._lost_s is not None and self._answer_s is not None:
            deadlines.append(max(self._lost_s, self._held_s or 0.0) + limits.media_lost_s)
        if self.phase in (Phase.LISTENING, Phase.MENU) and self._media_s is not None and self._lost_s is None:
            deadlines.append(self._quiet_since_s() + limits.silence_s)
        others = (self._act_s, self._beep_s, self._asking.until_s, self._silent_step_s())
        deadlines += [t for t in others if t is not None]
        if self._human_s is not None:
            deadlines.append(self._human_s + limits.agent_s)
        return max(min(deadlines), self._now_s)

    def deadline_passed(self, at_s: float) -> list[Command]:
        """The clock reached `at_s` and nothing happened."""
        if self.over or at_s < self.deadline_s():
            return []
        self._now_s = max(self._now_s, at_s)
        if self.phase is Phase.ENDING:
            self._over(Party.CALLER)
            return []
        if self._asking.until_s is not None and at_s >= self._asking.until_s:
            return self._no_reaction()
        if self._due(self._silent_step_s(), at_s):
            return self._take(self._menu.after_silence())
        if self._due(self._act_s, at_s):
            return self._act()
        return self._hang_up()

    def _patience_s(self) -> float:
        name = PATIENCE.get(self.phase)
        return self._since_s + float(getattr(self.attempt.limits, name)) if name else inf

    def _end_of_wait_s(self) -> float:
        """T_max, then as long as the grace lasts (decisions.md 8)."""
        limits = self.attempt.limits
        if self._now_s < limits.max_wait_s and not self._stretches.speech_open and self.phase is not Phase.ASKING:
            return limits.max_wait_s + limits.grace_s
        return limits.max_wait_s + (limits.grace_speech_s if self._stretches.speech_open else limits.grace_s)

    def _no_reaction(self) -> list[Command]:
        """The wait for a reaction is over and nobody was decided; who replied and now waits for us is asked again."""
        if self._asking.waits_on(self._stretches, self._now_s):
            return []
        self._leave_asking()
        if self._looping():
            return self._hang_up()
        voice = self._stretches.last_voice
        if voice is not None and voice.end_s is not None and self._beep_s is None and self._asking.replied(voice):
            self._act_after(voice, voice.end_s)
        return []

    def _act(self) -> list[Command]:
        self._act_s = None
        voice = self._stretches.last_voice
        step = self._menu.after_voice(voice) if voice is not None else None
        if step is not None:
            return self._take(step)
        if self._looping():
            return self._hang_up()
        if self.attempt.policy is Policy.SILENT or self._asking.spent:
            return []
        self._before_asking = self.phase
        self._move(Phase.ASKING)
        said = self._say_sentence()
        self._asking.await_reaction()
        return said

    # --- small answers -------------------------------------------------------------------------------------------

    def _due(self, when_s: float | None, at_s: float) -> bool:
        return when_s is not None and when_s <= at_s < self._end_of_wait_s()

    def _take(self, step: Step | None) -> list[Command]:
        """Carry out a step of the menu path."""
        if step is None:
            return []
        self._menu.done(step)
        self._sent_s = self._now_s
        return [SendDigits(digits=step.digits)] if step.digits else [SayWord(word=step.word or "")]

    def _silent_step_s(self) -> float | None:
        """When it has been silent long enough for the step that waits for it."""
        step = self._menu.after_silence()
        if step is None or step.silence_s is None or self._media_s is None or self._answer_s is None:
            return None
        if self.phase not in (Phase.LISTENING, Phase.MENU):
            return None
        return max(self._quiet_since_s(), self._sent_s) + step.silence_s

    def _looping(self) -> bool:
        limits = self.attempt.limits
        most = max(self._prompts.values(), default=0)
        return self.phase is not Phase.QUEUE and (most >= LOOPS or self._prompts.total() >= limits.menu_steps)

    def _quiet_since_s(self) -> float:
        """End of the last sound that was not silence, the answer, or the hold; never while one of these goes on."""
        return max(self._answer_s or 0.0, self._held_s or 0.0, self._stretches.quiet_since_s())

    def _leave_asking(self) -> None:
        self._asking.stop_waiting()
        if self.phase is Phase.ASKING:
            self._move(self._before_asking)

    def _say_sentence(self) -> list[Command]:
        self._asking.begin(self._now_s)
        return [SaySentence()]

    def _hang_up(self) -> list[Command]:
        if self.phase not in LAST:
            self._move(Phase.ENDING)
            return [HangUp()]
        return []

    def _over(self, by: Party | None) -> None:
        self.hung_up_by = Party.CALLER if self.phase is Phase.ENDING else by
        self._move(Phase.OVER)

    def _move(self, phase: Phase) -> None:
        if phase is self.phase or phase not in MOVES[self.phase]:
            return
        if self.phase not in LAST:
            self.lived = self._before_asking if self.phase is Phase.ASKING and phase in LAST else self.phase
        self.phase, self._since_s = phase, self._now_s
