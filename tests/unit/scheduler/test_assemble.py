"""What a settings file says reaches the planner, the purse, the clock and the store."""

from __future__ import annotations

from datetime import UTC, date, datetime

from config.campaign import Campaign, Number, Organisation, Service
from config.settings import Budget, Price, Prices, Schedule, Settings
from config.trunks import Trunk
from exporters.kpi import target_in_force
from exporters.reporting import targets_of
from scheduler import pacing
from scheduler.assemble import attempts_now, budget_of, catalogue_of, ceiling_of, draw_of, never_dialled, terms_of

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
    found = dict(never_dialled(SETTINGS.model_copy(update={"services": (service,), "trunks": (trunk,)})))
    assert set(found) == {("trunks", 0, "reference_number"), ("services", 0, "numbers", 0, "number")}
    assert all("never dialled" in what and "expected a number" in what for what in found.values())
    assert list(never_dialled(SETTINGS)) == []
