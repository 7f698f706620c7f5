"""The distribution holds what runs: the five packages with their data, the root module, the licence, the command."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import zipfile
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PACKAGES = ("config", "prober", "scheduler", "storage", "exporters")
BUILD = "import sys; from setuptools.build_meta import build_wheel; build_wheel(sys.argv[1])"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    locked = re.search(r"^setuptools==(\d+)", (ROOT / "requirements" / "runtime.txt").read_text(), re.MULTILINE)
    assert locked is not None
    if int(metadata.version("setuptools").split(".")[0]) < int(locked[1]):
        pytest.fail("needs the setuptools of requirements/runtime.txt: `make test` installs it")
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for package in PACKAGES:
        shutil.copytree(ROOT / package, source / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "requirements", source / "requirements")
    for name in ("decroche.py", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    built = subprocess.run(
        [sys.executable, "-c", BUILD, str(out)], cwd=source, capture_output=True, text=True, check=False
    )
    assert built.returncode == 0, built.stderr[-2000:]
    return zipfile.ZipFile(next(out.glob("*.whl")))


def test_every_file_of_the_packages_is_in_the_wheel(wheel: zipfile.ZipFile) -> None:
    there = {
        str(file.relative_to(ROOT))
        for package in PACKAGES
        for file in (ROOT / package).rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }
    assert there | {"decroche.py"} == {name for name in wheel.namelist() if ".dist-info/" not in name}


def test_the_wheel_carries_the_licence_and_the_command(wheel: zipfile.ZipFile) -> None:
    names = wheel.namelist()
    licence = next(name for name in names if name.endswith("/LICENSE"))
    assert wheel.read(licence) == (ROOT / "LICENSE").read_bytes()
    points = wheel.read(next(name for name in names if name.endswith("entry_points.txt"))).decode()
    assert "decroche = decroche:main" in points


def test_the_wheel_asks_for_what_the_lock_pins(wheel: zipfile.ZipFile) -> None:
    told = wheel.read(next(name for name in wheel.namelist() if name.endswith("/METADATA"))).decode()
    asked = [line for line in told.splitlines() if line.startswith("Requires-Dist: ") and "extra ==" not in line]
    written = [line for line in (ROOT / "requirements" / "runtime.in").read_text().splitlines() if line.strip()]
    assert len(asked) == len(written)
