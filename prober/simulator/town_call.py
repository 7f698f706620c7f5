"""One call of the town: the performer's outputs as SIP and RTP, the caller's SIP and RTP as stimuli."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from math import isinf

from prober.simulator import sdp
from prober.simulator.alaw import A_SILENCE, U_SILENCE
from prober.simulator.exchange import (
    Acked,
    CallerLeft,
    Digit,
    Output,
    SendBye,
    SendResponse,
    StartSound,
    Stimulus,
    StopSound,
)
from prober.simulator.hearing import Hearing
from prober.simulator.performer import Performer
from prober.simulator.rtp import Stream, open_stream
from prober.simulator.sip_call import Address, Send, SipCall
from prober.simulator.sip_message import Headers, Message
from prober.simulator.sounds import loops
from prober.simulator.voices import Voices

NETWORK_PATIENCE_Q850 = 102
"""Cause of the BYE after an answer that nobody acknowledged: recovery on timer expiry."""


class TownCall:
    """One call, from its INVITE to the end; `on_over` is called once."""

    def __init__(
        self,
        invite: Message,
        source: Address,
        own: Address,
        *,
        send: Send,
        performer: Performer,
        voices: Voices,
        on_over: Callable[[TownCall], None],
    ) -> None:
        self.performer, self.media_running = performer, False
        self.stream: Stream | None = None
        self.sip = SipCall(invite, source, own, send, self)
        self._own, self._voices, self._on_over = own, voices, on_over
        self._loop = asyncio.get_running_loop()
        self._received_s = self._loop.time()
        self._far = sdp.read(invite.body)
        self._hearing: Hearing | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._told = False
        self.sip.respond(100, "Trying")

    async def begin(self) -> None:
        """Make the agent's words and a port ready, then perform."""
        if self.sip.invite.body and self._far is None:
            self.sip.respond(488, "Not Acceptable Here")
            return
        words = self.performer.live_words()
        if words:
            await asyncio.to_thread(self._voices.prepare, (words[0].room, *words))
        mu = self._far is not None and self._far.payload == sdp.PCMU
        self.stream = await open_stream(self._own[0], U_SILENCE if mu else A_SILENCE, self._packet)
        if self.performer.over:
            self.stream.close()
            return
        self._meet(self._far)
        self._take(self.performer.start(self._now_s()))

    def tick(self) -> None:
        """Twenty milliseconds passed."""
        if self._hearing is not None:
            self._hearing.passed(self._now_s())

    def abandon(self) -> None:
        """The town stops: end the call without an outcome."""
        if self.sip.answered and not self.sip.over:
            self.sip.bye(41)
        elif not self.sip.answered:
            self.sip.respond(503, "Town Stopping")
        self._close()

    # --- what the caller does ------------------------------------------------------------------------------------

    def acked(self, body: str) -> None:
        """ACK of the answer."""
        if self._far is None:
            self._far = sdp.read(body)
            self._meet(self._far)
            self._open()
        self._tell(Acked())

    def left(self) -> None:
        """CANCEL or BYE."""
        self._tell(CallerLeft())

    def lost(self) -> None:
        """The answer was never acknowledged: the caller is gone."""
        self.sip.bye(NETWORK_PATIENCE_Q850)
        self._tell(CallerLeft())

    def informed(self, content_type: str, body: str) -> None:
        """A key by INFO: `Signal=5` of application/dtmf-relay, or the bare digit of application/dtmf."""
        if "dtmf" in content_type:
            lines = body.replace(" ", "").splitlines()
            signal = next((x.partition("=")[2] for x in lines if x.lower().startswith("signal=")), body.strip())
            if len(signal) == 1:
                self._tell(Digit(digit=signal.upper()))

    def renegotiated(self, body: str) -> str:
        """A new offer within the call: hold, take back, or nothing new."""
        if not body:
            return ""
        far = sdp.read(body)
        if far is not None:
            self._far = far
            if self.stream is not None and self.media_running:
                self._open()
        return self._description()

    def _packet(self, data: bytes) -> None:
        if self._hearing is not None:
            self._hearing.packet(data, self._now_s())

    def _tell(self, stimulus: Stimulus) -> None:
        self._take(self.performer.receive(stimulus, self._now_s()))

    # --- what the performer does ---------------------------------------------------------------------------------

    def _take(self, outputs: list[Output]) -> None:
        for output in outputs:
            match output:
                case SendResponse():
                    self._respond(output)
                case StartSound():
                    self._play(output)
                case StopSound():
                    if self.stream is not None:
                        self.stream.stop()
                case SendBye():
                    self.sip.bye(output.q850)
        if self.performer.over:
            self._close()
            return
        if self._timer is not None:
            self._timer.cancel()
        deadline_s = self.performer.deadline_s()
        if not isinf(deadline_s):
            self._timer = self._loop.call_at(self._received_s + deadline_s, self._deadline)

    def _deadline(self) -> None:
        self._take(self.performer.deadline_passed(max(self._now_s(), self.performer.deadline_s())))

    def _respond(self, output: SendResponse) -> None:
        extra: Headers = ()
        if output.q850 is not None:
            extra = (*extra, ("reason", f"Q.850;cause={output.q850}"))
        if output.identity is not None:
            extra = (*extra, ("p-asserted-identity", f"<sip:{output.identity}@{self._own[0]}>"))
        self.sip.respond(output.code, output.phrase, extra=extra, body=self._description() if output.media else "")
        if output.media:
            self.media_running = True
            self._open()

    def _play(self, output: StartSound) -> None:
        if self.stream is not None:
            mu = self._far is not None and self._far.payload == sdp.PCMU
            self.stream.play(self._voices.octets(output.sound, mu=mu), loop=loops(output.sound))

    def _description(self) -> str:
        assert self.stream is not None
        return sdp.write(self._own[0], self.stream.port, self.stream.port, self._far)

    def _meet(self, far: sdp.Audio | None) -> None:
        if far is not None:
            self._hearing = Hearing(far, self._tell)

    def _open(self) -> None:
        if self.stream is None or self._far is None:
            return
        if self._far.direction in ("sendonly", "inactive"):
            self.stream.hush()
        else:
            self.stream.open((self._far.host, self._far.port), self._far.payload)

    def _close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._hearing = None
        if self.stream is not None:
            self.stream.close()
        for words in self.performer.live_words():
            self._voices.forget(words)
            self._voices.forget(words.room)
        if not self._told:
            self._told = True
            self._on_over(self)

    def _now_s(self) -> float:
        return self._loop.time() - self._received_s
