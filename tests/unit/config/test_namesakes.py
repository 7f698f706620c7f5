"""Another distribution with a package of one of our names is told, by what it installed."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.namesakes import namesake


def installed(folder: Path, name: str, *files: str) -> None:
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "RECORD").write_text("".join(f"{file},sha256=x,1\n" for file in files))


def test_nobody_claims_our_names() -> None:
    assert namesake() is None


def test_who_claims_one_of_our_names_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed(tmp_path, "harmless", "harmless/config/__init__.py", "configured.py")
    installed(tmp_path, "other-config", "config/__init__.py")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert namesake() == (
        "the package name config is claimed by other-config: install decroche in an environment of its own"
    )
