"""SIP messages as text: parse, read, build (RFC 3261 §7). Pure."""

from __future__ import annotations

from dataclasses import dataclass

Headers = tuple[tuple[str, str], ...]
COMPACT = {
    "v": "via",
    "f": "from",
    "t": "to",
    "i": "call-id",
    "m": "contact",
    "l": "content-length",
    "c": "content-type",
    "k": "supported",
    "x": "session-expires",
}
COPIED = ("via", "from", "to", "call-id", "cseq")
"""Headers that a response copies from its request, in order (RFC 3261 §8.2.6)."""


class Malformed(ValueError):
    """Not a SIP message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A request or a response; header names are lower case, in the order in which they came."""

    start: str
    headers: Headers
    body: str = ""

    @property
    def method(self) -> str:
        """Method of a request, `SIP/2.0` of a response."""
        return self.start.split(" ", 1)[0]

    @property
    def code(self) -> int | None:
        """Code of a response, None of a request."""
        return int(self.start.split(" ", 2)[1]) if self.method == "SIP/2.0" else None

    @property
    def uri(self) -> str:
        """Request URI."""
        return self.start.split(" ")[1]

    def header(self, name: str, default: str = "") -> str:
        """First header of this name."""
        return next((value for found, value in self.headers if found == name), default)

    def all(self, name: str) -> list[str]:
        """Every header line of this name."""
        return [value for found, value in self.headers if found == name]

    def lists(self, name: str) -> list[str]:
        """Every value of a header whose lines may hold several, split at commas outside <> and quotes."""
        return [part for value in self.all(name) for part in _split(value)]

    def encode(self) -> bytes:
        """As it goes over the wire."""
        lines = [self.start, *(f"{_written(name)}: {value}" for name, value in self.headers)]
        return "\r\n".join([*lines, f"Content-Length: {len(self.body.encode())}", "", self.body]).encode()


def parse(data: bytes) -> Message:
    """Read a datagram. Raises Malformed."""
    head, _, body = data.decode("utf-8", "replace").partition("\r\n\r\n")
    lines = head.replace("\r\n ", " ").replace("\r\n\t", " ").split("\r\n")
    words = lines[0].split(" ")
    request = len(words) == 3 and words[2] == "SIP/2.0"
    response = len(words) >= 2 and words[0] == "SIP/2.0" and words[1].isdigit()
    if not request and not response:
        raise Malformed(f"no SIP start line: {lines[0][:60]!r}")
    headers = []
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        if not colon:
            raise Malformed(f"no header: {line[:60]!r}")
        name = name.strip().lower()
        headers.append((COMPACT.get(name, name), value.strip()))
    kept = tuple((n, v) for n, v in headers if n != "content-length")
    message = Message(start=lines[0], headers=kept, body=body)
    missing = [name for name in COPIED if not message.header(name)]
    if missing:
        raise Malformed(f"{words[0]} without {', '.join(missing)}")
    return message


def response(
    request: Message,
    code: int,
    phrase: str,
    *,
    to_tag: str = "",
    extra: tuple[tuple[str, str], ...] = (),
    body: str = "",
) -> Message:
    """The response to a request; `to_tag` is added where the To has none. Record-Route is copied (§12.1.1)."""
    headers = [(name, value) for name in COPIED for value in request.all(name)]
    if to_tag:
        headers = [(n, f"{v};tag={to_tag}" if n == "to" and not tag_of(v) else v) for n, v in headers]
    routes = [("record-route", value) for value in request.all("record-route")] if 100 < code < 300 else []
    return Message(start=f"SIP/2.0 {code} {phrase}", headers=(*headers, *routes, *extra), body=body)


def tag_of(address: str) -> str:
    """Tag of a From or To value, empty without one."""
    return parameter(address.partition(">")[2] or address, "tag")


def uri_of(address: str) -> str:
    """URI of a name-addr or addr-spec."""
    if "<" in address:
        return address.partition("<")[2].partition(">")[0]
    return address.partition(";")[0].strip()


def parameter(value: str, name: str) -> str:
    """A `;name=value` parameter, empty without one."""
    for part in value.split(";")[1:]:
        key, _, found = part.partition("=")
        if key.strip().lower() == name:
            return found.strip()
    return ""


def _split(value: str) -> list[str]:
    parts, depth, quoted, start = [], 0, False, 0
    for place, char in enumerate(value):
        if char == '"':
            quoted = not quoted
        elif not quoted and char in "<>":
            depth += 1 if char == "<" else -1
        elif char == "," and not quoted and depth == 0:
            parts.append(value[start:place].strip())
            start = place + 1
    return [*parts, value[start:].strip()]


def _written(name: str) -> str:
    special = {"call-id": "Call-ID", "cseq": "CSeq", "rseq": "RSeq", "rack": "RAck"}
    return special.get(name) or "-".join(part.capitalize() for part in name.split("-"))
