import json
from pathlib import Path

import pytest

from exporters.attempt_file import RejectedFile
from exporters.imported import read_attempts

ROOT = Path(__file__).parents[3]
GOOD = {"id": 1, "script": "agent", "outcome": "human", "t_alert": 1.0, "t_answer": 4.0, "t_human": 9.0, "t_end": 20.0}


@pytest.fixture
def reject(tmp_path):
    """Sentences with which a file of this text is refused."""

    def read(text, name="calls.csv"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        with pytest.raises(RejectedFile) as rejected:
            read_attempts(path)
        return str(rejected.value).splitlines()

    return read


@pytest.fixture
def accept(tmp_path):
    def read(text, name="calls.csv"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_attempts(path)

    return read


def rows(*changes):
    return json.dumps([GOOD | {"id": i} | change for i, change in enumerate(changes, 1)])


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            {"t_human": 3.0},
            "calls.json: row 2, column t_human: found 3.0, expected a time not before t_answer (4)",
        ),
        ({"t_end": 8.5}, "calls.json: row 2, column t_end: found 8.5, expected a time not before t_human (9)"),
        (
            {"t_alert": -1},
            "calls.json: row 2, column t_alert: found -1, expected seconds from the INVITE, 0 or more",
        ),
        (
            {"t_end": "soon"},
            "calls.json: row 2, column t_end: found 'soon', expected seconds from the INVITE, 0 or more",
        ),
        (
            {"t_end": True},
            "calls.json: row 2, column t_end: found True, expected seconds from the INVITE, 0 or more",
        ),
        (
            {"script": "robot"},
            "calls.json: row 2, column script: found 'robot', expected one of agent, optout, direct",
        ),
        (
            {"at": "2026-12-01T09:15:00"},
            "calls.json: row 2, column at: found '2026-12-01T09:15:00', expected a date and time with its zone, "
            "such as 2026-12-01T09:15:00+01:00",
        ),
        (
            {"at": "9999-12-31T23:59:00+00:00"},
            "calls.json: row 2, column at: found '9999-12-31T23:59:00+00:00', expected a year from 2000 to 2100",
        ),
        (
            {"outcome": "busy"},
            "calls.json: row 2, column t_human: found 9.0, expected nothing beside the outcome busy: nobody spoke",
        ),
        ({"sip_final": 20}, "calls.json: row 2, column sip_final: found 20, expected a SIP code, 100 to 699"),
        ({"q850": 17.5}, "calls.json: row 2, column q850: found 17.5, expected a Q.850 cause, 1 to 127"),
        (
            {"id": 1},
            "calls.json: row 2, column id: found 1, which row 1 has too, expected an id that no other row has",
        ),
        ({"id": None}, "calls.json: row 2, column id: found None, expected an id that no other row has"),
        ({"count": 0}, "calls.json: row 2, column count: found 0, expected a whole number of attempts, 1 or more"),
    ],
)
def test_one_mistake_is_one_sentence_with_row_and_column(reject, change, sentence):
    assert reject(rows({}, change), "calls.json") == [sentence]


def test_an_unknown_outcome_is_answered_with_the_known_ones(reject):
    (sentence,) = reject(rows({"outcome": "picked_up"}), "calls.json")
    assert sentence.startswith("calls.json: row 1, column outcome: found 'picked_up', expected one of out_of_schedule,")


def test_twenty_problems_are_listed_and_the_others_counted(reject):
    lines = reject(rows(*[{"script": "robot"}] * 23), "calls.json")
    assert len(lines) == 21
    assert lines[-1] == "and 3 more problems"


WEIGHTED = "id,script,outcome,stratum,weight\n"


def test_weights_that_do_not_sum_to_one(reject):
    assert reject(WEIGHTED + "1,agent,human,Mon 09,0.5\n2,agent,human,Mon 10,0.3\n") == [
        "calls.csv: row 3, column weight: the 2 strata of script agent sum to 0.8, expected 1; "
        "a stratum that nobody called is missing"
    ]


def test_weights_are_summed_for_each_script(accept, reject):
    one = "1,agent,human,Mon 09,1\n"
    assert len(accept(WEIGHTED + one + "2,optout,human,Mon 09,1\n").attempts) == 2
    (sentence,) = reject(WEIGHTED + one + "2,optout,human,Mon 09,0.9\n")
    assert "script optout sum to 0.9, expected 1" in sentence


def test_two_weights_in_one_stratum(reject):
    assert "found 0.4, expected 0.6 as in row 2 of the same stratum 'Mon 09'" in "\n".join(
        reject(WEIGHTED + "1,agent,human,Mon 09,0.6\n2,agent,human,Mon 09,0.4\n3,agent,human,Mon 10,0.4\n")
    )


def test_a_weight_for_some_rows_only(reject):
    assert "row 3, column weight: found nothing" in "\n".join(
        reject(WEIGHTED + "1,agent,human,Mon 09,1\n2,agent,human,Mon 09,\n")
    )


def test_a_weight_without_a_stratum(reject):
    assert "row 2, column stratum: found None" in "\n".join(reject(WEIGHTED + "1,agent,human,,1\n"))


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("", "the file is empty"),
        ("id,script,outcome\n", "no attempt in the file"),
        ("id;outcome\n1;human\n", "no column 'script'"),
        ("id,script,outcome,id\n1,agent,human,1\n", "column 'id' stands twice"),
        ("id,script,outcome\n1,agent,human,9\n", "row 2: 4 cells, expected 3"),
        ("id,script,outcome\n1,agent,é\n".encode("latin-1"), "is not UTF-8 text"),
        ('{"calls": [1]}', "row 1: found 1, expected an object"),
        ('{"rows": []}', "expected a list of attempts"),
        ("[{]", "line 1, character 3"),
    ],
)
def test_a_file_that_is_no_table_of_attempts(reject, text, part):
    (sentence,) = reject(text)
    assert sentence.startswith("calls.csv: ")
    assert part in sentence


def test_a_missing_file_is_one_sentence(tmp_path):
    with pytest.raises(RejectedFile, match=r"nowhere\.csv: No such file"):
        read_attempts(tmp_path / "nowhere.csv")


def test_the_same_attempts_in_every_shape(accept):
    json_list = accept(json.dumps([GOOD]), "a.json").attempts
    assert accept(json.dumps({"calls": [GOOD]}), "b.json").attempts == json_list
    head, cells = list(GOOD), [str(v) for v in GOOD.values()]
    for separator in ",;\t":
        text = separator.join(head) + "\r\n" + separator.join(cells) + "\r\n\r\n"
        assert accept(text.encode("utf-8-sig")).attempts == json_list, separator


def test_decimal_commas_between_semicolons(accept):
    (attempt,) = accept("id;script;outcome;t_end\n1;agent;busy;1,25\n").attempts
    assert attempt.t_end == 1.25


def test_queue_music_before_the_answer_is_legal(accept):
    music_first = {"t_alert": 1.0, "t_queue": 2.0, "t_answer": 8.0}
    assert accept(rows(music_first), "calls.json").attempts[0].t_queue == 2.0


def test_columns_without_meaning_are_named_and_missing_ones_known(accept):
    got = accept("id,script,outcome,t_end,colour\n1,agent,busy,1,red\n")
    assert got.unused == ("colour",)
    assert got.unknown == {"t_alert", "t_answer", "t_ivr", "t_optout", "t_queue", "t_human", "phase"}


def test_the_example_of_another_tool_is_read():
    got = read_attempts(ROOT / "docs" / "examples" / "attempts.csv")
    assert (len(got.attempts), got.unused, got.unknown) == (16, (), frozenset())
