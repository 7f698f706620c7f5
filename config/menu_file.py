"""Menu paths in files of their own, one a number: every version kept, the newest that was reviewed is followed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Self

import yaml
from pydantic import Field, ValidationError, model_validator

from config.campaign import Date, Service, Steps
from config.lines import KeyPath
from config.section import Contradiction, Section
from config.trunks import national_form
from config.units import Count, Dialled, Flag, Text

SUFFIX = ".yaml"


class MenuVersion(Section):
    """What was known of a number's voice server from one day on."""

    version: Annotated[Count, Field(ge=1, description="a whole number, one more than the version before")]
    made_on: Date
    reviewed_on: Date | None = None
    """The day somebody read it and found it right; None: it is not followed yet."""
    reviewed_by: Text | None = None
    has_menu: Flag | None = None
    """None: not known yet."""
    path: Steps = ()
    """Steps that lead to an agent."""
    refusal: Steps = ()
    """Steps that refuse the voice server; none: silence."""
    heard: Annotated[tuple[Text, ...], Field(description="a list of lines")] = ()
    """What was heard when it was made, for whoever reviews it."""


class MenuFile(Section):
    """The menu path of one number."""

    number: Dialled
    versions: Annotated[tuple[MenuVersion, ...], Field(min_length=1, description="a list of at least one version")]

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        given = [v.version for v in self.versions]
        if given != list(range(1, len(given) + 1)):
            what = f"the versions are {', '.join(map(str, given))}"
            raise Contradiction("versions", f"{what} (expected {', '.join(map(str, range(1, len(given) + 1)))})")
        return self

    @property
    def followed(self) -> MenuVersion | None:
        """The newest version that was reviewed."""
        return next((v for v in reversed(self.versions) if v.reviewed_on is not None), None)


def menu_file(folder: Path, number: str) -> Path:
    """Where the menu path of a number is kept."""
    plain = number.removeprefix("sip:").replace(":", "_")
    return folder / f"{plain}{SUFFIX}"


def keeps(number: str) -> bool:
    """True if a menu path can be kept under this number."""
    try:
        MenuFile(number=number, versions=(MenuVersion(version=1, made_on=date.min),))
    except ValidationError:
        return False
    return True


def misplaced(file: Path, menu: MenuFile) -> str | None:
    """Why a file's name is wrong; None if it names its number."""
    wanted = menu_file(file.parent, menu.number).name
    return None if file.name == wanted else f"{menu.number} stands in {file.name} (expected it in {wanted})"


def with_menus(
    services: tuple[Service, ...], menus: Mapping[str, MenuFile]
) -> tuple[tuple[Service, ...], list[tuple[KeyPath, str]]]:
    """The services with the paths that are followed, and where a number has a path of its own beside its file's.

    `menus`: number in its national form → file.
    """
    made: list[Service] = []
    wrong: list[tuple[KeyPath, str]] = []
    for index, service in enumerate(services):
        numbers = []
        for place, number in enumerate(service.numbers):
            menu = menus.get(national_form(number.number))
            if menu is not None and (number.path or number.refusal):
                key = "path" if number.path else "refusal"
                what = f"{number.number} has a menu path in the folder of menus too (expected it in one place)"
                wrong.append((("services", index, "numbers", place, key), what))
            elif menu is not None and menu.followed is not None:
                known = menu.followed
                number = number.model_copy(
                    update={
                        "path": known.path,
                        "refusal": known.refusal,
                        "has_menu": known.has_menu,
                        "menu_version": known.version,
                    }
                )
            numbers.append(number)
        made.append(service.model_copy(update={"numbers": tuple(numbers)}))
    return tuple(made), wrong


def write_menu(file: Path, menu: MenuFile) -> None:
    """Write a menu path; the old file stands until the new one is whole."""
    data: dict[str, Any] = menu.model_dump(mode="json", exclude_defaults=True)
    head = "# The way through the voice server of one number. It is followed once reviewed_on says that it was read.\n"
    beside = file.with_name(f".{file.name}.new")
    file.parent.mkdir(parents=True, exist_ok=True)
    beside.write_text(head + yaml.safe_dump(data, allow_unicode=True, sort_keys=False, width=110), encoding="utf-8")
    beside.replace(file)
