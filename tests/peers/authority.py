"""Certificates of a test: an authority of its own, and what it signs, by the openssl command."""

from __future__ import annotations

import subprocess
from pathlib import Path


class Authority:
    """Its files in one folder: `NAME.crt`, `NAME.key`; the authority itself is `ca`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._openssl(
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
            "-subj", "/CN=authority of a test", "-keyout", "ca.key", "-out", "ca.crt",
        )  # fmt: skip

    @property
    def certificates(self) -> Path:
        """What to trust."""
        return self.folder / "ca.crt"

    def certify(self, name: str, alternatives: str, *, days: int = 2) -> tuple[Path, Path]:
        """Certificate and key for these names (`DNS:localhost,IP:127.0.0.1`)."""
        (self.folder / f"{name}.ext").write_text(f"subjectAltName={alternatives}\n")
        self._openssl(
            "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", f"/CN={name}",
            "-keyout", f"{name}.key", "-out", f"{name}.csr",
        )  # fmt: skip
        self._openssl(
            "x509", "-req", "-in", f"{name}.csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial",
            "-days", str(days), "-extfile", f"{name}.ext", "-out", f"{name}.crt",
        )  # fmt: skip
        return self.folder / f"{name}.crt", self.folder / f"{name}.key"

    def _openssl(self, *words: str) -> None:
        subprocess.run(["openssl", *words], cwd=self.folder, check=True, capture_output=True)
