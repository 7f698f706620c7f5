"""The figures behind /metrics over a real store: a restart, a month's end, a renamed service, a lost database."""

from __future__ import annotations

import gzip
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from exporters.kpi import estimate
from exporters.snapshot import Own
from exporters.watch import Watch
from prober.attempt import Attempt, Purpose, Script
from prober.classify import classify
from prober.events import Ended, Event, Heard, Invited, Party, Response, Sound
from prober.outcome import Outcome
from prober.record import CallRecord, Milestones
from prober.verdict import Verdict
from storage.catalogue import Organisation, Service
from storage.embedded import EmbeddedPostgres
from storage.ledger import CLOSED
from storage.migrations import upgrade
from storage.spool import Spool
from storage.store import Plan, Store

NOON = datetime(2026, 12, 1, 11, 0, tzinfo=UTC)
CAF = Service(
    id="caf",
    name="Caf",
    organisation="cnaf",
    department="75",
    numbers={"3230": "short"},
    targets={"agent_pickup_rate": 0.85},
)
Page = dict[tuple[str, ...], float]


def a_call(n: int, outcome: Outcome = Outcome.HUMAN, **changes: object) -> tuple[CallRecord, Verdict]:
    """The n-th call, one an hour from the first of December on."""
    given = {"service": "caf", "number": "3230", "script": Script.AGENT, "due_at": NOON + timedelta(hours=n), **changes}
    attempt = Attempt(**given)  # type: ignore[arg-type]
    invite_at = attempt.due_at.isoformat()
    events: tuple[Event, ...] = (
        Invited(at_s=0.0, trunk="t", call_id=attempt.id, invite_at=invite_at),
        Response(at_s=0.4, code=200, reason="OK"),
        Ended(at_s=30.0, by=Party.CALLER),
    )
    record = CallRecord(
        attempt=attempt,
        invite_at=invite_at,
        trunk="t",
        events=events,
        milestones=Milestones(t_invite=0.0, t_alert=0.2, t_answer=0.4, t_queue=5.0, t_human=20.0, t_end=30.0),
        heard=(Heard(at_s=9.0, stretch=1, sound=Sound.SPEECH, start_s=1.0, end_s=9.0),),
        hung_up_by=Party.CALLER,
        last_state="human",
    )
    return record, replace(classify(record), outcome=outcome)


@pytest.fixture
async def store(postgres_url: str) -> AsyncIterator[Store]:
    async with Store(postgres_url) as opened:
        await opened.catalogue.save([Organisation(id="cnaf", name="Cnaf", ministry="Solidarités")], [CAF])
        yield opened


def watch(store: Store, folder: Path, at: datetime = NOON + timedelta(days=20), **more: object) -> Watch:
    own = Own(seats_total=4, seats_free=3, calls_in_flight={"queue": 1})
    return Watch(store, Spool(folder), lambda: own, t_max_s=600.0, now=lambda: at, **more)  # type: ignore[arg-type]


async def page(of: Watch) -> Page:
    """Value by metric and sorted label values."""
    await of.refresh()
    return shown(of)


def shown(of: Watch) -> Page:
    text = gzip.decompress(of.metrics()).decode()
    samples = [s for family in text_string_to_metric_families(text) for s in family.samples]
    found = {(s.name, *(v for _, v in sorted(s.labels.items()))): s.value for s in samples}
    assert len(found) == len(samples)
    return found


async def saved(store: Store, calls: Sequence[tuple[CallRecord, Verdict]]) -> None:
    for call in calls:
        await store.save(*call)


async def test_figures_are_those_of_the_tally(store: Store, tmp_path: Path) -> None:
    await saved(store, [a_call(n, Outcome.HUMAN if n % 4 else Outcome.BUSY) for n in range(40)])
    seen = await page(watch(store, tmp_path))
    tally = await store.tally(NOON.date(), 600.0, services=["caf"])
    wanted = estimate(tally).kpis["agent_pickup_rate"]
    for part, value in (("estimate", wanted.estimate), ("lower", wanted.low), ("upper", wanted.high), ("n", 40)):
        assert seen[f"decroche_kpi_{part}", "agent_pickup_rate", "caf"] == value
    assert seen["decroche_kpi_target", "agent_pickup_rate", "caf"] == 0.85
    assert seen["decroche_attempts_total", "busy", "agent", "caf"] == 10
    assert seen["decroche_human_within_ratio", "caf", "180"] == wanted_within(tally, "180")
    assert seen["decroche_service_info", "75 Paris", "Solidarités", "Caf", "Cnaf", "caf.html", "caf"] == 1
    assert seen["decroche_voice_seconds_total", "speech"] == 40 * 8
    assert seen["decroche_month_info", "2026-12"] == 1
    assert ("decroche_kpi_verdict", "agent_pickup_rate", "caf", "not_met") not in seen


def wanted_within(tally: object, t_s: str) -> float:
    return estimate(tally).kpis["time_to_human_seconds"].points[t_s].estimate  # type: ignore[arg-type,union-attr]


async def test_only_services_with_new_calls_are_made_anew(store: Store, tmp_path: Path) -> None:
    await store.catalogue.save([], [Service(id="cpam", name="Cpam", numbers={"3646": "short"})])
    await saved(store, [a_call(1), a_call(2, service="cpam", number="3646")])
    looking = watch(store, tmp_path)
    await looking.refresh()
    before = looking.snapshot.services
    await store.save(*a_call(3))
    await looking.refresh()
    after = looking.snapshot.services
    assert after["cpam"] is before["cpam"]
    assert after["caf"].kpis[0].n == 2


async def test_a_program_that_starts_shows_what_was_kept_before_it_makes_anything(store: Store, tmp_path: Path) -> None:
    others = [f"s{n}" for n in range(5)]
    await store.catalogue.save([], [Service(id=s, name=s, numbers={s: "short"}) for s in others])
    await saved(store, [a_call(n, service=s, number=s) for n, s in enumerate(others)])
    first = watch(store, tmp_path)
    seen = await page(first)
    await store.save(*a_call(9, Outcome.BUSY, service="s4", number="s4"))
    second = watch(store, tmp_path)
    await second.refresh(budget_s=0.0)
    assert shown(second)["decroche_kpi_n", "agent_pickup_rate", "s4"] == 2
    assert shown(second)["decroche_figures_behind",] == 0
    for s in others[:4]:
        key = ("decroche_kpi_estimate", "agent_pickup_rate", s)
        assert shown(second)[key] == seen[key]


async def test_what_does_not_fit_into_the_budget_is_counted_and_comes_later(store: Store, tmp_path: Path) -> None:
    others = [f"s{n}" for n in range(3)]
    await store.catalogue.save([], [Service(id=s, name=s, numbers={s: "short"}) for s in others])
    await saved(store, [a_call(n, service=s, number=s) for n, s in enumerate(others)])
    looking = watch(store, tmp_path)
    behind = []
    for _ in range(4):
        await looking.refresh(budget_s=0.0)
        behind.append(shown(looking)["decroche_figures_behind",])
    assert behind == [2, 1, 0, 0]
    assert set(looking.snapshot.services) == set(others)


async def test_counters_are_the_same_after_a_restart_a_purge_and_a_new_judgement(store: Store, tmp_path: Path) -> None:
    calls = [a_call(n) for n in range(5)]
    await saved(store, calls)
    before = await page(watch(store, tmp_path))
    await saved(store, calls)  # the spool may bring a record a second time
    await store.purge(NOON + timedelta(days=30))
    record, verdict = calls[0]
    await store.rejudge(record.attempt.id, replace(verdict, outcome=Outcome.BUSY))
    after = await page(watch(store, tmp_path))
    counters = [key for key in before if key[0].endswith(("_total", "_bucket", "_count", "_sum"))]
    assert len(counters) > 20
    assert {key: after[key] for key in counters} == {key: before[key] for key in counters}
    assert before["decroche_kpi_estimate", "agent_pickup_rate", "caf"] == 1.0
    assert after["decroche_kpi_estimate", "agent_pickup_rate", "caf"] == 0.8


async def test_two_exporters_on_one_store_show_the_same(store: Store, tmp_path: Path) -> None:
    await saved(store, [a_call(n) for n in range(5)])
    one, two = watch(store, tmp_path), watch(store, tmp_path)
    first, second = await page(one), await page(two)
    apart = {key for key in first if first[key] != second.get(key)}
    assert apart == {("decroche_snapshot_timestamp_seconds",)}


async def test_a_new_target_is_shown_without_a_call(store: Store, tmp_path: Path) -> None:
    await store.save(*a_call(1))
    looking = watch(store, tmp_path)
    await looking.refresh()
    await store.catalogue.save([], [replace(CAF, targets={"agent_pickup_rate": 0.9})])
    assert (await page(looking))["decroche_kpi_target", "agent_pickup_rate", "caf"] == 0.9


async def test_a_service_renamed_in_mid_month_keeps_its_figures_under_its_id(store: Store, tmp_path: Path) -> None:
    await store.save(*a_call(1))
    looking = watch(store, tmp_path)
    await looking.refresh()
    await store.catalogue.save([], [replace(CAF, name="Caf de Paris")])
    seen = await page(looking)
    named = [key for key in seen if key[0] == "decroche_service_info"]
    assert named == [("decroche_service_info", "75 Paris", "Solidarités", "Caf de Paris", "Cnaf", "caf.html", "caf")]
    assert seen["decroche_kpi_n", "agent_pickup_rate", "caf"] == 1


async def test_a_service_taken_out_of_the_catalogue_keeps_its_month(store: Store, tmp_path: Path) -> None:
    await store.save(*a_call(1, service="gone", number="01"))
    seen = await page(watch(store, tmp_path))
    assert seen["decroche_kpi_n", "agent_pickup_rate", "gone"] == 1
    assert seen["decroche_service_info", "", "", "gone", "", "gone.html", "gone"] == 1


async def test_a_ministry_is_named_as_a_query_can_ask_for_it_and_an_unknown_département_by_its_code(
    store: Store, tmp_path: Path
) -> None:
    bodies = [Organisation(id="o", name="O", ministry="Ministère\n de l'\"Un\" \\ l'Autre ")]
    await store.catalogue.save(bodies, [Service(id="s", name="S", organisation="o", department="2c")])
    seen = await page(watch(store, tmp_path))
    assert seen["decroche_service_info", "2C", "Ministère de l'\"Un\" / l'Autre", "S", "O", "s.html", "s"] == 1


async def test_a_service_that_leaves_the_settings_stays_in_its_ministry_and_département(
    store: Store, tmp_path: Path
) -> None:
    await saved(store, [a_call(n, Outcome.BUSY if n == 2 else Outcome.HUMAN) for n in (1, 2, 25)])
    looking = watch(store, tmp_path)
    before = await page(looking)
    await store.catalogue.save([Organisation(id="o", name="O")], [Service(id="cpam", name="Cpam", organisation="o")])
    assert (await page(looking)).items() >= {k: v for k, v in before.items() if "timestamp" not in k[0]}.items()
    assert before["decroche_area_hour_attempts", "75 Paris", "13", "department", "2"] == 1
    for area, level in (("75 Paris", "department"), ("Solidarités", "ministry"), ("France", "national")):
        for hour, weekday, reached in (("13", "2", 1.0), ("14", "2", 0.0), ("13", "3", 1.0)):
            assert before["decroche_area_hour_reached", area, hour, level, weekday] == reached


@pytest.mark.parametrize(
    ("at", "month"),
    [
        (datetime(2026, 12, 31, 22, 59, 59, tzinfo=UTC), "2026-12"),
        (datetime(2026, 12, 31, 23, 0, tzinfo=UTC), "2027-01"),
    ],
)
async def test_the_month_changes_at_midnight_in_paris(store: Store, tmp_path: Path, at: datetime, month: str) -> None:
    await saved(store, [a_call(n, Outcome.HUMAN if n % 2 else Outcome.BUSY) for n in range(60)])
    clock = [datetime(2026, 12, 31, 12, tzinfo=UTC)]
    looking = watch(store, tmp_path, at)
    looking.now = lambda: clock[0]
    before = await page(looking)
    clock[0] = at
    after = await page(looking)
    assert after["decroche_month_info", month] == 1
    over = month == "2027-01"
    assert (("decroche_kpi_n", "agent_pickup_rate", "caf") in after) is not over
    assert (("decroche_kpi_verdict", "agent_pickup_rate", "caf", "not_met") in after) is over
    totals = {key: value for key, value in before.items() if key[0] == "decroche_attempts_total"}
    assert totals == {key: value for key, value in after.items() if key[0] == "decroche_attempts_total"}


async def test_a_month_that_is_over_and_not_closed_has_no_verdict(store: Store, tmp_path: Path) -> None:
    verdict = ("decroche_kpi_verdict", "agent_pickup_rate", "caf", "not_met")
    await store.freeze(Plan(service="caf", month=NOON.date(), campaign="c", seed="s", frozen={}), [])
    await saved(store, [a_call(n, Outcome.HUMAN if n % 2 else Outcome.BUSY) for n in range(60)])
    looking = watch(store, tmp_path, datetime(2027, 1, 1, 12, tzinfo=UTC))
    assert verdict not in await page(looking)
    await store.console.give(CLOSED, "w", {"month": "2026-12"})
    assert verdict in await page(looking)


async def test_attempts_that_are_late_are_counted_with_their_age(store: Store, tmp_path: Path) -> None:
    due = datetime.now(UTC) - timedelta(hours=1)
    await store.add([Attempt(service="caf", number="3230", script=Script.AGENT, due_at=due)])
    seen = await page(watch(store, tmp_path))
    assert seen["decroche_overdue_attempts",] == 1
    assert 3600 <= seen["decroche_overdue_seconds",] < 3700


async def test_a_reference_call_is_no_attempt(store: Store, tmp_path: Path) -> None:
    await store.save(*a_call(1, purpose=Purpose.REFERENCE, service=""))
    seen = await page(watch(store, tmp_path))
    assert not [key for key in seen if key[0] == "decroche_attempts_total"]
    assert seen["decroche_reference_call_ok", "t"] == 1


async def test_before_the_store_was_ever_read_its_figures_have_no_age_and_it_is_not_up(tmp_path: Path) -> None:
    async with Store("postgresql://nobody@127.0.0.1:1/none") as store:
        looking = watch(store, tmp_path)
        for seen in (shown(looking), await page(looking)):
            assert seen["decroche_store_up",] == 0
            assert ("decroche_snapshot_timestamp_seconds",) not in seen
            assert not [key for key in seen if key[0].startswith("decroche_kpi")]
    assert seen["decroche_seats",] == 4


async def test_with_the_database_away_the_last_page_stays_and_grows_old(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path / "db")
    url = server.start()
    try:
        upgrade(url)
        async with Store(url) as store:
            await store.save(*a_call(1))
            looking = watch(store, tmp_path / "spool")
            before = await page(looking)
            server.stop()
            Spool(tmp_path / "spool").put(*a_call(2))
            after = await page(looking)
    finally:
        server.stop()
    assert (before["decroche_store_up",], after["decroche_store_up",]) == (1, 0)
    assert after["decroche_spool_records",] == 1
    changed = {"decroche_store_up", "decroche_spool_records", "decroche_spool_oldest_seconds"}
    assert {k: v for k, v in after.items() if k[0] not in changed} == {
        k: v for k, v in before.items() if k[0] not in changed
    }
