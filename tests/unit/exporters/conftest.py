"""The worked examples of the measure, read from tests/golden/cases."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

CASES = Path(__file__).parents[2] / "golden" / "cases"


@pytest.fixture(scope="session")
def case() -> Callable[[str], dict[str, Any]]:
    """A case by the beginning of its file name."""

    def load(name: str) -> dict[str, Any]:
        (path,) = CASES.glob(f"{name}*.json")
        loaded: dict[str, Any] = json.loads(path.read_text())
        return loaded

    return load
