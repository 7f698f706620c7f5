"""`decroche report`: which files it leaves, and what it says when there is nothing to tell."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from click.testing import CliRunner, Result

from config.settings import Settings
from exporters.cli_report import month_before, report
from storage.cli import a_month


def run(settings: Settings, *arguments: str) -> Result:
    return CliRunner().invoke(report, ["--month", "2026-10", *arguments], obj=settings)


def test_a_month_is_a_page_a_service_with_their_groups_and_an_index(settings: Settings, tmp_path: Path) -> None:
    done = run(settings, "--out", str(tmp_path / "r"), "--processes", "1")
    assert done.exit_code == 0, done.output
    names = {Path(line).name for line in done.output.splitlines()}
    assert names == {f.name for f in (tmp_path / "r").iterdir()}
    assert names == {
        "index.html",
        *(f"{name}.{kind}" for kind in ("html", "json") for name in ("departement-marais", "mairie-vaux")),
        *(f"group-national-fr.{kind}" for kind in ("html", "json")),
    }


def test_a_report_starts_without_the_ear_which_it_has_no_use_for() -> None:
    program = (
        "import sys, exporters.folder, exporters.monthly; "
        "print([m for m in ('prober.ear', 'alembic', 'statsmodels', 'lifelines', 'pandas') if m in sys.modules])"
    )
    root = Path(__file__).parents[3]
    done = subprocess.run([sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_one_service_has_no_group(settings: Settings, tmp_path: Path) -> None:
    run(settings, "--out", str(tmp_path / "r"), "--service", "mairie-vaux", "--format", "html")
    assert {f.name for f in (tmp_path / "r").iterdir()} == {"index.html", "mairie-vaux.html"}


def test_json_prints_the_reports_and_writes_nothing(settings: Settings, tmp_path: Path) -> None:
    done = run(settings, "--json", "--out", str(tmp_path / "r"))
    assert [r["service"]["id"] for r in json.loads(done.stdout)] == ["departement-marais", "mairie-vaux"]
    assert not (tmp_path / "r").exists()


def test_nothing_to_tell_is_one_sentence(settings: Settings, tmp_path: Path) -> None:
    done = run(settings, "--out", str(tmp_path / "r"), "--service", "cpam")
    assert (done.exit_code, done.stderr) == (1, "Error: no call of 2026-10 is stored for service cpam\n")
    assert not (tmp_path / "r").exists()


def test_the_month_before_the_first_of_january_is_december() -> None:
    january = a_month(None, None, "2027-01")  # type: ignore[arg-type]
    assert january is not None
    assert f"{month_before(january):%Y-%m}" == "2026-12"
