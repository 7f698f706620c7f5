"""Fixtures that several parts share: a real PostgreSQL with a fresh database per test."""

from __future__ import annotations

import itertools
import os
import shutil
import tempfile
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TypeVar

import psycopg
import pytest

from storage.embedded import EmbeddedPostgres
from storage.migrations import upgrade

QUICK = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off", "max_connections": "100"}
"""A test's database need not survive a power cut."""
PACKAGES = {
    "promtool": "prometheus",
    "prometheus": "prometheus",
    "sipp": "sip-tester",
    "chromium": "chromium",
    "pdftoppm": "poppler-utils",
    "kamailio": "kamailio kamailio-tls-modules",
    "rtpengine": "rtpengine-daemon",
    "openssl": "openssl",
    "baresip": "baresip-core",
    "dnsmasq": "dnsmasq-base",
    "ip": "iproute2",
}
"""System package of each tool that a test may need."""
_counter = itertools.count(1)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """Address of an embedded server with the empty database `template_decroche`, with `{}` for a database name."""
    folder = Path(tempfile.mkdtemp(prefix="decroche-test-"))
    folder.chmod(0o711)
    server = EmbeddedPostgres(folder / "db", settings=QUICK, public=folder / "public")
    try:
        address = server.start().replace("/postgres?", "/{}?")
        _run(address, "CREATE DATABASE template_decroche")
        upgrade(address.format("template_decroche"))
        yield address
    finally:
        server.stop()
        shutil.rmtree(folder)


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """URL of a database of this test alone, with the current schema and no rows."""
    name = f"test_{next(_counter)}"
    _run(postgres_server, f"CREATE DATABASE {name} TEMPLATE template_decroche")
    yield postgres_server.format(name)
    _run(postgres_server, f"DROP DATABASE {name} WITH (FORCE)")


def _run(address: str, statement: str) -> None:
    with psycopg.connect(address.format("postgres"), autocommit=True) as c:
        c.execute(statement.encode())


Report = TypeVar("Report", pytest.TestReport, pytest.CollectReport)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Where everything that a test may need must be there (CI), a test that was skipped has failed, whoever skipped."""
    return _required((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """So has a file of tests that was skipped as a whole."""
    return _required((yield))


def _required(report: Report) -> Report:
    if report.skipped and os.environ.get("DECROCHE_REQUIRE_PEERS"):
        report.outcome = "failed"
    return report


def pytest_runtest_setup(item: pytest.Item) -> None:
    """A test that needs a system package says which."""
    for marker in item.iter_markers("needs"):
        missing = [str(tool) for tool in marker.args if shutil.which(str(tool)) is None]
        if missing:
            pytest.skip(
                f"{', '.join(missing)} is not installed (Debian: {', '.join(PACKAGES.get(m, m) for m in missing)})"
            )


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--rewrite-golden` writes the golden files anew; a person reads the difference."""
    parser.addoption("--rewrite-golden", action="store_true", help="write the golden files anew")
