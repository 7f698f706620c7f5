"""A store that is opened twice: who owns the embedded server, and what the other one is told when it goes."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from storage.connection import StoreAway
from storage.opening import opened

OWNER = """
import sys
from pathlib import Path
from storage.embedded import EmbeddedPostgres
server = EmbeddedPostgres(Path(sys.argv[1]))
server.start()
print("up", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def owner() -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
    """A program that has started the embedded server of a folder."""
    folder = Path(tempfile.mkdtemp(prefix="decroche-test-"))
    folder.chmod(0o711)
    with subprocess.Popen([sys.executable, "-c", OWNER, str(folder)], stdin=-1, stdout=-1) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"up\n"
        yield process, folder
        process.kill()
    shutil.rmtree(folder, ignore_errors=True)  # its server may be on its way out


async def test_the_end_of_the_program_that_owns_the_server_is_one_sentence(
    owner: tuple[subprocess.Popen[bytes], Path],
) -> None:
    process, folder = owner
    with pytest.raises(StoreAway) as told:
        async with opened(None, folder) as here:
            process.kill()
            process.wait()
            while True:
                await here.store.behind(datetime.now(UTC))
    what = "the embedded database belonged to another program, which has ended"
    assert str(told.value) == f"{folder}: {what} (expected database.url where several programs run)"
