"""Who is called is released, whatever becomes of the operator's terminal; what they do harms nobody else."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from peer import PCMA, Call, Peer, answered, until
from test_engines import PARENT, alive

from prober.classify import classify
from prober.events import Held, Response
from prober.show import call_data, event_line


@pytest.mark.parametrize("how", [signal.SIGHUP, signal.SIGQUIT])
async def test_a_closed_terminal_releases_who_was_called(peer: Peer, how: signal.Signals) -> None:
    """Its signal goes to every process of the group, the engines too: the parent is dead, they say goodbye."""
    peer.script = answered
    root, here = str(Path(__file__).parents[2]), str(Path(__file__).parent)
    code = textwrap.dedent(PARENT).format(root=root, here=here, number=f"sip:3646@127.0.0.1:{peer.port}")
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
    )
    assert parent.stdout is not None
    pids = [int(p) for p in (await parent.stdout.readline()).split()]
    await until(lambda: any(c.rtp.packets for c in peer.calls.values()))
    os.killpg(parent.pid, how)
    await parent.wait()
    await until(lambda: any(s.startswith("BYE") for s in peer.seen), within_s=4)
    await until(lambda: not any(alive(p) for p in pids), within_s=4)


async def test_a_far_end_cannot_write_to_the_terminal_nor_break_what_is_printed(place, peer: Peer) -> None:
    async def script(call: Call) -> None:
        call.reply(486, "Occup\xe9 \x1b]0;owned\x07\x1b[2J", 'Reason: Q.850;cause=17;text="\xff\x1b[31m"')

    peer.script = script
    record = await place()
    verdict = classify(record)
    assert verdict.outcome == "busy"
    told = [event_line(e) or "" for e in record.events] + [json.dumps(call_data(record, verdict), ensure_ascii=False)]
    assert all(text.encode().decode().isprintable() for text in told)
    (final,) = (e for e in record.events if isinstance(e, Response) and e.code == 486)
    assert final.reason.startswith("Occupé \N{REPLACEMENT CHARACTER}]0;owned")


async def test_an_answer_that_holds_us_at_once_is_no_failure_of_ours(place, peer: Peer) -> None:
    """In the old way (RFC 2543): our sound is to go to 0.0.0.0."""

    async def script(call: Call) -> None:
        call.reply(200, "OK", sdp=(PCMA[0], f"c=IN IP4 0.0.0.0\r\n{PCMA[1]}"))
        await call.wait_for("ACK")
        await asyncio.sleep(0.5)
        call.request("BYE", cseq=9)
        await asyncio.sleep(0.5)

    peer.script = script
    record = await place()
    assert [e.on for e in record.events if isinstance(e, Held)] == [True]
    assert classify(record).outcome == "dropped"
