"""The tree keeps its own rules: short files, honest names, nothing of the machine it was written on."""

from __future__ import annotations

import ast
import configparser
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PACKAGES = ("config", "prober", "scheduler", "storage", "exporters")
LONGEST = 350
BANNED_NAMES = {"utils", "util", "helpers", "helper", "core", "base", "manager", "common", "misc"}
PURE = {
    *("number", "never_dialled", "attempt", "events", "asking", "call", "menu", "phase", "milestones"),
    *("record", "verdict", "failures", "outcome", "rules", "classify", "ear"),
}
PURE_MODULES = {f"prober.{name}" for name in PURE} | {
    "scheduler.hours",
    "scheduler.sampling",
    "scheduler.pacing",
    "scheduler.load",
    "scheduler.planner",
    "exporters.statistics",
    "exporters.kpi",
}
MACHINE_PATH = re.compile(r"(?<![\w.])/(home|work|farm|root|Users)/\w")
REGISTRY = re.compile(
    r"--(extra-)?index-url|--find-links|files\.pythonhosted\.org|pypi\.org/(simple|packages)|registry\.npmjs",
    re.IGNORECASE,
)
SECRET = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----|\bAKIA[0-9A-Z]{16}\b|\bgh[pousr]_[A-Za-z0-9]{36}\b")


def _files() -> list[Path]:
    """What git keeps or would keep; every file of the folder when there is no git."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    names = listed.stdout.decode().split("\0") if listed.returncode == 0 else []
    found = [ROOT / name for name in names if name] or [
        file
        for file in ROOT.rglob("*")
        if not {".venv", ".git", "__pycache__", "demo", "var", "build"} & set(file.relative_to(ROOT).parts)
    ]
    return [file for file in found if file.is_file()]


def _texts() -> list[tuple[Path, str]]:
    texts = []
    for file in _files():
        try:
            texts.append((file, file.read_text(encoding="utf-8")))
        except UnicodeDecodeError:
            continue
    return texts


FILES = _files()
TEXTS = _texts()
PYTHON = [(file, text) for file, text in TEXTS if file.suffix == ".py"]
OURS = [(file, text) for file, text in PYTHON if file.relative_to(ROOT).parts[0] in (*PACKAGES, "decroche.py")]


def _where(file: Path, text: str, position: int = 0) -> str:
    return f"{file.relative_to(ROOT)}:{text.count(chr(10), 0, position) + 1}"


def _found(pattern: re.Pattern[str]) -> list[str]:
    here = Path(__file__)
    return [_where(file, text, hit.start()) for file, text in TEXTS if file != here for hit in pattern.finditer(text)]


def test_the_tree_is_seen() -> None:
    names = {str(file.relative_to(ROOT)) for file in FILES}
    assert {"pyproject.toml", "prober/call.py", "config/example.yaml", "LICENSE"} <= names
    assert not any(name.startswith(".venv/") for name in names)


def test_no_python_file_is_longer_than_350_lines() -> None:
    lengths = {str(file.relative_to(ROOT)): text.count("\n") for file, text in PYTHON}
    assert {name: length for name, length in lengths.items() if length > LONGEST} == {}


def test_nothing_has_a_name_that_says_nothing() -> None:
    parts = {
        str(file.relative_to(ROOT))
        for file, _ in PYTHON
        for part in (*file.relative_to(ROOT).parts[:-1], file.stem)
        if part.removeprefix("test_") in BANNED_NAMES
    }
    assert parts == set()


def test_no_path_of_a_machine_is_kept() -> None:
    assert _found(MACHINE_PATH) == []


def test_no_address_of_a_registry_is_kept() -> None:
    assert _found(REGISTRY) == []


def test_no_secret_is_kept() -> None:
    assert _found(SECRET) == []


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (MACHINE_PATH, "open('/home/anna/x')"),
        (REGISTRY, "--extra-index-url https://example.org"),
        (SECRET, "-----BEGIN RSA PRIVATE KEY-----"),
    ],
)
def test_what_is_searched_for_would_be_found(pattern: re.Pattern[str], text: str) -> None:
    assert pattern.search(text)


def test_tests_live_under_the_package_they_test() -> None:
    tests = [file.relative_to(ROOT / "tests") for file, _ in PYTHON if file.is_relative_to(ROOT / "tests")]
    assert [str(file) for file in tests if file.name == "__init__.py"] == []
    strays = [file for file in tests if file.name.startswith("test_") and str(file.parent) in (".", "unit")]
    assert strays == []


def test_every_module_begins_by_saying_what_it_is() -> None:
    silent = [_where(file, text) for file, text in OURS if text.strip() and not ast.get_docstring(ast.parse(text))]
    assert silent == []


WORKING = {"Dispatch", "Watchers", "Truth", "Stretch", "_Open"}
"""Dataclasses that are written to while something is under way; every other one is a value."""
SHORT = {"Spot", "Clip", "Run", "Tone", "_Open"}
"""Values of a few fields, made in one place, whose order is plain."""


def test_dataclasses_are_frozen_slotted_and_named() -> None:
    loose = []
    for file, text in OURS:
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.ClassDef):
                wanted = {"slots", "frozen", "kw_only"}
                wanted -= {"frozen"} if node.name in WORKING else set()
                wanted -= {"kw_only"} if node.name in SHORT else set()
                loose += [
                    f"{file.relative_to(ROOT)}:{node.lineno} {node.name}"
                    for decorator in node.decorator_list
                    if "dataclass" in ast.unparse(decorator)
                    and not all(f"{word}=True" in ast.unparse(decorator) for word in wanted)
                ]
    assert loose == []


def test_pydantic_stays_at_the_edges() -> None:
    edges = ("config/", "exporters/web/")
    inside = [
        _where(file, text, hit.start())
        for file, text in OURS
        for hit in re.finditer(r"^\s*(from|import) pydantic\b", text, re.MULTILINE)
        if not str(file.relative_to(ROOT)).startswith(edges)
    ]
    assert inside == []


def test_nothing_imports_the_root_module() -> None:
    importing = [
        _where(file, text, hit.start())
        for file, text in OURS
        for hit in re.finditer(r"^\s*(from|import) decroche\b", text, re.MULTILINE)
    ]
    assert importing == []


def test_pure_modules_are_all_under_the_contract() -> None:
    contracts = configparser.ConfigParser()
    contracts.read(ROOT / ".importlinter")
    held = set(contracts["importlinter:contract:pure"]["source_modules"].split())
    there = {
        module
        for module in PURE_MODULES
        if (ROOT / module.replace(".", "/")).is_dir() or (ROOT / f"{module.replace('.', '/')}.py").is_file()
    }
    assert there - held == set()
    assert held <= PURE_MODULES


def test_pure_modules_read_no_clock() -> None:
    clocks = re.compile(r"\b(datetime\.now|date\.today|datetime\.today|utcnow|perf_counter|monotonic)\(")
    reading = []
    for file, text in OURS:
        module = str(file.relative_to(ROOT).with_suffix("")).replace("/", ".")
        if any(module == pure or module.startswith(f"{pure}.") for pure in PURE_MODULES):
            reading += [_where(file, text, hit.start()) for hit in clocks.finditer(text)]
    assert reading == []


def test_the_distribution_holds_the_five_packages_and_the_root_module() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert project["project"]["license"] == {"text": "GPL-3.0-or-later"}
    assert project["tool"]["setuptools"]["py-modules"] == ["decroche"]
    assert project["tool"]["setuptools"]["packages"]["find"]["include"] == [
        "prober*",
        "scheduler*",
        "storage*",
        "exporters*",
        "config*",
    ]
    assert {name for name in PACKAGES if not (ROOT / name / "__init__.py").is_file()} == set()


def test_data_files_of_the_packages_are_shipped() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    shipped = {pattern.removeprefix("*") for pattern in project["tool"]["setuptools"]["package-data"]["*"]}
    left_out = {
        str(file.relative_to(ROOT))
        for file in FILES
        if file.relative_to(ROOT).parts[0] in PACKAGES and file.suffix not in {".py", *shipped}
    }
    assert left_out == set()


def test_locked_requirements_have_a_hash_each() -> None:
    for name in ("runtime.txt", "test.txt"):
        entries = re.split(r"\n(?=[A-Za-z0-9])", (ROOT / "requirements" / name).read_text().strip())
        bare = [entry.split()[0] for entry in entries if "==" in entry and "--hash=sha256:" not in entry]
        assert bare == [], name
