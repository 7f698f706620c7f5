"""SRV records (RFC 2782) by one question to the system's name server; the SIP library never resolves a name."""

from __future__ import annotations

import random
import secrets
import socket
import struct
from collections.abc import Iterator
from pathlib import Path

SRV = 33
TIMEOUT_S = 2.0


def service_records(name: str, server: tuple[str, int] | None = None) -> tuple[tuple[str, int], ...]:
    """(host, port) by priority, then drawn by weight; empty when there is none or nobody answers."""
    question = _question(name)
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.settimeout(TIMEOUT_S)
            sock.connect(server or _name_server())
            sock.send(question)
            found = list(_answers(sock.recv(4096), question[:2]))
    except (OSError, struct.error, IndexError):
        return ()
    draw = random.Random(secrets.randbits(64))
    found.sort(key=lambda r: (r[0], -(draw.random() ** (1 / max(r[1], 1)))))
    return tuple((host, port) for _, _, port, host in found if host)


def _name_server() -> tuple[str, int]:
    path = Path("/etc/resolv.conf")
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    servers = [line.split()[1] for line in lines if line.startswith("nameserver ") and ":" not in line]
    return (servers[0] if servers else "127.0.0.1", 53)


def _question(name: str) -> bytes:
    labels = b"".join(bytes([len(p)]) + p for p in (part.encode("idna") for part in name.split(".")) if p)
    return (
        struct.pack("!HHHHHH", secrets.randbits(16), 0x0100, 1, 0, 0, 0) + labels + b"\0" + struct.pack("!HH", SRV, 1)
    )


def _answers(data: bytes, number: bytes) -> Iterator[tuple[int, int, int, str]]:
    """(priority, weight, port, host) of each SRV record."""
    questions, answers = struct.unpack("!HH", data[4:8])
    if data[:2] != number:
        return
    at = 12
    for _ in range(questions):
        at = _name(data, at)[1] + 4
    for _ in range(answers):
        at = _name(data, at)[1]
        kind, _, _, length = struct.unpack("!HHIH", data[at : at + 10])
        at += 10
        if kind == SRV:
            yield (*struct.unpack("!HHH", data[at : at + 6]), _name(data, at + 6)[0])
        at += length


def _name(data: bytes, at: int) -> tuple[str, int]:
    """A name and where it ends; compression (RFC 1035 §4.1.4) followed at most 32 times."""
    labels: list[str] = []
    end = -1
    for _ in range(32):
        length = data[at]
        if length & 0xC0:
            end = at + 2 if end < 0 else end
            at = struct.unpack("!H", data[at : at + 2])[0] & 0x3FFF
        elif length == 0:
            return ".".join(labels), at + 1 if end < 0 else end
        else:
            labels.append(data[at + 1 : at + 1 + length].decode("ascii", "replace"))
            at += 1 + length
    raise IndexError("a name without end")
