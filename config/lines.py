"""YAML read with the line of every key: plain data, and where each part of it stands.

Scalars follow YAML 1.2: only true and false are booleans, 0162000000 and +331… and 09:00 stay text, dates stay text.
Anchors, tags and repeated keys are refused: what is written is what is meant.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

DEEPEST = 20
KeyPath = tuple[str | int, ...]
_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,17})")
_DECIMAL = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?")
_WORDS = {"": None, "~": None, "null": None, "true": True, "false": False}


class Refused(Exception):
    """The text cannot be read; `line` counts from 1, `path` is the key reached."""

    def __init__(self, line: int, path: KeyPath, what: str) -> None:
        super().__init__(what)
        self.line, self.path, self.what = line, path, what


def dotted(path: KeyPath) -> str:
    """`services[3].hours`, as a mistake names a key."""
    return "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in path).removeprefix(".")


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A file's data, the line of each key path, and the name a key has there (a column, in a table)."""

    data: Any
    lines: Mapping[KeyPath, int]
    name_of: Callable[[KeyPath], str] = dotted
    wrong: tuple[Refused, ...] = ()
    """What could not be read although the rest could: rows of a table."""

    def line_of(self, path: KeyPath) -> int:
        """The line of a key, or of the nearest parent that is written."""
        while path not in self.lines and path:
            path = path[:-1]
        return self.lines.get(path, 1)


def read(file: Path) -> Text:
    """The file's content. Raises Refused."""
    try:
        raw = file.read_bytes()
    except OSError as error:
        raise Refused(1, (), f"cannot be read: {error.strerror} (expected a YAML file)") from error
    try:
        source = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise Refused(line, (), "is not UTF-8 text (expected a YAML file)") from error
    return parse(source)


def parse(source: str) -> Text:
    """The text's content. Raises Refused."""
    try:
        return _parsed(source, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except (yaml.YAMLError, UnicodeError):
        pass  # the loader in C is ten times as fast; the one in Python explains better
    try:
        return _parsed(source, yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise Refused(mark.line + 1 if mark else 1, (), _syntax(error)) from error
    except yaml.reader.ReaderError as error:
        line = source.count("\n", 0, error.position) + 1
        raise Refused(line, (), "holds a control character (expected plain text)") from error


def _parsed(source: str, loader: type[yaml.SafeLoader] | type[yaml.CSafeLoader]) -> Text:
    _refuse_excess(source, loader)
    root = yaml.compose(source, Loader=loader)
    lines: dict[KeyPath, int] = {}
    return Text(data={} if root is None else _plain(root, (), lines), lines=lines)


def _refuse_excess(source: str, loader: type[yaml.SafeLoader] | type[yaml.CSafeLoader]) -> None:
    depth = 0
    for event in yaml.parse(source, Loader=loader):
        line = event.start_mark.line + 1 if event.start_mark else 1
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            raise Refused(line, (), f"is nested more than {DEEPEST} deep (expected sections, lists and values)")
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            raise Refused(line, (), "anchors (&) and aliases (*) are not used here (expected the value in quotes)")
        if (tag := getattr(event, "tag", None)) is not None:
            raise Refused(line, (), f"the tag {tag} is not used here (expected the value alone)")


def _syntax(error: yaml.MarkedYAMLError) -> str:
    problem = error.problem or "cannot be parsed"
    if "'\\t'" in problem:
        return "a tab stands where spaces are needed (expected spaces for indentation)"
    if "alias" in (error.context or ""):
        return "a value that begins with * has no quotes (expected quotes around it)"
    return f"is not YAML: {problem} (expected `key: value`, indented by spaces)"


def _plain(node: yaml.Node, path: KeyPath, lines: dict[KeyPath, int]) -> Any:
    lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, (*path, index), lines) for index, item in enumerate(node.value)]
    if isinstance(node, yaml.MappingNode):
        content: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line, key = key_node.start_mark.line + 1, key_node.value
            if not isinstance(key_node, yaml.ScalarNode):
                raise Refused(line, path, "a key is not a word (expected `key: value`)")
            if key in content:
                first = lines[(*path, key)]
                raise Refused(line, (*path, key), f"the key is already on line {first} (expected it once)")
            lines[(*path, key)] = line
            content[key] = _plain(value_node, (*path, key), lines)
        return content
    assert isinstance(node, yaml.ScalarNode)
    return scalar(node.value) if node.style is None or node.style == "" else node.value


def scalar(text: str) -> object:
    """What a value without quotes is: a number, true, false, nothing, or text."""
    if text.lower() in _WORDS:
        return _WORDS[text.lower()]
    if _INTEGER.fullmatch(text):
        return int(text)
    if _DECIMAL.fullmatch(text):
        return float(text)
    return text
