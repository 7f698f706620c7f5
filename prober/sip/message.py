"""What we read in a raw SIP message: status line, Reason, identities, SDP. Text in, plain values out."""

from __future__ import annotations

import re
from dataclasses import dataclass

_STATUS = re.compile(r"SIP/2\.0 (\d{3}) ?(.*)")
_URI_USER = re.compile(r"(?:sips?|tel):([^@;>\s]+)")
_REASON = re.compile(r"Q\.850\s*;(?=.*cause=(\d+))", re.IGNORECASE)
_TEXT = re.compile(r'text="?([^";]*)"?', re.IGNORECASE)
_LOCATION = re.compile(r"location=([A-Z]+)", re.IGNORECASE)


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
        return (int(match[1]), match[2].strip()) if match else None

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
                return int(match[1]) & 0x7F, location[1].upper() if location else None, text[1] if text else None
        text_only = next((_TEXT.search(v) for v in self.all("reason")), None)
        return None, None, text_only[1] if text_only else self.get("warning")

    @property
    def identity(self) -> str | None:
        """User part of P-Asserted-Identity."""
        match = _URI_USER.search(self.get("p-asserted-identity") or "")
        return match[1] if match else None

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
        return match[1] if match else None


def quotable(text: str) -> str:
    """Text for a quoted header value: the library sends CR and LF as they are (pjsua2.md §1.3)."""
    return re.sub(r"[^ !#-\[\]-~]", " ", text)[:100]
