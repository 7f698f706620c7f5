"""Kamailio as the carrier's door in front of Asterisk."""

from __future__ import annotations

import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).parent
CALLER, SECRET = "0162000009", "secret"
"""What its registrar knows: user and password of our trunk."""


class Kamailio:
    """One proxy. `algorithm`: MD5 or SHA-256."""

    def __init__(self, asterisk_port: int, *, algorithm: str = "MD5") -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        self.folder = Path(tempfile.mkdtemp(prefix="decroche-kamailio-"))
        text = (HERE / "kamailio/kamailio.cfg").read_text()
        for name, value in (("port", self.port), ("asterisk", asterisk_port), ("algorithm", algorithm)):
            text = text.replace(f"@{name}@", str(value))
        (self.folder / "kamailio.cfg").write_text(text)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start and wait until it answers OPTIONS. Raises RuntimeError with its last words."""
        log = (self.folder / "log").open("wb")
        self._process = subprocess.Popen(
            ["kamailio", "-DD", "-E", "-m", "32", "-M", "4", "-Y", self.folder, "-f", self.folder / "kamailio.cfg"],
            stdout=log, stderr=log, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        until_s = time.monotonic() + 15
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > until_s:
                raise RuntimeError(f"kamailio did not start: {(self.folder / 'log').read_text()[-2000:]}")

    def stop(self) -> None:
        """End it."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            self._process.wait(10)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _answers(self) -> bool:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.settimeout(0.3)
            sock.bind(("127.0.0.1", 0))
            here = f"127.0.0.1:{sock.getsockname()[1]}"
            lines = [
                f"OPTIONS sip:127.0.0.1:{self.port} SIP/2.0",
                f"Via: SIP/2.0/UDP {here};branch=z9hG4bKoptions",
                "Max-Forwards: 5",
                f"From: <sip:test@{here}>;tag=1",
                f"To: <sip:127.0.0.1:{self.port}>",
                f"Call-ID: options@{here}",
                "CSeq: 1 OPTIONS",
                "Content-Length: 0",
            ]
            try:
                sock.sendto(("\r\n".join(lines) + "\r\n\r\n").encode(), ("127.0.0.1", self.port))
                return sock.recv(4096).startswith(b"SIP/2.0 200")
            except OSError:
                return False
