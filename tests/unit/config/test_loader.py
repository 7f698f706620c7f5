"""Bad files say what is wrong in one line; good ones become settings; secrets never show."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.lines import Refused, parse
from config.loader import ConfigError, check, find_config, load

BAD = Path(__file__).parent / "bad"
EXAMPLE = Path(__file__).parents[3] / "config" / "example.yaml"
ENVIRON = {"DECROCHE_DATABASE_URL": "postgresql://u:s3cret@db/x", "DECROCHE_TRUNK_PASSWORD": "hunter2"}


@pytest.mark.parametrize("file", sorted(BAD.glob("*.yaml")), ids=lambda file: file.stem)
def test_each_mistake_has_its_sentence(file: Path) -> None:
    """The first line of a bad file is `# says LINE: sentence`."""
    said = file.read_bytes().split(b"\n", 1)[0].decode().removeprefix("# says ")
    assert check(file, environ={}) == (f"{file}:{said}",)


def test_all_mistakes_of_a_file_are_told_in_the_order_of_its_lines(tmp_path: Path) -> None:
    file = tmp_path / "two.yaml"
    file.write_text("web:\n  port: high\n  hots: ::1\nlimits:\n  ring_s: -1\n")
    lines = check(file)
    assert [line.split(": ")[:2] for line in lines] == [
        [f"{file}:2", "web.port"],
        [f"{file}:3", "web.hots"],
        [f"{file}:5", "limits.ring_s"],
    ]
    with pytest.raises(ConfigError) as caught:
        load(file)
    assert str(caught.value) == lines[0]
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    file = tmp_path / "none.yaml"
    assert check(file) == (f"{file}:1: cannot be read: No such file or directory (expected a YAML file)",)
    assert check(tmp_path) == (f"{tmp_path}:1: cannot be read: Is a directory (expected a YAML file)",)


def test_a_binary_file_is_one_line(tmp_path: Path) -> None:
    file = tmp_path / "sound.yaml"
    file.write_bytes(b"RIFF\n\xff\xfe\x00WAVE")
    assert check(file) == (f"{file}:2: is not UTF-8 text (expected a YAML file)",)
    file.write_bytes(b"a: 1\nb: \x00\n")
    assert check(file) == (f"{file}:2: holds a control character (expected plain text)",)


def test_an_empty_file_is_the_defaults_beside_it(tmp_path: Path) -> None:
    file = tmp_path / "decroche.yaml"
    file.write_text("")
    settings = load(file)
    assert settings.limits == load().limits
    assert settings.spool.dir == tmp_path / "var/spool"
    assert load().spool.dir == Path("var/spool")


def test_paths_stand_beside_the_file_that_names_them(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    one, two = tmp_path / "a" / "decroche.yaml", tmp_path / "b" / "campaign.yaml"
    one.write_text("ear:\n  library: prompts\nspool:\n  dir: /srv/spool\n")
    two.write_text("report:\n  out_dir: out\n")
    settings = load(one, two)
    assert settings.ear.library == tmp_path / "a" / "prompts"
    assert settings.spool.dir == Path("/srv/spool")
    assert settings.report.out_dir == tmp_path / "b" / "out"
    assert settings.database.data_dir == tmp_path / "a" / "var/postgresql"


def test_a_section_stands_in_one_file(tmp_path: Path) -> None:
    one, two = tmp_path / "decroche.yaml", tmp_path / "campaign.yaml"
    one.write_text("web:\n  port: 1\n")
    two.write_text("\nweb:\n  port: 2\n")
    assert check(one, two) == (f"{two}:2: web: the section is already in {one} (expected it in one file)",)


def test_a_contradiction_between_two_files_names_the_one_to_change(tmp_path: Path) -> None:
    one, two = tmp_path / "decroche.yaml", tmp_path / "campaign.yaml"
    one.write_text("trunks:\n  - name: town\n    host: 127.0.0.1\n")
    (tmp_path / "c.csv").write_text("organisation,organisation_name,service,service_name,number\no,O,s,S,3646\n")
    two.write_text("catalogue: c.csv\ncampaign:\n  name: c\n  trunks:\n    - village\n")
    assert check(one, two) == (f"{two}:5: campaign.trunks[0]: no trunk is called village (expected town)",)


def test_numbers_keep_their_zeros_and_hours_their_colons() -> None:
    text = parse("[0162000001, +33140000000, 3646, 09:00, 2026-12-01, no, true, ~, 0.5, 1e2, -3, '12']")
    assert text.data == [
        "0162000001",
        "+33140000000",
        3646,
        "09:00",
        "2026-12-01",
        "no",
        True,
        None,
        0.5,
        100.0,
        -3,
        "12",
    ]


def test_a_short_number_without_quotes_is_text_in_the_settings(tmp_path: Path) -> None:
    file = tmp_path / "decroche.yaml"
    file.write_text("trunks:\n  - name: t\n    host: localhost\n    reference_number: 3646\n")
    assert load(file).trunks[0].reference_number == "3646"


def test_a_secret_comes_from_the_environment_and_never_shows(tmp_path: Path) -> None:
    settings = load(EXAMPLE, environ=ENVIRON)
    password = settings.trunks[0].password
    assert password is not None
    assert password.get_secret_value() == "hunter2"
    for shown in (repr(settings), str(settings), settings.model_dump_json(), f"{settings.trunks[0]}"):
        assert "hunter2" not in shown
        assert "s3cret" not in shown
        assert "***" in shown


def test_a_password_written_into_the_file_is_not_repeated_in_the_message(tmp_path: Path) -> None:
    file = tmp_path / "decroche.yaml"
    file.write_text("trunks:\n  - name: t\n    host: h\n    password: hunter2\n    password2: hunter2\n")
    lines = check(file)
    assert len(lines) == 2
    assert "hunter2" not in "".join(lines)


def test_an_address_with_a_password_in_the_wrong_place_is_not_repeated_in_the_message(tmp_path: Path) -> None:
    file = tmp_path / "decroche.yaml"
    file.write_text("database: postgresql://u:hunter2@db/x\n")
    assert check(file) == (f"{file}:1: database: not a section (expected a section with url, data_dir)",)
    file.write_text("database:\n  url: postgresql://u:hunter2@db/x\n")
    assert "hunter2" not in "".join(check(file))


def test_a_setting_cannot_be_changed_afterwards() -> None:
    settings = load()
    with pytest.raises(ValueError, match="frozen"):
        settings.limits.ring_s = 1.0  # type: ignore[misc]


def test_the_file_is_the_one_given_else_the_variable_else_the_one_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    named = {"DECROCHE_CONFIG": "/etc/decroche.yaml"}
    assert find_config(None, {}) is None
    assert find_config(None, named) == Path("/etc/decroche.yaml")
    assert find_config(Path("mine.yaml"), named) == Path("mine.yaml")
    (tmp_path / "decroche.yaml").touch()
    assert find_config(None, {}) == Path("decroche.yaml")
    assert find_config(None, named) == Path("/etc/decroche.yaml")


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(source: str) -> None:
    try:
        text = parse(source)
    except Refused as refusal:
        assert 1 <= refusal.line <= source.count("\n") + source.count("\r") + source.count("\x85") + 3
    else:
        assert text.line_of(()) >= 1


@given(st.data())
def test_a_damaged_example_is_loaded_or_told_never_a_crash(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    lines = EXAMPLE.read_text().splitlines()
    at = data.draw(st.integers(0, len(lines) - 1))
    lines[at] = data.draw(
        st.sampled_from(["", "  x: 1", "\tx", "- 1", "  - a: 1", "x: [", "a: &b 1", lines[at] + " : :", lines[at][2:]])
    )
    file = tmp_path_factory.getbasetemp() / "damaged.yaml"
    file.write_text("\n".join(lines))
    for line in check(file, environ=ENVIRON):
        assert line.startswith(f"{file}:")
        assert "(expected " in line


def test_deep_nesting_is_refused() -> None:
    with pytest.raises(Refused, match="nested more than 20 deep"):
        parse("[" * 100_000)
