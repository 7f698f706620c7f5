"""SimulatedLine: the called side on a clock that jumps. A call of ten minutes takes about a millisecond."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC
from heapq import heapify, heappop, heappush
from itertools import count
from math import inf
from typing import Any

from prober.attempt import Attempt
from prober.events import Ended, Event, Heard, Invited, Media, MediaReport, Party, Response, Sent
from prober.line import Command, HangUp, SaySentence, SayWord, SendDigits
from prober.simulator.acts import Cast
from prober.simulator.directory import called, truth_line
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
    StopSound,
)
from prober.simulator.perfect_ear import PerfectEar
from prober.simulator.performer import Performer
from prober.simulator.sounds import estimate

TRIP_S = 0.02
"""One way between caller and called side."""
KEY_S = 0.2
"""One key and the pause after it."""
SENTENCE_S = 4.5
WORD_S = 0.9
PACKETS_A_SECOND = 50

Action = Callable[[], None]


class SimulatedLine:
    """One call to the cast without a network. `truth()` is what the town would log."""

    def __init__(
        self, cast: Cast, *, seed: int = 0, scale: float = 1.0, second_trunk: bool = False, knows_prompts: bool = True
    ) -> None:
        self._cast, self._seed, self._scale, self._trunk = cast, seed, scale, int(second_trunk)
        self._ear = PerfectEar(knows_prompts=knows_prompts, measure=estimate)
        self._queue: list[tuple[float, int, Event | Action]] = []
        self._order = count()
        self._now_s = 0.0
        self._answer_s: float | None = None
        self._busy_until_s = 0.0
        self._performer: Performer | None = None
        self._call_id = ""

    def truth(self) -> dict[str, Any]:
        """The truth of the call so far."""
        assert self._performer is not None, "nothing was dialled"
        return truth_line(self._performer, call_id=self._call_id)

    async def dial(self, attempt: Attempt) -> None:
        """Place the call; the first events are ready at once."""
        self._call_id = f"{attempt.id}@simulated"
        service = called(self._cast, attempt.number)
        seed = f"{self._seed}:{service.id}:{attempt.id}"
        self._performer = Performer(service, seed=seed, scale=self._scale, measure=estimate, trunk=self._trunk)
        invite_at = attempt.due_at.astimezone(UTC).isoformat()
        self._later(Invited(at_s=0.0, trunk=attempt.trunk or "simulated", call_id=self._call_id, invite_at=invite_at))
        self._later(Response(at_s=TRIP_S, code=100, reason="Trying"))
        self._take(self._performer.start(at_s=TRIP_S))

    async def next_event(self, until_s: float) -> Event | None:
        """The next event; the clock jumps to it, or to `until_s` if nothing happens before."""
        assert self._performer is not None, "nothing was dialled"
        while True:
            queued_s = self._queue[0][0] if self._queue else inf
            acts_s = self._performer.deadline_s()
            if min(queued_s, acts_s) > until_s:
                self._now_s = max(self._now_s, until_s)
                return None
            if acts_s < queued_s:
                self._now_s = acts_s
                self._take(self._performer.deadline_passed(acts_s))
                continue
            self._now_s, _, thing = heappop(self._queue)
            if isinstance(thing, Event):
                return thing
            thing()

    async def do(self, command: Command) -> None:
        """Carry out a command; keys and words follow each other."""
        if self._performer is None or self._performer.over:
            return
        match command:
            case SendDigits():
                self._press(command.digits)
            case SayWord():
                self._say("word", command.word, WORD_S)
            case SaySentence():
                self._say("sentence", "", SENTENCE_S)
            case HangUp():
                self._leave(self._performer)

    async def close(self) -> None:
        """Hang up if the call is still up."""
        await self.do(HangUp())

    # --- the caller's side ---------------------------------------------------------------------------------------

    def _press(self, digits: str) -> None:
        start_s = at_s = max(self._now_s, self._busy_until_s)
        for digit in digits:
            at_s += 0.5 if digit == "w" else KEY_S
            if digit != "w":
                self._act(at_s + TRIP_S, Digit(digit=digit))
        self._busy_until_s = at_s
        self._later(Sent(at_s=at_s, what="digits", start_s=start_s, text=digits, method="rfc4733"))

    def _say(self, what: str, text: str, length_s: float) -> None:
        start_s = max(self._now_s, self._busy_until_s)
        end_s = self._busy_until_s = start_s + length_s
        self._act(start_s + TRIP_S, CallerSpeaks())
        self._later(Sent(at_s=end_s, what=what, start_s=start_s, text=text))
        self._act(end_s + TRIP_S, CallerPauses(spoke_s=length_s))

    def _leave(self, performer: Performer) -> None:
        answered = performer.truth.answered
        self._take(performer.receive(CallerLeft(), self._now_s + TRIP_S))
        if answered:
            self._ended(Party.CALLER, self._now_s + TRIP_S)

    def _act(self, at_s: float, stimulus: Digit | CallerSpeaks | CallerPauses | Acked) -> None:
        performer = self._performer
        assert performer is not None
        self._later(lambda: self._take(performer.receive(stimulus, at_s)), at_s)

    # --- the called side -----------------------------------------------------------------------------------------

    def _take(self, outputs: list[Output]) -> None:
        at_s = self._now_s + TRIP_S
        for output in outputs:
            match output:
                case SendResponse():
                    self._response(output, at_s)
                case StartSound():
                    self._silenced(at_s)
                    for heard in self._ear.started(output.sound, at_s):
                        self._later(heard)
                case StopSound():
                    self._silenced(at_s)
                case SendBye():
                    self._silenced(at_s)
                    self._ended(Party.CALLED, at_s, output.q850)

    def _response(self, output: SendResponse, at_s: float) -> None:
        identity = output.identity
        self._later(Response(at_s=at_s, code=output.code, reason=output.phrase, q850=output.q850, identity=identity))
        if output.media:
            self._later(Media(at_s=at_s + TRIP_S, flowing=True, early=output.code < 200, codec="PCMA"))
        if output.code == 200:
            self._answer_s = at_s
            self._act(at_s + TRIP_S, Acked())
        if output.code >= 300:
            self._silenced(at_s)

    def _silenced(self, at_s: float) -> None:
        """What the ear would have known later of the stretch that ends, it learns as it ends."""
        if self._ear.open_stretch is None:
            return
        stretch = self._ear.open_stretch
        ended = [e for e in self._queue if isinstance(e[2], Heard) and e[2].stretch == stretch and e[0] > at_s]
        if ended:
            self._queue = [e for e in self._queue if e not in ended]
            heapify(self._queue)
        for heard in self._ear.stopped(at_s):
            self._later(heard)

    def _ended(self, by: Party, at_s: float, q850: int | None = None) -> None:
        received = int((at_s - (self._answer_s or 0.0)) * PACKETS_A_SECOND)
        last_s = max([at_s, *(e[0] for e in self._queue if isinstance(e[2], Heard) and e[0] < at_s + 0.5)])
        self._later(MediaReport(at_s=last_s, received=received, codec="PCMA", mos=4.4))
        self._later(Ended(at_s=last_s, by=by, q850=q850))

    def _later(self, thing: Event | Action, at_s: float | None = None) -> None:
        when_s = thing.at_s if isinstance(thing, Event) else (at_s or 0.0)
        heappush(self._queue, (max(when_s, self._now_s), next(self._order), thing))
