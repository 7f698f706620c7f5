"""`decroche check` judges a file by itself: what is set on this machine is told, not judged."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from config.loader import ConfigError, check, load
from decroche import main


def test_a_variable_that_is_not_set_is_told_by_check_and_the_rest_is_judged(tmp_path: Path) -> None:
    file = tmp_path / "decroche.yaml"
    file.write_text("database: {url: $NOT_SET_ANYWHERE}\nlimits: {ring_s: 60}\n")
    unset = "the environment variable NOT_SET_ANYWHERE"
    with pytest.raises(ConfigError, match="NOT_SET_ANYWHERE is not set"):
        load(file)
    done = CliRunner().invoke(main, ["check", str(file)])
    assert (done.exit_code, done.output) == (0, f"to know  {file}: {unset} is not set here\n{file}: valid\n")
    file.write_text("database: {url: $NOT_SET_ANYWHERE}\nlimits: {ring_s: 60 s}\n")
    done = CliRunner().invoke(main, ["check", str(file), "--json"])
    told = json.loads(done.output)
    assert (done.exit_code, told["valid"], len(told["mistakes"]), len(told["notes"])) == (2, False, 1, 1)


@pytest.mark.parametrize("nothing", ["", "# nothing but a comment\n"])
def test_an_empty_file_is_a_mistake(tmp_path: Path, nothing: str) -> None:
    file = tmp_path / "decroche.yaml"
    file.write_text(nothing)
    assert check(file) == (f"{file}:1: says nothing (expected sections, `key: value`)",)
