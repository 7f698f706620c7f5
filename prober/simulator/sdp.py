"""The one audio stream of a call in SDP: read an offer, write an answer (RFC 4566, RFC 3264). Pure."""

from __future__ import annotations

from dataclasses import dataclass

PCMU, PCMA, OWN_EVENT = 0, 8, 101
TURNED = {"sendonly": "recvonly", "recvonly": "sendonly", "inactive": "inactive"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Audio:
    """What both ends can use: where to send, the codec's payload type, that of telephone-event or None."""

    host: str
    port: int
    payload: int = PCMA
    event: int | None = OWN_EVENT
    direction: str = "sendrecv"
    """As the far end said it."""


def read(body: str) -> Audio | None:
    """The audio stream of an offer or answer; None where there is no G.711 in it."""
    host, in_audio, port, payloads, event, direction = "", False, 0, [""], None, "sendrecv"
    for line in body.replace("\r\n", "\n").split("\n"):
        kind, _, value = line.partition("=")
        words = value.split()
        if kind == "m":
            in_audio = not port and words[:1] == ["audio"] and len(words) > 3
            if in_audio:
                port, payloads = int(words[1].split("/")[0]), words[3:]
        elif kind == "c" and (in_audio or not host) and len(words) == 3:
            host = words[2].split("/")[0]
        elif kind == "a" and in_audio and value.startswith("rtpmap:") and "telephone-event/8000" in value.lower():
            event = int(words[0].removeprefix("rtpmap:"))
        elif kind == "a" and value in ("sendrecv", *TURNED) and (in_audio or not port):
            direction = value
    known = [int(p) for p in payloads if p in ("0", "8")]
    if not (host and port and known):
        return None
    return Audio(host=host, port=port, payload=known[0], event=event, direction=direction)


def write(host: str, port: int, session: int, far: Audio | None) -> str:
    """The answer to `far`, or an offer of ours where it is None."""
    payloads = [far.payload] if far else [PCMA, PCMU]
    event = far.event if far else OWN_EVENT
    numbers = " ".join(str(p) for p in [*payloads, *([event] if event is not None else [])])
    names = {PCMU: "PCMU", PCMA: "PCMA"}
    lines = [
        "v=0",
        f"o=town {session} {session} IN IP4 {host}",
        "s=-",
        f"c=IN IP4 {host}",
        "t=0 0",
        f"m=audio {port} RTP/AVP {numbers}",
        *(f"a=rtpmap:{p} {names[p]}/8000" for p in payloads),
        *([f"a=rtpmap:{event} telephone-event/8000", f"a=fmtp:{event} 0-16"] if event is not None else []),
        "a=ptime:20",
        f"a={TURNED.get(far.direction, 'sendrecv') if far else 'sendrecv'}",
    ]
    return "\r\n".join([*lines, ""])
