"""What a number's calls teach: its recordings are told to the line before a call and learnt from it afterwards.

Learning happens beside the calls, a few at a time; a store that is away costs the lesson, never the call.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime

from prober.attempt import Attempt, Purpose
from prober.ear.pieces import Piece
from prober.line import LearningLine, Line
from storage.connection import StoreAway
from storage.prompts import PromptBook

log = logging.getLogger(__name__)
AT_ONCE = 2


class Learning:
    """The book of recordings, as dispatch uses it."""

    def __init__(self, book: PromptBook) -> None:
        self._book = book
        self._turn = asyncio.Semaphore(AT_ONCE)
        self._lessons: set[asyncio.Task[None]] = set()

    async def before(self, line: Line, attempt: Attempt) -> None:
        """Tell the line the recordings of the number it will call."""
        if not isinstance(line, LearningLine) or attempt.purpose is Purpose.REFERENCE:
            return
        try:
            line.know(await self._book.library(attempt.number))
        except StoreAway:
            log.warning("the recordings of %s are not at hand: the store is away", attempt.number)

    def after(self, line: Line, attempt: Attempt) -> None:
        """Learn from what the call left; returns at once."""
        if not isinstance(line, LearningLine) or attempt.purpose is Purpose.REFERENCE or not line.pieces:
            return
        lesson = asyncio.create_task(self._learn(attempt.number, line.pieces, datetime.now(UTC)))
        self._lessons.add(lesson)
        lesson.add_done_callback(self._lessons.discard)

    async def settled(self) -> None:
        """Wait until everything heard so far is learnt."""
        await asyncio.gather(*self._lessons, return_exceptions=True)

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
