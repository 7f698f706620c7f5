"""The spool: where a record waits as a file while the database is away.

A file is whole or is not there: written aside, flushed to the disk, then renamed. It leaves once the database has it;
saving is idempotent, so that a crash between the two does not count a call twice.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from prober.failures import DecrocheError
from prober.plain import PlainError, record_from_plain, to_plain, verdict_from_plain
from prober.record import CallRecord
from prober.verdict import Verdict
from storage.connection import StoreAway, StoreRefused
from storage.store import Store

log = logging.getLogger(__name__)


class SpoolError(DecrocheError):
    """Neither the database nor the spool took a record: the measurement failed, and nothing of it was kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpoolState:
    """What waits."""

    count: int
    oldest_s: float
    """Age of the oldest waiting record; 0 if none waits."""
    bytes: int
    refused: int
    """Files put aside because they could not be read or saved."""


class Spool:
    """A folder of records that wait for the database."""

    def __init__(self, folder: Path, *, max_mb: float = 200.0) -> None:
        self._folder = folder
        self._max_bytes = max_mb * 1_000_000
        self._draining = asyncio.Lock()

    async def keep(self, store: Store, record: CallRecord, verdict: Verdict) -> bool:
        """Save a record, or let it wait here if the database is away: False. Raises SpoolError if neither works."""
        try:
            await store.save(record, verdict)
        except (StoreAway, StoreRefused) as error:
            log.warning("attempt %s waits in the spool: %s", record.attempt.id, error)
            await asyncio.to_thread(self.put, record, verdict)
            return False
        return True

    def put(self, record: CallRecord, verdict: Verdict) -> None:
        """Write a record to the disk; returns once it would survive a power cut. Raises SpoolError."""
        data = json.dumps({"record": to_plain(record), "verdict": to_plain(verdict)}).encode()
        place = self._folder / f"{quote(record.attempt.id, safe='')}.json"
        part = place.with_suffix(".part")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            if self.state().bytes + len(data) > self._max_bytes:
                raise OSError(None, f"it holds {self._max_bytes / 1e6:g} MB already")
            with part.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            part.rename(place)
            self._flush_folder()
        except OSError as error:
            with suppress(OSError):
                part.unlink()
            why = f"spool {self._folder} takes no more: {error.strerror}"
            raise SpoolError(f"attempt {record.attempt.id} is lost: the database is away and {why}") from error

    async def drain(self, store: Store) -> int:
        """Save what waits, oldest first, until the database is away again; gives how many left the spool."""
        saved = 0
        async with self._draining:
            for place in self._waiting():
                try:
                    record, verdict = _read(place)
                    await store.save(record, verdict)
                except StoreAway:
                    break
                except (PlainError, ValueError, TypeError, KeyError, StoreRefused) as error:
                    log.error("%s is put aside: %s", place, error)
                    place.rename(place.with_suffix(".refused"))
                    continue
                except FileNotFoundError:  # another process drains the same folder
                    continue
                place.unlink(missing_ok=True)
                saved += 1
        return saved

    def state(self) -> SpoolState:
        """How much waits, and for how long."""
        stats = []
        for place in self._waiting():
            with suppress(FileNotFoundError):
                stats.append(place.stat())
        return SpoolState(
            count=len(stats),
            oldest_s=max(0.0, time.time() - min(s.st_mtime for s in stats)) if stats else 0.0,
            bytes=sum(s.st_size for s in stats),
            refused=sum(1 for _ in self._folder.glob("*.refused")),
        )

    def _waiting(self) -> list[Path]:
        stamped = []
        for place in self._folder.glob("*.json"):
            with suppress(FileNotFoundError):
                stamped.append((place.stat().st_mtime_ns, place))
        return [place for _, place in sorted(stamped)]

    def _flush_folder(self) -> None:
        folder = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _read(place: Path) -> tuple[CallRecord, Verdict]:
    data = json.loads(place.read_bytes())
    return record_from_plain(data["record"]), verdict_from_plain(data["verdict"])
