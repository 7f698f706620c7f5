"""One call in pjsua2: callbacks → frozen events, nothing else. Runs on the engine's one thread.

Each callback is guarded: an exception that leaves a director callback is swallowed by the library, its traceback keeps
the Call alive, and the process aborts at exit (pjsua2.md §1.3).
"""

from __future__ import annotations

import re
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from functools import partial, wraps
from typing import Any

import pjsua2 as pj

from prober.ear import Ear
from prober.events import (
    DigitReceived,
    Ended,
    Event,
    Held,
    Identity,
    Invited,
    Media,
    Origin,
    OwnFailure,
    Party,
    Response,
    Sent,
    TransferAsked,
)
from prober.sip.hearing import Hearing
from prober.sip.message import Message, legible, quotable
from prober.sip.reception import Reception
from prober.sip.seat import Seat

GAP_MS = 100
"""Between two keys."""
LOOK_S, FIRST_LOOK_S = 0.5, 0.05
"""Between two looks at the packet counters, while sound flows and while none does."""
PAUSE_S = 0.5
"""What `w` between keys waits."""
ORIGINS = {
    pj.PJSIP_EVENT_RX_MSG: Origin.REMOTE,
    pj.PJSIP_EVENT_TIMER: Origin.TIMEOUT,
    pj.PJSIP_EVENT_TRANSPORT_ERROR: Origin.TRANSPORT,
}


def guarded(callback: Callable[..., Any]) -> Callable[..., Any]:
    """Keep every exception inside: it becomes an event."""

    @wraps(callback)
    def safe(self: Any, prm: Any) -> Any:
        try:
            return callback(self, prm)
        except BaseException as error:
            self.trouble(f"{callback.__name__}: {getattr(error, 'reason', '') or error!r}")
            return None

    return safe


class Dialog(pj.Call):  # type: ignore[misc]
    """A call and its ear. `emit(event)` takes what happens."""

    def __init__(
        self,
        account: Any,
        *,
        key: str,
        ear: Ear,
        seat: Seat,
        emit: Callable[[Event], None],
        begun: Callable[[str], None],
    ) -> None:
        super().__init__(account)
        self.key, self.ear, self.emit, self.begun = key, ear, emit, begun
        self.over = False
        self.hanging_up = False
        self._t0_s = time.monotonic()
        self._answered = self._held = self._listening = self._keys = self._info = False
        self._seat = seat
        self._hearing = Hearing(ear, seat.tap, clock=self.now_s, emit=emit)
        self._source: Any = None
        self._playing: tuple[float, Sent] | None = None
        self._due: deque[Callable[[], None]] = deque()
        """What was asked for while something sounded: an agent who comes while keys are pressed is told after them."""
        self._reception, self._polled_s = Reception(), 0.0
        self._key_ms = 100
        self._keys_due: deque[tuple[float, str]] = deque()

    # --- from the engine -----------------------------------------------------------------------------------------

    def now_s(self) -> float:
        """Seconds on the call's clock."""
        return time.monotonic() - self._t0_s

    def invite(self, uri: str, headers: list[tuple[str, str]], *, trunk: str, wall: str, local_uri: str | None) -> None:
        """Send the INVITE. Raises pj.Error when the library refuses."""
        param = pj.CallOpParam(True)
        param.opt.videoCount = 0
        param.opt.customCallId = f"{self.key}@decroche"
        if local_uri:
            param.txOption.localUri = local_uri
        for name, value in headers:
            header = pj.SipHeader()
            header.hName, header.hValue = name, value
            param.txOption.headers.append(header)
        self._t0_s = time.monotonic()
        self.makeCall(uri, param)
        self.emit(Invited(at_s=0.0, trunk=trunk, call_id=f"{self.key}@decroche", invite_at=wall))

    def tick(self, resting: tuple[str, ...] = ()) -> float:
        """Feed the ear, watch the packets, end what was played. Gives the age of the oldest unheard sound, seconds."""
        if self.over:
            return 0.0
        now_s = self.now_s()
        lag_s = 0.0
        if self._listening:
            if now_s - self._polled_s >= (LOOK_S if self._reception.flowing else FIRST_LOOK_S):
                self._watch(now_s)  # before the ear: the first sound that comes is heard
            lag_s = self._hearing.hear(flowing=self._reception.flowing, resting=resting)
        while self._playing and self._keys_due and now_s >= self._keys_due[0][0]:
            self._send_keys(self._keys_due.popleft()[1], self._playing[1].method)
        if self._playing and now_s >= self._playing[0]:
            self._stop_playing(self._playing[1])
        return lag_s

    def play(self, path: str, length_s: float, what: str, text: str) -> None:
        """Say a recording, whose file goes on in silence beyond its `length_s`; after what sounds, if it differs."""
        if not self._listening or (self._playing and self._playing[1].what == what):
            return
        if self._playing:
            self._due.append(partial(self.play, path, length_s, what, text))
            return
        self._source = self._seat.player(path)
        self._source.startTransmit(self.getAudioMedia(-1))
        start_s = self.now_s()
        self._playing = (start_s + length_s, Sent(at_s=0.0, what=what, start_s=start_s, text=text))
        self.ear.own(start_s, start_s + length_s)

    def press(self, digits: str, key_ms: int) -> None:
        """Send keys by RFC 4733, else INFO, else in-band tones; each `w` is half a second before the next ones."""
        if not self._listening:
            return
        if self._playing:
            self._due.append(partial(self.press, digits, key_ms))
            return
        start_s = end_s = self.now_s()
        for part in re.findall(r"w|[^w]+", digits):
            if part == "w":
                end_s += PAUSE_S
            else:
                self._keys_due.append((end_s, part))
                end_s += len(part) * (key_ms + GAP_MS) / 1000
        method = "rfc4733" if self._keys else "info" if self._info else "inband"
        self._key_ms = key_ms
        self._playing = (end_s, Sent(at_s=0.0, what="digits", start_s=start_s, text=digits, method=method))
        self.ear.own(start_s, end_s)

    def _send_keys(self, keys: str, method: str) -> None:
        if method == "inband":
            if self._source is None:
                self._source = self._seat.tones()
                self._source.startTransmit(self.getAudioMedia(-1))
            vector = pj.ToneDigitVector()
            for key in keys:
                tone = pj.ToneDigit()
                tone.digit, tone.on_msec, tone.off_msec, tone.volume = key, max(self._key_ms, 100), GAP_MS, 8000
                vector.append(tone)
            self._source.playDigits(vector)
            return
        param = pj.CallSendDtmfParam()
        param.method = pj.PJSUA_DTMF_METHOD_RFC2833 if method == "rfc4733" else pj.PJSUA_DTMF_METHOD_SIP_INFO
        param.duration, param.digits = self._key_ms, keys
        self.sendDtmf(param)

    def end(self, cause: int, text: str) -> None:
        """CANCEL or BYE, with our Reason."""
        if self.over or self.hanging_up:
            return
        self.hanging_up = True
        self._watch(self.now_s())
        param = pj.CallOpParam()
        header = pj.SipHeader()
        header.hName, header.hValue = "Reason", f'Q.850;cause={cause};text="{quotable(text) or "Normal call clearing"}"'
        param.txOption.headers.append(header)
        self.hangup(param)

    def trouble(self, what: str) -> None:
        """An exception of ours: the measurement is lost, and the far end must not go on paying for it."""
        self.emit(OwnFailure(at_s=self.now_s(), what="callback", detail=what))
        with suppress(BaseException):
            self.end(31, "")

    def leave(self) -> Seat:
        """Give the place back."""
        return self._seat

    # --- from the library ----------------------------------------------------------------------------------------

    @guarded
    def onCallTsxState(self, prm: Any) -> None:
        tsx = prm.e.body.tsxState
        if tsx.type != pj.PJSIP_EVENT_RX_MSG or self.over:
            return
        message = Message.parse(tsx.src.rdata.wholeMsg)
        status = message.status
        if status is None:
            if message.method in ("UPDATE", "INVITE") and message.identity and self._answered:
                self.emit(Identity(at_s=self.now_s(), identity=message.identity))
            return
        if message.method != "INVITE" or status[0] >= 300 or (self._answered and status[0] >= 200):
            return
        self._keys = self._keys or message.hears_keys
        self._info = self._info or message.hears_info
        self._response(message, Origin.REMOTE)
        if not self._answered:
            self.begun(tsx.src.rdata.wholeMsg)
        if status[0] >= 200:
            self._answered = True
            self.ear.answered(self.now_s())

    @guarded
    def onCallState(self, prm: Any) -> None:
        info = self.getInfo()  # kept in a variable: nested structs of a temporary are freed memory
        if info.state != pj.PJSIP_INV_STATE_DISCONNECTED:
            return
        self.this.disown()  # ~Call() of an ended object would hang up the next call in this slot
        self.over = True
        self._hearing.close(flowing=self._reception.flowing)
        if self._reception.report.received:
            self.emit(self._reception.report)
        event = prm.e
        kind = event.body.tsxState.type if event.type == pj.PJSIP_EVENT_TSX_STATE else None
        self._finish(info, kind, event.body.tsxState.src.rdata.wholeMsg if kind == pj.PJSIP_EVENT_RX_MSG else "")

    def _finish(self, info: Any, kind: int | None, raw: str) -> None:
        now_s, origin = self.now_s(), ORIGINS.get(kind, Origin.LOCAL) if kind is not None else Origin.LOCAL
        why = legible(info.lastReason)
        message = Message.parse(raw)
        if self.hanging_up:
            self.emit(Ended(at_s=now_s, by=Party.CALLER))
        elif message.status and message.status[0] >= 300 and not self._answered:
            self._response(message, origin)
        elif message.first.startswith("BYE"):
            cause, location, text = message.q850
            self.emit(Ended(at_s=now_s, by=Party.CALLED, q850=cause, q850_location=location, reason_text=text))
        elif self._answered and not message.status and origin in (Origin.TIMEOUT, Origin.REMOTE):
            self.emit(Ended(at_s=now_s, by=Party.NETWORK, reason_text=why))
        elif self._answered:  # the library itself gave the answer up: no SDP in the 200, or no codec in common
            self.emit(OwnFailure(at_s=now_s, what=f"local_{info.lastStatusCode}", detail=why))
        else:
            self.emit(Response(at_s=now_s, code=max(info.lastStatusCode, 400), reason=why, origin=origin))

    @guarded
    def onCallMediaState(self, prm: Any) -> None:
        info = self.getInfo()
        live = (pj.PJSUA_CALL_MEDIA_ACTIVE, pj.PJSUA_CALL_MEDIA_REMOTE_HOLD)
        audio = [m for m in info.media if m.type == pj.PJMEDIA_TYPE_AUDIO]
        held = any(m.status == pj.PJSUA_CALL_MEDIA_REMOTE_HOLD for m in audio)
        if held != self._held:
            self._held = held
            self.emit(Held(at_s=self.now_s(), on=held))
        # A hold to 0.0.0.0 has no sound to join.
        if any(m.status in live and m.audioConfSlot >= 0 for m in audio):
            if not self._listening:
                self._seat.tap.empty()
            self._listening = True
            self._seat.tap.connect(self.getAudioMedia(-1))
            self._hearing.rejoined()

    @guarded
    def onDtmfDigit(self, prm: Any) -> None:
        self.emit(DigitReceived(at_s=self.now_s(), digit=legible(prm.digit)))

    @guarded
    def onCallTransferRequest(self, prm: Any) -> None:
        prm.statusCode = pj.PJSIP_SC_DECLINE  # the default calls whatever number the far end names
        self.emit(TransferAsked(at_s=self.now_s(), target=legible(prm.dstUri)))

    @guarded
    def onCallReplaceRequest(self, prm: Any) -> None:
        prm.statusCode = pj.PJSIP_SC_DECLINE

    def onCallRedirected(self, prm: Any) -> int:
        """Never by the library, which would leave the trunk: the line follows a 3xx itself."""
        return int(pj.PJSIP_REDIRECT_STOP)

    # --- inside --------------------------------------------------------------------------------------------------

    def _response(self, message: Message, origin: Origin) -> None:
        status = message.status or (0, "")
        cause, location, text = message.q850
        self.emit(
            Response(
                at_s=self.now_s(),
                code=status[0],
                reason=status[1],
                q850=cause,
                q850_location=location,
                reason_text=text,
                retry_after_s=message.retry_after_s,
                origin=origin,
                identity=message.identity,
                contact=message.contact_user if 300 <= status[0] < 400 else None,
            )
        )

    def _watch(self, now_s: float) -> None:
        """Look at the packet counters: sound that starts or stops."""
        self._polled_s = now_s
        if not self._listening:
            return
        try:
            changed = self._reception.look(self.getStreamStat(0), now_s)
        except pj.Error:
            return
        if changed:
            flowing = self._reception.flowing
            codec = self.getStreamInfo(0).codecName if flowing else ""
            self.emit(Media(at_s=now_s, flowing=flowing, early=not self._answered, codec=codec))

    def _stop_playing(self, sent: Sent) -> None:
        self._playing = None
        if self._source is not None:
            self._source.stopTransmit(self.getAudioMedia(-1))
            self._source = None
        now_s = self.now_s()
        self.emit(Sent(at_s=now_s, what=sent.what, start_s=sent.start_s, text=sent.text, method=sent.method))
        if self._due and not self.hanging_up:
            self._due.popleft()()
