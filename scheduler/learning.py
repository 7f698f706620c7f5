"""What a number's calls teach: its recordings are told to the line before a call and learnt from it afterwards.

Learning happens beside the calls, a few at a time; so does the reading of new recordings, one call's at a time. A store
that is away costs the lesson, never the call, and what is not read now is heard again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Sequence
from datetime import UTC, datetime

from prober.attempt import Attempt, Purpose
from prober.ear import Excerpt
from prober.ear.pieces import Piece
from prober.line import LearningLine, Line
from prober.plain_number import plain
from prober.recogniser import Recogniser, RecogniserError
from storage.connection import StoreAway
from storage.prompts import PromptBook

log = logging.getLogger(__name__)
AT_ONCE = 2
MOST_WAITING = 20
"""Recordings that wait to be read; more are let go, and their sound with them."""


class Learning:
    """The book of recordings, as dispatch uses it. `recogniser`: who reads new ones; None: nobody."""

    def __init__(self, book: PromptBook, recogniser: Recogniser | None = None) -> None:
        self._book, self._recogniser = book, recogniser
        self._turn, self._reading = asyncio.Semaphore(AT_ONCE), asyncio.Lock()
        self._wanted: set[tuple[str, str]] = set()
        """Number and id of the recordings that are being read or wait for it."""
        self._lessons: set[asyncio.Task[None]] = set()

    async def before(self, line: Line, attempt: Attempt) -> None:
        """Tell the line the recordings of the number it will call."""
        if not isinstance(line, LearningLine) or attempt.purpose is Purpose.REFERENCE:
            return
        try:
            line.know(await self._book.library(attempt.number, to_read=self._recogniser is not None))
        except StoreAway:
            log.warning("the recordings of %s are not at hand: the store is away", attempt.number)

    def after(self, line: Line, attempt: Attempt) -> None:
        """Learn from what the call left; returns at once."""
        if not isinstance(line, LearningLine) or attempt.purpose is Purpose.REFERENCE:
            return
        if line.pieces:
            self._begin(self._learn(attempt.number, line.pieces, datetime.now(UTC)))
        key = plain(attempt.number)
        new = [e for e in line.excerpts if (key, e.prompt_id) not in self._wanted]
        new = new[: MOST_WAITING - len(self._wanted)]
        if self._recogniser is not None and new:
            self._wanted |= {(key, e.prompt_id) for e in new}
            self._begin(self._read(self._recogniser, key, new))

    async def settled(self) -> None:
        """Wait until everything heard so far is learnt and read."""
        await asyncio.gather(*self._lessons, return_exceptions=True)

    def _begin(self, work: Coroutine[None, None, None]) -> None:
        lesson = asyncio.create_task(work)
        self._lessons.add(lesson)
        lesson.add_done_callback(self._lessons.discard)

    async def _learn(self, number: str, pieces: tuple[Piece, ...], at: datetime) -> None:
        async with self._turn:
            try:
                change = await self._book.learn(number, pieces, at)
            except StoreAway:
                log.warning("a call to %s was not learnt from: the store is away", number)
                return
            except Exception:
                log.exception("a call to %s was not learnt from", number)
                return
        if change is not None:
            log.warning(
                "the prompts of %s changed: %d new, %d no longer heard; its profile may be wrong",
                number,
                len(change.appeared),
                len(change.gone),
            )

    async def _read(self, recogniser: Recogniser, number: str, excerpts: Sequence[Excerpt]) -> None:
        """Read recordings and keep their words; the sound is gone when this returns."""
        try:
            async with self._reading:
                found = await recogniser.words([e.pcm for e in excerpts])
            for excerpt, words in zip(excerpts, found, strict=True):
                label = await self._book.read(number, excerpt.prompt_id, words)
                log.info("recording %s of %s: %s", excerpt.prompt_id, number, label or "no words can be relied on")
        except StoreAway:
            log.warning("recordings of %s were read in vain: the store is away", number)
        except RecogniserError as error:
            log.error("recordings of %s were not read: %s", number, error)
        except Exception:
            log.exception("recordings of %s were not read", number)
        finally:
            self._wanted -= {(number, e.prompt_id) for e in excerpts}
