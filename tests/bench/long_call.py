"""A call of twenty minutes, by hand: SIPp plays music, then a person; the session is refreshed on the way.

`python tests/bench/long_call.py [MINUTES]` prints the engine's memory each minute, and how far the person's first word
was measured from where the far end's own file has it: the drift between its clock and ours.
"""

from __future__ import annotations

import asyncio
import socket
import sys
import tempfile
import wave
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from calls import cpu_s, memory_mb
from numpy.typing import NDArray

from prober.attempt import Attempt, Limits, Script
from prober.classify import classify
from prober.events import MediaReport
from prober.run import run_call
from prober.simulator.alaw import encode
from prober.simulator.sounds import Prompt, Room, Tune, Voice, Words
from prober.simulator.voices import synthesise
from prober.sip.bridge import Setup, Sounds
from prober.sip.pool import Pool
from prober.sounds import sound_path

RATE_HZ = 8000
EVERY_S = 60.0
"""Between two waiting messages, and between two looks at the engine."""
SCENARIO = """<?xml version="1.0" encoding="UTF-8"?>
<scenario name="long">
<recv request="INVITE" rrs="true"/>
<send><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:];tag=a
[last_Call-ID:]
[last_CSeq:]
Contact: <sip:called@[local_ip]:[local_port]>
Allow: INVITE, ACK, BYE, UPDATE
Supported: timer
Require: timer
Session-Expires: 90;refresher=uac
Content-Type: application/sdp
Content-Length: [len]

v=0
o=called 1 1 IN IP4 [local_ip]
s=-
c=IN IP4 [media_ip]
t=0 0
m=audio [media_port] RTP/AVP 8

]]></send>
<recv request="ACK"/>
<nop><action><exec rtp_stream="@sound@,1,8"/></action></nop>
<label id="1"/>
<recv request="UPDATE" optional="true" next="2"/>
<recv request="BYE" timeout="120000"/>
<send next="3"><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0

]]></send>
<label id="2"/>
<send next="1"><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Contact: <sip:called@[local_ip]:[local_port]>
Supported: timer
Require: timer
Session-Expires: 90;refresher=uac
Content-Length: 0

]]></send>
<label id="3"/>
<nop/>
</scenario>
"""


@dataclass(frozen=True, slots=True)
class Recording:
    """What the far end plays; the person begins at `human_s`, seconds from its start."""

    pcm: NDArray[np.int16]
    human_s: float


def recording(minutes: float) -> Recording:
    """Music with a waiting message each minute, then a greeting, then a reply after our sentence."""
    music = synthesise(Tune(name="ballad")).pcm
    message = synthesise(Prompt(id="wait", label="wait", text="Tous nos conseillers sont en ligne, patientez.")).pcm
    voice, room = Voice(variant="f4", pitch=60, words_per_minute=170), Room(seed=1, level_dbfs=-55.0, colour=0.5)
    hello, reply = (
        synthesise(Words(text=text, voice=voice, room=room))
        for text in ("Mairie bonjour, Sophie à votre écoute.", "D'accord, très bien, merci, au revoir.")
    )
    wait = np.resize(music, int(60 * minutes * RATE_HZ))
    for at in range(int(EVERY_S * RATE_HZ), len(wait) - len(message), int(EVERY_S * RATE_HZ)):
        wait[at : at + len(message)] = message
    with wave.open(str(sound_path("sentence_fr"))) as file:
        sentence_s = file.getnframes() / RATE_HZ
    still = synthesise(room).pcm
    parts = [wait, hello.pcm, still[: int((2.2 + sentence_s) * RATE_HZ)], reply.pcm, still]
    return Recording(np.concatenate(parts), len(wait) / RATE_HZ + hello.extent.onset_s)


async def watch(pool: Pool, call: asyncio.Task[object]) -> None:
    """Print the engine's memory and CPU each minute while the call is up."""
    (pid,) = pool.pids
    minute = 0
    while not call.done():
        if minute % 5 in (0, 1):
            print(f"minute {minute}: {memory_mb(pid):.1f} MB, {cpu_s(pid):.1f} CPU s", flush=True)
        minute += 1
        await asyncio.wait([call], timeout=EVERY_S)


async def measure(minutes: float) -> None:
    """Place the call and print what came of it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    sound = recording(minutes)
    with tempfile.TemporaryDirectory(prefix="decroche-long-") as folder:
        (Path(folder) / "sound.alaw").write_bytes(encode(sound.pcm))
        (Path(folder) / "long.xml").write_text(SCENARIO.replace("@sound@", "sound.alaw"))
        sipp = await asyncio.create_subprocess_exec(
            "sipp", "-sf", "long.xml", "-i", "127.0.0.1", "-ci", "127.0.0.1", "-p", str(port), "-m", "1", "-nostdin",
            cwd=folder, stdout=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        await asyncio.sleep(1)
        trace = Path(folder) / "trace"
        setup = Setup(trunks=(), sounds=Sounds(sentence=str(sound_path("sentence_fr"))), trace_path=str(trace))
        async with Pool(setup, concurrency=1) as pool:
            attempt = Attempt(
                service="long", number=f"sip:3646@127.0.0.1:{port}", script=Script.AGENT,
                due_at=datetime.now(UTC), limits=Limits(max_wait_s=60 * minutes + 120),
            )  # fmt: skip
            call = asyncio.create_task(run_call(attempt, pool.line("direct")))
            await watch(pool, call)
            record = await call
        code = await asyncio.wait_for(sipp.wait(), 30)
        print("sipp:", code)
        refreshed = sum(line.startswith("UPDATE sip:") for line in trace.read_text().splitlines())
    m = record.milestones
    print(f"{classify(record).outcome}, {m}")
    print(f"{refreshed} refreshes sent; {[e for e in record.events if isinstance(e, MediaReport)]}")
    if m.t_human is not None and m.t_answer is not None:
        print(f"person: played at {sound.human_s:.2f} s, heard {m.t_human - m.t_answer:.2f} s after the answer")


if __name__ == "__main__":
    asyncio.run(measure(float(sys.argv[1]) if len(sys.argv) > 1 else 20.0))
