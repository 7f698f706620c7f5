"""An announcement heard in two calls over SIP is recognised in the third, which was told of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from conftest import LIMITS
from peer import PCMA, Call, Peer

from prober.attempt import Attempt, Policy, Script
from prober.ear import PromptLibrary
from prober.ear.learning import Remembered, learn
from prober.ear.library import Prompt
from prober.events import Sound
from prober.record import CallRecord
from prober.run import run_call
from prober.simulator.alaw import encode
from prober.simulator.sounds import Room, Voice, Words
from prober.simulator.voices import Voices
from prober.sip.line import SipLine
from prober.sip.pool import Pool

TEXT = "Tous nos conseillers sont en ligne, merci de patienter."


async def test_announcement_of_two_calls_is_a_recording_in_the_third(pool: Pool, peer: Peer, tmp_path: Path) -> None:
    words = Words(text=TEXT, voice=Voice(variant="f2"), room=Room(seed=1, level_dbfs=-60.0, colour=0.5))
    sound = encode(np.concatenate((np.zeros(4000, np.int16), Voices(tmp_path).clip(words).pcm)))

    async def announce(call: Call) -> None:
        call.reply(200, "OK", sdp=PCMA)
        await call.wait_for("ACK")
        await call.rtp.play(call.media, sound)
        call.request("BYE")

    async def called(library: PromptLibrary | None = None) -> tuple[CallRecord, SipLine]:
        line = pool.line("direct")
        if library is not None:
            line.know(library)
        number = f"sip:3646@127.0.0.1:{peer.port}"
        attempt = Attempt(service="s", number=number, script=Script.AGENT, due_at=datetime.now(UTC), limits=LIMITS)
        return await run_call(replace(attempt, policy=Policy.SILENT), line), line

    peer.script = announce
    state: tuple[Remembered, ...] = ()
    for n in (1, 2):
        record, line = await called()
        assert Sound.RECORDING not in {h.sound for h in record.heard}
        state = learn(state, line.pieces, n).remembered
    (found,) = (r for r in state if r.is_recording)
    known = Prompt(
        prompt_id=found.prompt_id, label="wait", number="3646", prints=found.prints, wait_s=300.0, unread=True
    )
    record, line = await called(PromptLibrary([known]))
    assert [h.prompt for h in record.heard if h.sound is Sound.RECORDING] == [found.prompt_id]
    assert line.pieces[0].prompt == found.prompt_id
    assert record.milestones.announced_wait_s == 300.0
    (excerpt,) = line.excerpts
    assert excerpt.prompt_id == found.prompt_id
    assert len(excerpt.pcm) / 8000 == pytest.approx(known.length_s, abs=0.3)
    said = (h.evidence for h in record.heard if h.sound is Sound.RECORDING)
    assert [e["announced_wait_s"] for e in said] == [300.0]
