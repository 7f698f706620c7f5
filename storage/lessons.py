"""What the ear knows of a number, as rows and back: its library of recordings, and what a call adds to it."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

import numpy as np
from sqlalchemy import Row, delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from prober.ear.fingerprint import HOP_S
from prober.ear.learning import Lesson, Remembered, learn
from prober.ear.library import PromptLibrary
from prober.ear.pieces import Piece
from prober.ear.speaker import Voiceprint
from storage.schema import prompts

WORD = np.dtype("<u4")
VOICE = np.dtype("<f2")


def library_of(rows: Iterable[Row[Any]], *, to_read: bool) -> PromptLibrary:
    """The library of rows of `prompts`; `to_read`: it shall keep the sound of those not read yet."""
    return PromptLibrary(
        replace(
            _remembered(r).as_prompt(r.number),
            label=r.label,
            wait_s=r.wait_s,
            position=r.position,
            unread=to_read and r.words is None and not r.label,
        )
        for r in rows
    )


def length_s(octets: int) -> float:
    """How long a recording is whose prints take so many octets."""
    return octets / WORD.itemsize * HOP_S


async def learnt(c: AsyncConnection, key: str, pieces: Collection[Piece], at: datetime, call: int) -> Lesson:
    """Learn from the call of this number that is its `call`-th, made at this instant, and write what is remembered."""
    before, firsts = await _all_remembered(c, key)
    lesson = await asyncio.to_thread(learn, before, pieces, call)
    await _write(c, key, before, lesson, at, firsts)
    return lesson


def _voice(octets: bytes | None) -> Voiceprint | None:
    return None if octets is None else np.frombuffer(octets, VOICE).astype(np.float32)


def _octets(voice: Voiceprint | None) -> bytes | None:
    return None if voice is None else voice.astype(VOICE).tobytes()


async def _all_remembered(c: AsyncConnection, key: str) -> tuple[tuple[Remembered, ...], dict[int, datetime]]:
    """What is remembered of a number, and when each call that something was first heard in was made."""
    rows = (await c.execute(select(prompts).where(prompts.c.number == key).order_by(prompts.c.id))).all()
    return tuple(map(_remembered, rows)), {r.first_call: r.first_heard_at for r in rows}


def _remembered(r: Row[Any]) -> Remembered:
    return Remembered(
        prompt_id=r.id,
        prints=np.frombuffer(r.prints, WORD).astype(np.uint32),
        calls=r.calls,
        first_call=r.first_call,
        last_call=r.last_call,
        voice=_voice(r.voice),
        followed=r.followed,
        unfollowed=r.unfollowed,
    )


async def _write(
    c: AsyncConnection,
    key: str,
    before: tuple[Remembered, ...],
    lesson: Lesson,
    at: datetime,
    firsts: dict[int, datetime],
) -> None:
    """Bring the rows of a number to what is remembered; rows that did not change are left alone."""
    old = {r.prompt_id: r for r in before}
    new = {r.prompt_id: r for r in lesson.remembered}
    lost = old.keys() - new.keys()
    if lost:
        await c.execute(delete(prompts).where(prompts.c.number == key, prompts.c.id.in_(lost)))
    for prompt_id, r in new.items():
        was = old.get(prompt_id)
        if was is None:
            row = {"number": key, "id": prompt_id, "prints": r.prints.astype(WORD).tobytes()}
            times = {"first_heard_at": firsts.get(r.first_call, at), "last_heard_at": at}
            counts = {"calls": r.calls, "first_call": r.first_call, "last_call": r.last_call}
            await c.execute(insert(prompts).values(row | times | counts | _known(r)))
        elif was.last_call != r.last_call:
            heard = {"calls": r.calls, "last_call": r.last_call, "last_heard_at": at}
            known = update(prompts).where(prompts.c.number == key, prompts.c.id == prompt_id)
            await c.execute(known.values(heard | _known(r)))


def _known(r: Remembered) -> dict[str, Any]:
    """What is known of a recording beside its prints."""
    return {"voice": _octets(r.voice), "followed": r.followed, "unfollowed": r.unfollowed}
