"""The command about settings: `decroche check`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from config import loader

INVALID = 2
JUDGE = "decroche.judge"
"""Key of `click.Context.meta` for a `loader.Judge`."""


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print a list of mistakes.")
@click.pass_context
def check(context: click.Context, file: Path, as_json: bool) -> None:
    """Validate a settings or campaign file: one line per mistake, exit code 2."""
    mistakes = loader.check(file, judge=context.meta[JUDGE])
    if as_json:
        click.echo(json.dumps({"file": str(file), "valid": not mistakes, "mistakes": list(mistakes)}))
    else:
        for line in mistakes:
            click.echo(line, err=True)
        if not mistakes:
            click.echo(f"{file}: valid")
    sys.exit(INVALID if mistakes else 0)
