"""A catalogue of plain data: what its numbers may be, and how an import of the official directory changes it.

An import compares three states: what the directory said last time, what it says now, and what stands in the catalogue.
A key that somebody changed by hand stays as it is, whatever the directory says, and that is reported. Every change is
kept with the value it replaced, so an import can be undone without losing what was edited since.
"""

from __future__ import annotations

import copy
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from prober.number import forbidden, normal, number_class, surtax_forbidden
from scheduler.territory import METROPOLIS, REGION_OF, zone_of

Plain = dict[str, Any]
Data = Mapping[str, list[Plain]]
Place = tuple[str | int, ...]
FOLLOWED = ("name", "hours", "zone", "department", "contact_points", "organisation")
"""Keys of a service that follow the directory as a whole; numbers follow it one by one."""
CLOSED = "closed_on"
"""In the remembered state: the day since when the directory no longer has the record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something about a catalogue that validates. A grave one is a mistake; any other is to know."""

    place: Place
    what: str
    grave: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One value of the catalogue set by an import; without `key`, a whole entry added."""

    section: str
    id: str
    kind: str
    """added, number, hours, closed, reopened, or the key that changed."""
    key: str | None = None
    before: Any = None
    after: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A value that was left as somebody edited it."""

    id: str
    key: str
    here: Any
    directory: Any


def findings(data: Data) -> Iterator[Finding]:
    """What is wrong or remarkable with the numbers and places of a catalogue."""
    legal = {body["id"]: body.get("legal_type", "other") for body in data["organisations"]}
    owners: dict[str, str] = {}
    for index, service in enumerate(data["services"]):
        here: Place = ("services", index)
        for place, entry in enumerate(service["numbers"]):
            yield from _of_number(entry, legal.get(service["organisation"], "other"), (*here, "numbers", place))
            number = normal(str(entry["number"]))
            first = owners.setdefault(number, service["id"])
            if first != service["id"]:
                yield Finding(place=(*here, "numbers", place, "number"), what=f"{number} is also a number of {first}")
        department, region = service.get("department"), service.get("region")
        if department and region and REGION_OF.get(str(department), region) != str(region):
            what = f"{department} is not in the region {region} (expected {REGION_OF[str(department)]})"
            yield Finding(place=(*here, "region"), what=what, grave=True)
        if department and zone_of(str(department)) != METROPOLIS == service.get("zone", METROPOLIS):
            what = f"{METROPOLIS} is not the clock of {department} (expected {zone_of(str(department))})"
            yield Finding(place=(*here, "zone"), what=what, grave=True)


def _of_number(entry: Plain, legal_type: str, place: Place) -> Iterator[Finding]:
    number = str(entry["number"])
    refused = forbidden(number, allow={number})
    if refused is not None:
        yield Finding(place=(*place, "number"), what=refused, grave=True)
    elif number.startswith("sip:"):
        return
    elif number_class(number) == "international":
        what = f"{number} is a foreign number, or has lost its zero in a spreadsheet (expected 0140000000)"
        yield Finding(place=(*place, "number"), what=what, grave=True)
    elif surtax_forbidden(number, legal_type):
        what = f"{number} is surtaxed, which the law forbids to this body (loi 2018-727, art. 28)"
        yield Finding(place=(*place, "number"), what=what)
    elif number_class(number) == "surtaxed":
        what = f"{number} is surtaxed: a campaign calls it only if numbers.allow_surtaxed names it"
        yield Finding(place=(*place, "number"), what=what)


def changes_of(
    data: Data,
    before: Mapping[str, Plain],
    directory: Mapping[str, tuple[Plain, Plain]],
    gone: Collection[str],
    day: date,
    since: Mapping[str, date] = {},
) -> tuple[list[Change], list[Kept]]:
    """What the directory changes in the catalogue, and what it leaves because somebody edited it.

    `before` holds the services as the directory had them, by its id; `directory` organisation and service as it has
    them now; `gone` the ids that it no longer has; `since` the day of a record's own change, from which its new hours
    are in force, where that is not `day`. A service that somebody took out of the catalogue stays out.
    """
    here = {s["directory_id"]: s for s in data["services"] if s.get("directory_id")}
    bodies = {body["id"] for body in data["organisations"]}
    taken = {s["id"] for s in data["services"]}
    changes: list[Change] = []
    kept: list[Kept] = []
    for key, (body, service) in directory.items():
        mine, was = here.get(key), before.get(key)
        if mine is None and was is not None:
            continue
        moved = mine is not None and mine["organisation"] == (was or {}).get("organisation") != body["id"]
        if body["id"] not in bodies and (mine is None or moved):
            bodies.add(body["id"])
            changes.append(Change(section="organisations", id=body["id"], kind="added", after=body))
        if mine is None:
            if service["id"] in taken:
                service = service | {"id": f"{service['id'][:55]}-{key[-8:]}".lower()}
            taken.add(service["id"])
            changes.append(Change(section="services", id=service["id"], kind="added", after=service))
        else:
            _compare(mine, was or {}, service, min(day, since.get(key, day)), changes, kept)
    for key in gone:
        mine = here.get(key)
        if mine is not None and mine.get("ends_on") is None:
            changes.append(_set(mine, "closed", "ends_on", day.isoformat()))
    return changes, kept


def _compare(mine: Plain, was: Plain, now: Plain, day: date, changes: list[Change], kept: list[Kept]) -> None:
    if was.get(CLOSED) is not None and mine.get("ends_on") == was[CLOSED]:
        changes.append(_set(mine, "reopened", "ends_on", None))
    for key in FOLLOWED:
        said, says, stands = was.get(key), now.get(key), mine.get(key)
        if says in (said, stands):
            continue
        confirmed = key == "hours" and not mine.get("hours_assumed", False)
        if stands != said or confirmed:
            kept.append(Kept(id=mine["id"], key=key, here=stands, directory=says))
            continue
        changes.append(_set(mine, key, key, says))
        if key == "hours":
            history = [*(mine.get("past_hours") or []), {"until": _eve(day), "hours": stands}]
            changes.append(_set(mine, "hours", "past_hours", history))
    _compare_numbers(mine, was.get("numbers") or [], now["numbers"], changes, kept)


def _compare_numbers(
    mine: Plain, was: Sequence[Plain], now: Sequence[Plain], changes: list[Change], kept: list[Kept]
) -> None:
    """Numbers that the directory dropped make room for those it brings, with what was noted about them by hand."""
    said, says = [normal(str(n["number"])) for n in was], [normal(str(n["number"])) for n in now]
    stands = [normal(str(n["number"])) for n in mine["numbers"]]
    fresh = [n for n in says if n not in said and n not in stands]
    dropped = [n for n in said if n not in says]
    result: list[Plain] = []
    for number, entry in zip(stands, mine["numbers"], strict=True):
        if number not in dropped:
            result.append(entry)
        elif fresh:
            result.append(entry | {"number": fresh.pop(0)})
    points = {point["id"] for point in mine.get("contact_points") or []}
    result += [
        {k: v for k, v in entry.items() if k != "contact_point" or v in points}
        for entry in now
        if normal(str(entry["number"])) in fresh
    ]
    if not result:
        kept.append(Kept(id=mine["id"], key="numbers", here=stands, directory=says))
    elif result != mine["numbers"]:
        changes.append(_set(mine, "number", "numbers", result))
    elif dropped and set(dropped).isdisjoint(stands):
        kept.append(Kept(id=mine["id"], key="numbers", here=stands, directory=says))


def _eve(day: date) -> str:
    return (day - timedelta(days=1)).isoformat()


def _set(mine: Plain, kind: str, key: str, after: Any) -> Change:
    return Change(section="services", id=mine["id"], kind=kind, key=key, before=mine.get(key), after=after)


def applied(data: Data, changes: Sequence[Change]) -> dict[str, list[Plain]]:
    """The catalogue after the changes; the one given stays as it is."""
    made = {section: list(data[section]) for section in ("organisations", "services")}
    places = {(section, entry["id"]): index for section in made for index, entry in enumerate(made[section])}
    for change in changes:
        if change.key is None:
            places[change.section, change.id] = len(made[change.section])
            made[change.section].append(copy.deepcopy(change.after))
        else:
            index = places[change.section, change.id]
            made[change.section][index] = _with(made[change.section][index], change.key, change.after)
    return made


def undone(data: Data, changes: Sequence[Change]) -> tuple[dict[str, list[Plain]], list[Kept]]:
    """The catalogue without the changes, last one first; what was edited since is kept and told."""
    made = {section: {entry["id"]: entry for entry in data[section]} for section in ("organisations", "services")}
    kept: list[Kept] = []
    for change in reversed(changes):
        entry = made[change.section].get(change.id)
        if entry is None:
            continue
        if change.key is not None:
            if entry.get(change.key) == change.after:
                made[change.section][change.id] = _with(entry, change.key, change.before)
            else:
                kept.append(Kept(id=change.id, key=change.key, here=entry.get(change.key), directory=change.before))
        elif entry != change.after or _needed(change, made["services"].values()):
            kept.append(Kept(id=change.id, key=change.section, here="edited or used since", directory=None))
        else:
            del made[change.section][change.id]
    return {section: list(entries.values()) for section, entries in made.items()}, kept


def _needed(change: Change, services: Collection[Plain]) -> bool:
    return change.section == "organisations" and any(s["organisation"] == change.id for s in services)


def _with(entry: Plain, key: str, value: Any) -> Plain:
    """The entry with the key at its place; without it if there is no value."""
    return {k: v for k, v in (entry | {key: value}).items() if v is not None}
