"""What pjsua2 forces on the code itself: nothing leaves a callback, no nested struct of a temporary is read."""

from __future__ import annotations

import re
from pathlib import Path

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
