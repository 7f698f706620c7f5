"""Settings → what this package works with: doors, facts to judge by, attempts. The only reader of `config` here."""

from __future__ import annotations

import functools
import random
import secrets
from collections.abc import Callable, Container, Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from prober.attempt import Attempt, Limits, Policy, Profile, Script, Step
from prober.failures import DecrocheError
from prober.number import number_class, surtax_forbidden
from prober.recogniser import Recogniser, RecogniserError, missing
from scheduler.dispatch import Door, Facts
from scheduler.learning import Learning
from scheduler.months import Terms
from scheduler.openings import Openings, timetable
from scheduler.pacing import Budget, Ceiling, Price, allowed
from scheduler.planner import Draw, Line, Target
from storage.catalogue import Organisation, Service
from storage.prompts import PromptBook

if TYPE_CHECKING:
    from config.campaign import Number
    from config.campaign import Service as ServiceSettings
    from config.campaign import Step as StepSettings
    from config.settings import Settings


ALWAYS = "24/7"
"""A line that never closes knows no holidays."""
NEAR_CLOSE = timedelta(minutes=10)
"""A call this close to closing is flagged."""


class NotInformed(DecrocheError):
    """A body whose staff was not told must not be called (decisions.md 40)."""


def limits_of(settings: Settings) -> Limits:
    """Patience of a call."""
    return Limits(**settings.limits.model_dump())


def doors_of(settings: Settings) -> tuple[Door, ...]:
    """The trunks of the campaign, in the order to use them."""
    wanted = settings.campaign.trunks if settings.campaign else ()
    used = [t for t in settings.trunks if not wanted or t.name in wanted]
    return tuple(Door(name=t.name, reference_number=t.reference_number, caller_ids=t.caller_ids) for t in used)


def learning_of(settings: Settings, book: PromptBook) -> Learning | None:
    """Who learns recordings; None where that is not wanted. Raises RecogniserError when words cannot be read here."""
    if not settings.ear.learn:
        return None
    if not settings.ear.label:
        return Learning(book)
    absent = missing()
    if absent:
        raise RecogniserError(f"ear.label is true, but there is {absent}")
    return Learning(book, Recogniser())


def facts_of(settings: Settings) -> dict[str, Facts]:
    """What judging must know, by service."""
    legal = {o.id: o.legal_type for o in settings.organisations}
    return {
        s.id: Facts(
            hours=hours_of(s, timedelta(seconds=settings.limits.max_wait_s)),
            strike=functools.partial(strike_of, settings, s),
            hours_assumed=s.hours_assumed,
            identities=tuple(n.number for n in s.numbers),
            profiles={n.number: profile_of(n) for n in s.numbers},
            surtax_forbidden=any(surtax_forbidden(n.number, legal.get(s.organisation, "other")) for n in s.numbers),
        )
        for s in settings.services
    }


def catalogue_of(settings: Settings) -> tuple[list[Organisation], list[Service]]:
    """Organisations and services as the store keeps them."""
    bodies = [
        Organisation(id=o.id, name=o.name, informed_at=o.informed_at, ministry=o.ministry, contact=o.contact)
        for o in settings.organisations
    ]
    services = [
        Service(
            id=s.id,
            name=s.name,
            organisation=s.organisation,
            zone=s.zone,
            targets=s.targets.model_dump(mode="json", exclude_none=True),
            hours={"published": s.hours, "assumed": s.hours_assumed},
            numbers={n.number: number_class(n.number) for n in s.numbers},
            department=s.department,
            yearly_calls=s.yearly_calls,
        )
        for s in settings.services
    ]
    return bodies, services


def attempts_now(settings: Settings, *, at: datetime, seed: int) -> list[Attempt]:
    """Every attempt of the campaign, due at once: rounds over the services in random order, scripts drawn at random.

    Raises NotInformed unless every body was informed or all trunks are on this machine.
    """
    campaign = settings.campaign
    assert campaign is not None
    draw = random.Random(seed)
    check_informed(settings, at)
    limits, policy = limits_of(settings), Policy(settings.policy.say)
    rounds: list[list[Attempt]] = []
    for service in settings.services:
        wanted = campaign.attempts if service.attempts is None else service.attempts
        scripts = [Script(s) for s in service.scripts or campaign.scripts for _ in range(wanted)]
        draw.shuffle(scripts)
        ceiling = ceiling_of(settings, service)
        for turn, script in enumerate(scripts[: allowed(ceiling, len(scripts), open_days=1)[0]]):
            number = draw.choices(service.numbers, weights=[n.weight for n in service.numbers])[0]
            while len(rounds) <= turn:
                rounds.append([])
            rounds[turn].append(
                Attempt(
                    id=secrets.token_hex(8),
                    service=service.id,
                    number=number.number,
                    script=script,
                    due_at=at,
                    campaign=campaign.name,
                    trunk=number.trunk,
                    purpose=draw_of(settings, "").purpose_at(at, service.zone),
                    policy=policy,
                    profile=profile_of(number),
                    limits=limits,
                )
            )
    for attempts in rounds:
        draw.shuffle(attempts)
    return [attempt for attempts in rounds for attempt in attempts]


def targets_of(settings: Settings) -> dict[str, Target]:
    """Services as the planner sees them, by id."""
    campaign = settings.campaign
    assert campaign is not None
    return {
        s.id: Target(
            service=s.id,
            zone=s.zone,
            openings=openings_of(settings, s),
            ceiling=ceiling_of(settings, s),
            attempts=s.attempts,
            hourly_traffic=s.hourly_traffic,
            lines=tuple(Line(number=n.number, profile=profile_of(n), trunk=n.trunk, share=n.weight) for n in s.numbers),
            scripts=tuple(Script(name) for name in s.scripts or campaign.scripts),
        )
        for s in settings.services
    }


def ceiling_of(settings: Settings, service: ServiceSettings) -> Ceiling:
    """What a service is never called more often than."""
    return Ceiling(
        per_day=service.calls_per_day,
        per_month=service.calls_per_month,
        traffic_share=settings.campaign.traffic_share if settings.campaign else None,
        received_per_month=service.received_per_month,
    )


def draw_of(settings: Settings, seed: str) -> Draw:
    """What the whole plan shares."""
    campaign = settings.campaign
    assert campaign is not None
    return Draw(
        campaign=campaign.name,
        attempts=campaign.attempts,
        margin=campaign.margin,
        spacing_s=campaign.spacing_s,
        working_days=campaign.working_days,
        seed=seed,
        limits=limits_of(settings),
        policy=Policy(settings.policy.say),
        pilot_until=campaign.pilot_until,
        direct_counts=campaign.direct_counts,
    )


def terms_of(settings: Settings) -> Terms:
    """How long ahead, how late, and how long after."""
    schedule = settings.schedule
    return Terms(
        late_s=schedule.late_s,
        draw_ahead_days=schedule.draw_ahead_days,
        close_after_days=schedule.close_after_days,
        keep_records_days=schedule.keep_records_days,
    )


def budget_of(settings: Settings) -> Budget:
    """The hard stops of a month, with what calls cost."""
    prices = {name: Price(**price) for name, price in settings.prices.model_dump().items()}
    return Budget(**settings.budget.model_dump(), prices=prices)


def campaign_seed(settings: Settings) -> tuple[str, int | None]:
    """Name and seed of the campaign."""
    assert settings.campaign is not None
    return settings.campaign.name, settings.campaign.seed


def profile_of(number: Number) -> Profile:
    """What is known of a number's voice server."""
    return Profile(
        path=tuple(_step(s) for s in number.path),
        refusal=tuple(_step(s) for s in number.refusal),
        has_menu=number.has_menu,
        version=number.menu_version,
    )


def strike_of(settings: Settings, service: ServiceSettings, at: datetime) -> bool:
    """Whether the service was on strike at an instant, by its own clock."""
    return settings.schedule.struck(at.astimezone(ZoneInfo(service.zone)).date(), service.tags)


def hours_of(service: ServiceSettings, near: timedelta = NEAR_CLOSE) -> Callable[[datetime], tuple[bool, bool]]:
    """Instant → (open, open but not any more after `near`), by the hours in force then in the service's zone."""
    from opening_hours import OpeningHours

    zone = ZoneInfo(service.zone)
    days_off = _days_off(service.department) if service.hours != ALWAYS else {}
    now = OpeningHours(service.hours)
    past = [(p.until, OpeningHours(p.hours)) for p in sorted(service.past_hours, key=lambda p: p.until)]

    def judge(at: datetime) -> tuple[bool, bool]:
        local = at.astimezone(zone).replace(tzinfo=None)
        hours = next((h for until, h in past if local.date() <= until), now)
        shut = local.date() in service.closed_on or local.date() in days_off
        is_open = not shut and bool(hours.is_open(local))
        return is_open, is_open and not bool(hours.is_open(local + near))

    return judge


def openings_of(settings: Settings, service: ServiceSettings) -> Openings:
    """When a call may be planned: the line is open, the campaign runs, and no quiet period keeps us away."""
    campaign = settings.campaign
    assert campaign is not None
    days_off = _days_off(service.department) if service.hours != ALWAYS else {}
    quiet = settings.schedule.quiet

    def shut(day: date) -> bool:
        outside = (campaign.starts_on and day < campaign.starts_on) or (campaign.ends_on and day > campaign.ends_on)
        outside = outside or (service.ends_on and day > service.ends_on)
        resting = day in service.closed_on or day in days_off or any(q.holds(day, service.tags) for q in quiet)
        return bool(outside or resting)

    return timetable(service.hours, service.zone, past=[(p.until, p.hours) for p in service.past_hours], shut=shut)


@functools.cache
def _days_off(department: str | None) -> Container[date]:
    """Public holidays of a département: Good Friday and 26 December in Alsace-Moselle, abolition days overseas."""
    import holidays

    place = {"67": "57", "68": "57", "977": "BL", "978": "MF", "975": "PM", "986": "WF", "987": "PF", "988": "NC"}
    subdivision = place.get(department or "", department)
    known = subdivision in holidays.country_holidays("FR").subdivisions
    return holidays.country_holidays("FR", subdiv=subdivision if known else None)


def names_of(services: Iterable[ServiceSettings]) -> Mapping[str, str]:
    """Service id → name."""
    return {s.id: s.name for s in services}


def _step(step: StepSettings) -> Step:
    return Step(**step.model_dump())


def check_informed(settings: Settings, at: datetime, only: str | None = None) -> None:
    """Raises NotInformed unless every body was informed by then, or all trunks are on this machine.

    `only`: the body of this service.
    """
    if told := uninformed(settings, at, only):
        raise NotInformed(told)


def uninformed(settings: Settings, at: datetime, only: str | None = None) -> str:
    """Which bodies were not informed by then, in a sentence; empty if all were, or if no call leaves this machine."""
    if all(t.loopback for t in settings.trunks):
        return ""
    informed = {o.id for o in settings.organisations if o.informed_at is not None and o.informed_at <= at}
    called = [s for s in settings.services if s.attempts != 0 or s.id == only]
    missing = [s for s in called if s.organisation not in informed and only in (None, s.id)]
    bodies = list(dict.fromkeys(s.organisation for s in missing))
    if not bodies:
        return ""
    named = ", ".join(bodies[:3]) + (f" and {len(bodies) - 3} more" if len(bodies) > 3 else "")
    whom = f"{missing[0].id} is" if len(missing) == 1 else f"{len(missing)} services are"
    return (
        f"not informed: {named} (informed_at is not set, or lies ahead). French labour law asks that staff know of "
        f"mystery calls before the first one, so {whom} not called"
    )
