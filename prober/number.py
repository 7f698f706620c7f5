"""Numbers: what must never be dialled, what a call costs the caller, and the form a carrier wants.

The guard is the last step before an INVITE, in parent and engine, for redirections and for keys sent after an answer.
It can be extended (`numbers.never_dial`), never shortened. `phonenumbers` is used for syntax and E.164 only: it takes
3919 for a premium number and does not know 114, 115, 3114 as emergency lines.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from functools import lru_cache
from typing import Literal

import phonenumbers

from prober.never_dialled import DISTRESS, EMERGENCY, EMERGENCY_BLOCKS, EMERGENCY_NAMES

SURTAXED_SHORT = frozenset({"3201", "3250", "3611", "3617", "3635", "3699"})
"""Short numbers with a surtax that an ordinary caller knows by ear only (price announced at the start)."""
FREE_SHORT = re.compile(r"3[01]\d{2}")
INSIDE_DIGITS = 3
"""Fewer digits are no inside number of an exchange, unless allowed by name: 12 may become 12 of somebody's 112."""
_METROPOLIS = "33"
_PACIFIC = {"681": 6, "687": 6, "689": 8}
"""Wallis-et-Futuna, Nouvelle-Calédonie, Polynésie: plans of their own, with this many digits."""
_OVERSEAS = {
    "0262": "262",
    "0263": "262",
    "0269": "262",
    "0508": "508",
    "0590": "590",
    "0594": "594",
    "0596": "596",
    "09475": "590",
    "09476": "594",
    "09477": "596",
    "09478": "262",
    "09479": "262",
}
"""Overseas ranges of the French plan, dialled like any other, and the country code each has in E.164 (ARCEP)."""
_SAINT_PIERRE = "508"
OVERSEAS = (*sorted(set(_OVERSEAS.values())), *_PACIFIC)
_PREFIX = re.compile(r"(?:[*#]\d{1,4}[*#])+")
"""Supplementary-service prefixes such as #31# (withhold the number)."""
_OPERATOR = re.compile(r"^(?:3651|16\d\d)(?=\d)")
"""Dialled before a number: 3651 withholds one's own, 16xx chose a carrier."""
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_SCHEME = re.compile(r"^<?(?:(?:sips?|tel|callto):(?://)?)+")
_CONTEXT = re.compile(r"^(?:(?:tel|sips?):)?([^;@]*).*;phone-context=\+?([0-9.()\-]+)", re.IGNORECASE)
"""A local number and the digits it stands behind (RFC 3966 §5.1.5)."""
_AFTER_PAUSE = re.compile(r"^([+0-9*#]+)[wpx,].*$")
"""Keys sent after a pause do not change who is called."""
_POST_DIAL = re.compile(r";postd=([^;@?>]*)|(?<=[0-9*#])[wpx,]([0-9wpx,*#]+)", re.IGNORECASE)
"""Keys that a switch would send after the answer: of `postd` (3GPP TS 24.229), or behind a pause."""
_SHORT = re.compile(r"3\d{3}|10\d{2}|118\d{3}")
"""Every form of short number that is nobody's emergency line; a longer or other one is no number at all."""
_PACIFIC_MOBILE = re.compile(r"\+687[789]|\+6898[789]|\+6818[23]")
BY_NAME = "dialled only if it is allowed by name"
NumberClass = Literal[
    "short", "free", "grey", "surtaxed", "geographic", "mobile", "overseas", "international", "name", "unknown"
]
PriceClass = Literal["free", "ordinary", "surtaxed"]


@lru_cache(maxsize=4_096)
def normal(dialled: str) -> str:
    """The national digits that a dialled string leads to: `sip:`, %-escapes, +33, 0033, #31#, separators undone.

    Overseas numbers come back in the form of the French plan too (+262262… → 0262…). Foreign numbers, those of the
    Pacific among them, keep their country code behind `+`. A user part that is a name comes back as it is, in lower
    case.
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
    return _in_the_french_plan(digits) if digits.startswith("+") else digits


def _in_the_french_plan(digits: str) -> str:
    """+33 and the overseas codes → 0 and nine digits, or a short number; any other code stays."""
    code, rest = digits[1:4], digits[4:].lstrip("0")
    if digits.startswith(f"+{_METROPOLIS}"):
        rest = digits[3:].lstrip("0")
        return f"0{rest}" if len(rest) == 9 else rest if len(rest) <= 6 else f"+{_METROPOLIS}{rest}"
    if code in _PACIFIC or code not in OVERSEAS:
        return f"+{code}{rest}" if code in _PACIFIC else digits
    if code == _SAINT_PIERRE and len(rest) == 6 and rest[0] in "45":
        return f"0{code}{rest}"
    return f"0{rest}" if len(rest) == 9 else rest if len(rest) <= 6 else f"+{code}{rest}"


def forbidden(
    dialled: str, allow: Collection[str] = frozenset(), never_dial: Collection[str] = frozenset()
) -> str | None:
    """Why this must never be dialled, in one sentence; None if it may be.

    `allow` lets single surtaxed, foreign or two-digit inside numbers through by name; it never opens emergency or
    distress lines, nor mobiles. `never_dial` is what this operator adds to the table, and wins over `allow`.
    """
    number = normal(dialled)
    if (line := _never(dialled, number, never_dial)) is not None:
        return f"{dialled!r} leads to {line}, which is never dialled"
    own = {normal(n) for n in never_dial}
    if own & {number, *_readings(number)}:
        return f"{dialled!r} stands on the list of numbers never dialled"
    allowed = number in {normal(a) for a in allow}
    kind = number_class(number)
    if kind == "unknown" and not _extension(number, by_name=allowed):
        return (
            f"{dialled!r} has no form of a number that may be dialled (expected 3646, 1014, 0140000000, +33140000000)"
        )
    if kind == "mobile":
        return f"{dialled!r} is a mobile number: private lines are never dialled"
    if kind in ("surtaxed", "international") and not allowed:
        word = "a surtaxed" if kind == "surtaxed" else "a foreign"
        return f"{dialled!r} is {word} number, {BY_NAME}"
    return None


def protected(dialled: str) -> str | None:
    """The emergency or distress line that this leads to, in words; None: it is none."""
    return _never(dialled, normal(dialled))


def _never(dialled: str, number: str, never_dial: Collection[str] = frozenset()) -> str | None:
    """The emergency or distress line that a switch may take this for, in words; `never_dial` is of its keys alone."""
    if EMERGENCY_NAMES & set(re.findall(r"[^\W\d_]+", number)):
        return f"{number}, an emergency line"
    for keys in _POST_DIAL.finditer(dialled):
        if reason := keys_forbidden(keys[1] or keys[2] or "", never_dial):
            return f"a call after whose answer {reason.removesuffix(', which is never dialled')}"
    behind = _CONTEXT.match(dialled)
    joined = _readings(normal(behind[2] + behind[1])) if behind else set()
    for form in sorted(_readings(number) | joined, key=len, reverse=True):
        if form in EMERGENCY or EMERGENCY_BLOCKS.fullmatch(form):
            return f"{form}, an emergency line ({EMERGENCY.get(form, 'kept for one')})"
        if form in DISTRESS:
            return f"{form}, a distress line ({DISTRESS[form]})"
    return None


def keys_forbidden(digits: str, never_dial: Collection[str] = frozenset()) -> str | None:
    """Why these keys must not be pressed after an answer: a server that gives a line would dial them.

    A pause, a star or a hash may begin a number or end it: what stands between them counts, alone and together.
    `never_dial` is what this operator adds to the table of lines.
    """
    known = {*EMERGENCY, *DISTRESS, *(normal(n) for n in never_dial)}
    groups = [group for group in re.split(r"[^0-9]+", digits) if group]
    together = {"".join(groups[a:b]) for a in range(len(groups)) for b in range(a + 1, len(groups) + 1)}
    found = next((r for keys in sorted(together) for r in sorted(_readings(normal(keys))) if r in known), None)
    return f"the keys {digits} would dial {found}, which is never dialled" if found else None


def _extension(number: str, *, by_name: bool) -> bool:
    """An inside number of a private exchange (100, 2000, 6001) that no prefix turns into an emergency line."""
    if not re.fullmatch(r"\d{2,6}", number) or (len(number) < INSIDE_DIGITS and not by_name):
        return False
    begins = tuple(e for e in EMERGENCY if len(e) == 3)
    return not number.startswith(begins) and not re.sub(r"^[09]", "", number).startswith(begins)


def _readings(number: str) -> set[str]:
    """Every number a switch may take this for: leading zeros, a prefix for a carrier or for an outside line (0, 9)."""
    plain = number.lstrip("+")
    bare = plain.lstrip("0")
    readings = {number, plain, bare, f"0{bare}"}
    for code in (_METROPOLIS, *OVERSEAS):
        if plain.startswith(code) and len(plain) - len(code) <= 6:
            readings.add(plain[len(code) :].lstrip("0"))
    readings |= {_OPERATOR.sub("", form).lstrip("0") for form in readings}
    if not number.startswith("+") and len(number) <= 7:
        readings |= {form[1:].lstrip("0") for form in readings if form.startswith("9")}
    return readings


def number_class(number: str) -> NumberClass:
    """What kind of number it is; a user part that holds no number is a `name`."""
    n = normal(number)
    if not re.fullmatch(r"\+?\d+", n):
        return "name" if any(c.isalpha() for c in n) else "unknown"
    if n.startswith("+"):
        if n[1:4] in _PACIFIC:
            return _pacific(n)
        return "unknown" if n.startswith(tuple(f"+{code}" for code in OVERSEAS)) else "international"
    if n in SURTAXED_SHORT or re.fullmatch(r"118\d{3}", n):
        return "surtaxed"
    if len(n) <= 6:
        return "short" if _SHORT.fullmatch(n) else "unknown"
    if n.startswith(("06", "07")):
        return "mobile"
    return _ten_digits(n) if len(n) == 10 else "unknown"


def _pacific(n: str) -> NumberClass:
    if len(n) != 4 + _PACIFIC[n[1:4]]:
        return "unknown"
    return "mobile" if _PACIFIC_MOBILE.match(n) else "overseas"


def _ten_digits(n: str) -> NumberClass:
    """By the ranges of the French plan; what 08 has beside free and grey numbers is taken for surtaxed."""
    if n.startswith("080"):
        return "free" if n[3] in "012345" else "grey"
    if n.startswith("08"):
        return "surtaxed"
    if n.startswith(("050855", "05087", "05088")):
        return "mobile"  # Saint-Pierre-et-Miquelon
    return "overseas" if n.startswith(tuple(_OVERSEAS)) else "geographic"


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
    """+33…, +262…; None for short numbers, which have no such form, and for what is no number."""
    n = normal(number)
    if number_class(n) in ("short", "name", "unknown") or len(n) <= 6:
        return None
    code = next((code for begin, code in _OVERSEAS.items() if n.startswith(begin)), None)
    if code is not None:
        return f"+{code}{n[4:] if code == _SAINT_PIERRE else n[1:]}"
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
