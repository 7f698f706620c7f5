import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from exporters.cli_kpi import kpi, plan_size

ROOT = Path(__file__).parents[3]
C01 = ROOT / "tests" / "golden" / "cases" / "c01_outcome_set.json"
STUDY = ROOT / "docs" / "examples" / "national-study-2022.csv"


def run(command, *arguments, **more):
    return CliRunner().invoke(command, [str(a) for a in arguments], **more)


def kpis(*arguments):
    result = run(kpi, *arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)["kpis"]


def test_json_has_every_kpi_with_the_same_keys():
    got = kpis("--from", C01)
    assert len(got) == 17
    keys = {"numerator", "denominator", "estimate", "low", "high", "method", "target", "verdict", "attempt_ids"}
    for one in got.values():
        assert keys <= one.keys()
    agent = got["agent_pickup_rate"]
    assert (agent["numerator"], agent["denominator"], agent["target"]) == (5, 12, 0.85)
    assert (agent["raw_verdict"], agent["verdict"]) == ("not_met", "insufficient")
    assert agent["attempt_ids"] == [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 14]
    assert agent["numerator_ids"] == [1, 2, 3, 4, 14]
    assert agent["pessimistic"]["denominator"] == 13
    assert got["time_to_human_seconds"]["by_script"]["optout"]["denominator"] == 9
    assert set(got["queue_time_seconds"]["points"]["180"]) >= {"estimate", "low", "high"}


def test_the_same_file_gives_the_same_bytes():
    first, second = (run(kpi, "--from", C01, "--json").stdout_bytes for _ in range(2))
    assert first == second


def test_a_table_shows_x_of_n_and_no_percentage_under_ten():
    output = run(kpi, "--from", C01).stdout
    k2 = next(line for line in output.splitlines() if line.startswith("K2 "))
    assert "5 of 12" in k2
    assert "42%" in k2
    assert "insufficient" in k2
    k3 = next(line for line in output.splitlines() if line.startswith("K3 "))
    assert "4 of 9" in k3
    assert "%" not in k3
    assert "(taux de décroché par un agent" in output
    assert "K2: insufficient: 12 attempts, at least 30 are needed." in output


def test_decimals_are_shown_from_a_thousand_attempts_on():
    output = run(kpi, "--from", STUDY).stdout
    assert "59.7%" in output
    assert "28%" in run(kpi, "--from", STUDY, "--service", "Assurance maladie (3646)").stdout


def test_a_rejected_file_gives_no_figure(tmp_path):
    path = tmp_path / "bad.csv"
    path.write_text("id,script,outcome\n1,agent,human\n1,agent,human\n")
    result = run(kpi, "--from", path, "--json")
    assert result.exit_code == 1
    assert result.stdout == ""
    assert "row 3, column id: found 1, which row 2 has too" in result.stderr


def test_an_unknown_service_is_answered_with_the_known_ones():
    result = run(kpi, "--from", STUDY, "--service", "CPAM")
    assert result.exit_code == 1
    assert "no attempt of service 'CPAM'; the file has Assurance maladie (3646)" in result.stderr


def test_targets_hold_from_their_date(tmp_path):
    path = tmp_path / "calls.csv"
    lines = [f"{i},agent,{'human' if i < 80 else 'busy'},2026-12-01T10:00:00+01:00" for i in range(100)]
    path.write_text("id,script,outcome,at\n" + "\n".join(lines))

    def verdict(*targets):
        return kpis("--from", path, *(part for t in targets for part in ("--target", t)))["agent_pickup_rate"][
            "verdict"
        ]

    assert verdict() == "inconclusive"
    assert verdict("agent_pickup_rate=0.70@2026-12-01") == "met"
    assert verdict("agent_pickup_rate=0.70@2026-12-02") == "inconclusive"


def test_the_day_of_a_target_is_that_of_paris_whatever_the_zone_of_the_file(tmp_path):
    path = tmp_path / "calls.csv"
    lines = [f"{i},agent,{'human' if i < 80 else 'busy'},2026-11-30T23:30:00+00:00" for i in range(100)]
    path.write_text("id,script,outcome,at\n" + "\n".join(lines))
    got = kpis("--from", path, "--target", "agent_pickup_rate=0.70@2026-12-01")
    assert got["agent_pickup_rate"]["target"] == 0.7


@pytest.mark.parametrize(
    ("target", "part"),
    [
        ("agent_pickup_rate", "expected KPI=SHARE"),
        ("agent_pickup_rate=85", "expected the name of a rate and a share up to 1"),
        ("pickup=0.85", "expected the name of a rate"),
        ("agent_pickup_rate=0.85@2026-01-01", "no attempt has one"),
    ],
)
def test_a_target_that_cannot_hold_is_refused(target, part):
    result = run(kpi, "--from", C01, "--target", target)
    assert result.exit_code == 2
    assert part in " ".join(result.stderr.split())


def test_a_review_adds_the_corrected_rate():
    got = kpis("--from", STUDY, "--review", 97, 3, 99, 1)["agent_pickup_rate"]
    # 914 of 1532 with sensitivity 0.97 and specificity 0.99.
    assert got["corrected"]["estimate"] == pytest.approx((914 / 1532 - 0.01) / 0.96)
    assert got["estimate"] == pytest.approx(914 / 1532)


@pytest.mark.parametrize("number", ["nan", "inf", "-inf"])
def test_what_is_no_number_is_refused(number):
    sized = ("--target", 0.85, "--true", 0.92)
    for command, *options in ((kpi, "--from", C01, "--t-max", number), (plan_size, *sized, "--deff", number)):
        got = run(command, *options)
        assert got.exit_code == 2
        assert "is no number to count with" in got.stderr or "is not in the range" in got.stderr


def test_a_month_without_settings_and_neither_nor():
    assert "no settings say where it is; give --from" in " ".join(run(kpi, "--month", "2026-12").stderr.split())
    assert "is no month" in run(kpi, "--month", "december").stderr
    assert "expected 2000-01 to 2100-12" in run(kpi, "--month", "9999-12").stderr
    assert "expected 2000-01 to 2100-12" in run(kpi, "--month", "0001-01").stderr
    assert "give either --from FILE or --month" in run(kpi).stderr
    assert "give either --from FILE or --month" in run(kpi, "--from", C01, "--month", "2026-12").stderr


NUMBERS = "id,script,outcome,number\n" + "".join(
    f"{n}-{i},agent,{'human' if i < x else 'busy'},014000000{n}\n"
    for n, x in enumerate((3, 9, 10, 7))
    for i in range(10)
)


def test_a_sample_of_numbers_is_counted_by_number(tmp_path):
    file = tmp_path / "sample.csv"
    file.write_text(NUMBERS)
    plain, sampled = kpis("--from", file), kpis("--from", file, "--numbers-sampled")
    narrow, wide = plain["agent_pickup_rate"], sampled["agent_pickup_rate"]
    assert (narrow["method"], wide["method"]) == ("clopper_pearson", "korn_graubard_over_numbers")
    assert (narrow["deff"], wide["estimate"]) == (1.0, narrow["estimate"])
    assert wide["high"] - wide["low"] > narrow["high"] - narrow["low"]
    told = wide["by_number"]
    assert (told["numbers"], told["low"], told["high"]) == (4, wide["low"], wide["high"])
    text = " ".join(run(kpi, "--from", file, "--numbers-sampled").stdout.split())
    assert f"design effect {wide['deff']:.1f}; plan-size --deff {told['deff_to_plan']:.1f} for more" in text
    file.write_text(NUMBERS.replace("0140000002", ""))
    refused = run(kpi, "--from", file, "--numbers-sampled").stderr
    assert "sample.csv: attempt 2-0, column number: found nothing, expected the number that was called" in refused


def test_days_that_are_alike_are_told_of(tmp_path):
    file = tmp_path / "days.csv"
    rows = [
        f"{day}-{i},agent,{'human' if day % 2 else 'busy'},2026-12-{day + 1:02}T10:{i:02}:00+01:00"
        for day in range(12)
        for i in range(10)
    ]
    file.write_text("id,script,outcome,at\n" + "\n".join(rows) + "\n")
    by_day = kpis("--from", file)["agent_pickup_rate"]["by_day"]
    assert (by_day["days"], by_day["icc"], by_day["deff"] > 9) == (12, 1.0, True)
    assert "K2: calls of one day are alike (correlation 1.00 over 12 days)" in run(kpi, "--from", file).stdout


def test_plan_size_says_how_many_calls():
    got = json.loads(run(plan_size, "--target", 0.85, "--true", 0.92, "--json").stdout)
    assert (got["n"], got["verdict"]) == (180, "met")
    assert got["power"] >= 0.8
    assert json.loads(run(plan_size, "--target", 0.85, "--true", 0.92, "--deff", 2, "--json").stdout)["n"] == 360
    assert run(plan_size, "--target", 0.85, "--true", 0.75).stdout.startswith("140 eligible calls")
    assert "a chance of more than 99% to" in run(plan_size, "--target", 0.9, "--true", 0.5).stdout, "and not of 100%"


def test_plan_size_says_what_looks_fixed_in_advance_may_conclude():
    asked = (plan_size, "--target", 0.85, "--true", 0.92, "--looks", 4)
    looks = json.loads(run(*asked, "--json").stdout)["looks"]
    assert [round(look["z"], 3) for look in looks] == [4.333, 2.963, 2.359, 2.014]
    assert [round(look["nominal_alpha"], 4) for look in looks] == [0.0, 0.003, 0.0183, 0.044]
    assert "Look 2 of 4: conclude if |z| ≥ 2.963 (an exact interval at 99.6955%)." in run(*asked).stdout


def test_plan_size_says_how_many_calls_an_interval_of_a_width_needs():
    # measure.md §4.5: 196 calls at 85 % for ± 5 points, 294 where calls are worth two thirds of independent ones.
    asked = (plan_size, "--half-width", 0.05, "--true", 0.85)
    assert json.loads(run(*asked, "--json").stdout)["n_for_half_width"] == 196
    assert json.loads(run(*asked, "--deff", 1.5, "--json").stdout)["n_for_half_width"] == 294
    assert run(*asked).stdout.startswith("196 eligible calls")
    both = run(*asked, "--target", 0.9).stdout
    assert "370 eligible calls" in both
    assert "196 eligible calls" in both
    assert "Place about 407," in both
    assert "give --target for a verdict, --half-width" in run(plan_size, "--true", 0.85).stderr


def test_plan_size_spreads_the_risk_of_its_looks_as_asked():
    asked = (plan_size, "--target", 0.85, "--true", 0.92, "--looks", 4, "--spending", "pocock", "--json")
    assert [round(look["z"], 3) for look in json.loads(run(*asked).stdout)["looks"]] == [2.368, 2.368, 2.358, 2.35]


def test_plan_size_at_the_target_has_no_answer():
    assert json.loads(run(plan_size, "--target", 0.85, "--true", 0.85, "--json").stdout)["n"] is None
    assert "No number of calls" in run(plan_size, "--target", 0.85, "--true", 0.85).stdout


def test_neither_command_needs_anything_heavy_before_it_runs():
    program = (
        "import sys, exporters.cli_kpi; "
        "print([m for m in ('numpy', 'scipy', 'pandas', 'rich', 'sqlalchemy', 'statsmodels') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_figures_of_a_file_need_no_database():
    program = (
        "import sys; from exporters.cli_kpi import kpi\n"
        f"kpi(['--from', {str(C01)!r}, '--json'], standalone_mode=False)\n"
        "print([m for m in ('sqlalchemy', 'psycopg', 'statsmodels', 'lifelines', 'pandas') if m in sys.modules],"
        " file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stderr.splitlines()[-1] == "[]"
