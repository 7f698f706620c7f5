"""A call followed by a person: what is typed, when it reaches the line, and every rule that holds as for any call."""

from __future__ import annotations

import asyncio
import os
import sys
import termios
from dataclasses import replace
from datetime import timedelta
from math import inf
from pathlib import Path

import pytest
from calling import dispatch_of, wanted
from click.testing import CliRunner
from sqlalchemy import func, update

from decroche import main
from prober.attempt import Attempt, Limits, Profile, Purpose, Step
from prober.events import Ended, Event, Heard, Invited, Media, Party, Response, Sent, Sound, Stopped, Typed
from prober.explored import steps_taken
from prober.line import Command, HangUp, LearningLine, SaySentence, SayWord, SendDigits
from scheduler.conduct import LEASE_S
from scheduler.dispatch import Dispatch
from scheduler.exploring import follow
from scheduler.operated import OperatedLine, typed_at_the_terminal
from storage.schema import attempts
from storage.store import Store


class Answered:
    """A line that answers and then says what it is given; plays what it is asked to and says that it has."""

    pieces = ()
    excerpts = ()

    def __init__(self) -> None:
        self.done: list[Command] = []
        self.events: asyncio.Queue[Event] = asyncio.Queue()
        self.dialled, self.acted = asyncio.Event(), asyncio.Event()

    def know(self, library: object) -> None:
        """Nothing to recognise here."""

    async def dial(self, attempt: Attempt) -> None:
        for event in (Invited(at_s=0.0), Response(at_s=0.0, code=200), Media(at_s=0.0, flowing=True)):
            self.events.put_nowait(event)
        self.dialled.set()

    async def next_event(self, until_s: float) -> Event | None:
        assert until_s == inf, "what is waited for is never lost: the operator's line waits without end"
        return await self.events.get()

    async def do(self, command: Command) -> None:
        self.done.append(command)
        self.acted.set()
        match command:
            case SendDigits(digits=digits):
                self.events.put_nowait(Sent(at_s=0.2, what="digits", start_s=0.1, text=digits))
            case SayWord(word=word):
                self.events.put_nowait(Sent(at_s=0.2, what="word", start_s=0.1, text=word))
            case SaySentence():
                self.events.put_nowait(Sent(at_s=0.2, what="sentence", start_s=0.1))
            case HangUp():
                self.events.put_nowait(Ended(at_s=0.3, by=Party.CALLER))

    async def close(self) -> None:
        """Nothing to give back."""


class Lines:
    """A pool with one line."""

    def __init__(self, line: Answered) -> None:
        self._line = line

    def line(self, trunk: str | None = None) -> Answered:
        return self._line


@pytest.fixture
def line() -> Answered:
    return Answered()


@pytest.fixture
def dispatch(store: Store, tmp_path: Path, line: Answered) -> Dispatch:
    made = dispatch_of(store, tmp_path)
    made.pool = Lines(line)  # type: ignore[assignment]
    return made


def attempt(**more: object) -> Attempt:
    return replace(wanted("caf-orne"), purpose=Purpose.MANUAL, limits=Limits(), **more)  # type: ignore[arg-type]


async def operated(line: Answered) -> tuple[OperatedLine, list[str]]:
    told: list[str] = []
    made = OperatedLine(line, told.append)
    await made.dial(attempt())
    for kind in (Invited, Response, Media):
        assert isinstance(await made.next_event(5.0), kind)
    return made, told


async def test_keys_typed_together_are_pressed_together_and_wait_for_what_is_played(line: Answered) -> None:
    made, _ = await operated(line)
    made.type("1")
    first = await made.next_event(5.0)
    assert isinstance(first, Typed)
    assert first.keys == "1"
    await made.do(SendDigits(digits="1"))
    made.type("23 ca")
    assert isinstance(await made.next_event(5.0), Sent), "keys while keys are out would be lost"
    typed = [await made.next_event(5.0) for _ in range(3)]
    assert [(e.keys, e.word, e.human) for e in typed if isinstance(e, Typed)] == [
        ("23", "", False), ("", "conseiller", False), ("", "", True),
    ]  # fmt: skip


async def test_an_explored_call_teaches_what_any_call_does(line: Answered) -> None:
    line.pieces, line.excerpts = ("a piece",), ("an excerpt",)  # type: ignore[assignment]
    made = OperatedLine(line, lambda told: None)
    assert isinstance(made, LearningLine), "else dispatch neither tells it recordings nor learns from it"
    assert (made.pieces, made.excerpts) == (line.pieces, line.excerpts)


async def test_what_is_no_order_is_told_the_orders_there_are(line: Answered) -> None:
    made, told = await operated(line)
    made.type("z")
    assert "h hang up" in told[-1]


async def test_a_hang_up_waits_for_nothing(line: Answered) -> None:
    made, _ = await operated(line)
    made.type("1h")
    assert isinstance(await made.next_event(5.0), Stopped)


async def test_nothing_is_lost_at_a_deadline(line: Answered) -> None:
    made, told = await operated(line)
    assert await made.next_event(0.0) is None
    line.events.put_nowait(Heard(at_s=1.0, stretch=1, sound=Sound.MUSIC, start_s=0.5))
    assert isinstance(await made.next_event(5.0), Heard)
    line.events.put_nowait(Heard(at_s=2.0, stretch=1, sound=Sound.MUSIC, start_s=0.5))
    await made.next_event(5.0)
    assert [t for t in told if "music" in t] == ["    1.0 s  music"], "each change is told once"
    await made.close()


async def test_a_person_named_by_the_operator_is_told_thanked_and_released(
    dispatch: Dispatch, line: Answered, store: Store
) -> None:
    told: list[str] = []
    going = asyncio.create_task(follow(dispatch, attempt(), asyncio.Event(), told.append))
    await line.dialled.wait()
    (_, stoppable) = next(iter(dispatch.live.values()))
    stoppable._line.type("a")  # type: ignore[attr-defined]
    record = await asyncio.wait_for(going, 20)
    assert [type(c) for c in line.done] == [SaySentence, HangUp]
    assert record is not None
    assert await store.status(record.attempt.id) == "done"


@pytest.mark.parametrize("paused", ["caf-orne", None])
async def test_a_pause_ends_the_call_within_two_seconds_and_lets_none_begin(
    dispatch: Dispatch, line: Answered, store: Store, paused: str | None
) -> None:
    told: list[str] = []
    going = asyncio.create_task(follow(dispatch, attempt(), asyncio.Event(), told.append))
    await line.dialled.wait()
    await store.console.give("pause", "somebody", {"service": paused, "reason": "crisis"})
    record = await asyncio.wait_for(going, 10)
    assert record is not None
    assert [e.why for e in record.events if isinstance(e, Stopped)] == ["paused: crisis"]
    assert await follow(dispatch, attempt(), asyncio.Event(), told.append) is None
    assert "is paused: nobody is called" in told[-1]


async def test_a_number_that_is_being_called_is_not_called_beside_it(
    dispatch: Dispatch, line: Answered, store: Store
) -> None:
    other = attempt()
    await store.add([other])
    assert await store.claim(other.id, "a campaign")
    stop, busy, told = asyncio.Event(), asyncio.Event(), list[str]()

    def tell(said: str) -> None:
        told.append(said)
        if "is being called already" in said:
            busy.set()

    going = asyncio.create_task(follow(dispatch, attempt(), stop, tell))
    await asyncio.wait_for(busy.wait(), 10)
    stop.set()
    assert await asyncio.wait_for(going, 10) is None
    assert not line.dialled.is_set()
    assert [said for said in told if other.number in said] == [
        f"{other.number}, or caf-orne, is being called already: "
        "waiting for the end of that call (Ctrl-C gives up, and calls nobody)"
    ]
    assert told[-1] == "given up: nobody was called"


async def test_a_number_that_a_crash_left_busy_comes_free(dispatch: Dispatch, line: Answered, store: Store) -> None:
    other = attempt()
    await store.add([other])
    assert await store.claim(other.id, "a worker that was killed")
    async with store.database.begin() as c:
        await c.execute(update(attempts).values(claimed_at=func.now() - timedelta(seconds=LEASE_S + 1)))
    going = asyncio.create_task(follow(dispatch, attempt(), asyncio.Event(), lambda said: None))
    await asyncio.wait_for(line.dialled.wait(), 10)
    line.events.put_nowait(Ended(at_s=2.0, by=Party.CALLED))
    assert await asyncio.wait_for(going, 10) is not None
    assert await store.status(other.id) == "done"


async def test_steps_given_beforehand_are_done_by_themselves_and_kept(dispatch: Dispatch, line: Answered) -> None:
    steps = (Step(digits="1", silence_s=0.5), Step(digits="2", label="menu"))
    going = asyncio.create_task(follow(dispatch, attempt(profile=Profile(path=steps)), asyncio.Event(), lambda s: None))
    await line.dialled.wait()
    await line.acted.wait()
    line.events.put_nowait(Ended(at_s=2.0, by=Party.CALLED))
    record = await asyncio.wait_for(going, 10)
    assert record is not None
    assert line.done == [SendDigits(digits="1")]
    assert steps_taken(record) == steps[:1]


REVIEWED = "number: 3646\nversions:\n  - {version: 1, made_on: 2026-11-02, reviewed_on: 2026-11-03}\n"


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["3646"], 1, "version 1 was reviewed on 2026-11-03 (expected --force"),
        (["+33 1 40 00 00 00"], 1, "0140000000.yaml: version 1 was reviewed"),
        (["3646", "--menus", "/dev/null"], 1, "/dev/null: no menu path can be written there"),
        (["112"], 3, "never dialled"),
        (["sip:0140000000,112@127.0.0.1"], 3, "never dialled"),
        (["3646", "--keys", "press 1"], 2, "'press 1' is no step (expected `after WAIT: KEYS`"),
        (["3646", "--keys", "after silence: 1"], 2, "silence needs its seconds"),
        (["3646", "--keys", "after prompt: 1; after silence 2: 0w112"], 2, "would dial 112, which is never dialled"),
        (["3646", "--keys", "after prompt: 1; after prompt: 0140000009"], 2, "would dial 0140000009, which is never"),
        (["3646", "--keys", "after lunch: 1"], 2, "nothing to wait for is called lunch"),
        (["3646", "--max-wait", "nan"], 2, "'nan' is no number to count with"),
        (["0140000001"], 3, "needs a trunk"),
    ],
)
def test_what_must_not_be_is_refused_before_any_call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], code: int, said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "menus").mkdir()
    (tmp_path / "menus" / "3646.yaml").write_text(REVIEWED)
    (tmp_path / "menus" / "0140000000.yaml").write_text(REVIEWED.replace("3646", "'0140000000'"))
    (tmp_path / "decroche.yaml").write_text("numbers: {never_dial: ['+33140000009']}\n")
    done = CliRunner().invoke(main, ["explore", *arguments])
    assert (done.exit_code, (tmp_path / "menus" / "3646.yaml").read_text()) == (code, REVIEWED)
    assert said in " ".join(done.output.split())


async def test_a_terminal_gives_each_key_without_return_and_is_left_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    keyboard, screen = os.openpty()
    with os.fdopen(screen, "r") as terminal:
        monkeypatch.setattr(sys, "stdin", terminal)
        before = termios.tcgetattr(screen)
        taken: asyncio.Queue[str] = asyncio.Queue()
        with typed_at_the_terminal(taken.put_nowait) as somebody:
            assert somebody
            os.write(keyboard, b"1")
            assert await asyncio.wait_for(taken.get(), 10) == "1"
        assert termios.tcgetattr(screen) == before
    os.close(keyboard)


async def test_where_nobody_can_type_the_call_is_followed_all_the_same(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "nothing").write_text("")
    with (tmp_path / "nothing").open() as file:
        monkeypatch.setattr(sys, "stdin", file)
        with typed_at_the_terminal(lambda characters: None) as somebody:
            assert not somebody
