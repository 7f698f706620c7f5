"""`decroche trunk test` against Kamailio and Asterisk: what is right is said, what is wrong has its sentence."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from asterisk import Asterisk
from click.testing import CliRunner, Result
from kamailio import CALLER, SECRET, Kamailio

from config.loader import load
from prober.cli_trunk import trunk

pytestmark = pytest.mark.needs("kamailio")


@pytest.fixture(scope="module")
def door(asterisk: Asterisk) -> Iterator[Kamailio]:
    running = Kamailio(asterisk.port)
    try:
        running.start()
        yield running
    finally:
        running.stop()


def tried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, port: int, *words: str, **more: object) -> Result:
    """`trunk test door` with these keys of the trunk."""
    keys = {
        "name": "door",
        "host": "127.0.0.1",
        "port": port,
        "username": CALLER,
        "password": "$DOOR",
        "register": True,
    }
    keys |= {"caller_ids": [CALLER], "reference_number": "0199000000"} | more
    monkeypatch.setenv("DOOR", SECRET)
    file = tmp_path / "decroche.yaml"
    file.write_text(json.dumps({"trunks": [keys]}))
    return CliRunner().invoke(trunk, ["test", "door", *words], obj=load(file))


def test_a_trunk_that_is_fit(door: Kamailio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done = tried(tmp_path, monkeypatch, door.port, "--json")
    assert done.exit_code == 0, done.output
    said = {f["what"]: f for f in json.loads(done.output)["findings"]}
    assert said["registration"]["good"]
    assert said["answer"]["good"]
    assert said["sound in"]["said"] == "comes in, codec PCMA"


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"username": "0162000008"}, "user name or password is wrong (realm decroche)"),
        ({"realm": "elsewhere"}, "the realm is wrong: the trunk names elsewhere, the carrier decroche"),
        ({"transport": "tcp", "username": "0162000008"}, "user name or password is wrong (realm decroche)"),
        (
            {"register": False, "username": None, "password": None},
            "the carrier asks for a user name and password, and the trunk has none",
        ),
        ({"reference_number": "0261910024"}, "no sound comes in"),
        ({"reference_number": "0261910009"}, "not answered: 486 Busy Here"),
    ],
)
def test_a_wrong_definition_has_its_sentence(
    door: Kamailio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, more: dict[str, object], sentence: str
) -> None:
    done = tried(tmp_path, monkeypatch, door.port, **more)
    assert done.exit_code == 1
    assert sentence in done.output


def test_a_carrier_without_our_codecs(asterisk: Asterisk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bare: dict[str, object] = {"register": False, "username": None, "password": None, "caller_ids": ["0162000004"]}
    done = tried(tmp_path, monkeypatch, asterisk.port, **bare)
    assert done.exit_code == 1
    assert "no codec in common: PCMA and PCMU are offered" in done.output


def test_a_port_of_something_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:

        def hang_up() -> None:
            other.accept()[0].close()

        hanging = threading.Thread(target=hang_up)
        hanging.start()
        done = tried(tmp_path, monkeypatch, int(other.getsockname()[1]), transport="tcp")
        hanging.join()
    assert done.exit_code == 1
    assert "does not speak SIP; is the port right?" in done.output


def test_a_trunk_that_needs_an_edge(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done = tried(tmp_path, monkeypatch, 5061, transport="tls", srtp=True)
    assert done.exit_code == 1
    assert "trunk door needs TLS 1.3 and SRTP, which pjsua2 here cannot speak" in done.output
    assert "`decroche edge door` running" in done.output


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_an_address_where_nobody_listens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, transport: str) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    began = time.monotonic()
    done = tried(tmp_path, monkeypatch, port, transport=transport)
    assert done.exit_code == 1
    assert f"nobody listens at 127.0.0.1:{port} ({transport.upper()})" in done.output
    assert time.monotonic() - began < 10


def test_an_address_that_takes_everything_and_answers_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as deaf:
        deaf.bind(("127.0.0.1", 0))
        began = time.monotonic()
        done = tried(tmp_path, monkeypatch, int(deaf.getsockname()[1]))
    assert done.exit_code == 1
    assert "does not answer within 3 s" in done.output
    assert time.monotonic() - began < 10
