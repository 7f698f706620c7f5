"""Section: what every part of a settings file is. Frozen, unknown keys refused, defaults held to the same bounds."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """A mapping of a settings file."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        validate_default=True,
        populate_by_name=True,
        hide_input_in_errors=True,
        revalidate_instances="always",
    )


class Contradiction(ValueError):
    """Two keys of one section do not go together; `key` is the one to change."""

    def __init__(self, key: str, what: str) -> None:
        super().__init__(what)
        self.key = key
