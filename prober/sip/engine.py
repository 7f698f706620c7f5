"""The child process that owns pjsua2: ONE thread, one Endpoint, as many calls as the library was compiled for.

What pjsua2 forces on us (each has a test in tests/sip):
 1. Four calls a process, asked from the library, never assumed; its real free places are asked too.
 2. One thread does everything: no Python runs on another, the media clock's least of all (`prober.sip.tap`). No garbage
    collection but here.
 3. An ended Call must be disowned in DISCONNECTED, or its destructor hangs up the next call in its slot.
 4. `getInfo()` is kept in a variable before its nested structs are read.
 5. No exception leaves a callback; a REFER and a Replaces are refused.
 6. Ports before calls, calls before the account, the account before the library; then `os._exit`.
 7. At most one call start in 100 ms: RTP sockets rest 500 ms in a table of 64.
 8. Names are resolved by us; header values and users are checked by us.
An abort here ends at most this process's calls; the parent says so and sends the BYE.
"""

from __future__ import annotations

import ctypes
import faulthandler
import gc
import os
import select
import signal
import time
from collections import deque
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pjsua2 as pj

from prober.ear import EAR_VERSION, Ear
from prober.ear.library import PromptLibrary
from prober.events import Ended, Event, OwnFailure, Response
from prober.failures import NumberForbidden
from prober.line import HangUp, SaySentence, SayWord, SendDigits
from prober.number import forbidden
from prober.sip.bridge import (
    Do,
    Freed,
    Happened,
    Health,
    Left,
    Pending,
    Place,
    Quit,
    Ready,
    Setup,
    Unpacker,
    pack,
)
from prober.sip.dialog import Dialog
from prober.sip.doors import Account, open_transports, own_domain
from prober.sip.fault import Fault
from prober.sip.keys import PressedKeys
from prober.sip.library import c_functions
from prober.sip.recordings import Recordings
from prober.sip.seat import Seat
from prober.sip.shedding import Shedding
from prober.sip.trace import Trace
from prober.sip.trunk import Target, safe_user

POLL_MS = 100
"""Five packets of sound are heard at once, and an order waits no longer. A packet of SIP ends the wait."""
DEFAULT_SEATS = 4
HEALTH_S = 2.0
SHUTDOWN_S = 1.5
KEPT_S = 40.0
"""Longer than any transaction of a call that was hung up (twice Timer B)."""
CODECS = {"PCMA/8000/1": 255, "PCMU/8000/1": 254}
PR_SET_PDEATHSIG = 1


class Engine:
    """The loop: poll the library, take orders, feed the ears, give places back."""

    def __init__(self, setup: Setup) -> None:
        self.setup = setup
        self.calls: dict[str, tuple[Dialog, Target]] = {}
        self.accounts: dict[str, Account] = {}
        self._pressed: dict[str, PressedKeys] = {}
        self.library = PromptLibrary.empty()
        if setup.library_path:
            self.library = PromptLibrary.from_bytes(Path(setup.library_path).read_bytes())
        self._c = c_functions()
        self._c.pj_log_set_level(0)
        self._unpacker = Unpacker()
        self._health_s = self._lag_s = 0.0
        self._told_in_use = 0
        self._running = True
        self._recordings, self._shedding = Recordings(), Shedding()
        self._seats: list[Seat] = []
        self._ended: deque[tuple[float, Dialog]] = deque()
        """Calls that are over: the library may still call them back while their last transactions end."""
        self._trace: Trace | None = None

    def start(self) -> None:
        """Create the endpoint, the transport, the accounts; tell the parent how many places there are."""
        s = self.setup
        self.ep = pj.Endpoint()
        self.ep.libCreate()
        seats = self._number("pjsua_call_get_max_count", DEFAULT_SEATS)
        config = pj.EpConfig()
        config.logConfig.level = config.logConfig.consoleLevel = 0
        if s.trace_path:
            self._trace = Trace(s.trace_path)
            self._trace.__disown__()
            config.logConfig.level = config.logConfig.consoleLevel = 4  # the writer gets the console's level
            config.logConfig.msgLogging = 1
            config.logConfig.writer = self._trace
        config.uaConfig.threadCnt, config.uaConfig.mainThreadOnly = 0, True
        config.uaConfig.maxCalls, config.uaConfig.natTypeInSdp = seats, 0
        config.uaConfig.userAgent = s.user_agent
        media = config.medConfig
        media.clockRate = media.sndClockRate = 8000
        media.noVad, media.ecTailLen = True, 0
        self.ep.libInit(config)
        timers = (s.t1_ms, s.t2_ms, s.t4_ms, s.transaction_ms)
        self._c.pjsip_tsx_set_timers(*(ctypes.c_uint(t) for t in timers))
        number = open_transports(self.ep, s)
        self.ep.libStart()
        self.ep.audDevManager().setNullDev()
        for codec in self.ep.codecEnum2():
            self.ep.codecSetPriority(codec.codecId, CODECS.get(codec.codecId, 0))
        for trunk in s.trunks:
            self.accounts[trunk.name] = Account(s, trunk, self.tell)
        self._port = int(self.ep.transportGetInfo(number).localName.rpartition(":")[2])
        self.tell(Ready(seats=seats, port=self._port, ear_version=EAR_VERSION, library=s.library_path))

    def run(self) -> None:
        """Until the parent says so, or is gone."""
        os.set_blocking(0, False)
        while self._running:
            self.ep.libHandleEvents(POLL_MS)
            self._orders()
            for account in self.accounts.values():
                account.tend()
            lag_s = 0.0
            for dialog, _ in list(self.calls.values()):
                with Fault(dialog):
                    lag_s = max(lag_s, dialog.tick(self._shedding.resting))
            self._shedding.look(lag_s, time.monotonic())
            self._lag_s = max(self._lag_s, lag_s)
            self._give_back()
            in_use = self._in_use()
            if in_use != self._told_in_use or time.monotonic() - self._health_s > HEALTH_S:
                self._health_s, self._told_in_use = time.monotonic(), in_use
                self.tell(Health(lag_ms=round(1000 * self._lag_s, 1), in_use=in_use))
                self._lag_s = 0.0
                gc.collect(0)

    def stop(self) -> None:
        """The order that never failed (pjsua2.md §1.4); does not return."""
        for dialog, _ in self.calls.values():
            with suppress(BaseException):
                dialog.end(16, "")
        until_s = time.monotonic() + SHUTDOWN_S
        while self._in_use() and time.monotonic() < until_s:
            self.ep.libHandleEvents(POLL_MS)
        for dialog, _ in self.calls.values():
            self._seats.append(dialog.leave())
            if not dialog.over:
                dialog.this.disown()
        self.calls.clear()
        gc.collect()
        for account in self.accounts.values():
            account.shutdown()
        self.accounts.clear()
        gc.collect()
        self._ended.clear()
        self._seats.clear()
        gc.collect()
        self.ep.libDestroy()
        self._recordings.forget()
        os._exit(0)

    def tell(self, message: object) -> None:
        """To the parent; a parent that is gone ends us."""
        data = memoryview(pack(message))
        try:
            while data:
                data = data[os.write(1, data) :]
        except BlockingIOError:
            select.select([], [1], [], 1.0)
            os.write(1, data)
        except OSError:
            self._running = False

    # --- orders --------------------------------------------------------------------------------------------------

    def _orders(self) -> None:
        try:
            data = os.read(0, 65536)
        except BlockingIOError:
            return
        if not data:
            self._running = False
        for order in self._unpacker.feed(data):
            match order:
                case Place():
                    self._place(order)
                case Do():
                    self._do(order)
                case Quit():
                    self._running = False

    def _place(self, order: Place) -> None:
        def emit(event: Event) -> None:
            if isinstance(event, Ended) or (isinstance(event, Response) and event.code >= 300):
                self.tell(Left(key=order.key, pieces=ear.pieces(), excerpts=tuple(ear.excerpts.found)))
            self.tell(Happened(key=order.key, event=event))

        def begun(raw: str) -> None:
            route = proxy.route if proxy else ""
            self.tell(Pending(key=order.key, message=raw, uri=uri, target=proxy or order.target, route=route))

        trunk = next((t for t in self.setup.trunks if t.name == order.trunk), None)
        uri, proxy = "", None
        headers = []
        if trunk and trunk.asserted_identity:
            identity = f"<sip:{safe_user(trunk.asserted_identity)}@{trunk.address_of_record}>"
            headers.append(("P-Asserted-Identity", identity))
        try:
            reason = self._refused(order.user)
            if reason:
                self._not_placed(order.key, "number_forbidden", reason)
                return
            known = self.library.joined(order.library) if order.library else self.library
            ear = Ear(library=known, number=order.number)
            seat = self._seats.pop() if self._seats else Seat()
            account = self.accounts[order.trunk]
            proxy = account.proxy
            dialog = Dialog(account, key=order.key, ear=ear, seat=seat, emit=emit, begun=begun)
            uri = f"sip:{safe_user(order.user)}@{account.domain_of(order.target)}"
            caller = order.caller_id or (trunk.caller_id if trunk else None)
            local = f"sip:{safe_user(caller)}@{own_domain(self.setup, trunk)}" if caller else None
            dialog.invite(uri, headers, trunk=order.trunk, wall=datetime.now(UTC).isoformat(), local_uri=local)
            self.calls[order.key] = (dialog, order.target)
        except Exception as error:
            self._not_placed(order.key, "engine_refused", getattr(error, "reason", "") or repr(error))

    def _not_placed(self, key: str, what: str, detail: str) -> None:
        self.tell(Happened(key=key, event=OwnFailure(at_s=0.0, what=what, detail=detail)))
        self.tell(Freed(key=key, in_use=self._in_use()))

    def _refused(self, user: str) -> str | None:
        return forbidden(user, allow=self.setup.allow, never_dial=self.setup.never_dial)

    def _do(self, order: Do) -> None:
        found = self.calls.get(order.key)
        if found is None or found[0].over:
            return
        dialog, sounds = found[0], self.setup.sounds
        with Fault(dialog):
            match order.command:
                case HangUp(cause=cause, text=text):
                    dialog.end(cause, text)
                case SendDigits(digits=digits):
                    pressed = self._pressed.setdefault(order.key, PressedKeys(self.setup.never_dial))
                    reason = pressed.refused(digits, dialog.now_s())
                    if reason:
                        raise NumberForbidden(reason)
                    dialog.press(digits, self.setup.key_ms)
                case SaySentence():
                    dialog.play(*self._recordings.padded(sounds.sentence), "sentence", "")
                case SayWord(word=word):
                    dialog.play(*self._recordings.padded(dict(sounds.words).get(word, sounds.sentence)), "word", word)

    def _give_back(self) -> None:
        now_s = time.monotonic()
        for key in [k for k, (dialog, _) in self.calls.items() if dialog.over]:
            dialog = self.calls.pop(key)[0]
            self._pressed.pop(key, None)
            self._seats.append(dialog.leave())
            self._ended.append((now_s, dialog))
            self.tell(Freed(key=key, in_use=self._in_use()))
        while self._ended and now_s - self._ended[0][0] > KEPT_S:
            self._ended.popleft()

    # --- the library ---------------------------------------------------------------------------------------------

    def _number(self, function: str, default: int) -> int:
        found = getattr(self._c, function, None)
        return int(found()) if found else default

    def _in_use(self) -> int:
        return self._number("pjsua_call_get_count", len(self.calls))


def main() -> None:
    """Read the Setup, then live until stdin closes."""
    faulthandler.enable()
    for name in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP):
        signal.signal(name, signal.SIG_IGN)  # a terminal's signals go to the whole group; the parent decides
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    gc.disable()
    unpacker = Unpacker()
    first: list[Any] = []
    while not first:
        data = os.read(0, 1)
        if not data:
            return
        first = unpacker.feed(data)
    engine = Engine(first[0])
    signal.signal(signal.SIGTERM, lambda *_: setattr(engine, "_running", False))
    engine.start()
    try:
        engine.run()
    finally:
        engine.stop()


if __name__ == "__main__":
    main()
