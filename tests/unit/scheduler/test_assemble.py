"""From settings to what the store keeps."""

from __future__ import annotations

from datetime import date

from config.settings import Settings
from exporters.kpi import target_in_force
from exporters.reporting import targets_of
from scheduler.assemble import catalogue_of

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
