"""Records to plain data and back, for any record there can be."""

from __future__ import annotations

import json
import math
import types
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, datetime
from enum import Enum
from typing import Any, Union, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prober.attempt import Attempt, Script, Step
from prober.events import Event, Heard, Invited, MediaReport, Sound
from prober.outcome import Outcome
from prober.plain import (
    EVENTS,
    PlainError,
    attempt_from_plain,
    event_from_plain,
    record_from_plain,
    to_plain,
    verdict_from_plain,
)
from prober.record import RECORD_FORMAT, CallRecord, Milestones
from prober.verdict import Verdict

FLOATS = st.floats(allow_nan=False)
TEXTS = st.text(st.characters(), max_size=12)


def anything(kind: Any) -> st.SearchStrategy[Any]:
    """Every value a field of this type can hold."""
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        return st.one_of([st.none() if k is type(None) else anything(k) for k in inner])
    if origin is tuple:
        return st.lists(anything(inner[0]), max_size=3).map(tuple)
    if origin is not None:
        return st.dictionaries(TEXTS, anything(inner[1]).filter(lambda v: v not in (math.inf, -math.inf)), max_size=2)
    if kind is Event:
        return st.one_of([whole(event) for event in EVENTS.values()])
    if kind is Step:
        return st.builds(Step, digits=st.just("1w#"), label=st.none() | TEXTS) | st.builds(Step, word=TEXTS)
    if is_dataclass(kind):
        return whole(kind)
    if issubclass(kind, Enum):
        return st.sampled_from(kind)
    plain = {str: TEXTS, float: FLOATS, int: st.integers(-(2**40), 2**40), bool: st.booleans()}
    return st.datetimes(timezones=st.just(UTC)) if kind is datetime else plain[kind]


def whole(kind: type) -> st.SearchStrategy[Any]:
    hints = get_type_hints(kind)
    chosen = {f.name: anything(hints[f.name]) for f in fields(kind) if f.name != "format"}
    return st.builds(kind, **chosen)


def through_json(value: object) -> Any:
    return json.loads(json.dumps(to_plain(value), allow_nan=False))


@settings(max_examples=60, deadline=None)
@given(whole(CallRecord))
def test_any_record_comes_back_equal(record: CallRecord) -> None:
    assert record_from_plain(through_json(record)) == record


@settings(max_examples=60, deadline=None)
@given(whole(Verdict))
def test_any_verdict_comes_back_equal(verdict: Verdict) -> None:
    assert verdict_from_plain(through_json(verdict)) == verdict


@settings(max_examples=100, deadline=None)
@given(anything(Event))
def test_any_event_comes_back_equal_and_of_its_class(event: Event) -> None:
    back = event_from_plain(through_json(event))
    assert back == event
    assert type(back) is type(event)


@settings(max_examples=60, deadline=None)
@given(whole(Attempt))
def test_any_attempt_comes_back_equal(attempt: Attempt) -> None:
    assert attempt_from_plain(through_json(attempt)) == attempt


def test_every_kind_of_event_is_known_by_name() -> None:
    assert set(EVENTS) == {kind.__name__ for kind in Event.__subclasses__()}
    assert len(EVENTS) >= 13


@pytest.fixture
def record() -> CallRecord:
    attempt = Attempt(
        id="a1", service="caf", number="3230", script=Script.AGENT, due_at=datetime(2026, 12, 1, tzinfo=UTC)
    )
    heard = Heard(at_s=2, stretch=1, sound=Sound.MUSIC, start_s=1.5, evidence={"bpm": 90.0, "tune": "Vivaldi"})
    return CallRecord(
        attempt=attempt,
        invite_at=None,
        trunk=None,
        events=(Invited(at_s=0.0), heard),
        milestones=Milestones(t_queue=1.5),
        heard=(heard,),
        hung_up_by=None,
        last_state="queue",
    )


def test_numbers_that_json_cannot_hold_come_back(record: CallRecord) -> None:
    strange = replace(record, events=(MediaReport(at_s=math.inf, jitter_ms=math.nan),))
    (back,) = record_from_plain(through_json(strange)).events
    assert isinstance(back, MediaReport)
    assert back.at_s == math.inf
    assert math.isnan(back.jitter_ms)


def test_a_field_that_an_older_program_did_not_write_takes_its_default(record: CallRecord) -> None:
    data = through_json(record)
    del data["versions"], data["format"], data["attempt"]["policy"], data["events"][1]["evidence"]
    back = record_from_plain(data)
    assert back.format == RECORD_FORMAT
    assert back.attempt == record.attempt


def change(data: dict[str, Any], path: str, value: object) -> None:
    *way, last = path.split(".")
    at: Any = data
    for step in way:
        at = at[int(step) if step.isdigit() else step]
    at[last] = value


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("format", 2, "record of format 2: this program reads formats up to 1"),
        ("format", "1", "record of format '1': this program reads formats up to 1"),
        ("smell", 1, "record.smell: unknown field; a newer program may have written it"),
        ("milestones.t_smell", 1, "record.milestones.t_smell: unknown field; a newer program may have written it"),
        (
            "events.0.event",
            "Smelt",
            "record.events[0].event: unknown event 'Smelt'; a newer program may have written it",
        ),
        ("events.0.at_s", "early", "record.events[0].at_s: found 'early', expected float"),
        ("events.0.at_s", True, "record.events[0].at_s: found True, expected float"),
        ("events.1.sound", "smell", "record.events[1].sound: 'smell' is not a valid Sound"),
        ("events.1.evidence", [], "record.events[1].evidence: expected a mapping, found list"),
        ("events.1.evidence.tune", [], "record.events[1].evidence.tune: found [], expected float or str"),
        ("events", {}, "record.events: expected a list, found dict"),
        ("attempt", None, "record.attempt: expected a mapping, found NoneType"),
        ("attempt.due_at", "2026-12-01", "record.attempt: attempt a1: due_at is naive, expected an aware UTC datetime"),
        ("attempt.due_at", "soon", "record.attempt.due_at: Invalid isoformat string: 'soon'"),
        ("attempt.due_at", 5, "record.attempt.due_at: fromisoformat: argument must be str"),
        ("trunk", 5, "record.trunk: found 5, expected str"),
    ],
)
def test_data_that_are_no_record_are_one_sentence(record: CallRecord, path: str, value: object, said: str) -> None:
    data = through_json(record)
    change(data, path, value)
    with pytest.raises(PlainError) as refused:
        record_from_plain(data)
    assert str(refused.value) == said


def test_a_missing_field_without_default_is_named(record: CallRecord) -> None:
    data = through_json(record)
    del data["events"][1]["stretch"]
    with pytest.raises(PlainError, match=r"^record\.events\[1\]\.stretch: missing$"):
        record_from_plain(data)


@pytest.mark.parametrize("data", [None, [], "record", 5])
def test_what_is_no_mapping_is_refused(data: object) -> None:
    with pytest.raises(PlainError, match="record: expected a mapping"):
        record_from_plain(data)


def test_every_outcome_has_its_word() -> None:
    for outcome in Outcome:
        verdict = Verdict(outcome=outcome, rule_id="r", rules_version="1", evidence="seen")
        assert verdict_from_plain(through_json(verdict)).outcome is outcome


def test_a_refusal_written_when_it_was_one_step_is_read(record: CallRecord) -> None:
    data = through_json(record)
    change(data, "attempt.profile.refusal", {"digits": "0"})
    assert record_from_plain(data).attempt.profile.refusal == (Step(digits="0"),)
    change(data, "attempt.profile.refusal", None)
    assert record_from_plain(data).attempt.profile.refusal == ()
