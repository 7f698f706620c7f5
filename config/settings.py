"""Settings: one frozen model per section, defaults visible, secrets typed."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from config.campaign import Campaign, Date, Organisation, Service
from config.section import Contradiction, Section
from config.trunks import Trunk, is_loopback
from config.units import (
    Count,
    Days,
    Dialled,
    Euros,
    Flag,
    Host,
    Hours,
    ListenPort,
    Location,
    Megabytes,
    Milliseconds,
    Minutes,
    Name,
    Port,
    Seconds,
    Secret,
    Text,
)

SPACING_S = 900
"""Least spacing on one number, except on 127.0.0.0/8 where nobody is disturbed."""
Say = Annotated[Literal["confirm", "silent", "announce"], Field(description="confirm, silent or announce")]
StartGap = Annotated[int, Field(strict=True, ge=100, le=60_000, description="a number of milliseconds, 100 to 60000")]


class Database(Section):
    """Where records are kept: a PostgreSQL server, or an embedded one of our own."""

    url: Secret | None = None
    """postgresql://user:password@host/name; None: the embedded server."""
    data_dir: Location = Path("var/postgresql")
    """Data folder of the embedded server."""


class Sip(Section):
    """The caller's end of SIP and RTP on this machine."""

    bind: Host = "0.0.0.0"
    public_address: Host | None = None
    """Address written into SIP and SDP behind a NAT; None: the bound one."""
    first_port: Port = 5080
    last_port: Port = 5179
    """One SIP port an engine, tried in this range."""
    first_rtp_port: Port = 20_000
    last_rtp_port: Port = 23_999
    """RTP takes the even ports, RTCP the odd ones."""
    t1_ms: Milliseconds = 250
    t2_ms: Milliseconds = 2_000
    t4_ms: Milliseconds = 2_000
    """RFC 3261 §17 timers."""
    transaction_ms: Milliseconds = 8_000
    """Timers B and F: a dead trunk is known after this."""
    session_expires_s: Seconds = 1_800.0
    """RFC 4028; the far end drops a call whose prober died after this at the latest."""
    key_ms: Milliseconds = 100
    """Length of one DTMF key."""
    user_agent: Text = "decroche"

    @model_validator(mode="after")
    def _ranges(self) -> Self:
        for first, last in (("first_port", "last_port"), ("first_rtp_port", "last_rtp_port")):
            if getattr(self, last) < getattr(self, first):
                raise Contradiction(
                    last, f"the range ends below its first port (expected {getattr(self, first)} or more)"
                )
        return self


class Engines(Section):
    """Child processes that carry the calls; each has as many places as its library was compiled for."""

    concurrency: Annotated[Count, Field(ge=1, description="a whole number from 1")] = 4
    """Calls at the same time."""
    spare: Count = 1
    """Engines kept ready beyond that."""
    start_gap_ms: StartGap = 100
    """Between two call starts in one engine."""
    recycle_calls: Count = 2_000
    recycle_h: Hours = 24.0
    """An engine is replaced after so many calls or hours."""
    slot_release_s: Seconds = 20.0
    """A place still busy so long after the hang-up condemns its engine."""


class Limits(Section):
    """Patience of a call, one limit per state. Names and defaults are those of `prober.attempt.Limits`."""

    invite_s: Seconds = 8.0
    trying_s: Seconds = 20.0
    ring_s: Seconds = 60.0
    max_wait_s: Seconds = 600.0
    grace_s: Seconds = 5.0
    grace_speech_s: Seconds = 8.0
    first_media_s: Seconds = 5.0
    media_lost_s: Seconds = 10.0
    silence_s: Seconds = 60.0
    menu_steps: Count = 8
    menu_s: Seconds = 180.0
    digits_after_s: Seconds = 0.6
    pause_s: Seconds = 1.0
    reaction_s: Seconds = 4.0
    agent_s: Annotated[Seconds, Field(le=15, description="a number of seconds, 0 to 15")] = 15.0

    @model_validator(mode="after")
    def _ringing_fits(self) -> Self:
        if self.ring_s > self.max_wait_s:
            raise Contradiction("ring_s", f"{self.ring_s:g} is above max_wait_s (expected at most {self.max_wait_s:g})")
        return self


class WordWav(Section):
    """A word of refusal and its recording, 8 kHz mono."""

    word: Text
    wav: Location


class Policy(Section):
    """What is said to whoever answers, and when."""

    say: Say = "confirm"
    sentence_wav: Location | None = None
    """At most 5 s, 8 kHz mono; None: the shipped recording."""
    word_wavs: Annotated[tuple[WordWav, ...], Field(description="a list of words with their recordings")] = ()
    """Words of refusal beside the shipped ones."""


class Ear(Section):
    """What is known of recorded prompts."""

    library: Location = Path("var/prompts")
    learn: Flag = True
    """Learn each number's recordings from its calls; fingerprints only, kept in the store."""
    label: Flag = False
    """Read the words of each new recording once, on this machine, to label it; needs the extra decroche[labels]."""


class Period(Section):
    """Days that are not like the others."""

    first_day: Date
    last_day: Date
    why: Text
    tags: Annotated[tuple[Name, ...], Field(description="a list of tags")] = ()
    """Only services with one of these tags; empty: all."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.last_day < self.first_day:
            raise Contradiction("last_day", f"{self.last_day} is before first_day (expected {self.first_day} or later)")
        return self

    def holds(self, day: date, tags: Collection[str]) -> bool:
        """Whether it is such a day for a service with these tags."""
        return self.first_day <= day <= self.last_day and (not self.tags or bool(set(self.tags) & set(tags)))


class QuietPeriod(Period):
    """Days on which nobody is called: crisis, election night."""


class Strike(Period):
    """Days of a strike that no official page announced: calls count and are marked (announced: `closed_on`)."""


class Schedule(Section):
    """The clock."""

    draw_ahead_days: Days = 7
    """A month's plan is drawn and frozen so long before it begins."""
    late_s: Seconds = 120.0
    """An attempt later than this is redrawn in its stratum, never fired in a burst."""
    close_after_days: Days = 2
    """A month is closed so long after its end, for late records."""
    keep_records_days: Days = 1_095
    reference_s: Seconds = 300.0
    """A reference call is this recent before anybody is blamed."""
    quiet: Annotated[tuple[QuietPeriod, ...], Field(description="a list of quiet periods")] = ()
    strikes: Annotated[tuple[Strike, ...], Field(description="a list of strikes")] = ()

    def struck(self, day: date, tags: Collection[str]) -> bool:
        """Whether a service with these tags was on strike."""
        return any(s.holds(day, tags) for s in self.strikes)


class Web(Section):
    """Where /metrics and /healthz are served."""

    host: Host = "127.0.0.1"
    port: ListenPort = 9_464


class Report(Section):
    """The monthly report."""

    language: Annotated[Literal["fr", "en"], Field(description="fr or en")] = "fr"
    out_dir: Location = Path("reports")


class Spool(Section):
    """Where records wait while the database is away."""

    dir: Location = Path("var/spool")
    max_mb: Megabytes = 200


class Price(Section):
    """What our carrier takes for one class of numbers."""

    call_eur: Euros = 0.0
    minute_eur: Euros = 0.0


class Prices(Section):
    """By price class of the number called."""

    free: Price = Price()
    ordinary: Price = Price(minute_eur=0.01)
    surtaxed: Price = Price(call_eur=0.15, minute_eur=0.20)


class Budget(Section):
    """Hard stops per month; None: no stop."""

    euros: Euros | None = None
    minutes: Minutes | None = None
    agent_s: Annotated[float, Field(ge=0, strict=True, description="a number of seconds")] | None = None
    """Time of agents taken, over all services."""


class Numbers(Section):
    """The guard's list can be extended here, never shortened: for numbers and for the keys of a menu."""

    never_dial: Annotated[tuple[Dialled, ...], Field(description="a list of numbers")] = ()
    allow_surtaxed: Annotated[tuple[Dialled, ...], Field(description="a list of numbers")] = ()


class CatalogueFile(Section):
    """What a catalogue beside the settings may hold."""

    organisations: Annotated[tuple[Organisation, ...], Field(description="a list of organisations")] = ()
    services: Annotated[tuple[Service, ...], Field(description="a list of services")] = ()


class Settings(Section):
    """Everything a file may say. A campaign file is a settings file with `campaign` and `services`."""

    database: Database = Database()
    trunks: Annotated[tuple[Trunk, ...], Field(description="a list of trunks")] = ()
    sip: Sip = Sip()
    engines: Engines = Engines()
    limits: Limits = Limits()
    policy: Policy = Policy()
    ear: Ear = Ear()
    schedule: Schedule = Schedule()
    numbers: Numbers = Numbers()
    prices: Prices = Prices()
    budget: Budget = Budget()
    web: Web = Web()
    report: Report = Report()
    spool: Spool = Spool()
    catalogue: Location | None = None
    """A file of organisations and services, beside those written here."""
    menus: Location | None = None
    """A folder of menu paths, one file a number (3646.yaml); None: they stand beside the numbers."""
    campaign: Campaign | None = None
    organisations: Annotated[tuple[Organisation, ...], Field(description="a list of organisations")] = ()
    services: Annotated[tuple[Service, ...], Field(description="a list of services")] = ()


def contradictions(settings: Settings) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """What is wrong between sections: the key path and a sentence, in no order."""
    yield from _repeated("trunks", "name", [trunk.name for trunk in settings.trunks])
    yield from between_entries(settings)
    yield from _edge_out_of_reach(settings)
    if settings.ear.label and not settings.ear.learn:
        what = "recordings that are not learnt are not read either"
        yield ("ear", "label"), f"{what} (expected ear.learn: true, or ear.label: false)"
    trunks = {trunk.name for trunk in settings.trunks}
    campaign = settings.campaign
    if campaign is not None:
        for index, name in enumerate(campaign.trunks):
            if name not in trunks:
                yield ("campaign", "trunks", index), _unknown("trunk", name, trunks)
        if not settings.services:
            yield ("campaign",), "there is nobody to call (expected services, or a catalogue)"
        used = [trunk for trunk in settings.trunks if trunk.name in campaign.trunks or not campaign.trunks]
        if campaign.spacing_s < SPACING_S and not all(trunk.loopback for trunk in used):
            what = f"{campaign.spacing_s:g} is too short for a trunk that leaves this machine"
            yield ("campaign", "spacing_s"), f"{what} (expected {SPACING_S} or more)"
    for index, service in enumerate(settings.services):
        for place, number in enumerate(service.numbers):
            if number.trunk is not None and number.trunk not in trunks:
                yield ("services", index, "numbers", place, "trunk"), _unknown("trunk", number.trunk, trunks)


def _edge_out_of_reach(settings: Settings) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """An edge speaks to this machine alone, and one address is told to all trunks."""
    plain = [trunk.name for trunk in settings.trunks if not trunk.leaves_by_loopback]
    edges = [trunk.name for trunk in settings.trunks if trunk.edge]
    key = "public_address" if settings.sip.public_address else "bind"
    told = settings.sip.public_address or settings.sip.bind
    if plain and edges and told != "0.0.0.0" and not is_loopback(told):
        what = f"the edge of {edges[0]} cannot reach {told}, which the trunk {plain[0]} needs"
        yield ("sip", key), f"{what} (expected an edge for {plain[0]} too, or a program of its own for each)"


def between_entries(catalogue: Settings | CatalogueFile) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """What is wrong between organisations and services."""
    yield from _repeated("organisations", "id", [organisation.id for organisation in catalogue.organisations])
    yield from _repeated("services", "id", [service.id for service in catalogue.services])
    organisations = {organisation.id for organisation in catalogue.organisations}
    for index, service in enumerate(catalogue.services):
        if service.organisation not in organisations:
            where: tuple[str | int, ...] = ("services", index, "organisation")
            yield where, _unknown("organisation", service.organisation, organisations)


def _repeated(section: str, key: str, names: list[str]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    seen: dict[str, int] = {}
    for index, name in enumerate(names):
        first = seen.setdefault(name, index)
        if first < index:
            yield (section, index, key), f"{name} is already {section}[{first}] (expected another {key})"


def _unknown(what: str, name: str, known: set[str]) -> str:
    few = sorted(known) if len(known) <= 20 else get_close_matches(name, sorted(known), n=3)
    return f"no {what} is called {name} (expected {', '.join(few) or f'one declared under {what}s'})"
