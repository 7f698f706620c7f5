"""Engines may die at any time; the measurement system may not. What pjsua2 does wrong is held here."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from conftest import LIMITS, setup_with
from peer import PCMA, Call, Peer, answered, busy, header, until

from prober.attempt import Attempt, Script
from prober.classify import classify
from prober.events import Media, OwnFailure
from prober.failures import NoSeat, TrunkUnusable
from prober.line import SendDigits
from prober.run import run_call
from prober.sip.bridge import Place
from prober.sip.pool import Pool
from prober.sip.trunk import Target, Trunk, safe_user


def attempt(number: str) -> Attempt:
    return Attempt(service="s", number=number, script=Script.AGENT, due_at=datetime.now(UTC), limits=LIMITS)


def alive(pid: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().split(")")[1][:3]
    except OSError:
        return False


def engines_of_ours() -> list[int]:
    """Living engines that this process started."""
    pids = [int(p) for p in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()]
    return [p for p in pids if alive(p) and b"prober.sip.engine" in Path(f"/proc/{p}/cmdline").read_bytes()]


async def test_a_killed_engine_ends_only_its_calls_and_the_far_end_gets_a_bye(peer: Peer) -> None:
    peer.script = answered
    number = f"sip:3646@127.0.0.1:{peer.port}"
    async with Pool(setup_with(), concurrency=5) as pool:
        (first, second) = pool.pids
        calls = [asyncio.create_task(run_call(attempt(number), pool.line("direct"))) for _ in range(2)]
        await until(lambda: len(peer.calls) == 2 and all(c.rtp.packets for c in peer.calls.values()))
        await asyncio.sleep(0.5)
        os.kill(first, signal.SIGKILL)
        done, _ = await asyncio.wait(calls, return_when=asyncio.FIRST_COMPLETED)
        record = done.pop().result()
        assert any(isinstance(e, OwnFailure) and e.what == "engine_died" for e in record.events)
        assert classify(record).outcome == "own_failure"
        await until(lambda: any(s.startswith("BYE") and "cause=41" in s for s in peer.seen))
        await until(lambda: pool.engines_restarted == 1 and len(pool.pids) == 2)
        assert second in pool.pids
        other = await asyncio.gather(*calls)
        assert sum(any(isinstance(e, OwnFailure) for e in r.events) for r in other) == 1
        peer.script = busy
        assert classify(await run_call(attempt(number), pool.line("direct"))).outcome == "busy"


@pytest.mark.parametrize("by_an_edge", [False, True])
async def test_a_killed_engine_does_not_leave_a_telephone_ringing(peer: Peer, by_an_edge: bool) -> None:
    """The CANCEL must be that of the INVITE, or the far end knows no call that it would end (RFC 3261 §9.2)."""
    edge = Trunk(name="t", host="carrier.example", edge=Target(host="127.0.0.1", port=peer.port))
    trunks, number = ((edge,), "3646") if by_an_edge else ((), f"sip:3646@127.0.0.1:{peer.port}")

    async def script(call: Call) -> None:
        call.reply(183, "Session Progress", sdp=PCMA)
        call.reply(180, "Ringing")
        await call.rtp.send(call.media, 20)

    peer.script = script
    async with Pool(setup_with(*trunks), concurrency=1) as pool:
        call = asyncio.create_task(run_call(attempt(number), pool.line("t" if by_an_edge else "direct")))
        await until(lambda: any(c.rtp.packets for c in peer.calls.values()))
        os.kill(pool.pids[0], signal.SIGKILL)
        assert classify(await call).outcome == "own_failure"
        await until(lambda: any(s.startswith("CANCEL") for s in peer.seen))
    invite, cancel = (next(s for s in peer.seen if s.startswith(m)) for m in ("INVITE", "CANCEL"))
    assert [cancel.split()[1], header(cancel, "CSeq")] == [
        invite.split()[1],
        header(invite, "CSeq").split()[0] + " CANCEL",
    ]
    assert all(header(cancel, name) == header(invite, name) for name in ("Via", "Route", "From", "To", "Call-ID"))
    assert bool(header(cancel, "Route")) is by_an_edge


async def test_an_engine_that_hangs_and_keeps_a_place_is_replaced(peer: Peer) -> None:
    peer.script = answered
    number = f"sip:3646@127.0.0.1:{peer.port}"
    async with Pool(setup_with(), concurrency=1, slot_release_s=0.5) as pool:
        (first,) = pool.pids
        call = asyncio.create_task(run_call(attempt(number), pool.line("direct")))
        await until(lambda: len(peer.calls) == 1 and all(c.rtp.packets for c in peer.calls.values()))
        os.kill(first, signal.SIGSTOP)
        await asyncio.wait_for(call, 30)
        await until(lambda: len(pool.pids) == 1 and first not in pool.pids, within_s=20)
        peer.script = busy
        assert classify(await run_call(attempt(number), pool.line("direct"))).outcome == "busy"
    assert not alive(first)


PARENT = """
import asyncio, sys
from pathlib import Path
sys.path[:0] = [{root!r}, {here!r}]
from conftest import setup_with
from test_engines import attempt
from prober.run import run_call
from prober.sip.bridge import Place
from prober.sip.pool import Pool

async def main():
    async with Pool(setup_with(), concurrency=4) as pool:
        print(*pool.pids, flush=True)
        await run_call(attempt({number!r}), pool.line("direct"))

asyncio.run(main())
"""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
async def test_no_engine_survives_its_parent(peer: Peer, how: signal.Signals) -> None:
    peer.script = answered
    number = f"sip:3646@127.0.0.1:{peer.port}"
    root, here = str(Path(__file__).parents[2]), str(Path(__file__).parent)
    code = textwrap.dedent(PARENT).format(root=root, here=here, number=number)
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert parent.stdout is not None
    pids = [int(p) for p in (await parent.stdout.readline()).split()]
    assert pids
    await until(lambda: any(c.rtp.packets for c in peer.calls.values()))
    parent.send_signal(how)
    await parent.wait()
    await until(lambda: not any(alive(p) for p in pids), within_s=4)


async def test_short_calls_one_after_the_other_do_not_hang_up_each_other(pool: Pool, peer: Peer) -> None:
    async def script(call: Call) -> None:
        call.reply(200, "OK", sdp=PCMA)
        await call.wait_for("ACK")
        await call.rtp.send(call.media, 0.4)
        call.request("BYE", cseq=9)
        await asyncio.sleep(1)

    peer.script = script
    number = f"sip:3646@127.0.0.1:{peer.port}"
    records = await asyncio.gather(*(run_call(attempt(number), pool.line("direct")) for _ in range(16)))
    assert {r.hung_up_by.value for r in records if r.hung_up_by} == {"called"}
    assert all(r.milestones.t_end - r.milestones.t_answer > 0.35 for r in records)
    assert pool.engines_restarted == 0


async def test_forty_instant_rejections_do_not_abort_an_engine(pool: Pool, peer: Peer) -> None:
    number = f"sip:3646@127.0.0.1:{peer.port}"
    records = await asyncio.gather(*(run_call(attempt(number), pool.line("direct")) for _ in range(40)))
    assert all(classify(r).outcome == "busy" for r in records)
    assert pool.engines_restarted == 0


async def test_who_waits_too_long_for_a_place_is_told_and_the_service_is_not_blamed(peer: Peer) -> None:
    peer.script = answered
    number = f"sip:3646@127.0.0.1:{peer.port}"
    async with Pool(setup_with(), concurrency=1, seat_wait_s=0.5) as pool:
        pool.trunks["direct"] = replace(pool.trunks["direct"], max_calls=1)
        first = asyncio.create_task(run_call(attempt(number), pool.line("direct")))
        await until(lambda: len(peer.calls) == 1)
        record = await run_call(attempt(number), pool.line("direct"))
        assert classify(record).outcome == "own_failure"
        assert str(NoSeat("x"))
        await first


@pytest.mark.parametrize("number", ["112", "%31%31%32", "+33112", "#31#17", "0612345678", "3114"])
async def test_a_forbidden_number_sends_no_datagram(pool: Pool, peer: Peer, number: str) -> None:
    record = await run_call(attempt(f"sip:{number}@127.0.0.1:{peer.port}"), pool.line("direct"))
    assert any(isinstance(e, OwnFailure) and e.what == "number_forbidden" for e in record.events)
    assert peer.seen == []


@pytest.mark.parametrize("user", ["36\r\nX: y", '3646"', "36 46", "", "x" * 65])
def test_a_user_that_would_break_a_message_is_refused(user: str) -> None:
    with pytest.raises(TrunkUnusable):
        safe_user(user)


def test_a_password_never_shows() -> None:
    assert "secret" not in repr(Trunk(name="t", host="127.0.0.1", username="u", password="secret"))


async def test_places_are_those_the_library_has_free(peer: Peer) -> None:
    """A hung-up INVITE that nobody answered keeps its place until its transaction ends: nobody is refused for it."""

    async def script(call: Call) -> None: ...

    peer.script = script
    number = f"sip:3646@127.0.0.1:{peer.port}"
    async with Pool(setup_with(), concurrency=4) as pool:
        lines = [pool.line("direct") for _ in range(4)]
        for line in lines:
            await line.dial(attempt(number))
        await until(lambda: len(peer.calls) == 4)
        for line in lines:
            await line.close()
        await asyncio.sleep(0.3)
        assert pool.seats_free == 0
        peer.script = busy
        record = await asyncio.wait_for(run_call(attempt(number), pool.line("direct")), 20)
        assert classify(record).outcome == "busy"


async def test_a_full_trunk_does_not_keep_another_waiting(peer: Peer) -> None:
    peer.script = answered
    one = Trunk(name="one", host="127.0.0.1", port=peer.port, max_calls=1, calls_per_second=50)
    two = replace(one, name="two")
    async with Pool(setup_with(one, two), concurrency=4) as pool:
        held = [asyncio.create_task(run_call(attempt("3646"), pool.line("one"))) for _ in range(2)]
        await until(lambda: len(peer.calls) == 1)
        began = asyncio.get_running_loop().time()
        other = asyncio.create_task(run_call(attempt("3646"), pool.line("two")))
        await until(lambda: len(peer.calls) == 2)
        assert asyncio.get_running_loop().time() - began < 1.0
        await asyncio.gather(other, *held)


async def test_a_pool_that_closes_while_an_engine_restarts_leaves_none(peer: Peer) -> None:
    pool = Pool(setup_with(), concurrency=4)
    await pool.start()
    (first,) = pool.pids
    os.kill(first, signal.SIGKILL)
    await until(lambda: pool.engines_restarted == 1)
    await asyncio.sleep(0.05)
    await pool.close()
    await until(lambda: not engines_of_ours(), within_s=3)


async def test_a_failover_without_a_place_is_our_failure_and_no_exception(
    peer: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    from prober.sip import line as line_module

    peer.script = answered
    monkeypatch.setattr(
        line_module, "targets", lambda t: (Target(host="127.0.0.1", port=1), Target(host="127.0.0.1", port=peer.port))
    )
    trunk = Trunk(name="t", host="127.0.0.1", port=peer.port, calls_per_second=50)
    async with Pool(setup_with(trunk), concurrency=1, seat_wait_s=0.4) as pool:
        line = pool.line("t")
        await line.dial(attempt("3646"))
        pool._children[0].retiring = True
        events = []
        async with asyncio.timeout(15):
            while not any(isinstance(e, OwnFailure) for e in events):
                events.append(await line.next_event(12))
        assert events[-1].what == "no_place"
        await line.close()


async def test_an_engine_with_live_calls_leaves_in_good_order(peer: Peer) -> None:
    """Destroyed in another order the library aborts or ends in a segmentation fault, and the exit code says so."""
    peer.script = answered
    number = f"sip:3646@127.0.0.1:{peer.port}"
    pool = Pool(setup_with(), concurrency=8)
    await pool.start()
    children = list(pool._children)
    lines = [pool.line("direct") for _ in range(6)]
    for line in lines:
        await line.dial(attempt(number))
    await until(lambda: len(peer.calls) == 6 and all(c.rtp.packets for c in peer.calls.values()))
    await pool.close()
    assert [c.exit_code for c in children] == [0, 0]
    await until(lambda: sum(s.startswith("BYE") for s in peer.seen) >= 6)


async def test_an_engine_leaves_in_good_order_when_a_far_end_answers_nothing_any_more(peer: Peer) -> None:
    """Nobody answers its BYE: it waits a bounded time for the dialog, then goes; killed, it would exit by a signal."""

    async def script(call: Call) -> None:
        call.reply(180, "Ringing")
        call.reply(200, "OK", sdp=PCMA)
        await call.wait_for("ACK")
        peer.calls.clear()  # from now on no request is answered
        await asyncio.sleep(20)

    peer.script = script
    pool = Pool(setup_with(), concurrency=1)
    await pool.start()
    (child,) = pool._children
    await pool.line("direct").dial(attempt(f"sip:3646@127.0.0.1:{peer.port}"))
    await until(lambda: any(s.startswith("ACK") for s in peer.seen))
    await pool.close()
    assert child.exit_code == 0


async def test_a_worn_engine_is_replaced_between_calls_and_nobody_notices(peer: Peer) -> None:
    number = f"sip:3646@127.0.0.1:{peer.port}"
    async with Pool(setup_with(), concurrency=1, recycle_calls=3) as pool:
        worn = pool.pids
        records = [await run_call(attempt(number), pool.line("direct")) for _ in range(5)]
        assert [classify(r).outcome for r in records] == ["busy"] * 5
        await until(lambda: len(pool.pids) == 1)
        assert pool.pids != worn
        assert pool.engines_restarted == 0


async def test_the_engine_does_not_press_keys_that_would_dial_what_the_operator_forbade(peer: Peer) -> None:
    peer.script = answered
    async with Pool(replace(setup_with(), never_dial=("3647 1",)), concurrency=1) as pool:
        line = pool.line("direct")
        await line.dial(attempt(f"sip:3646@127.0.0.1:{peer.port}"))
        while not isinstance(event := await line.next_event(10), Media):
            assert event is not None
        for keys in ("36", "47", "1"):
            await line.do(SendDigits(digits=keys))
        while not isinstance(event := await line.next_event(10), OwnFailure):
            assert event is not None
        assert "would dial 36471, which is never dialled" in event.detail
        await line.close()
    (call,) = peer.calls.values()
    assert {payload[0] for payload in call.rtp.payloads(101)} <= {3, 6, 4, 7}


@pytest.mark.parametrize("user", ["112", "0033112", "3114", "36471"])
async def test_the_engine_refuses_by_itself_what_is_never_dialled(peer: Peer, user: str) -> None:
    """The last step before the INVITE: whoever orders it, and whatever the steps before let pass."""
    setup = replace(setup_with(), never_dial=("3647 1",))
    async with Pool(setup, concurrency=1) as pool:
        (child,) = pool._children
        events: list[object] = []
        child.reserve("k")
        target = Target(host="127.0.0.1", port=peer.port)
        child.place(Place(key="k", number=user, user=user, trunk="direct", target=target), events.append)
        await until(lambda: bool(events))
        assert isinstance(events[0], OwnFailure)
        assert events[0].what == "number_forbidden"
    assert not peer.seen
