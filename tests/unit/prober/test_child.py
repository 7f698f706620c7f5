"""What an engine's calls leave is kept for whoever asks, once, and for nobody else."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from prober.ear import Excerpt
from prober.sip.bridge import Left, Place, Setup
from prober.sip.child import Child
from prober.sip.trunk import Target

LEFT = Left(key="k", pieces=(), excerpts=(Excerpt(prompt_id="p", pcm=np.zeros(8, dtype=np.int16)),))


@pytest.fixture
def child(monkeypatch: pytest.MonkeyPatch) -> Iterator[Child]:
    monkeypatch.setattr(Child, "_write", lambda self, message: None)
    made = Child(Setup(trunks=(), sounds=None), on_registration=lambda state: None)  # type: ignore[arg-type]
    order = Place(key="k", number="3646", user="3646", trunk="t", target=Target(host="127.0.0.1", port=5060))
    made.place(order, lambda event: None)
    yield made


def test_what_a_call_left_is_given_once(child: Child) -> None:
    child._on(LEFT)
    assert child.take_left("k") is LEFT
    assert child.take_left("k").excerpts == ()


def test_sound_that_comes_after_its_line_was_closed_is_not_kept(child: Child) -> None:
    assert child.take_left("k").excerpts == ()
    child._on(LEFT)
    assert child.take_left("k").excerpts == ()
