"""What an edge is told, and who needs one. Real edges stand in tests/peers/test_edge.py."""

from __future__ import annotations

import ctypes
import json
import os
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from config import loader
from config.loader import load
from prober.failures import EngineUnusable, TrunkUnusable
from prober.sip import library, spoken
from prober.sip.assemble import pool_of, unspoken
from prober.sip.cli_edge import edge, rtp_ports
from prober.sip.edge import configuration as edge_configuration
from prober.sip.edge import running as edge_running
from prober.sip.edge.certificate import _bounds
from prober.sip.edge.configuration import configuration, write
from prober.sip.trunk import Target, Trunk, targets

EVERYTHING = {"transport": "tls", "srtp": True, "host": "2001:db8::1"}
EDGE = Target(host="127.0.0.1", port=5071)


def trunk(**more: object) -> Trunk:
    return Trunk(**{"name": "carrier", "host": "127.0.0.1", **more})  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def nobody_is_asked_twice() -> Iterator[None]:
    spoken.abilities.cache_clear()
    yield
    spoken.abilities.cache_clear()


def test_the_wheel_speaks_none_of_it() -> None:
    assert spoken.abilities() == frozenset()


@pytest.mark.parametrize(
    ("wish", "word"), [({"transport": "tls"}, "TLS 1.3"), ({"srtp": True}, "SRTP"), ({"host": "::1"}, "IPv6")]
)
def test_what_pjsua2_cannot_speak_is_refused_and_the_edge_named(wish: dict[str, object], word: str) -> None:
    said = spoken.refusal(trunk(**wish))
    assert said is not None
    assert f"needs {word}, which" in said
    assert "`decroche edge carrier`" in said


def test_what_an_edge_speaks_is_not_asked_of_pjsua2() -> None:
    assert spoken.refusal(trunk(edge=EDGE, **EVERYTHING)) is None
    assert targets(trunk(edge=EDGE, **EVERYTHING)) == (EDGE,)


def test_a_pjsua2_that_speaks_it_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spoken, "abilities", lambda: frozenset({"TLS 1.3", "SRTP", "IPv6"}))
    assert spoken.refusal(trunk(**EVERYTHING)) is None


@pytest.mark.parametrize("modern", [True, False])
def test_a_build_is_asked_for_its_ciphers_and_its_ipv6(monkeypatch: pytest.MonkeyPatch, modern: bool) -> None:
    def ciphers(found: ctypes.Array[ctypes.c_int], count: object) -> None:
        found[0], found[1] = 0xC030, 0x1301 if modern else 0xC02C
        count._obj.value = 2  # type: ignore[attr-defined]

    def configured() -> None:
        os.write(1, f"PJ_HAS_TCP : 1\nPJ_HAS_IPV6               : {int(modern)}\n".encode())

    build = SimpleNamespace(
        pj_ssl_cipher_get_availables=ciphers,
        pj_dump_config=configured,
        pj_log_set_level=lambda level: None,
        pjmedia_transport_srtp_create=object(),
    )
    monkeypatch.setattr(library, "c_functions", lambda: build)
    monkeypatch.setattr(library.pj, "Endpoint", lambda: SimpleNamespace(libCreate=lambda: None))
    assert library.abilities() == {"TLS 1.3": modern, "SRTP": modern, "IPv6": modern}


def settings_file(folder: Path, **more: object) -> Path:
    file = folder / "decroche.yaml"
    file.write_text(json.dumps({"trunks": [{"name": "carrier", "host": "sip.example.net", **more}]}))
    return file


def test_check_and_calls_refuse_such_a_trunk(tmp_path: Path) -> None:
    file = settings_file(tmp_path, transport="tls")
    (line,) = loader.check(file, judge=unspoken)
    assert line.startswith(f"{file}:1: trunks[0]: trunk carrier needs TLS 1.3")
    with pytest.raises(TrunkUnusable, match="decroche edge carrier"):
        pool_of(load(file), concurrency=1)


def test_a_trunk_behind_an_edge_keeps_the_prober_on_loopback(tmp_path: Path) -> None:
    file = settings_file(tmp_path, transport="tls", srtp=True, edge="127.0.0.1:5071")
    assert loader.check(file, judge=unspoken) == ()
    setup = pool_of(load(file), concurrency=1).setup
    assert (setup.bind, setup.public_address) == ("127.0.0.1", "")


@pytest.mark.parametrize(
    ("sip", "plain", "wrong"),
    [
        (
            {"public_address": "203.0.113.7"},
            "sip.example.org",
            "sip.public_address: the edge of carrier cannot reach 203",
        ),
        ({"bind": "192.0.2.1"}, "sip.example.org", "sip.bind: the edge of carrier cannot reach 192.0.2.1"),
        ({"public_address": "203.0.113.7"}, "127.0.0.1", ""),
        ({}, "sip.example.org", ""),
    ],
)
def test_a_trunk_without_an_edge_beside_one_with_it_needs_no_address_that_the_edge_cannot_reach(
    tmp_path: Path, sip: dict[str, str], plain: str, wrong: str
) -> None:
    trunks = [
        {"name": "carrier", "host": "sip.example.net", "transport": "tls", "edge": "127.0.0.1:5071"},
        {"name": "other", "host": plain},
    ]
    file = tmp_path / "decroche.yaml"
    file.write_text(json.dumps({"trunks": trunks, "sip": sip}))
    said = loader.check(file)
    assert len(said) == bool(wrong)
    assert wrong in "".join(said)


def test_the_law_on_caller_ids_holds_behind_an_edge(tmp_path: Path) -> None:
    file = settings_file(tmp_path, edge="127.0.0.1:5071", caller_ids=["0612345678"])
    (line,) = loader.check(file)
    assert "is a mobile number" in line


# --- what is written ---------------------------------------------------------------------------------------------


def written(folder: Path, *, public: str = "", **more: object) -> dict[str, str]:
    door = trunk(edge=EDGE, **more)
    return configuration(door, folder=folder, public_address=public, rtp_ports=(24000, 27999))


def test_plain_udp_over_ipv6_needs_no_tls(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(edge_configuration, "own_addresses", lambda trunk, public: ("2001:db8::7", "2001:db8::7"))
    files = written(tmp_path, host="2001:db8::1")
    assert set(files) == {"kamailio.cfg", "rtpengine.conf"}
    assert "listen=udp:[2001:db8::7]:5073" in files["kamailio.cfg"]
    assert '$du = "sip:[2001:db8::1];transport=udp"' in files["kamailio.cfg"]
    assert "#!define" not in files["kamailio.cfg"]
    assert "interface = in/127.0.0.1;out/2001:db8::7" in files["rtpengine.conf"]


def test_behind_a_nat_the_carrier_is_told_the_public_address(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(edge_configuration, "own_addresses", lambda trunk, public: ("10.0.0.7", public))
    files = written(tmp_path, transport="tls", public="203.0.113.10")
    assert "listen=tls:10.0.0.7:5073 advertise 203.0.113.10:5073" in files["kamailio.cfg"]
    assert 'mask_ip", "203.0.113.10"' in files["kamailio.cfg"]
    assert "out/10.0.0.7!203.0.113.10" in files["rtpengine.conf"]


def test_what_a_root_may_vouch_for_is_the_names_that_held() -> None:
    names = ("sip.example.net", "*.example.org", "x,permitted;DNS:evil", "127.0.0.1", "::1")
    assert _bounds(names) == [
        "permitted;DNS:sip.example.net",
        "permitted;DNS:example.org",
        "permitted;IP:127.0.0.1/255.255.255.255",
        "permitted;IP:::1/ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
    ]
    assert _bounds(("sip.example.net",))[1] == "permitted;IP:192.0.2.0/255.255.255.255"
    assert _bounds(("127.0.0.1",))[0] == "permitted;DNS:invalid"


def test_nothing_is_left_to_fill_in(tmp_path: Path) -> None:
    for name, text in written(tmp_path, transport="tls", srtp=True).items():
        assert "@" not in text, name


def test_only_the_owner_reads_what_is_written(tmp_path: Path) -> None:
    write({"kamailio.cfg": "text"}, tmp_path / "edge", None)
    assert (tmp_path / "edge").stat().st_mode & 0o77 == 0
    assert (tmp_path / "edge/kamailio.cfg").stat().st_mode & 0o77 == 0


def test_no_two_edges_share_an_rtp_port(tmp_path: Path) -> None:
    """rtpengine binds a port that another one has without a word, and each gets half of the sound."""
    keys = {"host": "127.0.0.1", "edge": "127.0.0.1:5071"}
    plain = {"name": "plain", "host": "127.0.0.1", "max_calls": 90}
    trunks = [{"name": "a", **keys, "max_calls": 20}, plain, {"name": "b", **keys}]
    file = tmp_path / "decroche.yaml"
    file.write_text(json.dumps({"trunks": trunks}))
    settings = load(file)
    assert rtp_ports(settings, "a") == (24000, 24159)
    assert rtp_ports(settings, "b") == (24160, 24223)
    file.write_text(json.dumps({"trunks": trunks, "sip": {"last_rtp_port": 65500}}))
    with pytest.raises(TrunkUnusable, match="65501 to 65660"):
        rtp_ports(load(file), "a")


# --- the command -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "more", "sentence"),
    [
        ("other", {}, "no trunk is called other (expected carrier)"),
        ("carrier", {}, "trunk carrier has no edge (expected `edge: 127.0.0.1:5071` in it)"),
    ],
)
def test_a_wrong_order_has_its_sentence(tmp_path: Path, name: str, more: dict[str, object], sentence: str) -> None:
    done = CliRunner().invoke(edge, [name], obj=load(settings_file(tmp_path, **more)))
    assert done.exit_code == 1
    assert sentence in (done.output + str(done.exception))


async def test_a_missing_program_is_named_with_its_package(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(edge_running.shutil, "which", lambda name: None if name == "rtpengine" else name)
    with pytest.raises(EngineUnusable, match=r"rtpengine is not installed .*apt-get install rtpengine-daemon"):
        async with edge_running.running(tmp_path, EDGE):
            raise AssertionError("it cannot run")
