"""The SIP and Q.850 map against the worked case, and its exceptions one by one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from prober.events import Heard, Origin, Response, Sound
from prober.failures import CONDITIONS, TABLE, Refusal, by_cause, by_code
from prober.outcome import Outcome
from prober.verdict import Context

CASE = json.loads(
    (Path(__file__).parents[2] / "golden" / "cases" / "c12_sip_outcome_map.json").read_text(encoding="utf-8")
)
WORDS = {o.value for o in Outcome}


def refusal(
    code: int, context: Context = Context(), early: tuple[Heard, ...] = (), rang_s: float = 0, **more: object
) -> Refusal:
    alert = [Response(at_s=1.0, code=180)] if rang_s else []
    final = Response(at_s=1.0 + rang_s, code=code, **more)  # type: ignore[arg-type]
    found = Refusal.of([*alert, final], early, 60.0, context)
    assert found is not None
    return found


@pytest.mark.parametrize("row", [r for r in CASE["sip"] if isinstance(r["code"], int)], ids=lambda r: str(r["code"]))
def test_every_sip_code_of_the_case_gives_an_outcome_it_names(row: dict[str, object]) -> None:
    code = int(str(row["code"]))
    outcome = by_code(refusal(code))[1]
    said = str(row["outcome"])
    if code in (404, 604):
        said = "as cause 1 own_failure"
    if code == 407:
        said = "own_failure"
    if code in (410,):
        said = "number_invalid own_failure"
    assert outcome.value in said


@pytest.mark.parametrize("row", CASE["q850"], ids=lambda r: str(r["cause"]))
def test_every_cause_of_the_case_gives_an_outcome_it_names(row: dict[str, object]) -> None:
    found = by_cause(refusal(480, q850=row["cause"]))
    assert found is not None
    said = f"{row['outcome']} {row['in_service_denominator']}"
    if row["cause"] == 22:
        said += " own_failure"  # decisions: until a second trunk agrees
    if row["cause"] == 4:
        said += " indeterminate"
    if row["cause"] == 23:
        said += " network_failure"
    if row["cause"] == 127:
        said += " indeterminate"
    assert found[1].value in said


def test_every_list_ends_with_a_row_without_conditions_and_names_known_words() -> None:
    for table in TABLE.values():
        if isinstance(table, str):
            continue
        for key, rows in table.items():
            assert "if" not in rows[-1], key
            for row in rows:
                assert row["outcome"] in WORDS
                assert set(row.get("if", ())) <= set(CONDITIONS)


VOICE = (Heard(at_s=5, stretch=1, sound=Sound.SPEECH, start_s=1.5, end_s=4.0),)


@pytest.mark.parametrize(
    ("found", "outcome"),
    [
        (refusal(408, origin=Origin.TIMEOUT), "own_failure"),
        (refusal(503, origin=Origin.TRANSPORT), "own_failure"),
        (refusal(503, own_hop=True), "own_failure"),
        (refusal(503), "network_failure"),
        (refusal(408, rang_s=35), "no_answer"),
        (refusal(408), "network_failure"),
        (refusal(480), "unreachable"),
        (refusal(480, rang_s=35), "no_answer"),
        (refusal(480, rang_s=4), "indeterminate"),
        (refusal(480, early=VOICE), "announcement_unanswered"),
        (refusal(404), "own_failure"),
        (refusal(404, Context(confirmation="agrees")), "number_invalid"),
        (refusal(404, Context(confirmation="disagrees")), "own_failure"),
        (refusal(603), "rejected"),
        (refusal(603, reason="Network Blocked"), "caller_blocked"),
        (refusal(607), "caller_blocked"),
        (refusal(599), "network_failure"),
    ],
)
def test_what_the_code_means_depends_on_what_was_seen(found: Refusal, outcome: str) -> None:
    assert by_code(found)[1] == outcome


@pytest.mark.parametrize(
    ("cause", "context", "location", "outcome"),
    [
        (34, Context(), None, "network_congestion"),
        (34, Context(), "U", "busy"),
        (34, Context(confirmation="agrees", reference_ok=True), None, "busy"),
        (21, Context(), "U", "rejected"),
        (21, Context(), "TN", "caller_blocked"),
        (1, Context(), None, "own_failure"),
        (1, Context(confirmation="agrees"), None, "number_invalid"),
    ],
)
def test_a_cause_is_read_with_its_location_and_context(
    cause: int, context: Context, location: str | None, outcome: str
) -> None:
    found = by_cause(refusal(503, context, q850=cause, q850_location=location))
    assert found is not None
    assert found[1] == outcome


def test_the_specific_cause_of_a_provisional_response_beats_a_vague_final_one() -> None:
    found = Refusal.of([Response(at_s=1, code=183, q850=17), Response(at_s=3, code=480, q850=31)], (), 60.0, Context())
    assert found is not None
    assert by_cause(found) == ("q850_17", Outcome.BUSY)


def test_a_cause_that_is_none_leaves_the_word_to_the_code() -> None:
    found = refusal(486, q850=0)
    assert by_cause(found) is None
    assert by_code(found)[1] is Outcome.BUSY


def test_an_unknown_cause_is_kept_by_its_number() -> None:
    assert by_cause(refusal(480, q850=120)) == ("unknown_cause_120", Outcome.INDETERMINATE)
