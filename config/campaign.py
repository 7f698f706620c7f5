"""What a campaign file adds: the campaign, the organisations, the services and their numbers."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field, model_validator

from config.section import Contradiction, Section
from config.units import (
    Calls,
    Commune,
    Count,
    Days,
    Department,
    Dialled,
    Digits,
    Flag,
    Name,
    Region,
    Seconds,
    Seed,
    Share,
    Text,
    Weight,
)

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


def _opening_hours(hours: str) -> str:
    from opening_hours import OpeningHours, ParserError  # type: ignore[attr-defined]

    if token := re.search(r"\b(PH|SH)\b", re.sub(r'"[^"]*"', "", hours)):
        raise ValueError(f"{token[0]} is not used here (expected `department` for holidays, `closed_on` for closures)")
    try:
        OpeningHours(hours)
    except ParserError:
        raise ValueError(f"{hours!r} is no opening hours") from None
    return hours


Zone = Annotated[str, AfterValidator(_known_zone), Field(description="a zone name such as Europe/Paris")]
Date = Annotated[date, Field(description="a date, YYYY-MM-DD")]
Instant = Annotated[
    datetime, AfterValidator(_aware), Field(description="an instant with its zone, 2026-11-25T09:00:00+01:00")
]
OpenHours = Annotated[
    Text,
    AfterValidator(_opening_hours),
    Field(description="opening hours such as Mo-Fr 09:00-12:00,14:00-17:00, or 24/7"),
]
Scripts = Annotated[tuple[ScriptName, ...], Field(min_length=1, description="a list of agent, optout, direct")]

PromptLabel = Annotated[
    Literal["welcome", "legal", "price", "menu", "voicebot", "wait", "dissuasion", "closed", "voicemail", "unassigned",
            "callback", "announcement", "other_body", "reference"],
    Field(description="the label of a prompt: welcome, legal, price, menu, wait, dissuasion, closed, …"),
]  # fmt: skip
Silence = Annotated[float, Field(strict=True, ge=0.5, le=30, description="a number of seconds, 0.5 to 30")]


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
    traffic_share: Share = 0.05
    """Our calls are never more than this share of those that a service receives (received_per_month)."""

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
    informed_at: Instant | None = None
    """When the staff were told that such calls are made; no call before."""
    contact: Text | None = None
    """Where objections go."""
    ministry: Text | None = None
    """Whose figures its services are also shown among."""


class Step(Section):
    """One step of a menu path: wait for a prompt to end, or for silence, then press keys or say a word."""

    digits: Digits | None = None
    word: Text | None = None
    label: PromptLabel | None = None
    """Wait for a prompt with this label (`decroche prompts` gives labels)."""
    prompt: Text | None = None
    """Wait for the prompt with this fingerprint id (`decroche prompts` lists them)."""
    silence_s: Silence | None = None
    """Wait for so long a silence. Without label, prompt and silence_s: any speech."""
    optional: Flag = False

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.digits is None) == (self.word is None):
            raise ValueError("a step does one thing (expected either digits or word)")
        waits = [key for key in ("label", "prompt", "silence_s") if getattr(self, key) is not None]
        if len(waits) > 1:
            raise Contradiction(waits[1], f"the step waits for {waits[0]} already (expected one wait a step)")
        return self


Steps = Annotated[tuple[Step, ...], Field(description="a list of steps")]


class ContactPoint(Section):
    """A place or desk of a service, where some of its numbers ring."""

    id: Name
    name: Text
    commune: Commune | None = None


class Number(Section):
    """One published number of a service, with what is known of its voice server."""

    number: Dialled
    weight: Weight = 1.0
    """Share of the service's traffic that comes in on it, relative to its other numbers."""
    trunk: Name | None = None
    """None: any trunk of the campaign."""
    contact_point: Name | None = None
    """Where it rings, one of the service's contact points; None: not said."""
    has_menu: Flag | None = None
    """None: not known yet."""
    path: Steps = ()
    """Steps that lead to an agent."""
    refusal: Steps = ()
    """Steps that refuse the voice server; none: silence."""
    menu_version: Count | None = None
    """Of path and refusal, kept with each attempt; None: not numbered."""


class PastHours(Section):
    """Opening hours that were in force until a day, that day included."""

    until: Date
    hours: OpenHours


class Targets(Section):
    """What the service is measured against."""

    agent_pickup_rate: Share = 0.85
    human_reach_rate: Share = 0.9
    since: Date | None = None
    """Months before are judged against the programme's own; None: these always hold."""


class Service(Section):
    """A public service as its callers know it."""

    id: Name
    name: Text
    organisation: Name
    numbers: Annotated[tuple[Number, ...], Field(min_length=1, description="a list of at least one number")]
    contact_points: Annotated[tuple[ContactPoint, ...], Field(description="a list of contact points")] = ()
    hours: OpenHours = "Mo-Fr 09:00-17:00"
    """Of the telephone line, in opening_hours syntax."""
    hours_assumed: Flag = False
    """True: counter hours taken for telephone hours; closed messages are then to review."""
    past_hours: Annotated[tuple[PastHours, ...], Field(description="a list of past opening hours")] = ()
    closed_on: Annotated[tuple[Date, ...], Field(description="a list of dates")] = ()
    """Closures announced beforehand."""
    ends_on: Date | None = None
    """The last day of the service; nobody calls it afterwards."""
    zone: Zone = "Europe/Paris"
    department: Department | None = None
    """Decides the regional public holidays, and whose figures it is shown among."""
    region: Region | None = None
    """None: that of the département."""
    scripts: Scripts | None = None
    """None: those of the campaign."""
    attempts: Count | None = None
    """Eligible attempts a month and script; None: those of the campaign."""
    targets: Targets = Targets()
    hourly_traffic: Annotated[tuple[Weight, ...], Field(description="a list of 24 weights, one an hour")] = ()
    """Empty: in proportion to the open minutes."""
    received_per_month: Count | None = None
    """Calls that the service receives; None: not known, traffic_share then cannot be held."""
    yearly_calls: Calls | None = None
    """Incoming calls a year: its weight among the services of its organisation, région and so on."""
    calls_per_day: Count | None = None
    """Never more; None: what the plan needs."""
    calls_per_month: Count | None = None
    tags: Annotated[tuple[Name, ...], Field(description="a list of tags")] = ()
    contact: Text | None = None
    """Where objections go; None: the organisation's."""
    directory_id: Text | None = None
    """Its id in the official directory; None: it was not imported."""

    @model_validator(mode="after")
    def _points_are_known(self) -> Self:
        known = [point.id for point in self.contact_points]
        if len(known) != len(set(known)):
            raise Contradiction("contact_points", "two contact points have one id (expected another id)")
        for number in self.numbers:
            if number.contact_point is not None and number.contact_point not in known:
                what = f"no contact point is called {number.contact_point}"
                raise Contradiction("numbers", f"{what} (expected {', '.join(known) or 'one under contact_points'})")
        return self

    @model_validator(mode="after")
    def _whole_day(self) -> Self:
        if len(self.hourly_traffic) not in (0, 24):
            raise Contradiction("hourly_traffic", f"{len(self.hourly_traffic)} weights (expected 24, one an hour)")
        return self
