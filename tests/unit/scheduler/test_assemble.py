"""What a settings file says reaches the planner, the purse, the clock and the store."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from config.campaign import Campaign, Number, Organisation, Service, Step
from config.menu_file import MenuFile, MenuVersion, menu_file, write_menu
from config.settings import Budget, Ear, Numbers, Price, Prices, Schedule, Settings
from config.trunks import Trunk
from exporters.kpi import target_in_force
from exporters.reporting import targets_of
from prober.recogniser import RecogniserError
from scheduler import pacing
from scheduler.assemble import (
    NotInformed,
    attempts_now,
    budget_of,
    catalogue_of,
    ceiling_of,
    check_informed,
    draw_of,
    learning_of,
    terms_of,
)
from scheduler.assemble import targets_of as targets_for
from scheduler.faults import faults, notes

SERVICE = Service(
    id="s",
    name="S",
    organisation="o",
    numbers=(Number(number="3646"),),
    received_per_month=2_000,
    calls_per_day=30,
    calls_per_month=100,
)
SETTINGS = Settings(
    campaign=Campaign(name="c", attempts=20, working_days=12, traffic_share=0.01),
    organisations=(Organisation(id="o", name="O"),),
    services=(SERVICE,),
    schedule=Schedule(late_s=60.0, draw_ahead_days=9, close_after_days=3, keep_records_days=400),
    prices=Prices(surtaxed=Price(call_eur=0.5, minute_eur=0.8)),
    budget=Budget(euros=12.0, agent_s=600.0),
)


def test_ceilings_budget_and_terms_are_those_of_the_file() -> None:
    assert ceiling_of(SETTINGS, SERVICE) == pacing.Ceiling(
        per_day=30, per_month=100, traffic_share=0.01, received_per_month=2_000
    )
    budget = budget_of(SETTINGS)
    assert (budget.euros, budget.minutes, budget.agent_s) == (12.0, None, 600.0)
    assert budget.prices["surtaxed"] == pacing.Price(call_eur=0.5, minute_eur=0.8)
    terms = terms_of(SETTINGS)
    assert (terms.late_s, terms.draw_ahead_days, terms.close_after_days, terms.keep_records_days) == (60.0, 9, 3, 400)
    assert draw_of(SETTINGS, "x").working_days == 12


def test_a_run_keeps_to_the_lowest_ceiling_too() -> None:
    """Forty attempts are asked for; one per cent of what the service receives is twenty."""
    assert len(attempts_now(SETTINGS, at=datetime.now(UTC), seed=1)) == 20


GIVEN = {
    "organisations": [{"id": "caf", "name": "CAF", "ministry": "Familles", "contact": "objections@caf.example"}],
    "services": [
        {
            "id": "caf-61",
            "name": "CAF de l'Orne",
            "organisation": "caf",
            "numbers": [{"number": "3230"}],
            "department": "61",
            "yearly_calls": 340_000,
            "targets": {"agent_pickup_rate": 0.8, "since": date(2026, 7, 1)},
        }
    ],
}


def test_the_catalogue_keeps_what_reports_and_roll_ups_need() -> None:
    (body,), (service,) = catalogue_of(Settings.model_validate(GIVEN))
    assert (body.ministry, body.contact) == ("Familles", "objections@caf.example")
    assert (service.department, service.yearly_calls) == ("61", 340_000)
    assert service.targets == {"agent_pickup_rate": 0.8, "human_reach_rate": 0.9, "since": "2026-07-01"}


def test_a_target_holds_from_its_day_and_the_programme_s_own_before() -> None:
    _, (service,) = catalogue_of(Settings.model_validate(GIVEN))
    own = targets_of(service)
    assert target_in_force(own, "agent_pickup_rate", date(2026, 6, 1)) == 0.85
    assert target_in_force(own, "agent_pickup_rate", date(2026, 7, 1)) == 0.8


def test_a_number_that_may_never_be_dialled_is_named_with_its_place() -> None:
    service = SERVICE.model_copy(update={"numbers": (Number(number="112"), Number(number="3646"))})
    trunk = Trunk(name="t", host="127.0.0.1", reference_number="+33112")
    found = dict(faults(SETTINGS.model_copy(update={"services": (service,), "trunks": (trunk,)})))
    assert set(found) == {("trunks", 0, "reference_number"), ("services", 0, "numbers", 0, "number")}
    assert all("never dialled" in what and "expected a number" in what for what in found.values())
    assert list(faults(SETTINGS)) == []


def test_a_service_s_own_number_of_attempts_holds() -> None:
    few = SERVICE.model_copy(update={"attempts": 3})
    settings = SETTINGS.model_copy(update={"services": (few,)})
    assert len(attempts_now(settings, at=datetime.now(UTC), seed=1)) == 6
    assert targets_for(settings)["s"].attempts == 3
    assert targets_for(SETTINGS)["s"].attempts is None


def test_a_surtaxed_number_is_named_with_the_two_ways_out_of_it() -> None:
    dear = SERVICE.model_copy(update={"numbers": (Number(number="0892701239"),)})
    ((_, what),) = faults(SETTINGS.model_copy(update={"services": (dear,)}))
    assert what.endswith("(expected its name in numbers.allow_surtaxed, or attempts: 0)")
    never_called = dear.model_copy(update={"attempts": 0})
    assert list(faults(SETTINGS.model_copy(update={"services": (never_called,)}))) == []


@pytest.mark.parametrize(
    ("path", "key", "said"),
    [
        (Step(digits="112"), "digits", "the keys 112 would dial 112, which is never dialled"),
        (Step(digits="0w0140000000"), "digits", "the keys 0w0140000000 would dial 0140000000, which is never dialled"),
        (Step(word="allô"), "word", "nobody recorded 'allô' (expected conseiller, or policy.word_wavs)"),
    ],
)
def test_a_step_that_would_dial_a_line_of_emergency_or_say_an_unknown_word_is_named(
    path: Step, key: str, said: str
) -> None:
    number = Number(number="3646", path=(Step(word="conseiller"), path))
    services = (SERVICE.model_copy(update={"numbers": (number,)}),)
    never = Numbers(never_dial=("+33140000000",))
    ((where, what),) = faults(SETTINGS.model_copy(update={"services": services, "numbers": never}))
    assert where == ("services", 0, "numbers", 0, "path", 1, key)
    assert what.startswith(said)


@pytest.mark.parametrize("shown", ["3114", "3018", "3117"])
def test_a_distress_line_is_no_caller_id_although_its_range_is_legal(shown: str) -> None:
    trunk = Trunk(name="t", host="sip.example.net", caller_ids=("0162000001", shown))
    ((where, what),) = faults(SETTINGS.model_copy(update={"trunks": (trunk,)}))
    assert where == ("trunks", 0, "caller_ids", 1)
    assert "no call of ours may show it" in what


def test_what_somebody_should_know_before_a_month_is_drawn(tmp_path: Path) -> None:
    """A number of two services, and a menu path that nobody reviewed; a service that is not called shares nothing."""
    made = MenuVersion(version=1, made_on=date(2026, 11, 2))
    write_menu(menu_file(tmp_path, "3646"), MenuFile(number="3646", versions=(made,)))
    reviewed = MenuVersion(version=1, made_on=date(2026, 11, 2), reviewed_on=date(2026, 11, 3))
    newer = MenuVersion(version=2, made_on=date(2026, 11, 4))
    write_menu(menu_file(tmp_path, "3230"), MenuFile(number="3230", versions=(reviewed, newer)))
    other = SERVICE.model_copy(update={"id": "t"})
    silent = SERVICE.model_copy(update={"id": "u", "attempts": 0})
    settings = SETTINGS.model_copy(update={"services": (SERVICE, other, silent), "menus": tmp_path})
    shared, second, first = notes(settings)
    assert shared.startswith("3646 is a number of 2 services (s, t): each is planned by itself")
    assert first == f"{tmp_path}/3646.yaml: version 1 is not reviewed; none is followed"
    assert second == f"{tmp_path}/3230.yaml: version 2 is not reviewed; version 1 is followed"
    assert list(notes(SETTINGS)) == []


NOON = datetime(2026, 12, 1, 12, 0, tzinfo=UTC)


def a_town(index: int, informed_at: datetime | None = None) -> tuple[Organisation, Service]:
    body = Organisation(id=f"o{index}", name="O", informed_at=informed_at)
    return body, SERVICE.model_copy(update={"id": f"s{index}", "organisation": body.id})


def campaign_of(*towns: tuple[Organisation, Service], host: str = "sip.example.net") -> Settings:
    bodies, services = zip(*towns, strict=True)
    return SETTINGS.model_copy(
        update={"organisations": bodies, "services": services, "trunks": (Trunk(name="t", host=host),)}
    )


def test_nobody_is_called_whose_body_was_not_informed_and_all_of_them_are_named_at_once() -> None:
    known, later = a_town(0, NOON - timedelta(days=1)), a_town(1, NOON + timedelta(days=1))
    check_informed(campaign_of(known), NOON)
    check_informed(campaign_of(known, later, host="127.0.0.1"), NOON)
    with pytest.raises(NotInformed, match=r"^not informed: o1 .*, so s1 is not called$"):
        check_informed(campaign_of(known, later), NOON)
    with pytest.raises(NotInformed, match=r"^not informed: o2, o3, o4 and 2 more .*, so 5 services are not called$"):
        attempts_now(campaign_of(known, *map(a_town, range(2, 7))), at=NOON, seed=1)


def test_a_body_that_is_not_called_need_not_be_informed_but_for_the_call_that_is_asked_for() -> None:
    body, service = a_town(1)
    silent = campaign_of((body, service.model_copy(update={"attempts": 0})))
    check_informed(silent, NOON)
    with pytest.raises(NotInformed):
        check_informed(silent, NOON, service.id)


def test_labels_that_cannot_be_read_here_are_refused_before_the_first_call(monkeypatch: pytest.MonkeyPatch) -> None:
    book: Any = object()
    monkeypatch.setattr("scheduler.assemble.missing", lambda: "no ears here")
    assert learning_of(Settings(ear=Ear(learn=False, label=True)), book) is None
    assert learning_of(Settings(ear=Ear(learn=True)), book) is not None
    with pytest.raises(RecogniserError, match=r"ear\.label is true, but there is no ears here"):
        learning_of(Settings(ear=Ear(label=True)), book)
    monkeypatch.setattr("scheduler.assemble.missing", lambda: None)
    assert learning_of(Settings(ear=Ear(label=True)), book) is not None
