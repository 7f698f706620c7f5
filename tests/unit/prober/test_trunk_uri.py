"""A `sip:` URI is taken apart, or refused with a sentence that says which part is wrong."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from decroche import main
from prober.failures import TrunkUnusable
from prober.sip.trunk import Target, split_uri


def test_the_parts_of_a_uri() -> None:
    assert split_uri("sip:3646@127.0.0.1:5070;user=phone") == ("3646", Target(host="127.0.0.1", port=5070))
    assert split_uri("SIP:accueil@pbx.example") == ("accueil", Target(host="pbx.example", port=5060))
    assert split_uri("3646") is None


@pytest.mark.parametrize(
    ("uri", "said"),
    [
        ("sip:3646@127.0.0.1:99999", "99999 is no port (expected 1 to 65535)"),
        ("sip:3646@127.0.0.1:0", "0 is no port"),
        ("sip:3646@bad host", "'bad host' is no host (expected a name or an IPv4 address)"),
        ("sip:3646", "cannot be dialled (expected sip:NUMBER@HOST"),
        ("sip:3646@[::1]", "cannot be dialled (expected sip:NUMBER@HOST"),
    ],
)
def test_a_wrong_part_is_named(uri: str, said: str) -> None:
    with pytest.raises(TrunkUnusable) as refused:
        split_uri(uri)
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["call", "sip:3646@127.0.0.1:5070", "--max-wait", "nan"], "'nan' is no number to count with"),
        (["plan", "c.yaml", "--month", "9999-12"], "expected 2000-01 to 2100-12"),
        (["plan", "c.yaml", "--month", "0001-01"], "expected 2000-01 to 2100-12"),
        (["call", "sip:0140000000,112@127.0.0.1:5070"], "112, which is never dialled"),
    ],
)
def test_an_order_that_makes_no_sense_is_refused_before_anything_is_done(arguments: list[str], said: str) -> None:
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code in (2, 3)
    assert said in done.output.replace("\n", " ")
