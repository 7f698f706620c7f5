"""The recordings of each number, learnt from its calls and shared by all who call it.

Learning a call is one transaction under the number's own lock, so that calls learnt at the same time by two programs
follow each other. Numbers are kept in their plain form, whatever way they were dialled.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import case, func, select, update
from sqlalchemy.dialects.postgresql import insert

from prober.plain_number import plain
from prober.wording import wording
from storage.connection import Database
from storage.schema import prompt_calls, prompt_changes, prompts

if TYPE_CHECKING:
    from prober.ear import Piece, PromptLibrary


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownPrompt:
    """A recording as it is listed for people."""

    number: str
    prompt_id: str
    label: str
    reviewed: bool
    """A person gave the label."""
    words: str | None
    """As a recogniser read them; None: not yet."""
    wait_s: float | None
    position: int | None
    length_s: float
    calls: int
    followed: int
    """Of the last calls, those in which another recording came right after it."""
    unfollowed: int
    """Those in which music, a person or nothing did."""
    first_heard_at: datetime
    last_heard_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptChange:
    """New recordings of a number took the place of usual ones: ids of both."""

    number: str
    appeared: tuple[str, ...]
    gone: tuple[str, ...]
    noticed_at: datetime | None = None
    reviewed_at: datetime | None = None


class PromptBook:
    """Recordings by number in PostgreSQL. Every method raises StoreAway when the database is away."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def library(self, number: str, *, to_read: bool = False) -> PromptLibrary:
        """The recordings known of a number, for the ear; `to_read`: it shall keep the sound of those not read yet."""
        from storage.lessons import library_of  # with the ear, which only those load who hear calls

        known = select(prompts).where(prompts.c.number == plain(number), prompts.c.calls >= 2)
        async with self._database.begin() as c:
            rows = (await c.execute(known.order_by(prompts.c.id))).all()
        return library_of(rows, to_read=to_read)

    async def learn(self, number: str, pieces: Collection[Piece], at: datetime) -> PromptChange | None:
        """Learn from what a call at this instant left; gives the change of prompts that it shows, if it does."""
        from storage.lessons import learnt

        if not pieces:
            return None
        key = plain(number)
        async with self._database.begin() as c:
            await c.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"prompts {key}", 0))))
            put = insert(prompt_calls).values(number=key, calls=1)
            put = put.on_conflict_do_update(index_elements=["number"], set_={"calls": prompt_calls.c.calls + 1})
            call: int = (await c.execute(put.returning(prompt_calls.c.calls))).scalar_one()
            lesson = await learnt(c, key, pieces, at, call)
            if not lesson.gone:
                return None
            change = {"number": key, "appeared": list(lesson.appeared), "gone": list(lesson.gone), "noticed_at": at}
            await c.execute(insert(prompt_changes).values(change))
        return PromptChange(number=key, appeared=lesson.appeared, gone=lesson.gone, noticed_at=at)

    async def known(self, number: str) -> list[KnownPrompt]:
        """The recordings of a number, the ones heard in most calls first."""
        from storage.lessons import length_s

        wanted = select(prompts, func.length(prompts.c.prints).label("octets")).where(
            prompts.c.number == plain(number), prompts.c.calls >= 2
        )
        async with self._database.begin() as c:
            rows = (await c.execute(wanted.order_by(prompts.c.calls.desc(), prompts.c.id))).all()
        return [
            KnownPrompt(
                number=r.number,
                prompt_id=r.id,
                label=r.label,
                reviewed=r.reviewed_at is not None,
                words=r.words,
                wait_s=r.wait_s,
                position=r.position,
                length_s=length_s(r.octets),
                calls=r.calls,
                followed=r.followed,
                unfollowed=r.unfollowed,
                first_heard_at=r.first_heard_at,
                last_heard_at=r.last_heard_at,
            )
            for r in rows
        ]

    async def label(self, number: str, prompt_id: str, label: str) -> bool:
        """A person gives a recording its label; False if it is not known."""
        named = update(prompts).where(prompts.c.number == plain(number), prompts.c.id == prompt_id)
        async with self._database.begin() as c:
            return (await c.execute(named.values(label=label, reviewed_at=func.now()))).rowcount == 1

    async def read(self, number: str, prompt_id: str, words: str) -> str:
        """Keep the words of a recording, read once, and the label that follows from them; gives that label.

        A label that the recording has already stays.
        """
        said = wording(words)
        unread = update(prompts).where(
            prompts.c.number == plain(number), prompts.c.id == prompt_id, prompts.c.words.is_(None)
        )
        label = case((prompts.c.label == "", said.label), else_=prompts.c.label)
        values = {"words": words, "label": label, "wait_s": said.wait_s, "position": said.position}
        async with self._database.begin() as c:
            await c.execute(unread.values(values))
        return said.label

    async def labels(self, number: str) -> dict[str, str]:
        """Recording → label, of those of a number that have one."""
        named = select(prompts.c.id, prompts.c.label).where(prompts.c.number == plain(number), prompts.c.label != "")
        async with self._database.begin() as c:
            return {r.id: r.label for r in await c.execute(named)}

    async def changes(self, number: str | None = None) -> list[PromptChange]:
        """Changes of prompts, of one number or of all, the latest first."""
        wanted = select(prompt_changes).order_by(prompt_changes.c.id.desc())
        if number is not None:
            wanted = wanted.where(prompt_changes.c.number == plain(number))
        async with self._database.begin() as c:
            rows = (await c.execute(wanted)).all()
        return [
            PromptChange(
                number=r.number,
                appeared=tuple(r.appeared),
                gone=tuple(r.gone),
                noticed_at=r.noticed_at,
                reviewed_at=r.reviewed_at,
            )
            for r in rows
        ]

    async def changed(self, numbers: Collection[str]) -> list[datetime]:
        """When changes of the prompts of some numbers were noticed."""
        wanted = select(prompt_changes.c.noticed_at).where(prompt_changes.c.number.in_({plain(n) for n in numbers}))
        async with self._database.begin() as c:
            return list((await c.execute(wanted)).scalars())

    async def drifted(self, number: str, at: datetime) -> bool:
        """True if the prompts had changed by this instant and nobody has reviewed the change."""
        open_change = select(prompt_changes.c.id).where(
            prompt_changes.c.number == plain(number),
            prompt_changes.c.noticed_at <= at,
            prompt_changes.c.reviewed_at.is_(None),
        )
        async with self._database.begin() as c:
            return (await c.execute(open_change.limit(1))).first() is not None

    async def standing(self, number: str, at: datetime) -> tuple[dict[str, str], bool]:
        """What judging a call of this instant needs: the labels known today, and whether it waits for a review."""
        return await self.labels(number), await self.drifted(number, at)

    async def review(self, number: str, at: datetime) -> int:
        """A person has looked at the changes of a number: how many there were."""
        seen = update(prompt_changes).where(
            prompt_changes.c.number == plain(number), prompt_changes.c.reviewed_at.is_(None)
        )
        async with self._database.begin() as c:
            return (await c.execute(seen.values(reviewed_at=at))).rowcount
