"""The town: the whole cast over real SIP and RTP, with a stack of its own so that both ends cannot share a bug."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
from collections import Counter
from functools import partial
from pathlib import Path
from typing import Any, TextIO

from prober.simulator.acts import Cast, sounds_of
from prober.simulator.directory import called, truth_line
from prober.simulator.performer import Performer
from prober.simulator.rtp import Ticker
from prober.simulator.sip_call import ALLOW, TIMEOUT_S, Address, SipCall, reply_address, trace_via
from prober.simulator.sip_message import Headers, Malformed, Message, parse, response, tag_of
from prober.simulator.town_call import TownCall
from prober.simulator.voices import Voices

log = logging.getLogger(__name__)


class Town:
    """Answers calls to the cast on one or two UDP addresses (two trunks) until stopped.

    `truth` gets one JSON line a call as it ends; `port` 0 takes a free one, see `addresses`. Raises OSError if an
    address cannot be listened on.
    """

    def __init__(
        self,
        cast: Cast,
        *,
        listen: Address = ("127.0.0.1", 0),
        second: Address | None = None,
        truth: Path | None = None,
        scale: float = 1.0,
        seed: int = 0,
        sounds: Path | None = None,
    ) -> None:
        self.addresses: list[Address] = []
        self.truths: list[dict[str, Any]] = []
        """The truth lines of this run, also when no file is named."""
        self.cast, self._scale, self._seed = cast, scale, seed
        self._wanted = [listen, *([second] if second else [])]
        self._truth_path = truth
        self._truth_file: TextIO | None = None
        self._voices = Voices(sounds)
        self._ticker = Ticker(self._tick)
        self._trunks: list[asyncio.DatagramTransport] = []
        self._calls: dict[str, TownCall] = {}
        self._running: set[TownCall] = set()
        self._counts: Counter[str] = Counter()
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Synthesise what is not yet in the cache, then listen."""
        await asyncio.to_thread(self._rehearse)
        if self._truth_path is not None:
            self._truth_file = self._truth_path.open("a", encoding="utf-8")
        loop = asyncio.get_running_loop()
        for trunk, address in enumerate(self._wanted):
            transport, _ = await loop.create_datagram_endpoint(partial(_Trunk, self, trunk), local_addr=address)
            self._trunks.append(transport)
            self.addresses.append(transport.get_extra_info("sockname")[:2])
        self._spawn(self._ticker.run())

    async def stop(self) -> None:
        """End every call and stop listening. Safe to call twice."""
        for call in tuple(self._running):
            call.abandon()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for transport in self._trunks:
            transport.close()
        if self._truth_file is not None:
            self._truth_file.close()
            self._truth_file = None

    async def __aenter__(self) -> Town:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    def received(self, data: bytes, source: Address, trunk: int) -> None:
        """A datagram came in on a trunk."""
        try:
            message = parse(data)
        except Malformed as why:
            if data.strip():
                log.info("ignored a datagram from %s: %s", source, why)
            return
        call = self._calls.get(message.header("call-id"))
        if message.code is not None:
            if call is not None:
                call.sip.heard(message)
            return
        request = trace_via(message, source)
        fresh = request.method == "INVITE" and not tag_of(request.header("to"))
        if fresh and (call is None or _another(call.sip, request)):
            self._invited(request, source, trunk)
        elif call is not None and request.method not in ("OPTIONS", "REGISTER"):
            call.sip.request(request, source)
        else:
            self._outside(request, source, trunk)

    def _invited(self, request: Message, source: Address, trunk: int) -> None:
        service = called(self.cast, request.uri)
        seed = f"{self._seed}:{service.id}:{self._counts[service.id]}"
        self._counts[service.id] += 1
        performer = Performer(service, seed=seed, scale=self._scale, measure=self._voices.measure, trunk=trunk)
        host, port = self.addresses[trunk]
        own = (_local_host(source) if host in ("0.0.0.0", "") else host, port)
        send = self._trunks[trunk].sendto
        call = TownCall(request, source, own, send=send, performer=performer, voices=self._voices, on_over=self._over)
        self._calls[request.header("call-id")] = call
        self._running.add(call)
        self._spawn(self._begin(call))

    async def _begin(self, call: TownCall) -> None:
        try:
            await call.begin()
        except Exception:
            log.exception("call %s cannot be performed", call.sip.invite.header("call-id"))
            call.sip.respond(500, "Town Failure")
        if call.stream is not None and not call.performer.over:
            self._ticker.streams.add(call.stream)
        elif call.stream is None:
            self._running.discard(call)

    def _outside(self, request: Message, source: Address, trunk: int) -> None:
        """A request outside any call."""
        extra: Headers = (("allow", ALLOW),)
        match request.method:
            case "ACK":
                return
            case "OPTIONS":
                code, phrase = 200, "OK"
            case "REGISTER":
                contacts = tuple(("contact", f"{c};expires=300") for c in request.lists("contact"))
                code, phrase, extra = 200, "OK", (*extra, *contacts)
            case "BYE" | "CANCEL" | "INFO" | "UPDATE" | "PRACK" | "INVITE":
                code, phrase = 481, "Call/Transaction Does Not Exist"
            case _:
                code, phrase = 405, "Method Not Allowed"
        reply = response(request, code, phrase, to_tag="town", extra=extra)
        self._trunks[trunk].sendto(reply.encode(), reply_address(request, source))

    def _over(self, call: TownCall) -> None:
        self._running.discard(call)
        if call.stream is not None:
            self._ticker.streams.discard(call.stream)
        call_id = call.sip.invite.header("call-id")
        line = truth_line(call.performer, call_id=call_id)
        self.truths.append(line)
        if self._truth_file is not None:
            self._truth_file.write(json.dumps(line, ensure_ascii=False) + "\n")
            self._truth_file.flush()
        # Kept for requests and responses that come again.
        asyncio.get_running_loop().call_later(TIMEOUT_S, self._forget, call_id, call)

    def _forget(self, call_id: str, call: TownCall) -> None:
        if self._calls.get(call_id) is call:
            del self._calls[call_id]

    def _tick(self) -> None:
        for call in tuple(self._running):
            call.tick()

    def _rehearse(self) -> None:
        for service in self.cast:
            for sound in sounds_of(service):
                self._voices.octets(sound)

    def _spawn(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


class _Trunk(asyncio.DatagramProtocol):
    """One listening socket."""

    def __init__(self, town: Town, trunk: int) -> None:
        self._town, self._trunk = town, trunk

    def datagram_received(self, data: bytes, addr: tuple[Any, ...]) -> None:
        self._town.received(data, addr[:2], self._trunk)


def _another(sip: SipCall, request: Message) -> bool:
    """True for a new INVITE under a Call-ID whose call is over (failover, or an answer to a challenge)."""
    return sip.over and request.header("cseq") != sip.invite.header("cseq")


def _local_host(far: Address) -> str:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(far)
        return str(probe.getsockname()[0])
