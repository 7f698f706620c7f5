"""What a campaign file adds: the campaign, the organisations, the services and their numbers."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field, model_validator

from config.section import Contradiction, Section
from config.units import Count, Days, Department, Dialled, Digits, Flag, Name, Seconds, Seed, Share, Text, Weight

ScriptName = Annotated[Literal["agent", "optout", "direct"], Field(description="agent, optout or direct")]


def _known_zone(zone: str) -> str:
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"{zone!r} is no time zone") from None
    return zone


def _aware(instant: datetime | None) -> datetime | None:
    if instant is not None and instant.tzinfo is None:
        raise ValueError("the instant has no zone")
    return instant


Zone = Annotated[str, AfterValidator(_known_zone), Field(description="a zone name such as Europe/Paris")]
Date = Annotated[date, Field(description="a date, YYYY-MM-DD")]
Instant = Annotated[
    datetime, AfterValidator(_aware), Field(description="an instant with its zone, 2026-11-25T09:00:00+01:00")
]
Scripts = Annotated[tuple[ScriptName, ...], Field(min_length=1, description="a list of agent, optout, direct")]


class Campaign(Section):
    """What is measured in this file, and how many calls that takes."""

    name: Name
    attempts: Count = 200
    """Eligible attempts per service, month and script."""
    scripts: Scripts = ("agent", "optout")
    direct_counts: Flag = False
    """True: the `direct` script counts in K2 and K3 (to be fixed before the first call)."""
    seed: Seed | None = None
    """None: drawn once and stored with the plan."""
    starts_on: Date | None = None
    ends_on: Date | None = None
    pilot_until: Date | None = None
    """Calls up to this day are made but not counted: the prompts are being learnt."""
    trunks: Annotated[tuple[Name, ...], Field(description="a list of trunk names")] = ()
    """Empty: every trunk."""
    spacing_s: Seconds = 900.0
    """Between two attempts on one number."""
    working_days: Days = 15
    """The attempts of a month are spread over at least so many."""
    margin: Share = 0.1
    """Drawn in addition, for exclusions."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.starts_on and self.ends_on and self.ends_on < self.starts_on:
            raise Contradiction("ends_on", f"{self.ends_on} is before starts_on (expected {self.starts_on} or later)")
        return self


class Organisation(Section):
    """A body that answers for services."""

    id: Name
    name: Text
    legal_type: Annotated[
        Literal["state", "social_security", "local_authority", "other"],
        Field(description="state, social_security, local_authority or other"),
    ] = "other"
    """Decides whether surtaxed numbers are allowed (loi 2018-727, art. 28)."""
    ministry: Text | None = None
    """Under which its services are shown together on the dashboards."""
    informed_at: Instant | None = None
    """When the staff were told that such calls are made; no call before."""
    contact: Text | None = None
    """Where objections go."""


class Step(Section):
    """One step of a menu path: wait for a prompt to end, then press keys or say a word."""

    digits: Digits | None = None
    word: Text | None = None
    label: Name | None = None
    """Wait for a prompt with this label; None: any prompt."""
    optional: Flag = False

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.digits is None) == (self.word is None):
            raise ValueError("a step does one thing (expected either digits or word)")
        return self


class Number(Section):
    """One published number of a service, with what is known of its voice server."""

    number: Dialled
    weight: Weight = 1.0
    """Share of the service's traffic that comes in on it, relative to its other numbers."""
    trunk: Name | None = None
    """None: any trunk of the campaign."""
    has_menu: Flag | None = None
    """None: not known yet."""
    path: Annotated[tuple[Step, ...], Field(description="a list of steps")] = ()
    """Steps that lead to an agent."""
    refusal: Step | None = None
    """Key or word that refuses the voice server; None: silence."""


class PastHours(Section):
    """Opening hours that were in force until a day, that day included."""

    until: Date
    hours: Text


class Targets(Section):
    """What the service is measured against."""

    agent_pickup_rate: Share = 0.85
    human_reach_rate: Share = 0.9


class Service(Section):
    """A public service as its callers know it."""

    id: Name
    name: Text
    organisation: Name
    numbers: Annotated[tuple[Number, ...], Field(min_length=1, description="a list of at least one number")]
    hours: Text = "Mo-Fr 09:00-17:00"
    """Of the telephone line, in opening_hours syntax."""
    hours_assumed: Flag = False
    """True: counter hours taken for telephone hours; closed messages are then to review."""
    past_hours: Annotated[tuple[PastHours, ...], Field(description="a list of past opening hours")] = ()
    closed_on: Annotated[tuple[Date, ...], Field(description="a list of dates")] = ()
    """Closures announced beforehand."""
    zone: Zone = "Europe/Paris"
    department: Department | None = None
    """Decides the regional public holidays."""
    scripts: Scripts | None = None
    """None: those of the campaign."""
    targets: Targets = Targets()
    hourly_traffic: Annotated[tuple[Weight, ...], Field(description="a list of 24 weights, one an hour")] = ()
    """Empty: in proportion to the open minutes."""
    calls_per_day: Count | None = None
    """None: what the plan needs."""
    tags: Annotated[tuple[Name, ...], Field(description="a list of tags")] = ()

    @model_validator(mode="after")
    def _whole_day(self) -> Self:
        if len(self.hourly_traffic) not in (0, 24):
            raise Contradiction("hourly_traffic", f"{len(self.hourly_traffic)} weights (expected 24, one an hour)")
        return self
