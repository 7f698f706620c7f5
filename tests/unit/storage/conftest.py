"""Attempts, records and a store for the tests of storage."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from prober.attempt import Attempt, Script
from prober.classify import classify
from prober.events import Ended, Event, Invited, Party, Response
from prober.record import CallRecord, Milestones
from prober.verdict import Verdict
from storage.store import Store

NOON = datetime(2026, 12, 1, 11, 0, tzinfo=UTC)


@pytest.fixture
async def store(postgres_url: str) -> AsyncIterator[Store]:
    """A store on a fresh database."""
    async with Store(postgres_url) as opened:
        yield opened


@pytest.fixture
def an_attempt() -> Callable[..., Attempt]:
    """Makes attempts that differ where told."""

    def make(**changes: Any) -> Attempt:
        given = {"service": "caf", "number": "3230", "script": Script.AGENT, "due_at": NOON, **changes}
        return Attempt(**given)

    return make


@pytest.fixture
def a_call() -> Callable[..., tuple[CallRecord, Verdict]]:
    """Makes a call that was busy, with its verdict, from an attempt; or with other events and milestones."""

    def make(
        attempt: Attempt,
        *,
        events: tuple[Event, ...] | None = None,
        milestones: Milestones | None = None,
        invited_after_s: float = 1.0,
        trunk: str = "first",
    ) -> tuple[CallRecord, Verdict]:
        invite_at = (attempt.due_at + timedelta(seconds=invited_after_s)).isoformat()
        busy = (
            Invited(at_s=0.0, trunk=trunk, call_id=attempt.id, invite_at=invite_at),
            Response(at_s=0.1, code=100, reason="Trying"),
            Response(at_s=0.4, code=486, reason="Busy Here", q850=17),
            Ended(at_s=0.4, by=Party.CALLED),
        )
        record = CallRecord(
            attempt=attempt,
            invite_at=invite_at,
            trunk=trunk,
            events=busy if events is None else events,
            milestones=milestones or Milestones(t_invite=0.0, t_trying=0.1, t_remote_end=0.4, t_end=0.4),
            heard=(),
            hung_up_by=Party.CALLED,
            last_state="trying",
            versions={"decroche": "0.1.0"},
        )
        return record, classify(record)

    return make
