"""How a test places calls to a peer."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from asterisk import Asterisk, Truth

from prober.attempt import Attempt, Limits, Profile, Script
from prober.record import CallRecord
from prober.run import run_call
from prober.sip.bridge import Setup, Sounds
from prober.sip.pool import Pool
from prober.sip.trunk import Trunk
from prober.sounds import sound_path

SOUNDS = Sounds(sentence=str(sound_path("sentence_fr")), words=(("conseiller", str(sound_path("conseiller"))),))
LIMITS = Limits(max_wait_s=60, grace_s=0.5, silence_s=8, ring_s=20, first_media_s=4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A call to Asterisk: how it is placed."""

    number: str
    caller_id: str = "0162000009"
    known: bool = True
    """False: the ear knows none of the prompts, as in the first call to a number ever."""
    profile: Profile = Profile()
    script: Script = Script.AGENT
    limits: Limits = LIMITS


def call_all(asterisk: Asterisk, library: Path, cases: Mapping[str, Case]) -> dict[str, tuple[CallRecord, Truth]]:
    """Place the calls of all cases, eight at a time, no extension twice at once; what we measured and what was."""

    async def batch(known: bool) -> dict[str, CallRecord]:
        trunk = Trunk(name="pbx", host="127.0.0.1", port=asterisk.port, calls_per_second=20, max_calls=8)
        setup = Setup(trunks=(trunk,), sounds=SOUNDS, library_path=str(library) if known else "")
        async with Pool(setup, concurrency=8) as pool:

            async def one(case: Case) -> CallRecord:
                attempt = Attempt(
                    service="s", number=case.number, script=case.script, due_at=datetime.now(UTC),
                    limits=case.limits, profile=case.profile, caller_id=case.caller_id,
                )  # fmt: skip
                return await run_call(attempt, pool.line("pbx"))

            names = [n for n, c in cases.items() if c.known is known]
            return dict(zip(names, await asyncio.gather(*(one(cases[n]) for n in names)), strict=True))

    found = {}
    for known in (True, False):
        for name, record in asyncio.run(batch(known)).items():
            found[name] = record, asterisk.truth(str(record.events[0].call_id))  # type: ignore[attr-defined]
    return found
