"""YAML files and the environment → Settings. A mistake is one line.

`file:line: key.path: what is wrong (expected …)`. A value is a bare number in the unit of its key: `ring_s: 60`.

Several files make one: `load(Path("decroche.yaml"), Path("campaign.yaml"))`; each section stands in one of them.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from config.lines import KeyPath, Refused, Text, read
from config.schema import expected, keys_at
from config.section import Contradiction
from config.settings import Settings, contradictions

VARIABLE = "DECROCHE_CONFIG"
DEFAULT = Path("decroche.yaml")


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


def check(*files: Path, environ: Mapping[str, str] = os.environ) -> tuple[str, ...]:
    """One line per mistake, in the order of the files; empty when there is none."""
    try:
        load(*files, environ=environ)
    except ConfigError as error:
        return tuple(str(mistake) for mistake in error.mistakes)
    return ()


def load(*files: Path, environ: Mapping[str, str] = os.environ) -> Settings:
    """The settings that the files make together; with no file, the defaults. Raises ConfigError."""
    texts = {file: _read(file) for file in dict.fromkeys(files)}
    homes: dict[str, Path] = {}
    sections: dict[str, object] = {}
    for file, text in texts.items():
        for key in text.data:
            if key in homes:
                what = f"the section is already in {homes[key]} (expected it in one file)"
                raise ConfigError([_mistake(file, text, (key,), what)])
            homes[key] = file
        part = _validated(file, text, environ)
        sections |= {key: getattr(part, key) for key in text.data}
    context = {"folder": next(iter(texts)).resolve().parent} if texts else None
    settings = Settings.model_validate(sections, context=context)
    wrong = [_contradiction(path, what, homes, texts) for path, what in contradictions(settings)]
    if wrong:
        raise ConfigError(sorted(wrong))
    return settings


def _read(file: Path) -> Text:
    try:
        text = read(file)
    except Refused as refusal:
        mistake = Mistake(file=str(file), line=refusal.line, path=_dotted(refusal.path), what=refusal.what)
        raise ConfigError([mistake]) from refusal
    if not isinstance(text.data, dict):
        raise ConfigError([_mistake(file, text, (), "holds no sections (expected `key: value`)")])
    return text


def _validated(file: Path, text: Text, environ: Mapping[str, str]) -> Settings:
    try:
        return Settings.model_validate(text.data, context={"folder": file.resolve().parent, "environ": environ})
    except ValidationError as error:
        details = _own(error.errors(include_url=False))
        mistakes = [_mistake(file, text, _place(detail), _sentence(detail)) for detail in details]
        raise ConfigError(sorted(mistakes)) from None


def _own(details: list[ErrorDetails]) -> list[ErrorDetails]:
    """Without the lists that are too short only because of a mistake inside them."""
    inside = {detail["loc"][:depth] for detail in details for depth in range(len(detail["loc"]))}
    return [detail for detail in details if detail["type"] != "too_short" or detail["loc"] not in inside]


def _contradiction(path: KeyPath, what: str, homes: Mapping[str, Path], texts: Mapping[Path, Text]) -> Mistake:
    file = homes[str(path[0])]
    return _mistake(file, texts[file], path, what)


def _mistake(file: Path, text: Text, path: KeyPath, what: str) -> Mistake:
    return Mistake(file=str(file), line=text.line_of(path), path=_dotted(path), what=what)


def _dotted(path: KeyPath) -> str:
    return "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in path).removeprefix(".")


def _place(detail: ErrorDetails) -> KeyPath:
    error = detail.get("ctx", {}).get("error")
    return (*detail["loc"], error.key) if isinstance(error, Contradiction) else detail["loc"]


def _sentence(detail: ErrorDetails) -> str:
    path, kind = detail["loc"], detail["type"]
    if kind == "extra_forbidden":
        known = keys_at(path[:-1])
        close = get_close_matches(str(path[-1]), known, n=1)
        return f"unknown key (expected {close[0] if close else 'one of ' + ', '.join(known)})"
    if kind == "missing":
        return f"the key is missing (expected {expected(path)})"
    if kind == "value_error":
        what = str(detail["ctx"]["error"])
        return what if "(expected " in what else f"{what} (expected {expected(path)})"
    if kind == "model_type":
        return f"not a section (expected {expected(path)})"
    return f"{_shown(detail['input'])} does not fit (expected {expected(path)})"


def _shown(value: object) -> str:
    if value is None:
        return "an empty value"
    if isinstance(value, dict):
        return "a section"
    if isinstance(value, list):
        return f"a list of {len(value)}" if value else "an empty list"
    text = str(value).lower() if isinstance(value, bool) else repr(value)
    return text if len(text) <= 60 else text[:57] + "…"
