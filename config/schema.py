"""The schema read back: what was expected at a key path, and which keys a section has."""

from __future__ import annotations

from typing import Any, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from config.lines import KeyPath
from config.settings import Settings


def section_of(annotation: Any) -> type[BaseModel] | None:
    """The section inside `X`, `X | None`, `tuple[X, ...]` or `dict[str, X]`, if there is one."""
    if isinstance(annotation, type) and get_origin(annotation) is None and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := section_of(part)) is not None), None)


def keys(section: type[BaseModel]) -> dict[str, FieldInfo]:
    """The keys of a section as they are written in a file."""
    return {info.alias or name: info for name, info in section.model_fields.items()}


def keys_at(path: KeyPath, root: type[BaseModel] = Settings) -> list[str]:
    """The keys of the section at a path below the root."""
    section: type[BaseModel] | None = root
    for key in path:
        if section is not None and isinstance(key, str) and key in keys(section):
            section = section_of(keys(section)[key].annotation)
    return list(keys(section)) if section is not None else []


def expected(path: KeyPath, root: type[BaseModel] = Settings) -> str:
    """What belongs at a path below the root, in words."""
    section: type[BaseModel] | None = root
    words, item = f"a section with {', '.join(keys(root))}", None
    for key in path:
        if isinstance(key, int):
            words = f"a section with {', '.join(keys(section))}" if section else item or words
        elif section is not None and key in keys(section):
            info = keys(section)[key]
            section = section_of(info.annotation)
            item = _inner(info)
            words = info.description or item or (f"a section with {', '.join(keys(section))}" if section else "a value")
    return words


def _inner(info: FieldInfo) -> str | None:
    """The description of the `X` in `X | None` and `tuple[X, ...]`."""
    notes = (note for part in get_args(info.annotation) for note in getattr(part, "__metadata__", ()))
    return next((note.description for note in notes if isinstance(note, FieldInfo) and note.description), None)
