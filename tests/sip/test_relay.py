"""Sound that comes late, twice, in bursts, from elsewhere: the call is judged as if it had come as it was sent.

Each line is a relay of its own before the town; the truth is what the town played.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest
import pytest_asyncio
from conftest import SOUNDS
from peer import until
from relay import (
    Line,
    Relay,
    Sound,
    bursts,
    disorder,
    doubled,
    jitter,
    pauses,
    resourced,
    skewed,
)

from prober.attempt import Attempt, Limits, Profile, Script, Step
from prober.classify import classify
from prober.events import MediaReport
from prober.record import CallRecord
from prober.run import run_call
from prober.simulator.behaviours import CAST
from prober.simulator.knowledge import PROMPTS_FILE
from prober.simulator.town import Town
from prober.sip.bridge import Setup
from prober.sip.pool import Pool

ONSET_S = 1.0
LIMITS = Limits(max_wait_s=50, grace_s=0.5, ring_s=10, silence_s=12)
MENU_THEN_QUEUE = "3099"
PATH = (Step(digits="2", label="menu"),)
LINES: dict[str, Line] = {
    "as_it_was_sent": Line(),
    "losses_in_bursts": Line(path=bursts),
    "jitter": Line(path=jitter),
    "out_of_order": Line(path=disorder),
    "twice": Line(path=doubled),
    "slow_clock": Line(path=partial(skewed, by=0.01)),
    "fast_clock": Line(path=partial(skewed, by=-0.01)),
    "comfort_noise": Line(path=partial(pauses, noise_every_s=0.2)),
    "comfort_noise_once": Line(path=partial(pauses, noise_every_s=1000.0)),
    "nothing_in_pauses": Line(path=partial(pauses, noise_every_s=None)),
    "from_another_address": Line(elsewhere=True),
    "behind_a_private_address": Line(said="127.9.9.9"),
    "event_is_96": Line(event=96),
    "event_is_110": Line(event=110),
    "source_changes": Line(path=partial(resourced, after=350)),
}


@dataclass(frozen=True, slots=True)
class Seen:
    """One call: what we measured, what the town played, what the relay did."""

    record: CallRecord
    truth: dict[str, Any]
    sound: Sound

    @property
    def report(self) -> MediaReport:
        return next(e for e in self.record.events if isinstance(e, MediaReport))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def seen() -> AsyncIterator[dict[str, Seen]]:
    """One call over each line, all at the same time."""
    setup = Setup(trunks=(), sounds=SOUNDS, library_path=str(PROMPTS_FILE))
    loop = asyncio.get_running_loop()
    async with Town(CAST, scale=0.02, seed=1) as town, Pool(setup, concurrency=len(LINES)) as pool:

        async def one(line: Line, number: str) -> Seen:
            _, relay = await loop.create_datagram_endpoint(
                lambda: Relay(town.addresses[0], line), local_addr=("127.0.0.1", 0)
            )
            attempt = Attempt(
                service="s", number=f"sip:{number}@127.0.0.1:{relay.port}", script=Script.AGENT,
                due_at=datetime.now(UTC), limits=LIMITS, profile=Profile(path=PATH, has_menu=True),
            )  # fmt: skip
            record = await run_call(attempt, pool.line("direct"))
            await until(lambda: any(t["id"] == attempt.id for t in town.truths))
            truth = next(t for t in town.truths if t["id"] == attempt.id)
            (sound,) = relay.sounds.values()
            relay.close()
            return Seen(record, truth, sound)

        found = await asyncio.gather(*(one(line, MENU_THEN_QUEUE) for line in LINES.values()))
        yield dict(zip(LINES, found, strict=True))


@pytest.mark.parametrize("name", LINES)
@pytest.mark.asyncio(loop_scope="module")
async def test_the_call_is_judged_as_if_its_sound_had_come_as_it_was_sent(seen: dict[str, Seen], name: str) -> None:
    record, truth = seen[name].record, seen[name].truth
    assert classify(record).outcome == truth["outcome"] == "human"
    assert truth["digits"] == "2"
    assert record.milestones.t_human == pytest.approx(truth["t_human"], abs=ONSET_S)


@pytest.mark.parametrize("name", LINES)
@pytest.mark.asyncio(loop_scope="module")
async def test_what_the_line_did_to_the_sound_is_in_the_report(seen: dict[str, Seen], name: str) -> None:
    report, sound = seen[name].report, seen[name].sound
    lost = sound.sent - sound.passed if name == "losses_in_bursts" else 0
    assert report.received == pytest.approx(sound.passed, abs=45)  # the slow clock's last packets were still to come
    assert report.lost == pytest.approx(lost, abs=6)
    assert (report.lost > 40) is (name == "losses_in_bursts")
    assert (report.duplicated > 1000) is (name == "twice")
    assert (report.jitter_ms > 12) is (name == "jitter")
    assert ((report.mos or 0) < 4.2) is (name == "losses_in_bursts")
    assert sound.ours > 1000  # our own sound came where theirs comes from
