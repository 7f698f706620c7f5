"""Spot: one place in a YAML file, read strictly; what is wrong is said with file, line and key."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import yaml

from prober.failures import DecrocheError


class CastError(DecrocheError):
    """A cast file that cannot be used: `FILE, line N, KEY: what is wrong, what was expected`."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A node of the file and the path of keys that leads to it."""

    file: str
    path: str
    node: yaml.Node

    def error(self, sentence: str) -> CastError:
        """The sentence with its place."""
        return CastError(f"{self.file}, line {self.node.start_mark.line + 1}, {self.path or 'top'}: {sentence}")

    @property
    def is_text(self) -> bool:
        """True for a single value."""
        return isinstance(self.node, yaml.ScalarNode)

    @property
    def is_null(self) -> bool:
        """True for an empty or `null` value."""
        return isinstance(self.node, yaml.ScalarNode) and self.node.tag.endswith(":null")

    def text(self) -> str:
        """The value as it is written: 0261910001 keeps its zero."""
        if not isinstance(self.node, yaml.ScalarNode) or self.is_null or not self.node.value.strip():
            raise self.error("expected a text")
        return str(self.node.value)

    def one_of(self, words: Iterable[str]) -> str:
        """One of these words."""
        text, known = self.text(), list(words)
        if text not in known:
            raise self.error(f"{text!r} is not known, expected one of {', '.join(known)}")
        return text

    def number(self, low: float, high: float) -> float:
        """A number within these bounds."""
        try:
            value = float(self.text())
        except ValueError:
            raise self.error(f"{self.text()!r} is no number, expected {low:g} to {high:g}") from None
        if not low <= value <= high:
            raise self.error(f"{value:g} is out of range, expected {low:g} to {high:g}")
        return value

    def whole(self, low: int, high: int) -> int:
        """A whole number within these bounds."""
        value = self.number(low, high)
        if value != int(value):
            raise self.error(f"{value:g} is no whole number")
        return int(value)

    def yes(self) -> bool:
        """true or false."""
        return self.one_of(("true", "false")) == "true"

    def items(self) -> list[Spot]:
        """The items of a list."""
        if not isinstance(self.node, yaml.SequenceNode):
            raise self.error("expected a list")
        return [Spot(self.file, f"{self.path}[{i}]", node) for i, node in enumerate(self.node.value)]

    def entries(self) -> dict[str, Spot]:
        """Keys and values of a mapping; a key twice is an error."""
        if not isinstance(self.node, yaml.MappingNode):
            raise self.error("expected keys with values")
        found: dict[str, Spot] = {}
        for key, value in self.node.value:
            name = str(key.value)
            spot = Spot(self.file, f"{self.path}.{name}".lstrip("."), value)
            if name in found:
                raise Spot(self.file, spot.path, key).error("the key stands twice")
            found[name] = spot
        return found

    def keys(self, *, needs: tuple[str, ...] = (), may: tuple[str, ...] = ()) -> dict[str, Spot]:
        """The entries, all of `needs`, none beyond `may`."""
        found = self.entries()
        for name, spot in found.items():
            if name not in needs + may:
                raise spot.error(f"unknown key, expected {', '.join(needs + may)}")
        missing = [name for name in needs if name not in found]
        if missing:
            raise self.error(f"without {', '.join(missing)}")
        return found


def read_yaml(path: Path) -> Spot:
    """The top of a YAML file. Raises CastError when it is none, OSError when it cannot be read."""
    try:
        node = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    except UnicodeDecodeError:
        raise CastError(f"{path}, line 1, top: not UTF-8 text") from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise CastError(f"{path}, line {line}, top: not YAML: {error.problem}") from None
    except yaml.YAMLError as error:
        raise CastError(f"{path}, line 1, top: not YAML: {error}") from None
    if node is None:
        raise CastError(f"{path}, line 1, top: the file is empty, expected services")
    return Spot(str(path), "", node)
