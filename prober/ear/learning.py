"""Learning a number's recordings: what is heard in two different calls is one; what does not come again is forgotten.

Two pieces share a recording where their sub-prints agree for at least a second on one alignment; only the shared part
is learnt, so that words of a person right after a prompt never are.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from math import log

import numpy as np

from prober.ear.fingerprint import BLOCK, HOP_S, Prints, errors, limit
from prober.ear.library import Prompt
from prober.ear.pieces import Piece, Spoken
from prober.ear.speaker import Voiceprint
from prober.ear.speakers import mean

LEAST = BLOCK
"""Sub-prints of the shortest recording: 1.0 s, one block."""
STEP = BLOCK // 2
SMOOTH = 31
"""Sub-prints over which the error is averaged to find where two pieces part: 0.5 s."""
LOST = BLOCK
"""Pieces that agree again within so many sub-prints have not parted: packets were lost."""
PART_LIMIT = 0.35
SLACK = 16
"""A sub-print hears what came 0.25 s before it: a voice may reach so far beyond the part it belongs to."""
ROUNDS = 4
"""A piece is compared anew with what is left of others after a part was learnt, at most so often."""
MOST_HEARD_ONCE, MOST_RECORDINGS = 80, 200
"""Kept of a number; those heard longest ago go first."""
FORGET_ONCE, FORGET_RECORDING = 12, 400
"""Calls of the number after which what was not heard again is forgotten."""
USUAL_CALLS = 3
"""A recording heard in so many calls is missed when it stops coming."""
MISSED_CALLS = 6
"""It is missed only once: when it was last heard no more calls ago than this."""
FOLLOWS_S = 5.0
"""A recording that begins so soon after another's end follows it."""
COUNTED = 20
"""Counts of what follows are halved here: the last calls say more than those before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered:
    """A piece heard once, or a recording: heard in `calls` ≥ 2 calls. Calls of a number are counted from 1."""

    prompt_id: str
    prints: Prints
    calls: int
    first_call: int
    last_call: int
    voice: Voiceprint | None = field(default=None, compare=False)
    """Who recorded it. What was heard once may be a person: its voice is never kept."""
    followed: int = 0
    """Of the last calls since it is known, those in which another recording came right after it."""
    unfollowed: int = 0
    """Those in which music, a person or nothing did."""

    @property
    def is_recording(self) -> bool:
        """Heard in at least two calls."""
        return self.calls >= 2

    def after(self, followed: bool) -> Remembered:
        """After one more call in which a recording came right after it, or none did."""
        counts = self.followed + followed, self.unfollowed + (not followed)
        if sum(counts) > COUNTED:
            counts = counts[0] // 2, counts[1] // 2
        return replace(self, followed=counts[0], unfollowed=counts[1])

    def as_prompt(self, number: str | None) -> Prompt:
        """What the ear knows of it on `number`; None: on any. It has no label yet."""
        follows = follows_odds(self.followed, self.unfollowed)
        return Prompt(
            prompt_id=self.prompt_id, label="", number=number, prints=self.prints, voice=self.voice, follows=follows
        )


def follows_odds(followed: int, unfollowed: int) -> float:
    """Log-odds that a recording comes right after one that so many calls have shown (Krichevsky and Trofimov 1981)."""
    return log((followed + 0.5) / (unfollowed + 0.5))


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """What is remembered of a number after a call, and what the call changed."""

    remembered: tuple[Remembered, ...]
    appeared: tuple[str, ...] = ()
    """Ids of recordings that were none before."""
    gone: tuple[str, ...] = ()
    """Ids of usual recordings that were not heard since the new ones are: the prompts were changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """Some of a piece, and who speaks in it."""

    start_s: float
    prints: Prints
    voices: tuple[Spoken, ...]

    @property
    def end_s(self) -> float:
        return self.start_s + len(self.prints) * HOP_S

    def cut(self, first: int, last: int) -> _Part:
        inside = (v for v in self.voices if v.first >= first - SLACK and v.last <= last + SLACK)
        voices = tuple(replace(v, first=v.first - first, last=v.last - first) for v in inside)
        return _Part(start_s=self.start_s + first * HOP_S, prints=self.prints[first:last], voices=voices)

    def voice(self) -> Voiceprint | None:
        return mean(v.voice for v in self.voices)


def learn(remembered: Iterable[Remembered], pieces: Iterable[Piece], call: int) -> Lesson:
    """What is remembered after the `call`-th call of a number, which left these pieces."""
    state = {r.prompt_id: r for r in remembered}
    appeared: list[str] = []
    heard: list[tuple[_Part, str]] = []
    for piece in pieces:
        parts = [_Part(start_s=piece.start_s, prints=piece.prints, voices=piece.voices)]
        for _ in range(ROUNDS):
            left = [rest for part in parts for rest in _unexplained(part, state, appeared, heard, call)]
            if sum(len(p.prints) for p in left) == sum(len(p.prints) for p in parts):
                break
            parts = left
        for part in parts:
            if len(part.prints) >= LEAST:
                fresh = _once(part.prints, call)
                state[fresh.prompt_id] = fresh
    _count_followed(state, heard)
    return _aged(state, appeared, call)


def _count_followed(state: dict[str, Remembered], heard: Iterable[tuple[_Part, str]]) -> None:
    """Count for each recording of a call whether others came right after it, each time that it was played."""
    known = sorted(((p, i) for p, i in heard if i in state and state[i].is_recording), key=lambda it: it[0].start_s)
    always: dict[str, bool] = {}
    for n, (part, prompt_id) in enumerate(known):
        on = n + 1 < len(known) and known[n + 1][0].start_s - part.end_s <= FOLLOWS_S
        always[prompt_id] = always.get(prompt_id, True) and on
    for prompt_id, on in always.items():
        state[prompt_id] = state[prompt_id].after(on)


def _unexplained(
    whole: _Part, state: dict[str, Remembered], appeared: list[str], heard: list[tuple[_Part, str]], call: int
) -> list[_Part]:
    """The parts of a piece that nothing remembered explains; `state` learns from those that something does, and
    `heard` notes which is which."""
    known = sorted(_alike(whole.prints, tuple(state.values())), key=lambda r: (not r.is_recording, r.first_call))
    parts = [whole]
    for each in known:
        left: list[_Part] = []
        while parts:
            part = parts.pop()
            shared = common(part.prints, each.prints)
            if shared is None:
                left.append(part)
                continue
            at, place, length = shared
            rests = part.cut(0, at), part.cut(at + length, len(part.prints))
            parts += [p for p in rests if len(p.prints) >= LEAST]
            same = part.cut(at, at + length)
            voice = same.voice()
            now = state.get(each.prompt_id)
            if now is not None:
                heard.append((same, now.prompt_id))
            if now is None or now.last_call == call:
                continue  # this call has learnt from it already, or it was heard in this call only
            if now.is_recording:
                voice = now.voice if now.voice is not None else voice
                state[each.prompt_id] = replace(now, calls=now.calls + 1, last_call=call, voice=voice)
                continue
            del state[each.prompt_id]
            new = replace(
                _once(now.prints[place : place + length], call), calls=2, first_call=now.first_call, voice=voice
            )
            state[new.prompt_id] = new
            heard.append((same, new.prompt_id))
            appeared.append(new.prompt_id)
            for rest in (now.prints[:place], now.prints[place + length :]):
                if len(rest) >= LEAST:
                    kept = _once(rest, now.last_call)
                    state[kept.prompt_id] = kept
            left += parts  # `each` is no more: what is left of both meets in the next round
            break
        parts = left
    return parts


def _alike(prints: Prints, known: Sequence[Remembered]) -> list[Remembered]:
    """Those that may share something with a piece: one pass over all of them, laid end to end."""
    if not known:
        return []
    joined = np.concatenate([r.prints for r in known])
    ends = np.cumsum([len(r.prints) for r in known])
    near: set[int] = set()
    for block in _blocks(prints):
        places = np.flatnonzero(errors(joined, prints[block : block + BLOCK]) <= limit(prints[block : block + BLOCK]))
        near.update(np.searchsorted(ends, places, side="right").tolist())
    return [known[n] for n in sorted(near)]


def _blocks(prints: Prints) -> Iterator[int]:
    """Where the blocks of a piece begin that hold something."""
    return (at for at in range(0, len(prints) - BLOCK + 1, STEP) if prints[at : at + BLOCK].any())


def common(piece: Prints, known: Prints) -> tuple[int, int, int] | None:
    """The part two pieces share: where it begins in each, and its length, in sub-prints; None if there is none."""
    for at in _blocks(piece):
        block = piece[at : at + BLOCK]
        found = errors(known, block)
        if len(found) and float(found.min()) <= limit(block):
            shared = _along(piece, known, at, int(found.argmin()))
            if shared[2] >= LEAST:
                return shared
    return None


def _along(piece: Prints, known: Prints, at: int, place: int) -> tuple[int, int, int]:
    """How far two pieces agree on both sides of a block that they share."""
    back = min(at, place)
    first, first_known = at - back, place - back
    length = min(len(piece) - first, len(known) - first_known)
    differing = np.bitwise_count(piece[first : first + length] ^ known[first_known : first_known + length]) / 32
    window = np.ones(SMOOTH)
    smooth = np.convolve(differing, window, "same") / np.convolve(np.ones(length), window, "same")
    alike = smooth <= PART_LIMIT
    middle = back + BLOCK // 2
    if not alike[middle]:
        return at, place, 0
    agreed = np.flatnonzero(alike)
    runs = np.split(agreed, np.flatnonzero(np.diff(agreed) > LOST) + 1)
    run = next(r for r in runs if r[0] <= middle <= r[-1])
    start, end = int(run[0]), int(run[-1]) + 1
    return first + start, first_known + start, end - start


def _once(prints: Prints, call: int) -> Remembered:
    """A piece heard for the first time; its id comes from what it sounds like."""
    prompt_id = hashlib.sha256(prints.tobytes()).hexdigest()[:16]
    return Remembered(prompt_id=prompt_id, prints=prints, calls=1, first_call=call, last_call=call)


def _aged(state: dict[str, Remembered], appeared: Sequence[str], call: int) -> Lesson:
    """Forget what did not come again and what is too much; say whether the prompts were changed."""
    kept = [r for r in state.values() if call - r.last_call < (FORGET_RECORDING if r.is_recording else FORGET_ONCE)]
    kept.sort(key=lambda r: (-r.last_call, -r.calls, r.prompt_id))
    recordings = [r for r in kept if r.is_recording][:MOST_RECORDINGS]
    once = [r for r in kept if not r.is_recording][:MOST_HEARD_ONCE]
    new = [r for r in recordings if r.prompt_id in appeared]
    since = min((r.first_call for r in new), default=0)
    gone = [r for r in recordings if r.calls >= USUAL_CALLS and call - MISSED_CALLS <= r.last_call < since]
    return Lesson(
        remembered=(*recordings, *once),
        appeared=tuple(r.prompt_id for r in new),
        gone=tuple(r.prompt_id for r in gone),
    )
