"""A catalogue on disk: organisations and services, in YAML or as a table, read, checked and written whole.

The data is plain, as it stands in the file: an import changes keys of it and leaves everything else as it was written.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from config.lines import KeyPath, Text, scalar
from config.loader import ConfigError, Mistake, mistakes_in, read_text
from config.settings import CatalogueFile, between_entries
from config.table import table_of

SECTIONS = ("organisations", "services")
Entry = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """A catalogue that validates, and what had to be left out of it."""

    data: Mapping[str, list[Entry]]
    """`organisations` and `services`, keys and values as they are written."""
    valid: CatalogueFile
    skipped: tuple[Mistake, ...] = ()
    """The first mistake of each entry that was skipped."""
    text: Text
    kept: Mapping[str, list[int]]
    """Where each entry of the data stands in the text."""

    def mistake(self, file: Path, path: KeyPath, what: str) -> Mistake:
        """A mistake found later in the data, at its line."""
        return _mistake(file, self.text, _whole(path, self.kept), what)


def read_catalogue(file: Path, *, skip_invalid: bool = False) -> Catalogue:
    """The catalogue of a file. Raises ConfigError with every mistake.

    With `skip_invalid`, entries with a mistake are left out, and those that need them (the services of an organisation
    that is left out). Only a file that cannot be read at all is then still an error.
    """
    text = read_text(file)
    kept = {section: list(range(len(_list(text, section)))) for section in SECTIONS}
    skipped: list[Mistake] = []
    while True:
        found = _mistakes(file, text, kept)
        if isinstance(found, CatalogueFile):
            data = {section: [_list(text, section)[i] for i in kept[section]] for section in SECTIONS}
            return Catalogue(data=data, valid=found, skipped=tuple(sorted(skipped)), text=text, kept=kept)
        entries = {path[:2] for path, _ in found if len(path) > 1 and path[0] in SECTIONS and isinstance(path[1], int)}
        if not skip_invalid or any(path[:2] not in entries for path, _ in found):
            raise ConfigError(sorted({mistake for _, mistake in found}))
        skipped += [min(mistake for path, mistake in found if path[:2] == entry) for entry in entries]
        for section, index in entries:
            kept[str(section)].remove(int(index))


def _list(text: Text, section: str) -> list[Entry]:
    entries = text.data.get(section) or []
    return entries if isinstance(entries, list) else []


def _mistakes(file: Path, text: Text, kept: Mapping[str, list[int]]) -> CatalogueFile | list[tuple[KeyPath, Mistake]]:
    """What is kept, if it validates; else its mistakes, each with its key path in the whole file."""
    every = all(len(kept[section]) == len(_list(text, section)) for section in SECTIONS)
    part = {section: [_list(text, section)[i] for i in kept[section]] for section in SECTIONS}
    wrong = tuple(w for w in text.wrong if len(w.path) < 2 or w.path[1] in kept.get(str(w.path[0]), ()))
    view = Text(data=text.data if every else part, lines=text.lines, name_of=text.name_of, wrong=wrong)
    found = mistakes_in(CatalogueFile, file, view, {}, place=lambda path: _whole(path, kept))
    if isinstance(found, list):
        return found
    between = [(_whole(path, kept), what) for path, what in between_entries(found)]
    told = [(path, _mistake(file, text, path, what)) for path, what in between]
    return told or found


def _whole(path: KeyPath, kept: Mapping[str, list[int]]) -> KeyPath:
    """A path in what is kept → the path in the whole file."""
    if len(path) > 1 and path[0] in kept and isinstance(path[1], int):
        return (path[0], kept[str(path[0])][path[1]], *path[2:])
    return path


def _mistake(file: Path, text: Text, path: KeyPath, what: str) -> Mistake:
    return Mistake(file=str(file), line=text.line_of(path), path=text.name_of(path), what=what)


class _Dumper(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # type: ignore[misc]
    """Quotes every text that our own reader would take for something else."""


def _quoted(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=None if scalar(text) == text else "'")


_Dumper.add_representer(str, _quoted)


def yaml_of(data: Mapping[str, list[Entry]]) -> str:
    """The YAML text of a catalogue's data: reading it back gives the same data."""
    plain = {section: data.get(section) or [] for section in SECTIONS}
    return yaml.dump(plain, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=110)


def validated(file: Path, data: Mapping[str, list[Entry]]) -> CatalogueFile:
    """The data that is about to be written there, if it validates. Raises ConfigError."""
    every = {section: list(range(len(data[section]))) for section in SECTIONS}
    found = _mistakes(file, Text(data=dict(data), lines={}), every)
    if isinstance(found, CatalogueFile):
        return found
    raise ConfigError(sorted(mistake for _, mistake in found))


def is_table(file: Path) -> bool:
    """A catalogue named .csv is a table; any other is YAML."""
    return file.suffix.lower() == ".csv"


def has_comments(file: Path) -> bool:
    """True if lines of a YAML catalogue are comments, which a rewrite does not keep."""
    return not is_table(file) and any(line.lstrip().startswith("#") for line in file.read_text("utf-8").splitlines())


def write_catalogue(file: Path, data: Mapping[str, list[Entry]]) -> None:
    """Write the catalogue, by its name as YAML or as a table; the old file stands until the new one is whole."""
    beside = file.with_name(f".{file.name}.new")
    beside.write_text(table_of(data) if is_table(file) else yaml_of(data), encoding="utf-8", newline="")
    beside.replace(file)
