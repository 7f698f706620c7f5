"""The guard: one test a forbidden number and a disguise; then classes, prices and dialled forms."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prober.number import (
    DISTRESS,
    EMERGENCY,
    dialled,
    e164,
    forbidden,
    keys_forbidden,
    number_class,
    price_class,
    surtax_forbidden,
)

NEVER = sorted(EMERGENCY | DISTRESS)


@pytest.mark.parametrize("number", NEVER)
def test_emergency_and_distress_lines_are_never_dialled(number: str) -> None:
    assert forbidden(number)
    assert forbidden(number, allow=frozenset({number})), "no configuration opens them"


@pytest.mark.parametrize(
    "disguise",
    [
        "sip:112@127.0.0.1", "SIP:112@host:5070;user=phone", "sips:15@h", "tel:112", "<sip:18@h>", "112@host",
        "+33112", "0033112", "0112", "00112", "#31#112", "*31*17", "#31##31#15", "%31%31%32", "%2531%2531%2532",
        "sip:%31%31%32@h", "1 1 2", "1.1.2", "1-1-2", "(112)", "١١٢", "１１２", "1\u200b12", "1\u00a012", "112*", "112#",
        "+333114", "0033 3114", "3 1 1 4", "+333919", "sip:+33115@h;phone-context=x", "112;ext=1", "112:5060",
        "0033 800 05 95 95", "+33 8 00 05 95 95",
    ],
)  # fmt: skip
def test_a_disguise_does_not_open_the_guard(disguise: str) -> None:
    assert forbidden(disguise)


@given(
    st.sampled_from(NEVER),
    st.sampled_from(["", "+33", "0033", "#31#", "*67*", "sip:", "tel:", " "]),
    st.lists(st.sampled_from(["", " ", ".", "-", "\u202f", "\u200b"]), min_size=10, max_size=10),
    st.sampled_from(["", "@host", ";user=phone", "#", " "]),
)
def test_no_spelling_of_a_forbidden_number_passes(number: str, before: str, between: list[str], after: str) -> None:
    spelt = "".join(
        c + between[i % 10] for i, c in enumerate(number if before not in ("+33", "0033") else number.lstrip("0"))
    )
    assert forbidden(before + spelt + after)


@pytest.mark.parametrize("number", ["0612345678", "+33712345678", "06 12 34 56 78", "+262692123456"])
def test_private_mobiles_are_never_dialled(number: str) -> None:
    assert forbidden(number, allow=frozenset({number}))


@pytest.mark.parametrize("number", ["0899123456", "+442071234567", "118712", "3635", "0825123456"])
def test_surtaxed_and_foreign_numbers_pass_only_by_name(number: str) -> None:
    assert forbidden(number)
    assert forbidden(number, allow=frozenset({number})) is None


@pytest.mark.parametrize(
    ("number", "kind", "price"),
    [
        ("3646", "short", "ordinary"), ("3230", "short", "ordinary"), ("3939", "short", "ordinary"),
        ("3010", "short", "free"), ("1014", "short", "ordinary"), ("0800 123 456", "free", "free"),
        ("0809401401", "grey", "ordinary"), ("0825 12 34 56", "surtaxed", "surtaxed"), ("01 40 00 00 00", "geographic", "ordinary"),
        ("0262123456", "overseas", "ordinary"), ("+687123456", "overseas", "ordinary"), ("0612345678", "mobile", "ordinary"),
        ("sip:agent@127.0.0.1", "name", "ordinary"),
    ],
)  # fmt: skip
def test_each_number_has_its_class_and_price(number: str, kind: str, price: str) -> None:
    assert number_class(number) == kind
    assert price_class(number) == price
    if kind not in ("mobile", "surtaxed"):
        assert forbidden(number) is None


def test_surtaxed_numbers_are_forbidden_to_the_state_and_not_to_a_town() -> None:
    assert surtax_forbidden("0825123456", "state")
    assert not surtax_forbidden("0825123456", "local_authority")
    assert not surtax_forbidden("0140000000", "state")


@pytest.mark.parametrize(
    ("number", "form", "expected"),
    [
        ("01 40 00 00 00", "national", "0140000000"),
        ("01 40 00 00 00", "e164", "+33140000000"),
        ("0140000000", "e164_without_plus", "33140000000"),
        ("3646", "e164", "3646"),
        ("+33140000000", "national", "0140000000"),
    ],
)
def test_the_dialled_form_is_the_trunks_and_short_numbers_never_get_a_country_code(
    number: str, form: str, expected: str
) -> None:
    assert dialled(number, form) == expected


def test_short_numbers_have_no_e164() -> None:
    assert e164("3646") is None
    assert e164("0140000000") == "+33140000000"


@pytest.mark.parametrize(
    "number",
    ["33612345678", "33800059595", "33899123456", "442071234567", "00+33612345678", "0+33112", "+336123456789",
     "1125", "9112", "915", "112w", "112p5", "+262 (0)692123456"],
)  # fmt: skip
def test_a_country_code_without_plus_and_prefixes_do_not_open_the_guard(number: str) -> None:
    assert forbidden(number)


@pytest.mark.parametrize("number", ["100", "2000", "6001", "sip:1000@127.0.0.1"])
def test_inside_numbers_of_a_private_exchange_may_be_called(number: str) -> None:
    assert forbidden(number) is None


@pytest.mark.parametrize("keys", ["112", "3114", "0w112", "15"])
def test_keys_after_an_answer_that_would_dial_an_emergency_are_not_pressed(keys: str) -> None:
    assert keys_forbidden(keys)
    assert keys_forbidden("1") is None
    assert keys_forbidden("123#") is None
