"""The migrations, up and down, against the tables that the code uses."""

from __future__ import annotations

import asyncio
import subprocess
import sys

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine

from storage.address import driver_url
from storage.connection import StoreAway
from storage.migrations import downgrade, upgrade
from storage.schema import metadata


def tables(url: str) -> set[str]:
    listed = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
    with psycopg.connect(url) as c:
        return {name for (name,) in c.execute(listed)}


def test_the_migrations_make_exactly_the_tables_the_code_uses(postgres_url: str) -> None:
    engine = create_engine(driver_url(postgres_url))
    with engine.connect() as c:
        assert compare_metadata(MigrationContext.configure(c), metadata) == []
    engine.dispose()
    assert tables(postgres_url) == {*metadata.tables, "judged", "alembic_version"}


def test_down_to_nothing_and_up_again(postgres_url: str) -> None:
    downgrade(postgres_url, "base")
    assert tables(postgres_url) == {"alembic_version"}
    upgrade(postgres_url)
    upgrade(postgres_url)
    assert tables(postgres_url) == {*metadata.tables, "judged", "alembic_version"}


def test_labels_given_before_any_were_read_are_a_persons(postgres_url: str) -> None:
    downgrade(postgres_url, "0007")
    with psycopg.connect(postgres_url) as c:
        for name, label in (("named", "closed"), ("unnamed", "")):
            c.execute(
                "INSERT INTO prompts (number, id, prints, label, calls, first_call, last_call, first_heard_at,"
                " last_heard_at) VALUES ('3646', %s, '', %s, 2, 1, 2, now(), now())",
                (name, label),
            )
    upgrade(postgres_url)
    with psycopg.connect(postgres_url) as c:
        reviewed = c.execute("SELECT id, reviewed_at IS NOT NULL FROM prompts ORDER BY id").fetchall()
    assert reviewed == [("named", True), ("unnamed", False)]


def test_a_database_that_is_up_to_date_is_left_alone_without_alembic(postgres_url: str) -> None:
    code = (
        "import sys; from storage.migrations import upgrade as up; up(sys.argv[1]); sys.exit('alembic' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code, postgres_url], check=True)


async def test_two_programs_that_start_together_migrate_once(postgres_url: str) -> None:
    await asyncio.to_thread(downgrade, postgres_url, "base")
    await asyncio.gather(*(asyncio.to_thread(run_upgrade, postgres_url) for _ in range(2)))
    assert "attempts" in tables(postgres_url)


def run_upgrade(url: str) -> None:
    code = "import sys; from storage.migrations import upgrade; upgrade(sys.argv[1])"
    subprocess.run([sys.executable, "-c", code, url], check=True)


def test_an_address_of_another_kind_of_database_is_one_sentence() -> None:
    with pytest.raises(ValueError, match="expected postgresql://user:password@host/name"):
        upgrade("mysql://localhost/decroche")


def test_a_server_that_is_not_there_is_the_database_that_does_not_answer() -> None:
    with pytest.raises(StoreAway, match=r"^the database does not answer: .*port 1 failed: Connection refused"):
        upgrade("postgresql://nobody@127.0.0.1:1/none")
