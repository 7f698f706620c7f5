"""The annotated types of a settings file: the only place where a bound is written.

The unit stands in the key (`ring_s`, `first_port`), so a value is a bare number: `600`, never "10 min".
Every type carries its `description`, which is what an error message says was expected.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, SecretStr, Strict, ValidationInfo

_ENVIRONMENT_NAME = re.compile(r"\$([A-Z_][A-Z0-9_]*)")


def _number(low: float, high: float, unit: str) -> Any:
    return Field(ge=low, le=high, description=f"{unit}, {low} to {high}")


Seconds = Annotated[float, Strict(), _number(0, 86_400, "a number of seconds")]
Milliseconds = Annotated[int, Strict(), _number(1, 120_000, "a whole number of milliseconds")]
Hours = Annotated[float, Strict(), _number(0, 8_784, "a number of hours")]
Days = Annotated[int, Strict(), _number(0, 3_660, "a whole number of days")]
Count = Annotated[int, Strict(), _number(0, 1_000_000, "a whole number")]
Calls = Annotated[int, Strict(), _number(1, 1_000_000_000, "a number of calls")]
Seed = Annotated[int, Strict(), Field(ge=0, lt=2**63, description="a whole number below 2**63")]
Port = Annotated[int, Strict(), _number(1, 65_535, "a port")]
ListenPort = Annotated[int, Strict(), Field(ge=0, le=65_535, description="a port, 0 to 65535, 0 for any free one")]
Share = Annotated[float, Strict(), _number(0, 1, "a share")]
Weight = Annotated[float, Strict(), _number(0, 1_000_000, "a weight")]
PerSecond = Annotated[float, Strict(), _number(0.01, 100, "a number of calls per second")]
Euros = Annotated[float, Strict(), _number(0, 1_000_000, "an amount in euros")]
Minutes = Annotated[float, Strict(), _number(0, 10_000_000, "a number of minutes")]
Megabytes = Annotated[int, Strict(), _number(1, 1_000_000, "a whole number of megabytes")]
Flag = Annotated[bool, Strict(), Field(description="true or false")]


def _digits_as_text(value: object) -> object:
    """3646 without quotes is a number to YAML; the loader keeps leading zeros and `+` as text."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


_TEXT_OR_DIGITS: Any = {"type": ["string", "integer"]}
"""In the schema for editors: YAML takes 3646 without quotes for a number."""

Name = Annotated[
    str,
    Field(pattern=r"^[a-z0-9][a-z0-9_.-]{0,63}$", description="a short name of lower-case letters, digits, - _ ."),
]
Text = Annotated[str, Field(min_length=1, max_length=500, description="a text of 1 to 500 characters")]
Host = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9.-]*$", description="a host name or an IPv4 address")]
Dialled = Annotated[
    str,
    Field(
        json_schema_extra=_TEXT_OR_DIGITS,
        pattern=r"^(\+?[0-9]{2,15}|sip:[A-Za-z0-9+*#._-]+@[A-Za-z0-9.-]+(:[0-9]+)?)$",
        description="a number as it is dialled, digits only (3646, 0140000000, +33140000000), or a sip: address",
    ),
    BeforeValidator(_digits_as_text),
]
Digits = Annotated[
    str,
    Field(
        json_schema_extra=_TEXT_OR_DIGITS,
        pattern=r"^[0-9*#A-Dw]{1,32}$",
        description="keys 0-9 * # A-D, w for half a second",
    ),
    BeforeValidator(_digits_as_text),
]
Department = Annotated[
    str,
    Field(
        json_schema_extra=_TEXT_OR_DIGITS,
        pattern=r"^(0[1-9]|[1-8][0-9]|9[0-5]|2[AB]|9[78][0-9])$",
        description="a département code (01, 2A, 971)",
    ),
    BeforeValidator(_digits_as_text),
]
Region = Annotated[
    str,
    Field(json_schema_extra=_TEXT_OR_DIGITS, pattern=r"^[0-9]{2}$", description="a region code of INSEE (84, 11, 04)"),
    BeforeValidator(_digits_as_text),
]
Commune = Annotated[
    str,
    Field(
        json_schema_extra=_TEXT_OR_DIGITS,
        pattern=r"^([0-9]{2}|2[AB])[0-9]{3}$",
        description="a commune code of INSEE (01053, 2A004, 97105)",
    ),
    BeforeValidator(_digits_as_text),
]


def _beside_the_file(value: object, info: ValidationInfo) -> object:
    folder = (info.context or {}).get("folder")
    if isinstance(value, str | Path) and folder is not None and str(value):
        return folder / Path(value).expanduser()
    return value


Location = Annotated[
    Path,
    BeforeValidator(_beside_the_file),
    Field(description="a path, relative to the folder of the settings file"),
]


def _from_environment(value: object, info: ValidationInfo) -> object:
    if value is None or isinstance(value, SecretStr):
        return value
    name = _ENVIRONMENT_NAME.fullmatch(value) if isinstance(value, str) else None
    if name is None:
        raise ValueError("a secret does not stand in a file")
    environ: Mapping[str, str] = (info.context or {}).get("environ", {})
    if not environ.get(name[1]):
        raise ValueError(f"the environment variable {name[1]} is not set, or empty")
    return environ[name[1]]


Secret = Annotated[
    SecretStr,
    BeforeValidator(_from_environment),
    Field(
        json_schema_extra={"pattern": r"^\$[A-Z_][A-Z0-9_]*$"},
        description="$NAME, the environment variable that holds it",
    ),
]
