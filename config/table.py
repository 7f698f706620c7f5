"""A catalogue as a table (CSV): one row a number, with its service, organisation and contact point beside it.

What belongs to a service stands once, in the first row that names it; further rows repeat the id alone, or the same
values. An empty cell is a key left out. Lists of short values are separated by spaces; steps and past hours are JSON.
Comma or semicolon, with or without a byte order mark: what a spreadsheet writes is read.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

from config.lines import KeyPath, Refused, Text, dotted, scalar

Kind = Literal["text", "value", "texts", "values", "json"]
Entry = dict[str, Any]

_ORGANISATION: dict[str, tuple[KeyPath, Kind]] = {
    "organisation": (("id",), "text"),
    "organisation_name": (("name",), "text"),
    "legal_type": (("legal_type",), "text"),
    "informed_at": (("informed_at",), "text"),
    "organisation_contact": (("contact",), "text"),
    "ministry": (("ministry",), "text"),
}
_SERVICE: dict[str, tuple[KeyPath, Kind]] = {
    "service": (("id",), "text"),
    "service_name": (("name",), "text"),
    "hours": (("hours",), "text"),
    "hours_assumed": (("hours_assumed",), "value"),
    "past_hours": (("past_hours",), "json"),
    "closed_on": (("closed_on",), "texts"),
    "ends_on": (("ends_on",), "text"),
    "zone": (("zone",), "text"),
    "department": (("department",), "text"),
    "region": (("region",), "text"),
    "scripts": (("scripts",), "texts"),
    "attempts": (("attempts",), "value"),
    "agent_pickup_rate": (("targets", "agent_pickup_rate"), "value"),
    "human_reach_rate": (("targets", "human_reach_rate"), "value"),
    "targets_since": (("targets", "since"), "text"),
    "hourly_traffic": (("hourly_traffic",), "values"),
    "yearly_calls": (("yearly_calls",), "value"),
    "received_per_month": (("received_per_month",), "value"),
    "calls_per_day": (("calls_per_day",), "value"),
    "calls_per_month": (("calls_per_month",), "value"),
    "tags": (("tags",), "texts"),
    "service_contact": (("contact",), "text"),
    "directory_id": (("directory_id",), "text"),
}
_POINT: dict[str, tuple[KeyPath, Kind]] = {
    "contact_point": (("id",), "text"),
    "contact_point_name": (("name",), "text"),
    "commune": (("commune",), "text"),
}
_NUMBER: dict[str, tuple[KeyPath, Kind]] = {
    "number": (("number",), "text"),
    "weight": (("weight",), "value"),
    "trunk": (("trunk",), "text"),
    "has_menu": (("has_menu",), "value"),
    "path": (("path",), "json"),
    "refusal": (("refusal",), "json"),
    "menu_version": (("menu_version",), "value"),
}
COLUMNS = (*_ORGANISATION, *_SERVICE, *_POINT, *_NUMBER)
_PLACES = {
    **{("organisations", *path): name for name, (path, _) in _ORGANISATION.items()},
    **{("services", *path): name for name, (path, _) in _SERVICE.items()},
    ("services", "organisation"): "organisation",
    ("services", "numbers"): "number",
    **{("services", "contact_points", *path): name for name, (path, _) in _POINT.items()},
    **{("services", "numbers", *path): name for name, (path, _) in _NUMBER.items()},
    ("services", "numbers", "contact_point"): "contact_point",
}


def column_of(path: KeyPath) -> str:
    """The column that holds a key; what is inside a JSON cell comes after its column."""
    keys = [(place, key) for place, key in enumerate(path) if isinstance(key, str)]
    for length in range(len(keys), 1, -1):
        column = _PLACES.get(tuple(str(key) for _, key in keys[:length]))
        if column is not None:
            return column + dotted(path[keys[length - 1][0] + 1 :]).removeprefix(".") if length < len(keys) else column
    return ""


def read_table(source: str) -> Text:
    """The organisations and services of a table. Raises Refused if its first line is no heading of one.

    Rows that cannot be read are in `wrong`, with the entry that they belong to.
    """
    source = source.removeprefix("\ufeff")
    first = source.split("\n", 1)[0]
    comma = ";" if first.count(";") > first.count(",") else ","
    rows = csv.reader(io.StringIO(source, newline=""), delimiter=comma, strict=True)
    reading = _Reading()
    try:
        heading = [name.strip() for name in next(rows, [])]
        _check_heading(heading)
        last = rows.line_num
        for row in rows:
            reading.row(heading, row, line=last + 1)
            last = rows.line_num
    except csv.Error as error:
        raise Refused(rows.line_num, (), f"is not a table: {error} (expected CSV)") from error
    return Text(data=reading.data, lines=reading.lines, name_of=column_of, wrong=tuple(reading.wrong))


def _check_heading(heading: list[str]) -> None:
    for name in heading:
        if name not in COLUMNS:
            raise Refused(1, (), f"no column is called {name!r} (expected among {', '.join(COLUMNS)})")
        if heading.count(name) > 1:
            raise Refused(1, (), f"the column {name} is there twice (expected it once)")
    if not heading:
        raise Refused(1, (), "is empty (expected a heading with the columns service, service_name, number…)")


class _Reading:
    """Entries gathered row by row."""

    def __init__(self) -> None:
        self.data: dict[str, list[Entry]] = {"organisations": [], "services": []}
        self.lines: dict[KeyPath, int] = {(): 1, ("organisations",): 1, ("services",): 1}
        self.wrong: list[Refused] = []
        self._known: dict[tuple[KeyPath, str], int] = {}

    def row(self, heading: list[str], row: list[str], line: int) -> None:
        """Take a row into the entries that it names."""
        cells = {name: cell for name, cell in zip(heading, row, strict=False) if cell != ""}
        if not cells and not any(row):
            return
        body = self._entry(("organisations",), _ORGANISATION, cells, line)
        service = self._entry(("services",), _SERVICE, cells, line)
        where = service or body or ()
        if len(row) > len(heading):
            self._refuse(where, line, f"{len(row)} cells under {len(heading)} columns (expected as many)")
        if service is None:
            stray = [name for name in cells if name not in _ORGANISATION]
            if body is None or stray:
                what = f"{', '.join(stray) or 'the row'} belongs to no service (expected its id in the column service)"
                self._refuse(where, line, what)
            return
        if body is not None:
            self._set(service, ("organisation",), cells["organisation"], line)
        if "contact_point_name" in cells or "commune" in cells:
            self._entry((*service, "contact_points"), _POINT, cells, line)
        if "number" in cells:
            numbers = self._at(service).setdefault("numbers", [])
            place = (*service, "numbers", len(numbers))
            numbers.append({})
            self._fill(place, _NUMBER, cells, line)
            if "contact_point" in cells:
                self._set(place, ("contact_point",), cells["contact_point"], line)
        elif stray := [name for name in cells if name in _NUMBER]:
            self._refuse(service, line, f"{', '.join(stray)} without a number (expected one in the column number)")

    def _entry(
        self, section: KeyPath, columns: Mapping[str, tuple[KeyPath, Kind]], cells: Mapping[str, str], line: int
    ) -> KeyPath | None:
        """Where the entry that the row names stands, filled from the row; None if it names none."""
        name = cells.get(next(iter(columns)))
        if name is None:
            return None
        holder = self._at(section[:-1])
        entries = holder.setdefault(str(section[-1]), [])
        index = self._known.setdefault((section, name), len(entries))
        if index == len(entries):
            entries.append({})
            self.lines.setdefault(section, line)
        place = (*section, index)
        self._fill(place, columns, cells, line)
        return place

    def _fill(
        self, place: KeyPath, columns: Mapping[str, tuple[KeyPath, Kind]], cells: Mapping[str, str], line: int
    ) -> None:
        self.lines.setdefault(place, line)
        for column, (path, kind) in columns.items():
            if column in cells:
                try:
                    value = _value(cells[column], kind)
                except ValueError:
                    self._refuse((*place, *path), line, f"{cells[column][:60]!r} is not JSON (expected a list)")
                else:
                    self._set(place, path, value, line)

    def _set(self, place: KeyPath, path: KeyPath, value: object, line: int) -> None:
        holder, full = self._at(place), (*place, *path)
        for key in path[:-1]:
            holder = holder.setdefault(str(key), {})
        if path[-1] in holder and holder[path[-1]] != value:
            before = f"line {self.lines[full]} says {holder[path[-1]]!r}"
            self._refuse(full, line, f"{value!r}, where {before} (expected one value for one {place[0][:-1]})")  # type: ignore[index]
        holder.setdefault(path[-1], value)
        self.lines.setdefault(full, line)

    def _at(self, place: KeyPath) -> Any:
        found: Any = self.data
        for key in place:
            found = found[key]
        return found

    def _refuse(self, place: KeyPath, line: int, what: str) -> None:
        self.wrong.append(Refused(line, place, what))


def _value(cell: str, kind: Kind) -> object:
    match kind:
        case "value":
            return scalar(cell.strip())
        case "texts":
            return cell.split()
        case "values":
            return [scalar(part) for part in cell.split()]
        case "json":
            return json.loads(cell)
    return cell


def table_of(data: Mapping[str, Any]) -> str:
    """The table of a catalogue's data, as it is read from a file: reading it back gives the same data."""
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(_rows(data.get("organisations") or [], data.get("services") or []))
    return out.getvalue()


def _rows(bodies: list[Entry], services: list[Entry]) -> Iterator[Entry]:
    """In the order of the services; organisations come in their own order, before the first service that needs one."""
    waiting = {body["id"]: _cells(body, _ORGANISATION) for body in bodies}
    for service in services:
        own = service.get("organisation")
        while own in waiting and next(iter(waiting)) != own:
            yield waiting.pop(next(iter(waiting)))
        row = waiting.pop(own, {"organisation": own}) | _cells(service, _SERVICE)
        for more in _lines_of(service):
            yield row | more
            row = {"service": service["id"]}
    yield from waiting.values()


def _lines_of(service: Entry) -> Iterator[Entry]:
    """Contact points and numbers: points in their own order, each before the first number that needs it."""
    waiting = {point["id"]: _cells(point, _POINT) for point in service.get("contact_points") or []}
    for number in service["numbers"]:
        own = number.get("contact_point")
        while own in waiting and next(iter(waiting)) != own:
            yield waiting.pop(next(iter(waiting)))
        point = waiting.pop(own, {"contact_point": own} if own is not None else {})
        yield point | _cells(number, _NUMBER)
    yield from waiting.values()


def _cells(entry: Entry, columns: Mapping[str, tuple[KeyPath, Kind]]) -> Entry:
    cells = {}
    for column, (path, kind) in columns.items():
        value: Any = entry
        for key in path:
            value = (value or {}).get(key)
        if value is not None and value != []:
            cells[column] = _cell(value, kind)
    return cells


def _cell(value: Any, kind: Kind) -> str:
    if kind == "json":
        return json.dumps(value, ensure_ascii=False)
    if kind in ("texts", "values"):
        return " ".join(_plain(part) for part in value)
    return _plain(value)


def _plain(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def read_file(file: Path) -> Text:
    """The content of a table. Raises Refused."""
    try:
        raw = file.read_bytes()
    except OSError as error:
        raise Refused(1, (), f"cannot be read: {error.strerror} (expected a CSV file)") from error
    try:
        return read_table(raw.decode("utf-8"))
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise Refused(line, (), "is not UTF-8 text (expected a CSV file saved as UTF-8)") from error
