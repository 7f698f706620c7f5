"""Records and verdicts to plain data (what JSON can hold) and back, without loss.

A dataclass becomes a mapping of its fields; an event carries its class name under `event`; tuples become lists, enums
their value, an instant its ISO 8601 text. Floats that JSON cannot hold become "nan", "inf" or "-inf".
"""

from __future__ import annotations

import math
import types
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import datetime
from enum import Enum
from functools import cache
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from prober import events
from prober.attempt import Attempt, Step
from prober.events import Event
from prober.failures import DecrocheError
from prober.record import RECORD_FORMAT, CallRecord
from prober.verdict import Context, Verdict

T = TypeVar("T")
EVENTS: dict[str, type[Event]] = {
    name: kind
    for name, kind in vars(events).items()
    if isinstance(kind, type) and issubclass(kind, Event) and kind is not Event
}
_SPECIAL = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}


class PlainError(DecrocheError):
    """Plain data that is no record; the message says where and what was expected."""


def to_plain(value: object) -> Any:
    """Plain data of a record, verdict, attempt or event."""
    if is_dataclass(value) and not isinstance(value, type):
        tag = {"event": type(value).__name__} if isinstance(value, Event) else {}
        return tag | {f.name: to_plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): to_plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [to_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value


def record_from_plain(data: object) -> CallRecord:
    """The record that `to_plain` wrote. Raises PlainError, also for a newer format."""
    written = data.get("format", RECORD_FORMAT) if isinstance(data, Mapping) else RECORD_FORMAT
    if not isinstance(written, int) or written > RECORD_FORMAT:
        raise PlainError(f"record of format {written!r}: this program reads formats up to {RECORD_FORMAT}")
    return _read(CallRecord, data, "record")


def verdict_from_plain(data: object) -> Verdict:
    """The verdict that `to_plain` wrote. Raises PlainError."""
    return _read(Verdict, data, "verdict")


def context_from_plain(data: object) -> Context:
    """The context that `to_plain` wrote. Raises PlainError."""
    return _read(Context, data, "context")


def attempt_from_plain(data: object) -> Attempt:
    """The attempt that `to_plain` wrote. Raises PlainError."""
    return _read(Attempt, data, "attempt")


def event_from_plain(data: object) -> Event:
    """The event that `to_plain` wrote, of the class it names. Raises PlainError."""
    return _read(Event, data, "event")


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


@cache
def _kept(kind: type) -> dict[str, frozenset[type]]:
    """Types that each field takes as they come; most values are of these, and a month has thousands."""
    kinds = {
        name: get_args(hint) if get_origin(hint) in (Union, types.UnionType) else (hint,)
        for name, hint in _hints(kind).items()
    }
    return {name: frozenset(each) & {str, int, float, bool, types.NoneType} for name, each in kinds.items()}


@cache
def _names(kind: Any) -> tuple[frozenset[str], frozenset[str]]:
    """All fields, and those without a default."""
    known = fields(kind)
    needed = (f.name for f in known if f.default is MISSING and f.default_factory is MISSING)
    return frozenset(f.name for f in known), frozenset(needed)


def _read(kind: type[T], data: object, path: str) -> T:
    """A dataclass from its mapping: missing fields take their default, unknown ones are refused by name."""
    if not isinstance(data, Mapping):
        raise PlainError(f"{path}: expected a mapping, found {type(data).__name__}")
    given = dict(data)
    target: type = kind
    if issubclass(kind, Event):
        tag = given.pop("event", None)
        if kind is Event and tag not in EVENTS:
            raise PlainError(f"{path}.event: unknown event {tag!r}; a newer program may have written it")
        target = EVENTS[tag] if kind is Event else kind
    known, needed = _names(target)
    if not given.keys() <= known:
        raise PlainError(f"{path}.{min(given.keys() - known)}: unknown field; a newer program may have written it")
    if not given.keys() >= needed:
        missing = next(f.name for f in fields(target) if f.name in needed - given.keys())
        raise PlainError(f"{path}.{missing}: missing")
    hints, kept = _hints(target), _kept(target)
    values = {
        name: item if type(item) in kept[name] else _value(hints[name], item, f"{path}.{name}")
        for name, item in given.items()
    }
    try:
        made: T = target(**values)
    except (ValueError, TypeError) as error:
        raise PlainError(f"{path}: {error}") from error
    return made


def _value(hint: Any, item: Any, path: str) -> Any:
    if isinstance(hint, type):
        return _scalar(hint, item, path)
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        if item is None and type(None) in inner:
            return None
        return _one_of([kind for kind in inner if kind is not type(None)], item, path)
    if origin is tuple:
        if inner[0] is Step and not isinstance(item, list | tuple):  # a refusal, written when it was one step
            item = [] if item is None else [item]
        if not isinstance(item, list | tuple):
            raise PlainError(f"{path}: expected a list, found {type(item).__name__}")
        return tuple(_value(inner[0], each, f"{path}[{n}]") for n, each in enumerate(item))
    if origin is not None and issubclass(origin, Mapping):
        if not isinstance(item, Mapping):
            raise PlainError(f"{path}: expected a mapping, found {type(item).__name__}")
        return {key: _value(inner[1], each, f"{path}.{key}") for key, each in item.items()}
    return _scalar(hint, item, path)


def _one_of(kinds: list[Any], item: Any, path: str) -> Any:
    """A number or text (`float | str`) is kept as it came; a single kind is read as such."""
    if len(kinds) == 1:
        return _value(kinds[0], item, path)
    if not isinstance(item, tuple(kinds)) and not (float in kinds and isinstance(item, int)):
        raise PlainError(f"{path}: found {item!r}, expected {' or '.join(k.__name__ for k in kinds)}")
    return item


def _scalar(kind: Any, item: Any, path: str) -> Any:
    if is_dataclass(kind) and isinstance(kind, type):
        return _read(kind, item, path)
    try:
        if kind is datetime:
            return datetime.fromisoformat(item)
        if issubclass(kind, Enum):
            return kind(item)
        if kind is float and isinstance(item, str) and item in _SPECIAL:
            return _SPECIAL[item]
    except (ValueError, TypeError) as error:
        raise PlainError(f"{path}: {error}") from error
    fits = isinstance(item, int | float) if kind is float else isinstance(item, kind)
    if not fits or (isinstance(item, bool) and kind is not bool):
        raise PlainError(f"{path}: found {item!r}, expected {kind.__name__}")
    return item
