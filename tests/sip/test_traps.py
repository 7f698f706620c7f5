"""What pjsua2 forces on the code itself: nothing leaves a callback, no nested struct of a temporary is read."""

from __future__ import annotations

import re
from collections import deque
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from prober.events import OwnFailure
from prober.failures import TrunkUnusable
from prober.sip.dialog import Dialog, guarded
from prober.sip.message import quotable
from prober.sip.trunk import Trunk

SOURCES = Path(__file__).parents[2] / "prober" / "sip"


class Told:
    def __init__(self) -> None:
        self.what: list[str] = []

    def trouble(self, what: str) -> None:
        self.what.append(what)

    @guarded
    def onSomething(self, prm: object) -> None:
        if isinstance(prm, BaseException):
            raise prm


@pytest.mark.parametrize("error", [ValueError("x"), SystemExit(1), KeyboardInterrupt()])
def test_no_exception_leaves_a_callback_and_each_is_told(error: BaseException) -> None:
    told = Told()
    told.onSomething(error)
    assert len(told.what) == 1
    assert told.what[0].startswith("onSomething: ")


def test_every_callback_of_a_call_is_guarded() -> None:
    text = (SOURCES / "dialog.py").read_text()
    callbacks = re.findall(r"(@guarded\n    )?def (on[A-Z]\w+)\(self, prm", text)
    assert {name for guard, name in callbacks if not guard} == {"onCallRedirected"}  # gives a value: its own try
    assert {"onCallState", "onCallTsxState", "onCallMediaState", "onCallTransferRequest"} <= {n for _, n in callbacks}
    assert all(hasattr(Dialog, name) for _, name in callbacks)


def test_nested_structs_are_never_read_from_a_temporary() -> None:
    for path in SOURCES.glob("*.py"):
        assert not re.search(r"getInfo\(\)\.(media|mediaSize|setting|remOffer\w*)", path.read_text()), path.name


def test_an_ended_call_is_disowned_before_anything_else() -> None:
    text = (SOURCES / "dialog.py").read_text()
    body = text[text.index("def onCallState(") : text.index("def _finish(")]
    assert body.index("self.this.disown()") < body.index("self.over = True")


def test_header_text_of_ours_cannot_break_a_message() -> None:
    assert quotable('gone\r\nX-Evil: "1"\\') == "gone  X-Evil:  1  "


@pytest.mark.parametrize("wrong", [{"host": "a\r\nb"}, {"domain": 'x";y'}, {"host": ""}])
def test_a_trunk_whose_names_would_break_a_message_is_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(TrunkUnusable, match="no host name"):
        Trunk(**{"name": "t", "host": "127.0.0.1", **wrong})  # type: ignore[arg-type]


class Ringing(Dialog):
    """A call without a library behind it: what `trouble` does, and nothing else."""

    def __init__(self) -> None:
        self.told: list[object] = []
        self.ended: list[int] = []
        self.emit = self.told.append

    def now_s(self) -> float:
        return 1.0

    def end(self, cause: int, text: str) -> None:
        self.ended.append(cause)


def test_an_exception_in_a_callback_hangs_up_and_does_not_only_give_up() -> None:
    call = Ringing()
    call.trouble("onDtmfDigit: boom")
    assert isinstance(call.told[0], OwnFailure)
    assert call.ended == [31]


class Playing(Dialog):
    """A call without a library behind it, in which something sounds until `_stop_playing`."""

    def __init__(self) -> None:
        self.told: list[Any] = []
        self.emit, self.hanging_up, self.ear = self.told.append, False, SimpleNamespace(own=lambda *span: None)
        self._listening, self._keys, self._info = True, True, False
        self._playing, self._source = None, None
        self._due, self._keys_due = deque(), deque()
        self._seat = SimpleNamespace(player=lambda path: SimpleNamespace(startTransmit=id, stopTransmit=id))

    def now_s(self) -> float:
        return 1.0

    def getAudioMedia(self, index: int) -> None:
        """Nothing hears it."""

    def until_silent(self) -> list[str]:
        while self._playing:
            self._stop_playing(self._playing[1])
        return [sent.what for sent in self.told]


def test_an_agent_who_comes_while_keys_are_pressed_is_told_after_them() -> None:
    call = Playing()
    call.press("1w2", 100)
    call.play("sentence.wav", 4.0, "sentence", "")
    assert call.until_silent() == ["digits", "sentence"]


def test_keys_due_while_our_sentence_is_said_are_pressed_after_it_and_it_is_not_said_twice() -> None:
    call = Playing()
    call.play("sentence.wav", 4.0, "sentence", "")
    call.press("1", 100)
    call.play("sentence.wav", 4.0, "sentence", "")
    assert call.until_silent() == ["sentence", "digits"]


def test_once_we_hang_up_nothing_is_begun() -> None:
    call = Playing()
    call.press("1", 100)
    call.play("sentence.wav", 4.0, "sentence", "")
    call.hanging_up = True
    assert call.until_silent() == ["digits"]
