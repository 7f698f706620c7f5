"""The command about settings: `decroche check`."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import click

from config import loader

INVALID = 2
JUDGE = "decroche.judge"
"""Key of `click.Context.meta` for a `loader.Judge`."""


class Assumed(dict[str, str]):
    """The environment with something in each variable that is asked for; `unset` are those that had nothing."""

    def __init__(self) -> None:
        super().__init__(os.environ)
        self.unset: set[str] = set()

    def get(self, name: str, default: object = None) -> str:
        """The value, or a stand-in."""
        if not super().get(name):
            self.unset.add(name)
            self[name] = "unset"
        return self[name]


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print a list of mistakes.")
@click.pass_context
def check(context: click.Context, file: Path, as_json: bool) -> None:
    """Validate a settings or campaign file: one line per mistake, exit code 2.

    Environment variables that the file names and that are not set here are told, and are no mistake of the file.
    """
    environ = Assumed()
    mistakes = loader.check(file, environ=environ, judge=context.meta[JUDGE])
    notes = [f"{file}: the environment variable {name} is not set here" for name in sorted(environ.unset)]
    if as_json:
        told = {"file": str(file), "valid": not mistakes, "mistakes": list(mistakes), "notes": notes}
        click.echo(json.dumps(told, ensure_ascii=False))
    else:
        for line in mistakes:
            click.echo(line, err=True)
        for line in notes:
            click.echo(f"to know  {line}")
        if not mistakes:
            click.echo(f"{file}: valid")
    sys.exit(INVALID if mistakes else 0)
