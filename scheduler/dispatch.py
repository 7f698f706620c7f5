"""One attempt from claim to store: claimed, called, confirmed where one trunk's word is not enough, judged, saved."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Protocol

from prober.attempt import Attempt, Limits, Profile, Purpose, Script
from prober.classify import classify
from prober.confirm import answer, claim, confirming
from prober.line import Line
from prober.number import normal
from prober.record import CallRecord
from prober.run import run_call
from prober.verdict import Context, Verdict
from scheduler.learning import Learning
from scheduler.pacing import Budget
from scheduler.purse import over_budget
from scheduler.stoppable import StoppableLine
from storage.connection import StoreAway
from storage.spool import Spool
from storage.store import Store

log = logging.getLogger(__name__)
BUSY_WAIT_S = 0.5
REFERENCE_LIMITS = Limits(ring_s=20.0, max_wait_s=20.0, grace_s=1.0, grace_speech_s=1.0, silence_s=8.0)
FRESH = 0.8
"""Share of the age of a reference call after which the next one is placed."""


class Pool(Protocol):
    """Who gives lines: `prober.sip.pool.Pool`, or a simulated one."""

    def line(self, trunk: str | None = None) -> Line:
        """A line over this trunk."""

    @property
    def seats_total(self) -> int:
        """Calls that can be up at the same time."""

    @property
    def seats_free(self) -> int:
        """Places free now."""

    @property
    def engines_restarted(self) -> int:
        """Engines that died and were replaced."""

    @property
    def lag_ms(self) -> float:
        """Age of the oldest sound not heard yet."""

    def registered(self, trunk: str) -> bool | None:
        """Registration of a trunk."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What judging must know of a service."""

    hours: Callable[[datetime], tuple[bool, bool]]
    """Instant → (open, near closing)."""
    strike: Callable[[datetime], bool] = lambda at: False
    """Instant → on strike."""
    hours_assumed: bool = False
    identities: tuple[str, ...] = ()
    """Numbers that the service itself may show as connected identity."""
    surtax_forbidden: bool = False
    profiles: Mapping[str, Profile] = field(default_factory=dict)
    """Number → the menu path followed now, which may be newer than the plan."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """A trunk as dispatch needs it."""

    name: str
    reference_number: str | None = None
    caller_ids: tuple[str, ...] = ()
    """One of them is shown, drawn at random for each call and kept with it; none: what the trunk shows."""


@dataclass(slots=True, kw_only=True)
class Watchers:
    """Who is told what happens; each takes plain values."""

    waiting: Callable[[Attempt], None] = lambda attempt: None
    """Another call to the number, or of its service, is up: told once, before the wait for its end."""
    started: Callable[[Attempt], None] = lambda attempt: None
    finished: Callable[[CallRecord, Verdict], None] = lambda record, verdict: None
    beside: Callable[[Line], Line] = lambda line: line
    """Puts somebody beside each line: gives the line that the call is lived on."""


@dataclass(slots=True, kw_only=True)
class Dispatch:
    """Runs attempts over a pool and keeps what happened."""

    store: Store
    spool: Spool
    pool: Pool
    doors: Sequence[Door]
    facts: Mapping[str, Facts]
    worker: str
    versions: Mapping[str, str] = field(default_factory=dict)
    watchers: Watchers = field(default_factory=Watchers)
    live: dict[str, tuple[Attempt, StoppableLine]] = field(default_factory=dict)
    carrying: set[str] = field(default_factory=set)
    """Attempts from their claim until they are kept."""
    reference_s: float = 300.0
    """Age up to which a reference call speaks for a trunk."""
    budget: Budget = Budget()
    """Of a month: a call that could pass it is not placed."""
    paused: set[str | None] = field(default_factory=set)
    """Services paused; None: all."""
    resumed: asyncio.Event = field(default_factory=asyncio.Event)
    """Set whenever a pause is lifted; whoever holds attempts back waits for it and clears it."""
    learning: Learning | None = None
    """Learns the recordings of each number from its calls, and tells them to the line."""

    async def run(self, attempt: Attempt) -> bool:
        """Carry one attempt from claim to store; does nothing if somebody else has it. False: paused, given back."""
        self.carrying.add(attempt.id)
        try:
            return await self._carry(attempt)
        finally:
            self.carrying.discard(attempt.id)

    async def _carry(self, attempt: Attempt) -> bool:
        told = False
        while True:
            if self.is_paused(attempt.service):
                await self.store.give_back(attempt.id)
                return False
            if await self.store.claim(attempt.id, self.worker):
                break
            if await self.store.status(attempt.id) not in ("planned", "queued"):
                return True
            if not told:
                self.watchers.waiting(attempt)
                told = True
            await asyncio.sleep(BUSY_WAIT_S)
        attempt = self._as_called(attempt)
        self.watchers.started(attempt)
        record = await self._call(attempt, await over_budget(self.store, self.budget, attempt.due_at))
        confirmation = await self._confirm(record)
        await self._keep(record, await self.context_of(record, confirmation))
        return True

    def _as_called(self, attempt: Attempt) -> Attempt:
        """With what is decided at the call: the trunk, the caller id, the menu path followed today."""
        facts = self.facts.get(attempt.service)
        profile = facts.profiles.get(attempt.number) if facts else None
        attempt = replace(attempt, trunk=attempt.trunk or self.doors[0].name, profile=profile or attempt.profile)
        return self._shown(attempt)

    def _shown(self, attempt: Attempt) -> Attempt:
        ids = next((d.caller_ids for d in self.doors if d.name == attempt.trunk), ())
        return replace(attempt, caller_id=secrets.choice(ids)) if ids else attempt

    async def refuses(self, attempt: Attempt) -> str:
        """Why the budget has no room for one more call; empty while it has."""
        return await over_budget(self.store, self.budget, attempt.due_at, attempt)

    async def settled(self) -> None:
        """Wait until what the calls taught is learnt."""
        if self.learning is not None:
            await self.learning.settled()

    def phases(self) -> Mapping[str, int]:
        """Calls in flight by phase."""
        return Counter(line.phase for _, line in self.live.values())

    def is_paused(self, service: str) -> bool:
        """True while nobody of this service may be called."""
        return None in self.paused or service in self.paused

    async def reference_calls(self) -> None:
        """Call our own number over every trunk that has one; what a failure says is kept with the time."""
        if None in self.paused:
            return
        await asyncio.gather(*(self._reference(door) for door in self.doors if door.reference_number))

    async def references_for_ever(self) -> None:
        """Keep the reference younger than five minutes until cancelled."""
        while True:
            await asyncio.sleep(FRESH * self.reference_s)
            await self.reference_calls()

    def stop(self, why: str, service: str | None = None) -> int:
        """Hang up the calls in progress of a service (None: all); gives how many."""
        wanted = [line for attempt, line in self.live.values() if service is None or attempt.service == service]
        for line in wanted:
            line.stop(why)
        return len(wanted)

    async def heed(self) -> int:
        """Take over what operators have paused so far; gives the id of their last command, for `obey`."""
        last, paused = await self.store.console.standing()
        self.paused |= paused
        return last

    async def obey(self, after: int = 0) -> None:
        """Follow the operators' commands in the store until cancelled: pause and resume, of a service or of all."""
        async for command in self.store.console.commands(after):
            service, reason = command.argument.get("service"), command.argument.get("reason")
            if command.word == "pause":
                self.paused.add(service)
                self.stop(f"paused: {reason}" if reason else "paused", service)
            elif command.word == "resume":
                self.paused.discard(service)
                self.resumed.set()

    async def context_of(self, record: CallRecord, confirmation: str | None) -> Context:
        """What judging this record needs (decisions.md 1)."""
        facts = self.facts.get(record.attempt.service)
        at = datetime.fromisoformat(record.invite_at) if record.invite_at else record.attempt.due_at
        is_open, near_close = facts.hours(at) if facts else (None, False)
        labels, menu_changed = await self._prompts(record.attempt.number, at)
        return Context(
            open_at_invite=is_open,
            hours_assumed=facts.hours_assumed if facts else False,
            near_close=near_close,
            reference_ok=await self._reference_ok(record.trunk or "", at),
            confirmation=confirmation,
            single_trunk=len(self.doors) < 2,
            other_bodies={
                normal(identity): service
                for service, known in self.facts.items()
                if service != record.attempt.service
                for identity in known.identities
            },
            labels=labels,
            menu_changed=menu_changed,
            surtax_forbidden=facts.surtax_forbidden if facts else False,
            strike=facts is not None and facts.strike(at),
        )

    async def _call(self, attempt: Attempt, refused: str = "") -> CallRecord:
        """Place a call; one that is refused is not dialled and ends as our own stop."""
        wire = self.watchers.beside(self.pool.line(attempt.trunk))
        if self.learning is not None:
            await self.learning.before(wire, attempt)
        line = StoppableLine(wire)
        self.live[attempt.id] = (attempt, line)
        if refused:
            log.error("%s is not called: %s", attempt.service, refused)
            line.stop(refused)
        if self.is_paused(attempt.service):
            line.stop("paused")
        try:
            return await run_call(attempt, line, on_call=line.follow, versions=self.versions)
        finally:
            del self.live[attempt.id]
            if self.learning is not None:
                self.learning.after(wire, attempt)

    async def _confirm(self, record: CallRecord) -> str | None:
        """Ask a second trunk, where there is one and the claim is doubtful; the call is a record of its own."""
        other = next((d.name for d in self.doors if d.name != record.trunk), None)
        if other is None or claim(record) is None or self.is_paused(record.attempt.service):
            return None
        asked = confirming(record, trunk=other, attempt_id=secrets.token_hex(8), due_at=datetime.now(UTC))
        asked = self._shown(asked)
        if await self.refuses(asked):
            return None
        second = await self._call(asked)
        said = answer(record, second)
        await self._keep(second, await self.context_of(second, said))
        return said

    async def _reference(self, door: Door) -> None:
        attempt = Attempt(
            service="",
            number=door.reference_number or "",
            script=Script.DIRECT,
            due_at=datetime.now(UTC),
            trunk=door.name,
            purpose=Purpose.REFERENCE,
            limits=REFERENCE_LIMITS,
        )
        if await self.refuses(attempt):
            return
        record = await self._call(self._shown(attempt))
        ok = record.milestones.t_answer is not None
        if not ok:
            log.error("the reference call over %s failed: nobody is blamed for the network until it passes", door.name)
        await self._keep(record, Context())

    async def _reference_ok(self, trunk: str, at: datetime) -> bool | None:
        """What the reference call nearest to this instant said, whoever placed it; None with the database away."""
        try:
            return await self.store.reference_ok(trunk, at, within_s=self.reference_s)
        except StoreAway:
            return None

    async def _prompts(self, number: str, at: datetime) -> tuple[Mapping[str, str], bool]:
        """Labels of the number's recordings, and whether a change waits for review; `reclassify` asks again."""
        with contextlib.suppress(StoreAway):
            return await self.store.prompts.standing(number, at)
        return {}, False

    async def _keep(self, record: CallRecord, context: Context) -> None:
        verdict = classify(record, context)
        await self.spool.keep(self.store, record, verdict)
        self.watchers.finished(record, verdict)
