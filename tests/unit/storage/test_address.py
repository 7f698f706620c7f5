"""Database addresses as people write them."""

from __future__ import annotations

import pytest

from storage.address import driver_url, plain_url


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg", "postgresql+asyncpg"])
def test_every_usual_scheme_is_understood(scheme: str) -> None:
    address = f"{scheme}://ada:s%40cret@db.example:5433/decroche?sslmode=require"
    assert driver_url(address) == "postgresql+psycopg://ada:s%40cret@db.example:5433/decroche?sslmode=require"
    assert plain_url(address) == "postgresql://ada:s%40cret@db.example:5433/decroche?sslmode=require"


@pytest.mark.parametrize("address", ["", "mysql://db/x", "sqlite:///x", "db.example/decroche"])
def test_another_kind_of_database_is_refused_without_showing_the_address(address: str) -> None:
    with pytest.raises(ValueError, match=r"^database\.url: expected postgresql://user:password@host/name$"):
        driver_url(address)
