"""YAML files and the environment → Settings. A mistake is one line.

`file:line: key.path: what is wrong (expected …)`. A value is a bare number in the unit of its key: `ring_s: 60`.

Several files make one: `load(Path("decroche.yaml"), Path("campaign.yaml"))`; each section stands in one of them.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from config import table
from config.lines import KeyPath, Refused, Text, dotted, read
from config.menu_file import SUFFIX, MenuFile, misplaced, with_menus
from config.schema import expected, keys_at
from config.section import Contradiction, Section
from config.settings import CatalogueFile, Settings, contradictions
from config.trunks import national_form

VARIABLE = "DECROCHE_CONFIG"
DEFAULT = Path("decroche.yaml")
S = TypeVar("S", bound=Section)
Judge = Callable[[Settings], Iterable[tuple[KeyPath, str]]]
"""Settings → the key path of each mistake, and a sentence."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Mistake:
    """One thing wrong in a file."""

    file: str
    line: int
    path: str
    what: str

    def __str__(self) -> str:
        return ": ".join(part for part in (f"{self.file}:{self.line}", self.path, self.what) if part)


class ConfigError(Exception):
    """A settings file is wrong; its text is the first mistake, `mistakes` holds all of them."""

    def __init__(self, mistakes: list[Mistake]) -> None:
        super().__init__(str(mistakes[0]))
        self.mistakes = tuple(mistakes)


def find_config(explicit: Path | None, environ: Mapping[str, str] = os.environ) -> Path | None:
    """The settings file: the one given, else $DECROCHE_CONFIG, else ./decroche.yaml, else none."""
    if explicit is not None:
        return explicit
    if environ.get(VARIABLE):
        return Path(environ[VARIABLE])
    return DEFAULT if DEFAULT.exists() else None


def check(*files: Path, environ: Mapping[str, str] = os.environ, judge: Judge = lambda settings: ()) -> tuple[str, ...]:
    """One line per mistake, in the order of the files; empty when there is none. A file that says nothing is one."""
    try:
        for file in files:
            if not (text := read_text(file)).data:
                raise ConfigError([_mistake(file, text, (), "says nothing (expected sections, `key: value`)")])
        load(*files, environ=environ, judge=judge)
    except ConfigError as error:
        return tuple(str(mistake) for mistake in error.mistakes)
    return ()


def load(*files: Path, environ: Mapping[str, str] = os.environ, judge: Judge = lambda settings: ()) -> Settings:
    """The settings that the files make together, with the catalogue they name; with no file, the defaults.

    `judge` tells what else is wrong, which only other packages know. Raises ConfigError.
    """
    texts = {file: read_text(file) for file in dict.fromkeys(files)}
    homes: dict[str, Path] = {}
    sections: dict[str, object] = {}
    for file, text in texts.items():
        for key in text.data:
            if key in homes:
                what = f"the section is already in {homes[key]} (expected it in one file)"
                raise ConfigError([_mistake(file, text, (key,), what)])
            homes[key] = file
        part = _validated(Settings, file, text, environ)
        sections |= {key: getattr(part, key) for key in text.data}
    context = {"folder": next(iter(texts)).resolve().parent} if texts else None
    settings = Settings.model_validate(sections, context=context)
    homes_of = [_Home(file=file, text=texts[file], section=key, first=0) for key, file in homes.items()]
    if settings.catalogue is not None:
        settings, more = _with_catalogue(settings, homes_of, environ)
        homes_of += more
    twice: list[tuple[KeyPath, str]] = []
    if settings.menus is not None:
        if not settings.menus.is_dir():
            what = "there is no such folder (expected a folder of menu paths; an empty one will do)"
            raise ConfigError([_contradiction(("menus",), what, homes_of)])
        services, twice = with_menus(settings.services, read_menus(settings.menus, environ))
        settings = settings.model_copy(update={"services": services})
    told = (*contradictions(settings), *twice, *judge(settings))
    wrong = [_contradiction(path, what, homes_of) for path, what in told]
    if wrong:
        raise ConfigError(sorted(wrong))
    return settings


@dataclass(frozen=True, slots=True, kw_only=True)
class _Home:
    """A section, or the part of its list from `first` on, stands in this file."""

    file: Path
    text: Text
    section: str
    first: int


def _with_catalogue(settings: Settings, homes: list[_Home], environ: Mapping[str, str]) -> tuple[Settings, list[_Home]]:
    """The settings with the organisations and services of their catalogue after their own."""
    file = settings.catalogue
    assert file is not None
    if not file.exists():
        home = next(home for home in homes if home.section == "catalogue")
        what = "there is no such file (expected a catalogue beside this file, .yaml or .csv)"
        raise ConfigError([_mistake(home.file, home.text, ("catalogue",), what)])
    text = read_text(file)
    part = _validated(CatalogueFile, file, text, environ)
    first = {"organisations": len(settings.organisations), "services": len(settings.services)}
    more = [_Home(file=file, text=text, section=key, first=first[key]) for key in first]
    return settings.model_copy(
        update={
            "organisations": settings.organisations + part.organisations,
            "services": settings.services + part.services,
        }
    ), more


def read_menus(folder: Path, environ: Mapping[str, str] = os.environ) -> dict[str, MenuFile]:
    """National form of a number → its menu path, for every file of the folder. Raises ConfigError."""
    found: dict[str, MenuFile] = {}
    wrong: list[Mistake] = []
    for file in sorted(folder.glob(f"*{SUFFIX}")):
        try:
            menu = read_menu(file, environ)
        except ConfigError as error:
            wrong += error.mistakes
            continue
        same = found.setdefault(national_form(menu.number), menu)
        if same is not menu:
            what = f"{menu.number} has a menu path as {same.number} too (expected one file a number)"
            wrong.append(_mistake(file, read_text(file), ("number",), what))
    if wrong:
        raise ConfigError(wrong)
    return found


def read_menu(file: Path, environ: Mapping[str, str] = os.environ) -> MenuFile:
    """One menu path. Raises ConfigError."""
    text = read_text(file)
    menu = _validated(MenuFile, file, text, environ)
    if what := misplaced(file, menu):
        raise ConfigError([_mistake(file, text, ("number",), what)])
    return menu


def read_text(file: Path) -> Text:
    """A settings or catalogue file, by its name as YAML or as a table. Raises ConfigError."""
    try:
        text = table.read_file(file) if file.suffix.lower() == ".csv" else read(file)
    except Refused as refusal:
        mistake = Mistake(file=str(file), line=refusal.line, path=dotted(refusal.path), what=refusal.what)
        raise ConfigError([mistake]) from refusal
    if not isinstance(text.data, dict):
        raise ConfigError([_mistake(file, text, (), "holds no sections (expected `key: value`)")])
    return text


def _validated(kind: type[S], file: Path, text: Text, environ: Mapping[str, str]) -> S:
    found = mistakes_in(kind, file, text, environ)
    if isinstance(found, kind):
        return found
    raise ConfigError(sorted(mistake for _, mistake in found))


def mistakes_in(
    kind: type[S],
    file: Path,
    text: Text,
    environ: Mapping[str, str],
    place: Callable[[KeyPath], KeyPath] = lambda path: path,
) -> S | list[tuple[KeyPath, Mistake]]:
    """What the file holds, or every mistake with the key path where it was made.

    `place` leads from a path in the text's data to the one in the file, where the data is a part of it.
    """
    wrong = [(w.path, _mistake(file, text, w.path, w.what, w.line)) for w in text.wrong]
    try:
        made = kind.model_validate(text.data, context={"folder": file.resolve().parent, "environ": environ})
    except ValidationError as error:
        refused = {path for path, _ in wrong}
        told = [(place(_place(d)), _sentence(d, kind)) for d in _own(error.errors(include_url=False))]
        return wrong + [(path, _mistake(file, text, path, what)) for path, what in told if path not in refused]
    return wrong or made


def _own(details: list[ErrorDetails]) -> list[ErrorDetails]:
    """Without the lists that are too short only because of a mistake inside them."""
    inside = {detail["loc"][:depth] for detail in details for depth in range(len(detail["loc"]))}
    return [detail for detail in details if detail["type"] != "too_short" or detail["loc"] not in inside]


def _contradiction(path: KeyPath, what: str, homes: list[_Home]) -> Mistake:
    """The mistake in the file that holds this part of the section."""
    place = path[1] if len(path) > 1 and isinstance(path[1], int) else 0
    home = max((h for h in homes if h.section == path[0] and h.first <= place), key=lambda h: h.first)
    inside = (path[0], place - home.first, *path[2:]) if len(path) > 1 and isinstance(path[1], int) else path
    return _mistake(home.file, home.text, inside, what)


def _mistake(file: Path, text: Text, path: KeyPath, what: str, line: int | None = None) -> Mistake:
    return Mistake(file=str(file), line=line or text.line_of(path), path=text.name_of(path), what=what)


def _place(detail: ErrorDetails) -> KeyPath:
    error = detail.get("ctx", {}).get("error")
    return (*detail["loc"], error.key) if isinstance(error, Contradiction) else detail["loc"]


def _sentence(detail: ErrorDetails, kind: type[Section]) -> str:
    path, fault = detail["loc"], detail["type"]
    if fault == "extra_forbidden":
        known = keys_at(path[:-1], kind)
        close = get_close_matches(str(path[-1]), known, n=1)
        return f"unknown key (expected {close[0] if close else 'one of ' + ', '.join(known)})"
    if fault == "missing":
        return f"the key is missing (expected {expected(path, kind)})"
    if fault == "value_error":
        what = str(detail["ctx"]["error"])
        return what if "(expected " in what else f"{what} (expected {expected(path, kind)})"
    if fault == "model_type":
        return f"not a section (expected {expected(path, kind)})"
    return f"{_shown(detail['input'])} does not fit (expected {expected(path, kind)})"


def _shown(value: object) -> str:
    if value is None:
        return "an empty value"
    if isinstance(value, dict):
        return "a section"
    if isinstance(value, list):
        return f"a list of {len(value)}" if value else "an empty list"
    text = str(value).lower() if isinstance(value, bool) else repr(value)
    return text if len(text) <= 60 else text[:57] + "…"
