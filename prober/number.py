"""Numbers: what must never be dialled, what a call costs the caller, and the form a carrier wants.

The guard is the last step before an INVITE, in parent and engine, for redirections and for keys sent after an answer.
It can be extended (`numbers.never_dial`), never shortened. `phonenumbers` is used for syntax and E.164 only: it takes
3919 for a premium number and does not know 114, 115, 3114 as emergency lines.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Literal

import phonenumbers

EMERGENCY = frozenset(
    {"15", "17", "18", "110", "111", "112", "113", "114", "115", "116", "119", "191", "196", "197", "911", "999"}
)
"""Emergency lines of France and of countries whose habits a wrong dial plan may follow."""
DISTRESS = frozenset(
    {
        "116000", "116006", "116111", "116117", "116123",
        "3114", "3018", "3020", "3919", "3977", "3989", "3237", "3624",
        "0800059595", "0801801081", "0800235236", "0805160075", "0800008811", "0980980930", "0972394050",
    }
)  # fmt: skip
"""Listening, distress, poison and out-of-hours care lines: a mystery call there takes a place from somebody."""
DISTRESS |= frozenset(
    {
        "3117", "31177", "0800231313", "0800840800", "0800858858", "0974751313", "0980980940", "0472116911",
        "0491752525", "0561777447", "0556964080", "0241482121", "0383225050", "0800595959",
    }
)  # fmt: skip
DISTRESS |= frozenset({"0140054848", "0145394000", "0251777777", "0800202223", "0820332222"})
EMERGENCY_NAMES = frozenset({"sos", "urn:service:sos", "police", "samu", "pompiers", "fire", "ambulance"})
"""User parts that a switch may take for an emergency line (RFC 5031 and habits)."""
SURTAXED_SHORT = frozenset({"3250", "3611", "3617", "3635", "3699"})
"""Short numbers with a surtax that an ordinary caller knows by ear only (price announced at the start)."""
FREE_SHORT = re.compile(r"3[01]\d{2}|116\d{3}")
OVERSEAS = ("262", "269", "508", "590", "594", "596", "681", "687", "689")
_METROPOLIS = "33"
_PREFIX = re.compile(r"(?:[*#]\d{1,4}[*#])+")
"""Supplementary-service prefixes such as #31# (withhold the number)."""
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_SCHEME = re.compile(r"^<?(?:(?:sips?|tel|callto):(?://)?)+")
_AFTER_PAUSE = re.compile(r"^([+0-9*#]+)[wpx,].*$")
"""Keys sent after a pause do not change who is called."""
_SHORT = re.compile(r"3\d{3}|10\d{2}|11[68]\d{3}|118")
"""Every form of short number that is nobody's emergency line; a longer or other one is no number at all."""
_OVERSEAS_MOBILE = re.compile(r"262(?:69|63)|269(?:69|63)|59[046]69|687[789]|6898[79]|508(?:55|[78])|6818[23]|\d{3}7")
NumberClass = Literal[
    "short", "free", "grey", "surtaxed", "geographic", "mobile", "overseas", "international", "name", "unknown"
]
PriceClass = Literal["free", "ordinary", "surtaxed"]


def normal(dialled: str) -> str:
    """The national digits that a dialled string leads to: `sip:`, %-escapes, +33, 0033, #31#, separators undone.

    Foreign numbers keep their country code behind `+`. A user part that is a name comes back as it is, in lower case.
    """
    text = unicodedata.normalize("NFKC", dialled)
    while (undone := _ESCAPE.sub(lambda m: chr(int(m[1], 16)), text)) != text:
        text = unicodedata.normalize("NFKC", undone)
    text = "".join(str(unicodedata.digit(c)) if unicodedata.digit(c, None) is not None else c for c in text)
    text = "".join(c for c in text if unicodedata.category(c) not in ("Cf", "Cc", "Mn")).strip().lower()
    shown = re.fullmatch(r"[^<]*<([^>]*)>.*", text)
    text = _SCHEME.sub("", shown[1] if shown else text)
    if text.startswith("urn:"):
        return text
    text = re.split(r"[@;?>]", text, maxsplit=1)[0].strip('"<> ')
    text = text.rpartition(":")[0] if re.fullmatch(r"[^:]+:[^:]*", text) and text[0].isdigit() else text
    if not any(c.isalpha() and c not in "abcdwpx" for c in text):
        text = "".join(c for c in text if c.isalnum() or c in "+*#,")
    text = _AFTER_PAUSE.sub(r"\1", text)
    text = _PREFIX.sub("", text).strip("*#,")
    if not re.fullmatch(r"[+0-9*#a-d,]*\d[+0-9*#a-d,]*", text):
        return text
    digits = re.sub(r"[^0-9+]", "", text)
    digits = re.sub(r"^(?:[0+]*\+[0+]*|00)(?=\d)", "+", digits)
    if len(digits) > 6 and digits[0] not in "0+":
        digits = f"+{digits}"  # no French number is so long without its zero: a switch takes this for E.164
    code, rest = digits[1:4], digits[4:].lstrip("0")
    if digits.startswith("+") and code in OVERSEAS:
        return f"+{code}{rest}"
    if digits.startswith(f"+{_METROPOLIS}"):
        rest = digits[3:].lstrip("0")
        return f"0{rest}" if len(rest) == 9 else rest if len(rest) <= 6 else f"+{_METROPOLIS}{rest}"
    return digits


def forbidden(dialled: str, allow: frozenset[str] = frozenset()) -> str | None:
    """Why this must never be dialled, in one sentence; None if it may be.

    `allow` lets single surtaxed or foreign numbers through by name; it never opens emergency or distress lines, nor
    mobiles.
    """
    number = normal(dialled)
    for form in _readings(number):
        if form in EMERGENCY:
            return f"{dialled!r} leads to {form}, an emergency line, which is never dialled"
        if form in DISTRESS:
            return f"{dialled!r} leads to {form}, a distress line, which is never dialled"
    if number in EMERGENCY_NAMES:
        return f"{dialled!r} names an emergency service, which is never dialled"
    kind = number_class(number)
    if kind == "unknown" and not _extension(number):
        return (
            f"{dialled!r} has no form of a number that may be dialled (expected 3646, 1014, 0140000000, +33140000000)"
        )
    if kind == "mobile":
        return f"{dialled!r} is a mobile number: private lines are never dialled"
    if kind in ("surtaxed", "international") and number not in {normal(a) for a in allow}:
        word = "a surtaxed" if kind == "surtaxed" else "a foreign"
        return f"{dialled!r} is {word} number, dialled only if it is allowed by name"
    return None


def keys_forbidden(digits: str) -> str | None:
    """Why these keys must not be pressed after an answer: a server that gives a line would dial them."""
    found = next((r for r in _readings(normal(digits.replace("w", ""))) if r in EMERGENCY | DISTRESS), None)
    return f"the keys {digits} would dial {found}, which is never dialled" if found else None


def _extension(number: str) -> bool:
    """An inside number of a private exchange (100, 2000, 6001) that no prefix turns into an emergency line."""
    if not re.fullmatch(r"\d{2,6}", number):
        return False
    outside = re.sub(r"^[09]", "", number)
    return outside not in EMERGENCY and not any(number.startswith(e) for e in EMERGENCY if len(e) == 3)


def _readings(number: str) -> set[str]:
    """Every number a switch may take this for: leading zeros and operator prefixes (16xy, 0 for an outside line)."""
    plain = number.lstrip("+")
    bare = plain.lstrip("0")
    readings = {number, plain, bare}
    if len(bare) <= 6 and bare.startswith(("3", "1")):
        readings |= {f"0{bare}"}
    for code in (_METROPOLIS, *OVERSEAS):
        if plain.startswith(code) and len(plain) - len(code) <= 6:
            readings.add(plain[len(code) :].lstrip("0"))
    return readings


def number_class(number: str) -> NumberClass:
    """What kind of number it is; a user part that holds no number is a `name`."""
    n = normal(number)
    if not re.fullmatch(r"\+?\d+", n):
        return "name" if any(c.isalpha() for c in n) else "unknown"
    if n.startswith("+"):
        overseas = next((code for code in OVERSEAS if n.startswith(f"+{code}")), None)
        if overseas is None:
            return "international"
        return "mobile" if _OVERSEAS_MOBILE.match(n[1:]) else "overseas"
    if n in SURTAXED_SHORT or re.fullmatch(r"118\d{3}", n):
        return "surtaxed"
    if len(n) <= 6:
        return "short" if _SHORT.fullmatch(n) else "unknown"
    if len(n) != 10:
        return "unknown" if not n.startswith(("06", "07")) else "mobile"
    if n.startswith(("06", "07")):
        return "mobile"
    if n.startswith("080"):
        return "free" if n[3] in "012345" else "grey"
    if n.startswith(("081", "082", "089")):
        return "surtaxed"
    if re.match(r"0(262|269|508|590|594|596)", n):
        return "overseas"
    return "geographic"


def price_class(number: str) -> PriceClass:
    """What a call costs an ordinary caller beyond nothing: `free`, `ordinary`, or `surtaxed`."""
    n, kind = normal(number), number_class(number)
    if kind == "surtaxed":
        return "surtaxed"
    return "free" if kind == "free" or (kind == "short" and FREE_SHORT.fullmatch(n)) else "ordinary"


def surtax_forbidden(number: str, legal_type: str) -> bool:
    """True if this body may not use this number with the public (loi 2018-727, art. 28); local authorities may."""
    return price_class(number) == "surtaxed" and legal_type in ("state", "social_security")


def e164(number: str) -> str | None:
    """+33…; None for short numbers, which have no such form, and for what is no number."""
    n = normal(number)
    if number_class(n) in ("short", "name", "unknown"):
        return None
    try:
        parsed = phonenumbers.parse(n, "FR")
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(parsed):
        return None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def dialled(number: str, form: str) -> str:
    """The user part a trunk wants: `as_written`, `national`, `e164` or `e164_without_plus`. Short numbers never +33."""
    n = normal(number)
    full = e164(number)
    if form == "as_written" or full is None or form == "national":
        return n
    return full if form == "e164" else full.lstrip("+")
