"""What we read in a raw SIP message: status line, Reason, identities, SDP. Text in, plain values out."""

from __future__ import annotations

import re
from dataclasses import dataclass

_STATUS = re.compile(r"SIP/2\.0 (\d{3}) ?(.*)")
_URI_USER = re.compile(r"(?:sips?|tel):([^@;>\s]+)")
_REASON = re.compile(r"Q\.850\s*;(?=.*cause=(\d+))", re.IGNORECASE)
_TEXT = re.compile(r'text="?([^";]*)"?', re.IGNORECASE)
_LOCATION = re.compile(r"location=([A-Z]+)", re.IGNORECASE)
_LONE_OCTET = re.compile(r"[\udc80-\udcff]")
"""What is no UTF-8, as the library gives it (PEP 383)."""
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\u200b-\u200f\u202a-\u202e\u2066-\u2069]")
LONGEST_TOLD = 300
"""Characters of one text of a far end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A raw message, parsed as far as we need it."""

    first: str
    headers: tuple[tuple[str, str], ...]
    body: str

    @classmethod
    def parse(cls, raw: str) -> Message:
        """Never raises: what cannot be read is left out."""
        head, _, body = raw.partition("\r\n\r\n")
        lines = re.sub(r"\r\n[ \t]+", " ", head).split("\r\n")
        pairs = (line.partition(":") for line in lines[1:] if ":" in line)
        return cls(first=lines[0], headers=tuple((n.strip().lower(), v.strip()) for n, _, v in pairs), body=body)

    def all(self, name: str) -> list[str]:
        """Values of a header, in order."""
        return [v for n, v in self.headers if n == name.lower()]

    def get(self, name: str) -> str | None:
        """First value of a header."""
        return next(iter(self.all(name)), None)

    @property
    def status(self) -> tuple[int, str] | None:
        """(code, phrase) of a response."""
        match = _STATUS.match(self.first)
        return (int(match[1]), legible(match[2].strip())) if match else None

    @property
    def method(self) -> str:
        """CSeq method."""
        return (self.get("cseq") or "").split(" ")[-1].upper()

    @property
    def q850(self) -> tuple[int | None, str | None, str | None]:
        """(cause, location, text) of the Reason header (RFC 3326, RFC 8606)."""
        for value in self.all("reason"):
            match = _REASON.search(value)
            if match:
                location, text = _LOCATION.search(value), _TEXT.search(value)
                said = legible(text[1]) if text else None
                return int(match[1]) & 0x7F, location[1].upper() if location else None, said
        text_only = next((_TEXT.search(v) for v in self.all("reason")), None)
        other = text_only[1] if text_only else self.get("warning")
        return None, None, None if other is None else legible(other)

    @property
    def identity(self) -> str | None:
        """User part of P-Asserted-Identity."""
        match = _URI_USER.search(self.get("p-asserted-identity") or "")
        return legible(match[1]) if match else None

    @property
    def retry_after_s(self) -> float | None:
        """Seconds of Retry-After."""
        match = re.match(r"\s*(\d{1,6})", self.get("retry-after") or "")
        return float(match[1]) if match else None

    @property
    def hears_keys(self) -> bool:
        """True if the SDP accepts RFC 4733 events."""
        return "telephone-event" in self.body.lower()

    @property
    def hears_info(self) -> bool:
        """True if INFO is allowed."""
        return "INFO" in " ".join(self.all("allow")).upper()

    @property
    def contact_user(self) -> str | None:
        """User part of the first Contact."""
        match = _URI_USER.search(self.get("contact") or "")
        return legible(match[1]) if match else None


def legible(text: str) -> str:
    """What a far end wrote, as a terminal, a file and a database can take it.

    Octets that are no UTF-8 are read as ISO 8859-1; control and direction characters are replaced.
    """
    text = _LONE_OCTET.sub(lambda octet: chr(ord(octet[0]) - 0xDC00), text)
    return _UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", text)[:LONGEST_TOLD]


def quotable(text: str) -> str:
    """Text for a quoted header value: the library sends CR and LF as they are (pjsua2.md §1.3)."""
    return re.sub(r"[^ !#-\[\]-~]", " ", text)[:100]
