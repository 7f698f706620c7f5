"""The guard: one test a forbidden number and a disguise; then classes, prices and dialled forms."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prober.never_dialled import DISTRESS, EMERGENCY
from prober.number import (
    dialled,
    e164,
    forbidden,
    keys_forbidden,
    normal,
    number_class,
    price_class,
    surtax_forbidden,
)

NEVER = sorted({**EMERGENCY, **DISTRESS})
ARCEP = ("15", "17", "18", "112", "114", "115", "116000", "116117", "119", "191", "196", "197")
POISON = (
    "0241482121", "0556964080", "0800595959", "0472116911", "0491752525", "0383225050", "0140054848", "0561777447",
)  # fmt: skip
HELP = ("3114", "3919", "3018", "3020", "3977", "3989", "116006", "116111", "116123", "0972394050", "0800235236")


@pytest.mark.parametrize("number", [*ARCEP, *POISON, *HELP])
def test_the_lists_of_the_regulator_and_the_ministries_are_in_the_table(number: str) -> None:
    assert number in EMERGENCY or number in DISTRESS


@pytest.mark.parametrize("number", sorted({**EMERGENCY, **DISTRESS}))
def test_every_line_is_kept_in_the_form_the_guard_compares(number: str) -> None:
    assert normal(number) == number or number == "053030"
    assert {**EMERGENCY, **DISTRESS}[number].strip()


@pytest.mark.parametrize("number", [f"1{ten}{unit}" for ten in "19" for unit in range(10)] + ["116001", "116999"])
def test_the_blocks_kept_for_emergency_and_social_lines_are_closed(number: str) -> None:
    assert forbidden(number, allow={number})


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
        "tel:12;phone-context=+331", "tel:12;phone-context=1", "tel:2;phone-context=+3311", "tel:15;phone-context=pbx",
        "tel:12;phone-context=exchange.example", "tel:7;phone-context=x", "sip:12@h;phone-context=+33", "3651112",
        "3651 15", "1612112", "9 3114", "0 3919", "93919", "01125", "91125", "9 0 112", "+262112", "+590 15", "+687 17",
        "+262 800 05 95 95", "+594800059595", "+508116000", "+33 (0) 112", "0033(0)3114", "tel:+33-3919", "+33+33112", "+3353030",
        "tel:+33-(0)8-00-05-95-95", "sip:%2b333114@h", "sip:%2B33%20112@h", "\"112\" <sip:112@h>", "Police <sip:17@h>",
        "sip:112;isub=1@h", "112,1", "112p1", "*31#112", "0112#", "\ufeff112", "1\u200d1\u20602", "⑴⑴⑵", "₁₁₂", "𝟙𝟙𝟚",
        "sip:0140000000,112@h", "sip:0140000000,,112@127.0.0.1:5070", "0140000000p112", "sip:0140000000;postd=112@h",
        "sip:0140000000@h;postd=112", "tel:3646;postd=pp1p12", "sip:3646@h;POSTD=w112", "sip:2;phone-context=11@h",
        "sip:2@h;phone-context=11", "sip:12;phone-context=+331@h", "sip:samu75@h", "sip:sos-medecins@h", "sip:...@h",
        "sip:@h", "sip:-@h", "sip:,,,@h",
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


@pytest.mark.parametrize(
    "number",
    [
        "0612345678", "+33712345678", "06 12 34 56 78", "+262692123456", "0692123456", "+590690123456", "+594694123456",
        "+596696123456", "+508551234", "0508551234", "+687751234", "+68987123456", "+681821234", "0700000000000",
    ],
)  # fmt: skip
def test_private_mobiles_are_never_dialled(number: str) -> None:
    assert forbidden(number, allow=frozenset({number}))


@pytest.mark.parametrize(
    "number",
    ["0899123456", "+442071234567", "118712", "3635", "0825123456", "+269123456", "+3234567890", "+1 900 123 4567"],
)
def test_surtaxed_and_foreign_numbers_pass_only_by_name(number: str) -> None:
    assert forbidden(number)
    assert forbidden(number, allow=frozenset({number})) is None


@pytest.mark.parametrize(
    ("number", "kind", "price"),
    [
        ("3646", "short", "ordinary"), ("3230", "short", "ordinary"), ("3939", "short", "ordinary"),
        ("3010", "short", "free"), ("1014", "short", "ordinary"), ("0800 123 456", "free", "free"),
        ("0809401401", "grey", "ordinary"), ("0825 12 34 56", "surtaxed", "surtaxed"), ("01 40 00 00 00", "geographic", "ordinary"),
        ("0262123456", "overseas", "ordinary"), ("+687281234", "overseas", "ordinary"), ("0612345678", "mobile", "ordinary"),
        ("0800000000", "free", "free"), ("0805123456", "free", "free"), ("0806123456", "grey", "ordinary"), ("3160", "short", "free"),
        ("0811123456", "surtaxed", "surtaxed"), ("0892123456", "surtaxed", "surtaxed"), ("0836123456", "surtaxed", "surtaxed"),
        ("118218", "surtaxed", "surtaxed"), ("3201", "surtaxed", "surtaxed"), ("3960", "short", "ordinary"), ("1044", "short", "ordinary"),
        ("0912345678", "geographic", "ordinary"), ("+262 269 60 12 34", "overseas", "ordinary"), ("0590201234", "overseas", "ordinary"),
        ("+508412345", "overseas", "ordinary"), ("+68940123456", "overseas", "ordinary"), ("+681721234", "overseas", "ordinary"),
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


@pytest.mark.parametrize("number", ["3646", "1014", "118218", "3010", "100", "sip:agent@127.0.0.1", "014000000"])
def test_short_numbers_have_no_e164(number: str) -> None:
    assert e164(number) is None


@pytest.mark.parametrize(
    ("national", "expected"),
    [
        ("0140000000", "+33140000000"), ("0809401401", "+33809401401"), ("0262123456", "+262262123456"),
        ("0263001234", "+262263001234"), ("0269601234", "+262269601234"), ("0590201234", "+590590201234"),
        ("0594201234", "+594594201234"), ("0596401234", "+596596401234"), ("0508412345", "+508412345"),
        ("0947512345", "+590947512345"), ("0947612345", "+594947612345"), ("0947712345", "+596947712345"),
        ("0947812345", "+262947812345"), ("0947912345", "+262947912345"),
    ],
)  # fmt: skip
def test_overseas_ranges_of_the_french_plan_have_the_country_code_of_their_territory(
    national: str, expected: str
) -> None:
    assert e164(national) == expected
    assert normal(expected) == national
    assert dialled(expected, "national") == national
    assert dialled(national, "e164_without_plus") == expected[1:]


@pytest.mark.parametrize("number", ["+687281234", "+68940123456", "+681721234"])
def test_the_pacific_has_plans_of_its_own(number: str) -> None:
    assert e164(number) == number == dialled(number, "national")


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


def test_an_inside_number_of_two_digits_is_called_only_by_name() -> None:
    assert forbidden("12")
    assert forbidden("12", allow={"12"}) is None
    assert forbidden("tel:12;phone-context=+331", allow={"12"})
    assert forbidden("1", allow={"1"})


@pytest.mark.parametrize("spelt", ["0140000000", "+33140000000", "sip:01.40.00.00.00@h", "0033140000000"])
def test_what_an_operator_adds_is_never_dialled_in_any_spelling_even_if_allowed(spelt: str) -> None:
    assert forbidden(spelt) is None
    assert "list of numbers never dialled" in str(forbidden(spelt, never_dial={"0140000000"}))
    assert forbidden("3635", allow={"3635"}, never_dial={"3635"})
    assert forbidden("+333646", never_dial={"3646"})
    assert forbidden("93646", never_dial={"3646"}), "with the digit for an outside line"
    assert forbidden("3635,3646", allow={"3635"}, never_dial={"3646"}), "as keys after the answer"


@pytest.mark.parametrize(
    "keys", ["112", "3114", "0w112", "15", "112#1", "1w112", "1#112", "2*3114*0", "1w1w2", "0ww15w1"]
)
def test_keys_after_an_answer_that_would_dial_an_emergency_are_not_pressed(keys: str) -> None:
    assert keys_forbidden(keys)
    assert keys_forbidden("1") is None
    assert keys_forbidden("123#") is None
    assert keys_forbidden("2w34w5#") is None


@pytest.mark.parametrize("keys", ["0140000000", "0w0140000000#", "01w40000000", "00140000000"])
def test_keys_that_would_dial_a_number_of_the_operators_list_are_not_pressed(keys: str) -> None:
    assert keys_forbidden(keys) is None
    assert "would dial 0140000000" in str(keys_forbidden(keys, never_dial=("+33140000000",)))
    assert keys_forbidden("1", never_dial=("+33140000000",)) is None
