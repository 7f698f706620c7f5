"""On hold: the call machine waits, whatever it hears."""

from __future__ import annotations

from datetime import UTC, datetime

from prober.attempt import Attempt, Script
from prober.call import Call
from prober.events import Heard, Held, Invited, Media, Response, Sound


def answered() -> Call:
    due_at = datetime(2026, 12, 1, 9, 30, tzinfo=UTC)
    call = Call(Attempt(service="s", number="3646", script=Script.AGENT, due_at=due_at))
    call.receive(Invited(at_s=0.0, trunk="t", invite_at=due_at.isoformat()))
    call.receive(Response(at_s=3.0, code=200))
    call.receive(Media(at_s=3.05, flowing=True))
    return call


def test_on_hold_neither_silence_nor_missing_sound_ends_the_call() -> None:
    """The far end said that it lets us wait; the patience of the wait is all that bounds it."""
    call = answered()
    limits = call.attempt.limits
    call.receive(Heard(at_s=3.6, stretch=1, sound=Sound.SILENCE, start_s=3.1))
    assert call.deadline_s() == 3.0 + limits.silence_s
    call.receive(Held(at_s=10.0, on=True))
    call.receive(Media(at_s=12.0, flowing=False))
    assert call.deadline_s() == limits.max_wait_s + limits.grace_s
    call.receive(Held(at_s=100.0, on=False))
    assert call.deadline_s() == 100.0 + limits.media_lost_s
    call.receive(Media(at_s=100.1, flowing=True))
    assert call.deadline_s() == 100.0 + limits.silence_s
