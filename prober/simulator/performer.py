"""The performer: plays one behaviour as a state machine, without I/O and without a clock; stimuli in, outputs out.

Each act is a generator that yields the moment it waits for and is sent the stimulus that came first, or None when the
moment has passed; so an act reads in the order in which it is lived.
"""

from __future__ import annotations

from collections.abc import Generator
from itertools import count
from math import inf
from random import Random

from prober.events import Party
from prober.outcome import Who
from prober.simulator.acts import (
    Act,
    Agent,
    Answer,
    EarlyPlay,
    HangUp,
    Menu,
    Play,
    Queue,
    Respond,
    Ring,
    Service,
    Signal,
    Silence,
    acts_within,
)
from prober.simulator.agents import Lines, draw_lines
from prober.simulator.exchange import (
    Acked,
    CallerLeft,
    CallerPauses,
    CallerSpeaks,
    Digit,
    Output,
    SendBye,
    SendResponse,
    StartSound,
    Stimulus,
    StopSound,
)
from prober.simulator.sounds import Measure, Playable, Prompt, Tone, ToneName, Words, loops, sound_class
from prober.simulator.truth import Played, Stage, Truth

GAP_S = 0.3
"""Between a message and what follows."""
ACK_PATIENCE_S = 0.5
"""Nothing is played before the ACK, at most this long, so that no first word is lost."""
WORD_S = 2.0
"""A shorter utterance of the caller is a word for the menu, a longer one a sentence."""


Steps = Generator[float, Stimulus | None, None]
STAGE_OF_TONE = {
    ToneName.RINGBACK: Stage.QUEUE,
    ToneName.BUSY: Stage.BUSY_TONE,
    ToneName.CED: Stage.FAX,
    ToneName.CNG: Stage.FAX,
}


class Performer:
    """One call, as the called side lives it. Times in seconds from the INVITE's reception."""

    def __init__(self, service: Service, *, seed: str, scale: float, measure: Measure, trunk: int = 0) -> None:
        self.service, self.truth = service, Truth(reference=service.behaviour == "reference")
        self._acts = service.second if trunk and service.second is not None else service.acts
        self._rng, self._scale, self._measure = Random(seed), scale, measure
        agents = [a for a in acts_within(self._acts) if isinstance(a, Agent)]
        self._lines: Lines | None = draw_lines(agents[0].greets_as, self._rng) if agents else None
        self._now_s = 0.0
        self._deadline_s = inf
        self._out: list[Output] = []
        self._keys: list[str] = []
        self._word_spoken = False
        self._quiet_since_s = 0.0
        """When the caller stopped speaking."""
        self._acked = False
        self._steps = self._perform()
        self.over = False

    def live_words(self) -> tuple[Words, ...]:
        """What the agent of this call may say, to be synthesised beforehand."""
        return self._lines.words() if self._lines else ()

    def start(self, at_s: float = 0.0) -> list[Output]:
        """The INVITE was received and is to be treated from `at_s` on."""
        self._now_s = at_s
        self._deadline_s = next(self._steps)
        return self._taken()

    def receive(self, stimulus: Stimulus, at_s: float) -> list[Output]:
        """Take one stimulus; once the call is over nothing matters."""
        if self.over:
            return []
        self._now_s = max(self._now_s, at_s)
        match stimulus:
            case CallerLeft():
                self._caller_left()
                return self._taken()
            case Digit():
                self._keys.append(stimulus.digit)
                self.truth.digits += stimulus.digit
            case CallerPauses():
                self._word_spoken = stimulus.spoke_s <= WORD_S
                self._quiet_since_s = self._now_s - stimulus.quiet_s
            case Acked():
                self._acked = True
        self._deadline_s = self._steps.send(stimulus)
        return self._taken()

    def deadline_s(self) -> float:
        """When `deadline_passed` must be called if nothing happens before; infinity: never."""
        return inf if self.over else self._deadline_s

    def deadline_passed(self, at_s: float) -> list[Output]:
        """The clock reached `at_s`."""
        if self.over or at_s < self._deadline_s:
            return []
        self._now_s = max(self._now_s, at_s)
        self._deadline_s = self._steps.send(None)
        return self._taken()

    # --- the acts ------------------------------------------------------------------------------------------------

    def _perform(self) -> Steps:
        yield from self._act_all(self._acts)
        self._hang_up(16)
        while True:
            yield inf

    def _act_all(self, acts: tuple[Act, ...]) -> Steps:
        for act in acts:
            match act:
                case Respond():
                    self.truth.refused = act
                    self._out.append(SendResponse(code=act.code, phrase=act.phrase, q850=act.q850))
                    self._over(Party.NETWORK if act.means.who is Who.NETWORK else Party.CALLED)
                case Ring():
                    self.truth.stage = Stage.RINGING
                    self._out.append(SendResponse(code=180, phrase="Ringing"))
                    yield from self._pause(act.for_s.draw(self._rng, self._scale) if act.for_s else inf)
                case EarlyPlay():
                    self.truth.stage = Stage.EARLY
                    self._out.append(SendResponse(code=183, phrase="Session Progress", media=True))
                    yield from self._pause(GAP_S)
                    yield from self._say(act.prompt)
                case Answer():
                    yield from self._answer(act)
                case Play():
                    self._play_stage(act.prompt)
                    yield from self._say(act.prompt)
                case Signal():
                    yield from self._signal(act)
                case Silence():
                    self.truth.stage = Stage(act.phase) if act.phase else self.truth.stage
                    yield from self._pause(act.for_s.draw(self._rng, self._scale) if act.for_s else inf)
                case Menu():
                    yield from self._menu(act)
                case Queue():
                    yield from self._queue(act)
                case Agent():
                    yield from self._agent()
                case HangUp():
                    self._hang_up(act.q850)
            while self.over:
                yield inf

    def _answer(self, act: Answer) -> Steps:
        self.truth.answered, self.truth.other_body = True, act.other_body
        self.truth.stage, self.truth.message = Stage.ANSWER, None
        self._out.append(SendResponse(code=200, phrase="OK", media=True, identity=act.identity))
        until_s = self._now_s + ACK_PATIENCE_S
        while not self._acked and self._now_s < until_s:
            yield until_s
        yield from self._pause(GAP_S)

    def _play_stage(self, prompt: Prompt) -> None:
        self.truth.stage = Stage.QUEUE if prompt.label == "wait" else Stage.MESSAGE
        self.truth.message = prompt.label

    def _signal(self, act: Signal) -> Steps:
        tone = Tone(name=act.tone)
        self.truth.stage = STAGE_OF_TONE.get(act.tone, self.truth.stage)
        if act.for_s is None and not loops(tone):
            yield from self._say(tone)
            return
        self._begin(tone)
        yield from self._pause(act.for_s.draw(self._rng, self._scale) if act.for_s else inf)
        self._end()

    def _menu(self, act: Menu) -> Steps:
        for _ in count() if act.repeats is None else range(act.repeats + 1):
            self.truth.stage, self.truth.message = Stage.MENU, None
            self.truth.menu_rounds += 1
            self._word_spoken = False
            self._begin(act.prompt)
            chosen = yield from self._choice(act)
            if chosen is not None:
                yield from self._pause(GAP_S)
                yield from self._act_all(chosen)
        yield from self._act_all(act.otherwise)

    def _choice(self, act: Menu) -> Generator[float, Stimulus | None, tuple[Act, ...] | None]:
        """The branch the caller chose, None for no or an unknown key. A key interrupts the prompt, a word does not."""
        end_s = self._now_s + self._measure(act.prompt).length_s
        until_s, speaking = end_s + act.pause_s, True
        while self._now_s < until_s:
            if self._keys:
                self._end()
                return act.choices.get(self._keys.pop(0))
            if speaking and self._now_s >= end_s:
                self._end()
                speaking = False
            if self._word_spoken and not speaking and act.spoken is not None:
                return act.spoken
            yield end_s if speaking else until_s
        return None

    def _queue(self, act: Queue) -> Steps:
        self.truth.stage, self.truth.message = Stage.QUEUE, None
        until_s = self._now_s + (act.wait_s.draw(self._rng, self._scale) if act.wait_s else inf)
        for turn in count():
            if self._now_s >= until_s:
                break
            self._begin(act.tune)
            pause_s = act.every_s.draw(self._rng, self._scale)
            if not act.announcements or self._now_s + pause_s >= until_s:
                yield from self._pause(until_s - self._now_s)
                break
            yield from self._pause(pause_s)
            self._end()
            yield from self._say(act.announcements[turn % len(act.announcements)])
        self._end()

    def _agent(self) -> Steps:
        assert self._lines is not None
        lines, wonders = self._lines, list(self._lines.wonders)
        self._begin(lines.room)
        yield from self._pause(lines.pick_up_s)
        self.truth.first_word_s = self._now_s + self._measure(lines.greeting).onset_s
        self.truth.message = None
        spoken_to = yield from self._speak_and_listen(lines.greeting)
        while True:
            if spoken_to:
                reacts_s = max(self._quiet_since_s + lines.reaction_after_s, self._now_s)
                yield from self._pause(reacts_s - self._now_s)
                yield from self._speak_and_listen(lines.reaction)
                yield from self._speak_and_listen(lines.leave)
                break
            if not wonders:
                yield from self._speak_and_listen(lines.leave)
                break
            spoken_to = yield from self._speak_and_listen(wonders.pop(0))
        self._hang_up(16)

    def _speak_and_listen(self, words: Words) -> Generator[float, Stimulus | None, bool]:
        """True once the caller has said something and stopped; False after some seconds without a word."""
        assert self._lines is not None
        self._begin(words)
        end_s, talking, heard, caller_open = self._now_s + self._measure(words).length_s, True, False, False
        until_s = end_s + self._lines.wonder_after_s
        while talking or caller_open or self._now_s < until_s:
            if talking and self._now_s >= end_s:
                talking = False
                self._begin(self._lines.room)
            if heard and not talking and not caller_open:
                return True
            match (yield end_s if talking else (inf if caller_open else until_s)):
                case CallerSpeaks():
                    caller_open = True
                case CallerPauses():
                    heard, caller_open = True, False
        return heard

    # --- small moves ---------------------------------------------------------------------------------------------

    def _pause(self, for_s: float) -> Steps:
        until_s = self._now_s + for_s
        while self._now_s < until_s:
            yield until_s

    def _say(self, sound: Playable) -> Steps:
        self._begin(sound)
        yield from self._pause(self._measure(sound).length_s)
        self._end()
        yield from self._pause(GAP_S)

    def _begin(self, sound: Playable) -> None:
        self._close_played()
        label = sound.label if isinstance(sound, Prompt) else None
        text = sound.text if isinstance(sound, Prompt | Words) else None
        entry = Played(sound=sound_class(sound).value, start_s=self._now_s, end_s=None, label=label, text=text)
        self.truth.played.append(entry)
        self._out.append(StartSound(sound=sound))

    def _end(self) -> None:
        self._close_played()
        self._out.append(StopSound())

    def _close_played(self) -> None:
        if self.truth.played and self.truth.played[-1].end_s is None:
            last = self.truth.played.pop()
            self.truth.played.append(
                Played(sound=last.sound, start_s=last.start_s, end_s=self._now_s, label=last.label, text=last.text)
            )

    def _hang_up(self, q850: int) -> None:
        if not self.over:
            self._out.append(SendBye(q850=q850))
            self._over(Party.CALLED)

    def _caller_left(self) -> None:
        if not self.truth.answered:
            self._out.append(SendResponse(code=487, phrase="Request Terminated"))
        self._over(Party.CALLER)

    def _over(self, by: Party) -> None:
        self._close_played()
        self.truth.hung_up_by, self.truth.end_s = by, self._now_s
        self.over = True

    def _taken(self) -> list[Output]:
        taken, self._out = self._out, []
        return taken
