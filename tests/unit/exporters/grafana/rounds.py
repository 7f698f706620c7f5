"""Two months of calls: a service that answers well, two that do not, and one with few calls."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from exporters.snapshot import Own
from exporters.watch import Watch
from prober.attempt import Attempt, Purpose, Script
from prober.classify import classify
from prober.events import Ended, Heard, Invited, Party, Response, Sound
from prober.outcome import Outcome
from prober.record import CallRecord, Milestones
from prober.rules import MENU_CHANGED
from prober.verdict import Verdict
from storage.catalogue import Organisation, Service
from storage.spool import Spool
from storage.store import Store

TUESDAY = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
"""Ten o'clock in Paris."""
NOW = datetime(2026, 12, 20, 12, 0, tzinfo=UTC)
HARD = 'Mairie "d\'Été"\n\\ fin'


class Place(NamedTuple):
    """Where a service stands, as dashboards name it; "" is nowhere."""

    ministry: str
    department: str

    @property
    def areas(self) -> dict[str, str]:
        """Name of its area by level."""
        both = {"ministry_department": f"{self.ministry} · {self.department}"} if all(self) else {}
        return {"national": "France", **{k: v for k, v in self._asdict().items() if v}, **both}


INTERIOR = 'Ministère de l\'Intérieur ("&" des .*)'
SERVICES = {
    "caf": Place("Solidarités", "75 Paris"),
    "cpam": Place("Solidarités", "13 Bouches-du-Rhône"),
    "mairie": Place(INTERIOR, "13 Bouches-du-Rhône"),
    "petit": Place("", "48 Lozère"),
}
TARGETS = {"agent_pickup_rate": 0.85, "human_reach_rate": 0.9}
OUTCOMES = (
    *(Outcome.HUMAN,) * 12,
    *(Outcome.BUSY, Outcome.DISSUADED, Outcome.DROPPED, Outcome.QUEUE_TIMEOUT, Outcome.IVR_ONLY),
    *(Outcome.OWN_FAILURE, Outcome.NETWORK_FAILURE, Outcome.CALLER_BLOCKED, Outcome.INDETERMINATE),
)
OWN = Own(
    seats_total=4,
    seats_free=3,
    calls_in_flight={"queue": 1},
    engines_restarted=0,
    ear_lag_s=0.02,
    registered={"t": True},
)
MONTHS = (TUESDAY.date(), (TUESDAY - timedelta(days=21)).date().replace(day=1))


def a_call(service: str, n: int, outcome: Outcome, script: Script, at: datetime) -> tuple[CallRecord, Verdict]:
    """One call, with the milestones that its outcome asks for."""
    attempt = Attempt(service=service, number="3230", script=script, due_at=at)
    human, cut = outcome is Outcome.HUMAN, outcome is Outcome.QUEUE_TIMEOUT
    end_s = 600.0 if cut else 40.0 + 7 * n
    milestones = Milestones(
        t_invite=0.0,
        t_alert=0.2 + n / 100,
        t_answer=1.5,
        t_ivr=2.0,
        t_optout=4.0 if script is Script.OPTOUT else None,
        t_queue=6.0,
        t_human=20.0 + 7 * n if human else None,
        t_end=end_s,
    )
    events = (
        Invited(at_s=0.0, trunk="t", call_id=attempt.id, invite_at=at.isoformat()),
        Response(at_s=1.5, code=200, reason="OK"),
        Ended(at_s=end_s, by=Party.CALLED, q850=16),
    )
    record = CallRecord(
        attempt=attempt,
        invite_at=at.isoformat(),
        trunk="t",
        events=events,
        milestones=milestones,
        heard=tuple(
            Heard(at_s=8.0, stretch=k, sound=sound, start_s=0.0, end_s=seconds)
            for k, (sound, seconds) in enumerate(((Sound.RECORDING, 6.0), (Sound.SPEECH, 2.0)))
        ),
        hung_up_by=Party.CALLED,
        last_state="queue",
    )
    rule = {"rule_id": MENU_CHANGED} if outcome is Outcome.INDETERMINATE else {}
    return record, replace(classify(record), outcome=outcome, phase="queue", subclass=None, **rule)


async def a_round(store: Store, *, at: datetime = TUESDAY, rounds: int = 2) -> None:
    """Calls to every service with both scripts; `petit` has few. Every outcome comes once a round or more."""
    calls = []
    for turn, service in enumerate(SERVICES):
        for script in (Script.AGENT, Script.OPTOUT):
            outcomes = OUTCOMES[2 * turn :] * rounds if service != "petit" else OUTCOMES[8:18]
            for n, outcome in enumerate(outcomes):
                hours = turn if n % 7 == 0 else 0
                calls.append(a_call(service, n % 60, outcome, script, at + timedelta(hours=hours, seconds=n)))
    await asyncio.gather(*(store.save(*call) for call in calls))


async def filled(store: Store) -> None:
    """The catalogue, a month that is over, the first calls of the running one, a reference call, a late attempt."""
    await store.catalogue.save(
        [
            Organisation(id=p.ministry, name="Organisme « O »", ministry=p.ministry or None)
            for p in sorted(set(SERVICES.values()))
        ],
        [
            Service(
                id=s,
                name=HARD if s == "mairie" else s.title(),
                organisation=place.ministry,
                department=place.department[:2],
                targets=TARGETS,
                numbers={"3230": "short"},
            )
            for s, place in SERVICES.items()
        ],
    )
    await a_round(store, at=TUESDAY - timedelta(days=21), rounds=3)
    await a_round(store)
    record, verdict = a_call("", 1, Outcome.HUMAN, Script.DIRECT, datetime.now(UTC))
    await store.save(replace(record, attempt=replace(record.attempt, purpose=Purpose.REFERENCE)), verdict)
    # Of `petit`, which has no verdict anyway: whoever waits for a call in the month before has none yet.
    await store.add([Attempt(service="petit", number="1", script=Script.AGENT, due_at=datetime.now(UTC))])


def watching(store: Store, spool: Path) -> Watch:
    """A program that shows the store."""
    return Watch(store, Spool(spool), lambda: OWN, t_max_s=600.0, now=lambda: NOW)
