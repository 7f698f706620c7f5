"""An import changes what the directory changed, keeps what was edited here, and can be taken back."""

from __future__ import annotations

import copy
from datetime import date
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from invented_directory import a_record, opening

from scheduler.annuaire import entry_of
from scheduler.catalogue import Change, Data, Kept, applied, changes_of, findings, undone

DAY = date(2026, 12, 1)
EMPTY: Data = {"organisations": [], "services": []}
Plain = dict[str, Any]


def of(*records: Plain) -> dict[str, tuple[Plain, Plain]]:
    """Records as the directory has them, by id."""
    entries = [entry_of(record)[0] for record in records]
    return {e.service["directory_id"]: (e.organisation, e.service) for e in entries if e is not None}


def state(directory: dict[str, tuple[Plain, Plain]]) -> dict[str, Plain]:
    return {key: service for key, (_, service) in directory.items()}


def imported(*records: Plain) -> Data:
    return applied(EMPTY, changes_of(EMPTY, {}, of(*records), (), DAY)[0])


def edited(data: Data, index: int = 0, **values: Any) -> Data:
    made = copy.deepcopy(dict(data))
    made["services"][index].update(values)
    return made


def after(data: Data, before: Plain, now: Plain) -> tuple[Plain, list[Change], list[Kept]]:
    """The first service once the directory says `now` where it said `before`."""
    changes, kept = changes_of(data, state(of(before)), of(now), (), DAY)
    return applied(data, changes)["services"][0], changes, kept


def test_a_first_import_adds_services_and_the_bodies_behind_them() -> None:
    data = imported(a_record(1, "caf"), a_record(2, "caf"), a_record(3))
    assert [body["id"] for body in data["organisations"]] == ["caf-01", "mairie-01053"]
    assert [s["id"] for s in data["services"]] == ["caf-01053-00000001", "caf-01053-00000002", "mairie-01053-00000003"]


def test_the_same_directory_changes_nothing() -> None:
    records = a_record(1), a_record(2, "caf")
    data = imported(*records)
    assert changes_of(data, state(of(*records)), of(*records), (), DAY) == ([], [])


def test_a_changed_number_keeps_its_place_and_what_was_noted_about_it() -> None:
    data = edited(imported(a_record(1)), numbers=[{"number": "0474000001", "weight": 2.0, "path": [{"digits": "2"}]}])
    service, changes, kept = after(data, a_record(1), a_record(1, telephone=[{"valeur": "04 74 99 99 99"}]))
    assert service["numbers"] == [{"number": "0474999999", "weight": 2.0, "path": [{"digits": "2"}]}]
    assert ([c.kind for c in changes], kept) == (["number"], [])


def test_numbers_added_by_hand_stay_and_new_ones_join_them() -> None:
    data = imported(a_record(1))
    data = edited(data, numbers=[*data["services"][0]["numbers"], {"number": "3646"}])
    two = a_record(1, telephone=[{"valeur": "04 74 00 00 01"}, {"valeur": "04 74 00 00 02"}])
    service, _, _ = after(data, a_record(1), two)
    assert [n["number"] for n in service["numbers"]] == ["0474000001", "3646", "0474000002"]
    service, changes, _ = after({"organisations": [], "services": [service]}, two, a_record(1))
    assert [n["number"] for n in service["numbers"]] == ["0474000001", "3646"]
    assert [c.kind for c in changes] == ["number"]


def test_a_new_number_rings_at_no_contact_point_that_was_taken_out_here() -> None:
    data = edited(imported(a_record(1)), contact_points=[], numbers=[{"number": "0474000001"}])
    two = a_record(1, telephone=[{"valeur": "04 74 00 00 01"}, {"valeur": "04 74 00 00 02"}])
    service, _, _ = after(data, a_record(1), two)
    assert service["numbers"] == [{"number": "0474000001"}, {"number": "0474000002"}]


def test_a_number_replaced_by_hand_is_kept_and_told() -> None:
    data = edited(imported(a_record(1)), numbers=[{"number": "3646"}])
    service, changes, kept = after(data, a_record(1), a_record(1, telephone=[{"valeur": "04 74 99 99 99"}]))
    assert "3646" in [n["number"] for n in service["numbers"]]
    assert "0474999999" in [n["number"] for n in service["numbers"]]
    assert [c.kind for c in changes] == ["number"]
    assert kept == []


def test_new_hours_enter_into_force_and_the_old_ones_into_the_history() -> None:
    new = a_record(1, plage_ouverture=[opening("Lundi", "Mardi", "09:00", "12:00")])
    service, changes, _ = after(imported(a_record(1)), a_record(1), new)
    assert service["hours"] == "Mo-Tu 09:00-12:00"
    assert service["past_hours"] == [{"until": "2026-11-30", "hours": "Mo-Fr 09:00-12:00,14:00-17:00"}]
    assert {c.kind for c in changes} == {"hours"}


@pytest.mark.parametrize(("changed", "until"), [(date(2026, 11, 20), "2026-11-19"), (date(2027, 1, 1), "2026-11-30")])
def test_new_hours_are_in_force_from_the_day_of_the_records_own_change(changed: date, until: str) -> None:
    new = a_record(1, plage_ouverture=[opening("Lundi", "Mardi", "09:00", "12:00")])
    data, since = imported(a_record(1)), {a_record(1)["id"]: changed}
    changes, _ = changes_of(data, state(of(a_record(1))), of(new), (), DAY, since)
    assert applied(data, changes)["services"][0]["past_hours"][0]["until"] == until


@pytest.mark.parametrize(
    "mine", [{"hours": "Mo-Fr 08:00-20:00"}, {"hours_assumed": False}, {"hours": "24/7", "hours_assumed": False}]
)
def test_hours_that_were_edited_or_confirmed_here_are_kept(mine: Plain) -> None:
    data = edited(imported(a_record(1)), **mine)
    new = a_record(1, plage_ouverture=[opening("Lundi", "Mardi", "09:00", "12:00")])
    service, changes, kept = after(data, a_record(1), new)
    assert service == data["services"][0]
    assert changes == []
    assert [(k.key, k.directory) for k in kept] == [("hours", "Mo-Tu 09:00-12:00")]


def test_keys_that_the_directory_does_not_know_are_never_touched() -> None:
    own = {"tags": ["mine"], "scripts": ["direct"], "closed_on": ["2026-12-24"], "id": "town-hall", "targets": {}}
    data = edited(imported(a_record(1)), **own)
    service, _, kept = after(data, a_record(1), a_record(1, nom="Mairie - Nouveau nom", telephone=[{"valeur": "3646"}]))
    assert {key: service[key] for key in own} == own
    assert service["name"] == "Mairie - Nouveau nom"
    assert kept == []


def test_a_service_taken_out_here_stays_out() -> None:
    gone: Data = {"organisations": imported(a_record(1))["organisations"], "services": []}
    assert changes_of(gone, state(of(a_record(1))), of(a_record(1, nom="X")), (), DAY) == ([], [])


def test_a_record_that_is_gone_ends_the_service_and_one_that_comes_back_reopens_it() -> None:
    data, key = imported(a_record(1)), a_record(1)["id"]
    changes, _ = changes_of(data, state(of(a_record(1))), {}, (key,), DAY)
    closed = applied(data, changes)
    assert closed["services"][0]["ends_on"] == "2026-12-01"
    assert [c.kind for c in changes] == ["closed"]
    before = {key: of(a_record(1))[key][1] | {"closed_on": "2026-12-01"}}
    changes, _ = changes_of(closed, before, of(a_record(1)), (), DAY)
    assert [c.kind for c in changes] == ["reopened"]
    assert applied(closed, changes) == data
    mine = edited(closed, ends_on="2026-11-15")
    assert changes_of(mine, before, of(a_record(1)), (), DAY) == ([], [])


def test_an_id_that_is_taken_here_gets_another_one() -> None:
    data = edited(imported(a_record(1)), directory_id="other")
    changes, _ = changes_of(data, {}, of(a_record(1)), (), DAY)
    ids = [s["id"] for s in applied(data, changes)["services"]]
    assert len(set(ids)) == 2


edits = st.sampled_from(
    [{}, {"hours": "24/7"}, {"hours_assumed": False}, {"name": "N"}, {"numbers": [{"number": "3646"}]}, {"zone": "Indian/Reunion"},
     {"tags": ["x"]}, {"ends_on": "2026-06-30"}, {"contact_points": []}, {"past_hours": [{"until": "2026-01-01", "hours": "24/7"}]}]
)  # fmt: skip
versions = st.sampled_from(
    [{}, {"nom": "B"}, {"telephone": [{"valeur": "0400000009"}]}, {"telephone": [{"valeur": "3646"}, {"valeur": "0474000001"}]},
     {"plage_ouverture": []}, {"code_insee_commune": "97411"}, {"adresse": []}]
)  # fmt: skip


@given(st.lists(st.tuples(versions, edits, versions, st.booleans()), min_size=1, max_size=4))
def test_taking_an_import_back_gives_the_catalogue_before_it(cases: list[tuple[Plain, Plain, Plain, bool]]) -> None:
    first = [a_record(i, "caf", **old) for i, (old, _, _, _) in enumerate(cases)]
    data = imported(*first)
    for index, (_, edit, _, _) in enumerate(cases):
        data = edited(data, index, **edit)
    still = [a_record(i, "caf", **new) for i, (_, _, new, stays) in enumerate(cases) if stays]
    gone = [r["id"] for r, (_, _, _, stays) in zip(first, cases, strict=True) if not stays]
    changes, _ = changes_of(data, state(of(*first)), of(*still, a_record(99, "cpam")), gone, DAY)
    made = applied(data, changes)
    assert undone(made, changes) == (data, [])
    assert len(made["services"]) == len(cases) + 1


@example(
    {"telephone": [{"valeur": "3646"}, {"valeur": "0474000001"}]},
    {"numbers": [{"number": "3646"}]},
    {"telephone": [{"valeur": "0400000009"}]},
)
@given(versions, edits, versions)
def test_what_was_edited_here_is_never_lost(old: Plain, edit: Plain, new: Plain) -> None:
    data = edited(imported(a_record(1, **old)), **edit)
    service, _, _ = after(data, a_record(1, **old), a_record(1, **new))
    said = state(of(a_record(1, **old)))[a_record(1)["id"]]
    for key, value in edit.items():
        if key == "numbers":
            own = {n["number"] for n in value} - {n["number"] for n in said["numbers"]}
            assert own <= {n["number"] for n in service["numbers"]}
        elif key == "past_hours":
            assert service[key][: len(value)] == value
        elif value != said.get(key):
            assert service.get(key) == value


def test_what_was_edited_after_an_import_survives_its_undo_and_is_told() -> None:
    data = imported(a_record(1), a_record(2))
    new = [a_record(1, nom="B"), a_record(2, nom="B"), a_record(3, "caf"), a_record(4, "cpam")]
    changes, _ = changes_of(data, state(of(a_record(1), a_record(2))), of(*new), (), DAY)
    made = edited(edited(applied(data, changes), 0, name="Mine"), 2, tags=["mine"])
    back, kept = undone(made, changes)
    assert [s["name"] for s in back["services"]] == ["Mine", "Mairie - Exemple 2", "Caf - Exemple 3"]
    assert [b["id"] for b in back["organisations"]] == ["mairie-01053", "caf-01"]
    assert {(k.id, k.key) for k in kept} == {
        ("mairie-01053-00000001", "name"),
        ("caf-01053-00000003", "services"),
        ("caf-01", "organisations"),
    }


def a_service(number: str, **more: Any) -> Data:
    service = {"id": "s", "name": "S", "organisation": "o", "numbers": [{"number": number}], **more}
    return {"organisations": [{"id": "o", "name": "O", "legal_type": "state"}], "services": [service]}


@pytest.mark.parametrize(
    ("data", "grave", "what"),
    [
        (a_service("112"), True, "an emergency line"),
        (a_service("+333919"), True, "a distress line"),
        (a_service("0612345678"), True, "private lines are never dialled"),
        (a_service("140000000"), True, "lost its zero in a spreadsheet"),
        (a_service("01400000"), True, "has no form of a number"),
        (a_service("0825123456"), False, "surtaxed, which the law forbids"),
        (a_service("0140000000", department="01", region="11"), True, "01 is not in the region 11 (expected 84)"),
        (
            a_service("0262000000", department="974"),
            True,
            "Europe/Paris is not the clock of 974 (expected Indian/Reunion)",
        ),
    ],
)
def test_what_a_catalogue_may_not_hold_is_found(data: Data, grave: bool, what: str) -> None:
    (found,) = findings(data)
    assert (found.grave, what in found.what) == (grave, True), found


def test_a_number_of_two_services_is_to_know_in_any_spelling() -> None:
    data = a_service("0140000000")
    data["services"].append(a_service("+33140000000")["services"][0] | {"id": "t"})
    (found,) = findings(data)
    assert (found.what, found.grave) == ("0140000000 is also a number of s", False)


@pytest.mark.parametrize(
    "data",
    [
        a_service("3646"),
        a_service("sip:3646@127.0.0.1"),
        a_service("0262000000", department="974", zone="Indian/Reunion", region="04"),
    ],
)
def test_an_ordinary_catalogue_has_nothing_to_say(data: Data) -> None:
    assert list(findings(data)) == []
