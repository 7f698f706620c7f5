"""The exported files, and databases of their own for Prometheus to look at."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml

from exporters.cli_dashboards import exported

_counter = itertools.count(1)


@pytest.fixture(scope="session")
def files() -> Callable[[str], Any]:
    """An exported file, parsed."""
    texts = exported(Path("/nowhere"), reports="http://r.example", prometheus="http://p.example", metrics="m.example:1")
    return lambda name: yaml.safe_load(texts[name])


@pytest.fixture(scope="module")
def module_database(postgres_server: str) -> Iterator[str]:
    """URL of an empty database that a whole module shares."""
    name = f"scraped_{next(_counter)}"
    with psycopg.connect(postgres_server.format("postgres"), autocommit=True) as c:
        c.execute(f"CREATE DATABASE {name} TEMPLATE template_decroche".encode())
        yield postgres_server.format(name)
        c.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())
