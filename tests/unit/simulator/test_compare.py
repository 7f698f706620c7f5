"""The demo's comparison finds every way in which measured and played can differ."""

from __future__ import annotations

from prober.simulator.compare import differences


def row(i: str, outcome: str = "human", t_human: str = "5.0") -> dict[str, str]:
    return {"id": i, "service": "s", "outcome": outcome, "t_human": t_human, "rule_id": "r"}


def test_equal_rows_differ_in_nothing_whatever_their_order() -> None:
    assert differences([row("a"), row("b")], [row("b", t_human="5.4"), row("a")]) == []


def test_a_row_missing_on_either_side_is_a_difference() -> None:
    assert len(differences([row("a")], [])) == 1
    assert len(differences([], [row("a")])) == 1


def test_another_outcome_is_a_difference_with_both_words() -> None:
    (found,) = differences([row("a", "dropped", "")], [row("a", "busy", "")])
    assert "dropped" in found
    assert "busy" in found


def test_a_human_dated_more_than_half_a_second_off_is_a_difference() -> None:
    assert differences([row("a", t_human="5.51")], [row("a")])
    assert differences([row("a", t_human="")], [row("a")])
    assert not differences([row("a", t_human="5.49")], [row("a")])
