"""SimulatedLine lived by the call machine: what is measured is what was played."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest

from prober.attempt import Attempt, Limits, Profile, Script, Step
from prober.classify import Context, classify
from prober.events import Ended, Heard, Invited, Party, Response, Sent, Sound
from prober.line import HangUp, SayWord, SendDigits
from prober.run import run_call
from prober.simulator.acts import Known
from prober.simulator.behaviours import CAST
from prober.simulator.knowledge import other_bodies
from prober.simulator.line import SimulatedLine

LIMITS = Limits(max_wait_s=60, ring_s=12, silence_s=12)
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
BY_ID = {service.id: service for service in CAST}


def profile(known: Known) -> Profile:
    refusal = ()
    if known.refusal_key:
        refusal = (Step(digits=known.refusal_key),)
    elif known.refusal_word:
        refusal = (Step(word=known.refusal_word),)
    return Profile(path=tuple(Step(digits=key) for key in known.keys), refusal=refusal, has_menu=known.has_menu)


def attempt(service: str, script: Script = Script.AGENT, **more) -> Attempt:
    found = BY_ID[service]
    return Attempt(
        service=found.id,
        number=found.number,
        script=script,
        due_at=NOW,
        profile=profile(found.known),
        limits=more.pop("limits", LIMITS),
        **more,
    )


@pytest.mark.parametrize("script", list(Script))
@pytest.mark.parametrize("service", [s.id for s in CAST if s.behaviour != "reference"])
async def test_measured_is_what_was_played(service, script):
    for seed in range(3):
        line = SimulatedLine(CAST, seed=seed, scale=0.1)
        record = await run_call(attempt(service, script, id=f"{service}-{seed}"), line)
        context = Context(
            confirmation="agrees" if service == "passeports-elme" else None, other_bodies=other_bodies(CAST)
        )
        truth, verdict = line.truth(), classify(record, context)
        assert verdict.outcome.value == truth["outcome"], (verdict, truth)
        assert record.hung_up_by is not None and record.hung_up_by.value == truth["hung_up_by"]
        if truth["t_human"] is not None:
            assert record.milestones.t_human == pytest.approx(truth["t_human"], abs=0.1)


async def test_the_reference_number_is_recognised_by_its_recording():
    record = await run_call(attempt("reference"), SimulatedLine(CAST, scale=0.1))
    assert "reference" in [h.label for h in record.heard]


async def test_ten_minutes_of_waiting_take_some_milliseconds():
    limits = Limits()
    begun_s = time.process_time()
    for _ in range(20):
        record = await run_call(attempt("emploi-sarthe", limits=limits), SimulatedLine(CAST))
        assert record.milestones.t_end is not None and record.milestones.t_end > 600
    assert (time.process_time() - begun_s) / 20 < 0.02


async def test_events_come_in_the_order_of_their_time():
    record = await run_call(attempt("caf-orne"), SimulatedLine(CAST, scale=0.1))
    times = [event.at_s for event in record.events]
    assert times == sorted(times)
    assert isinstance(record.events[0], Invited) and isinstance(record.events[-1], Ended)


async def test_without_a_library_a_recording_is_known_by_its_repeat():
    line = SimulatedLine(CAST, scale=0.1, knows_prompts=False)
    record = await run_call(attempt("impots-fontbrune", limits=Limits(max_wait_s=60, silence_s=30)), line)
    recordings = [h for h in record.heard if h.sound is Sound.RECORDING]
    assert len(recordings) >= 3 and {h.label for h in recordings} == {None}
    assert len({h.prompt for h in recordings}) == 1


async def test_an_agent_is_speech_until_the_reaction():
    record = await run_call(attempt("mairie-brumes"), SimulatedLine(CAST, scale=0.1))
    heard = [e for e in record.events if isinstance(e, Heard)]
    said = next(e.at_s for e in record.events if isinstance(e, Sent) and e.what == "sentence")
    assert all(h.sound is Sound.SPEECH for h in heard if h.at_s < said)
    assert next(h for h in heard if h.sound is Sound.HUMAN).at_s > said
    assert next(h for h in heard if h.sound is Sound.HUMAN).start_s < said


async def events_until(line: SimulatedLine, until_s: float) -> list:
    found = []
    while (event := await line.next_event(until_s)) is not None:
        found.append(event)
    return found


async def test_the_clock_stops_where_it_is_told_to():
    line = SimulatedLine(CAST, scale=0.1)
    await line.dial(attempt("mairie-lannec"))
    events = await events_until(line, 5.0)
    assert [e.code for e in events if isinstance(e, Response)] == [100, 180]
    await line.do(HangUp())
    last = (await events_until(line, 6.0))[-1]
    assert isinstance(last, Response) and last.code == 487 and 5.0 < last.at_s < 5.2


async def test_keys_and_words_follow_each_other():
    line = SimulatedLine(CAST, scale=0.1)
    await line.dial(attempt("caf-orne"))
    await events_until(line, 3.0)
    await line.do(SendDigits(digits="1w2"))
    await line.do(SayWord(word="conseiller"))
    digits, word = [e for e in await events_until(line, 10.0) if isinstance(e, Sent)]
    assert (digits.start_s, digits.at_s) == (3.0, pytest.approx(3.9))
    assert word.start_s == digits.at_s and line.truth()["digits"] == "12"


async def test_a_closed_line_hangs_up_and_further_commands_do_nothing():
    line = SimulatedLine(CAST, scale=0.1)
    await line.dial(attempt("emploi-sarthe"))
    await events_until(line, 5.0)
    await line.close()
    await line.do(SendDigits(digits="1"))
    ended = [e for e in await events_until(line, 9.0) if isinstance(e, Ended)]
    assert [e.by for e in ended] == [Party.CALLER]
    assert line.truth()["digits"] == "" and line.truth()["hung_up_by"] == "caller"


async def test_a_number_of_nobody_is_not_found():
    line = SimulatedLine(CAST)
    await line.dial(Attempt(service="x", number="0199999999", script=Script.AGENT, due_at=NOW))
    codes = [(e.code, e.q850) for e in await events_until(line, 1.0) if isinstance(e, Response)]
    assert codes == [(100, None), (404, 1)]


async def test_the_same_attempt_and_seed_give_the_same_record():
    records = [await run_call(attempt("cpam-lys", id="same"), SimulatedLine(CAST, seed=5, scale=0.1)) for _ in range(2)]
    assert records[0] == records[1]
