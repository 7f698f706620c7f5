"""The cast file: what is right is read, what is wrong is said with file, line and key."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from decroche import main
from prober.number import forbidden, number_class
from prober.simulator.acts import HangUp, Menu, Ring
from prober.simulator.behaviours import CAST, load_cast
from prober.simulator.directory import NOBODY, called
from prober.simulator.spot import CastError

GOOD = """\
voices:
  she: {variant: f2, pitch: 60}
services:
  - id: town-hall
    name: Town hall
    number: 0261910001
    behaviour: test
    voice: she
    acts:
      - ring: {for_s: [1, 2], least_s: 0.5}
      - answer
      - play: {label: welcome, text: Bonjour.}
      - menu: {text: Tapez 1., choices: {1: [{agent: mairie}]}, repeats: null}
"""


def load(tmp_path, text: str):
    path = tmp_path / "cast.yaml"
    path.write_text(text, encoding="utf-8")
    return load_cast(path)


def test_a_cast_is_read(tmp_path):
    (service,) = load(tmp_path, GOOD)
    assert (service.number, service.acts[2].prompt.id, service.acts[2].prompt.voice.pitch) == (
        "0261910001",
        "town-hall/welcome",
        60,
    )
    assert isinstance(service.acts[3], Menu) and service.acts[3].repeats is None


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (
            "least_s: 0.5",
            "lest_s: 0.5",
            "line 10, services[0].acts[0].ring.lest_s: unknown key, expected for_s",
        ),
        ("[1, 2]", "[2, 1]", "line 10, services[0].acts[0].ring.for_s: expected one number or [low, high] in seconds"),
        ("[1, 2]", "soon", "line 10, services[0].acts[0].ring.for_s: 'soon' is no number, expected 0 to 86400"),
        ("- answer", "- anser", "line 11, services[0].acts[1]: 'anser' is not known, expected one of ring, answer"),
        ("label: welcome", "label: hello", "line 12, services[0].acts[2].play.label: 'hello' is not known"),
        ("    number: 0261910001\n", "", "line 4, services[0]: without number"),
        ("0261910001", "112", "line 6, services[0].number: '112' leads to 112, an emergency line"),
        ("voice: she", "voice: he", "line 8, services[0].voice: 'he' is not known, expected one of she"),
        ("{1: [", "{x: [", "line 13, services[0].acts[3].menu.choices.x: 'x' is no key"),
        ("pitch: 60", "pitch: 160", "line 2, voices.she.pitch: 160 is out of range, expected 0 to 99"),
        ("behaviour: test", "behaviour: [", "not YAML"),
        (GOOD, "", "line 1, top: the file is empty, expected services"),
        ("name: Town hall", "name: Town hall\n    name: Again", "line 6, services[0].name: the key stands twice"),
    ],
)
def test_a_mistake_is_named_with_its_place(tmp_path, old, new, sentence):
    with pytest.raises(CastError) as error:
        load(tmp_path, GOOD.replace(old, new, 1))
    assert sentence in str(error.value) and str(tmp_path / "cast.yaml") in str(error.value)


def test_two_services_never_share_a_number(tmp_path):
    second = GOOD.partition("services:\n")[2].replace("town-hall", "other").replace("0261910001", '"+33261910001"')
    with pytest.raises(CastError, match="has the id or number of town-hall"):
        load(tmp_path, GOOD + second)


def test_the_shipped_cast_is_wide_and_may_be_dialled():
    assert len(CAST) >= 20 and len({s.behaviour for s in CAST}) == len(CAST)
    assert [s.number for s in CAST if forbidden(s.number)] == []
    assert {number_class(s.number) for s in CAST} == {"short", "grey", "geographic"}


@pytest.mark.parametrize(
    "dialled", ["0261910001", "+33261910001", "0033261910001", "33261910001", "sip:+33261910001@h:5060;user=phone"]
)
def test_a_number_is_found_in_every_form(dialled):
    assert called(CAST, dialled).id == "mairie-vaux"


def test_a_short_number_is_found_and_others_are_nobody():
    assert called(CAST, "sip:3099@127.0.0.1").id == "caf-orne"
    assert called(CAST, "30990") is NOBODY and called(CAST, "") is NOBODY


def test_acts_alone_and_with_keys_mean_the_same(tmp_path):
    (service,) = load(tmp_path, GOOD.replace("- answer", "- ring\n      - hang_up\n      - hang_up: {q850: 17}"))
    assert service.acts[1:4] == (Ring(), HangUp(q850=16), HangUp(q850=17))


def test_the_command_says_what_is_wrong_in_a_cast_file_in_one_line(tmp_path):
    (tmp_path / "cast.yaml").write_text("services: 3\n")
    done = CliRunner().invoke(main, ["town", "--cast", str(tmp_path / "cast.yaml")])
    assert (done.exit_code, done.stderr.count("\n")) == (1, 1)
    assert done.stderr.startswith(f"Error: {tmp_path / 'cast.yaml'}, line 1, ")
