"""`decroche call` refuses by the guard and by the operator's own lists before anything is started."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from config.settings import Numbers, Settings
from prober.cli import call

NO_TRUNK = "trunk"


def said(number: str, numbers: Numbers | None = None) -> tuple[int, str]:
    done = CliRunner().invoke(call, [number], obj=Settings(numbers=numbers or Numbers()))
    return done.exit_code, done.output


def test_a_surtaxed_number_is_called_only_if_the_settings_allow_it() -> None:
    code, output = said("3635")
    assert (code, "surtaxed" in output) == (3, True)
    code, output = said("3635", Numbers(allow_surtaxed=("3635",)))
    assert "surtaxed" not in output
    assert NO_TRUNK in output, "the guard let it pass: the next obstacle is that there is nothing to call with"


def test_a_number_of_the_operators_list_is_refused() -> None:
    assert NO_TRUNK in said("0140000000")[1]
    code, output = said("0140000000", Numbers(never_dial=("+33140000000",)))
    assert (code, "list of numbers never dialled" in output) == (3, True)


@pytest.mark.parametrize("number", ["112", "3919", "tel:12;phone-context=+331"])
def test_no_setting_opens_an_emergency_or_distress_line(number: str) -> None:
    code, output = said(number, Numbers(allow_surtaxed=("112", "3919", "12")))
    assert (code, "never dialled" in output) == (3, True)


@pytest.mark.parametrize("digits", ["112", "1,wait,112#1"])
def test_keys_that_would_dial_an_emergency_line_are_refused_before_the_call(digits: str) -> None:
    done = CliRunner().invoke(call, ["3646", "--digits", digits], obj=Settings())
    assert (done.exit_code, "never dialled" in done.output) == (2, True)


def test_keys_that_would_dial_a_number_of_the_operators_list_are_refused_before_the_call() -> None:
    settings = Settings(numbers=Numbers(never_dial=("+33140000000",)))
    done = CliRunner().invoke(call, ["3646", "--digits", "1,wait,0140000000"], obj=settings)
    assert (done.exit_code, "would dial 0140000000" in done.output) == (2, True)


def test_a_trace_that_cannot_be_written_is_said_before_the_call(tmp_path: Path) -> None:
    arguments = ["sip:3646@127.0.0.1:9", "--trace", str(tmp_path / "none" / "trace.txt")]
    done = CliRunner().invoke(call, arguments, obj=Settings())
    assert (done.exit_code, "trace.txt cannot be written: No such file" in done.output) == (2, True)
