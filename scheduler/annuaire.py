"""The official directory of services (DILA, "annuaire de l'administration, base de données locales") → entries.

The whole file, some 63,000 records, is read as a stream: `{"service": [record, …]}`. The API's answers are read too:
`{"total_count": n, "results": [record, …]}`, or a bare list, where inner lists are JSON written as text. Every record
that cannot be taken as it is gets a remark; nothing is dropped in silence.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import IO, Any, cast

import ijson

from prober.failures import DecrocheError
from scheduler.annuaire_hours import ASSUMED, opening_hours
from scheduler.annuaire_numbers import numbers_in
from scheduler.bodies import body_of
from scheduler.territory import department_of, zone_of

LISTS = ("service", "results")
"""Where the records are, in the file and in the API's answer."""
DESK = "accueil"
"""A record is one contact point, where all its numbers ring."""
Plain = dict[str, Any]


class DirectoryUnreadable(DecrocheError):
    """The file is not the directory, or it is cut short."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """Something in a record that was not taken as it is, and what was done."""

    directory_id: str
    name: str
    field: str
    found: str
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which records are wanted; empty: all."""

    types: Collection[str] = ()
    departments: Collection[str] = ()
    communes: Collection[str] = ()

    def wants(self, kinds: Collection[str], communes: Collection[str]) -> bool:
        """True if one of the record's types and one of its places are wanted."""
        places = {department_of(c) for c in communes}
        return (
            (not self.types or bool(set(self.types) & set(kinds)))
            and (not self.departments or bool(set(self.departments) & places))
            and (not self.communes or bool(set(self.communes) & set(communes)))
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A record as the catalogue writes it: plain data of an organisation and of a service."""

    organisation: Plain
    service: Plain
    modified: date | None = None
    """The day of the record's last change, where it says one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a file of the directory holds of the records that are wanted."""

    entries: Mapping[str, Entry]
    """By the record's id."""
    seen: Collection[str]
    """Every id in the file, wanted or not."""
    whole: bool
    """False for a page of the API: what is not in it may still exist."""
    remarks: tuple[Remark, ...]
    types: Mapping[str, int] = field(default_factory=dict)
    """How many records there are of each type."""


def read_directory(file: Path, wanted: Filter, known: Collection[str] = ()) -> Reading:
    """The wanted records of a file, and those whose id is known already. Raises DirectoryUnreadable."""
    entries: dict[str, Entry] = {}
    remarks: list[Remark] = []
    seen: set[str] = set()
    types: dict[str, int] = {}
    count, total = 0, None
    try:
        with _opened(file) as stream:
            where, total = _shape(stream)
        with _opened(file) as stream:
            for record in ijson.items(stream, where):
                count += 1
                key, kinds, communes = _identity(record)
                for kind in kinds:
                    types[kind] = types.get(kind, 0) + 1
                chosen = wanted.wants(kinds, communes)
                if not key or key in seen:
                    if chosen:
                        what = "has no id: left out" if not key else "is there twice: the first one is taken"
                        remarks.append(_remark(record, "id", key, what))
                    continue
                seen.add(key)
                if chosen or key in known:
                    entry, said = entry_of(record)
                    remarks += said
                    if entry is not None:
                        entries[key] = entry
    except OSError as error:
        raise DirectoryUnreadable(f"{file} cannot be read: {error.strerror or error}") from error
    except (ijson.JSONError, UnicodeDecodeError, EOFError) as error:
        what = f"is not whole JSON after {count} records: {' '.join(str(error).split())[:80]}"
        raise DirectoryUnreadable(f"{file} {what} (expected the directory as it is published)") from error
    whole = where == "service.item" or (total is not None and total <= count)
    return Reading(entries=entries, seen=seen, whole=whole, remarks=tuple(remarks), types=types)


def _opened(file: Path) -> IO[bytes]:
    return cast(IO[bytes], gzip.open(file)) if file.suffix == ".gz" else file.open("rb")


def _shape(stream: IO[bytes]) -> tuple[str, int | None]:
    """Where the records are, and how many the API says there are."""
    total = None
    for prefix, event, value in ijson.parse(stream):
        if prefix == "total_count" and event == "number":
            total = int(value)
        if event == "start_array":
            if prefix == "":
                return "item", total
            if prefix in LISTS:
                return f"{prefix}.item", total
    raise DirectoryUnreadable(f"{stream.name} holds no records (expected a list under {' or '.join(LISTS)})")


def _identity(record: Plain) -> tuple[str, list[str], list[str]]:
    """Id, types and communes of a record."""
    pivots = [p for p in _inner(record, "pivot") if isinstance(p, dict)]
    kinds = [str(p["type_service_local"]) for p in pivots if p.get("type_service_local")]
    own = record.get("code_insee_commune")
    communes = [str(c) for c in (own if isinstance(own, list) else [own]) if c]
    communes += [str(c) for p in pivots for c in _listed(p.get("code_insee_commune")) if str(c) not in communes]
    return str(record.get("id") or ""), kinds, communes


def _inner(record: Plain, key: str) -> list[Any]:
    """An inner list: as it is, or written as JSON text by the API."""
    return _listed(record.get(key))


def _listed(value: Any) -> list[Any]:
    if isinstance(value, str):
        try:
            value = json.loads(value) if value.strip() else []
        except ValueError:
            value = [value]
    return value if isinstance(value, list) else [] if value is None else [value]


def entry_of(record: Plain) -> tuple[Entry | None, list[Remark]]:
    """The record as organisation and service, with remarks; None if there is no number to call."""
    key, kinds, communes = _identity(record)
    said: list[Remark] = []

    def remark(field: str, found: object, what: str) -> None:
        said.append(_remark(record, field, str(found), what))

    numbers, problems = numbers_in(_inner(record, "telephone"))
    for found, what in problems:
        remark("telephone", found, what)
    if not numbers:
        remark("telephone", "", "no number that can be called: left out")
        return None, said
    if not kinds or not communes:
        remark("pivot", record.get("pivot") or "", "no type or no commune: left out")
        return None, said
    hours, problems = opening_hours(_inner(record, "plage_ouverture"))
    for found, what in problems:
        remark("plage_ouverture", found, what)
    if note := str(record.get("commentaire_plage_ouverture") or "").strip():
        remark("commentaire_plage_ouverture", note, "a condition on the hours: to read")
    kind, commune = kinds[0], communes[0]
    department = department_of(commune)
    if department is None:
        remark("code_insee_commune", commune, "no commune of France: left out")
        return None, said
    body, known = body_of(kind, department, commune, _name(record))
    if not known:
        remark("pivot", kind, "a type whose legal status is not known: other")
    service: Plain = {
        "id": _slug(f"{kind}-{commune}-{key[:8]}"),
        "name": _name(record),
        "organisation": body["id"],
        "contact_points": [{"id": DESK, "name": _place(record), "commune": commune}],
        "numbers": [{"number": n, "contact_point": DESK} for n in numbers],
        "hours": hours or ASSUMED,
        "hours_assumed": True,
        "zone": zone_of(department),
        "department": department,
        "tags": [_slug(kind)],
        "directory_id": key,
    }
    return Entry(organisation=body, service=service, modified=_day(record.get("date_modification"))), said


def _day(text: object) -> date | None:
    """01/10/2026 08:00:00, or 2026-10-01T08:00:00 in the API's answers."""
    found = re.match(r"(\d{2})/(\d{2})/(\d{4})|(\d{4})-(\d{2})-(\d{2})", str(text or ""))
    if found is None:
        return None
    day, month, year = found.group(1, 2, 3) if found[1] else found.group(6, 5, 4)
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def _remark(record: Plain, field: str, found: str, what: str) -> Remark:
    return Remark(directory_id=str(record.get("id") or ""), name=_name(record), field=field, found=found, what=what)


def _name(record: Plain) -> str:
    return " ".join(str(record.get("nom") or "sans nom").split())[:500]


def _place(record: Plain) -> str:
    """The first address in one line; the record's name if it has none."""
    for address in _inner(record, "adresse"):
        if isinstance(address, dict):
            town = f"{address.get('code_postal') or ''} {address.get('nom_commune') or ''}".strip()
            line = ", ".join(part for part in (str(address.get("numero_voie") or "").strip(), town) if part)
            if line:
                return line[:500]
    return _name(record)


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9_.-]+", "-", text.lower()).strip("-_.")[:64] or "x"
