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


def keys_at(path: KeyPath) -> list[str]:
    """The keys of the section at a path."""
    section: type[BaseModel] | None = Settings
    for key in path:
        if section is not None and isinstance(key, str) and key in keys(section):
            section = section_of(keys(section)[key].annotation)
    return list(keys(section)) if section is not None else []


def expected(path: KeyPath) -> str:
    """What belongs at a path, in words."""
    section: type[BaseModel] | None = Settings
    words = f"a section with {', '.join(keys(Settings))}"
    for key in path:
        if isinstance(key, int):
            words = f"a section with {', '.join(keys(section))}" if section else words
        elif section is not None and key in keys(section):
            info = keys(section)[key]
            section = section_of(info.annotation)
            words = _described(info) or (f"a section with {', '.join(keys(section))}" if section else "a value")
    return words


def _described(info: FieldInfo) -> str | None:
    """The description of a key, also when it stands on the `X` of `X | None`."""
    if info.description:
        return info.description
    for part in get_args(info.annotation):
        for note in getattr(part, "__metadata__", ()):
            if isinstance(note, FieldInfo) and note.description:
                return note.description
    return None
