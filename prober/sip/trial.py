"""What an operator needs to know of a trunk before the first campaign: reached, registered, heard, in words."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime

from prober.attempt import Attempt, Limits, Policy, Profile, Purpose, Script, Step
from prober.events import DigitReceived, Identity, Media, MediaReport, OwnFailure, Response, Sent
from prober.failures import TrunkUnusable
from prober.record import CallRecord
from prober.run import run_call
from prober.sip.edge.certificate import shown_by
from prober.sip.outside_dialog import ANSWER_S, NO_SIP, exchanged, options
from prober.sip.pool import Pool
from prober.sip.trunk import Target, Trunk, bracketed, targets

REGISTER_S = 5.0
LISTEN_S = 12.0
"""Length of the call to the reference number: RTCP tells what the far end received after some five seconds."""
SLOW_S = 6.0
"""A post-dial delay beyond this is said (ITU-T E.721 gives 5 to 8 s as targets of national calls)."""
NO_CODEC = "no codec in common: PCMA and PCMU are offered, ask the carrier for G.711"
WHY = {
    401: "user name, password or realm is wrong",
    403: "user name, password or realm is wrong, or the carrier does not know our address",
    404: "the carrier does not know this user or domain",
    407: "user name, password or realm is wrong",
    408: "no answer to our request",
    415: NO_CODEC,
    488: NO_CODEC,
    503: "the carrier takes nothing from us now",
    606: NO_CODEC,
}
CREDENTIALS = frozenset({401, 403, 407})
_REALM = re.compile(r'realm="([^"]*)"')


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing tried. `good` is None where it could not be known."""

    what: str
    good: bool | None
    said: str


async def reach(trunk: Trunk) -> AsyncIterator[Finding]:
    """Is there anybody at the trunk's addresses? Blocking names are resolved in a thread."""
    if trunk.transport == "tls":
        shown = await _certificate(trunk)
        yield shown
        if not shown.good:
            return
        if trunk.edge is None:
            yield Finding(what="address", good=True, said=f"{trunk.host} speaks TLS")
            return
    try:
        found = await asyncio.to_thread(targets, trunk)
    except TrunkUnusable as error:
        yield Finding(what="address", good=False, said=str(error))
        return
    for target in found:
        where = f"{bracketed(target.host)}:{target.port} ({target.transport.upper()})"
        if trunk.edge:
            stands = await _edge(trunk.edge, where, trunk.name)
            yield stands
            if not stands.good:
                return
            where = f"{trunk.host} (by the edge)"
        try:
            status, phrase = await options(target, trunk.address_of_record if trunk.edge else None)
            if trunk.edge and status == 503:
                raise OSError(phrase)
        except TimeoutError:
            said = f"{where} does not answer within {ANSWER_S:g} s: wrong address, or a firewall between"
            yield Finding(what="address", good=False, said=said)
        except OSError as error:
            said = f"nobody listens at {where}: {error.strerror or error}; is the port right?"
            if str(error) == NO_SIP:
                said = f"{where}: {NO_SIP}; is the port right?"
            yield Finding(what="address", good=False, said=said)
        else:
            yield Finding(what="address", good=True, said=f"{where} answers OPTIONS with {status} {phrase}")


async def _certificate(trunk: Trunk) -> Finding:
    try:
        shown = await asyncio.to_thread(shown_by, trunk)
    except TrunkUnusable as error:
        return Finding(what="certificate", good=False, said=str(error))
    said = f"made out to {', '.join(shown.names)}, until {shown.until}; {shown.protocol}"
    return Finding(what="certificate", good=True, said=said)


async def _edge(edge: Target, where: str, name: str) -> Finding:
    try:
        await options(edge)
    except OSError:
        said = f"nobody listens at {where} (expected `decroche edge {name}` running beside decroche)"
        return Finding(what="edge", good=False, said=said)
    return Finding(what="edge", good=True, said=f"stands at {where}")


async def registered(pool: Pool, trunk: Trunk) -> Finding:
    """Has the trunk registered, at one of its addresses?"""
    others = len(dict(pool.setup.registrars)[trunk.name]) - 1
    patience_s = REGISTER_S + others * pool.setup.transaction_ms / 1000
    try:
        async with asyncio.timeout(patience_s):
            while trunk.name not in pool.registrations:  # noqa: ASYNC110 (it happens in another process)
                await asyncio.sleep(0.05)
    except TimeoutError:
        return Finding(what="registration", good=False, said=f"no answer to REGISTER within {patience_s:g} s")
    state = pool.registrations[trunk.name]
    if state.active:
        return Finding(what="registration", good=True, said=f"registered as {trunk.username}")
    why = await _why(trunk, state.code) or "see the reason the carrier gives"
    return Finding(what="registration", good=False, said=f"{state.code} {state.reason}: {why}")


async def _why(trunk: Trunk, code: int) -> str | None:
    """What a refusal means. Where it is about credentials, the realm that the carrier names says which of them."""
    if WHY.get(code) == NO_CODEC and trunk.srtp:
        return f"the carrier takes no SRTP, or {NO_CODEC}"
    if code not in CREDENTIALS:
        return WHY.get(code)
    if not trunk.username:
        return "the carrier asks for a user name and password, and the trunk has none"
    try:
        target = (await asyncio.to_thread(targets, trunk))[0]
        raw = await exchanged(target, trunk.address_of_record, "REGISTER", trunk.username)
    except (OSError, TrunkUnusable):
        return WHY[code]
    realm = _REALM.search(raw)
    if realm is None:
        return WHY[code]
    if trunk.realm not in ("*", realm[1]):
        return f"the realm is wrong: the trunk names {trunk.realm}, the carrier {realm[1]}"
    return f"user name or password is wrong (realm {realm[1]})"


async def call_reference(pool: Pool, trunk: Trunk) -> CallRecord:
    """A call to the operator's own number: listens, presses a key after the first words, hangs up after 12 s."""
    attempt = Attempt(
        service="",
        number=trunk.reference_number or "",
        script=Script.DIRECT,
        due_at=datetime.now(UTC),
        purpose=Purpose.MANUAL,
        policy=Policy.SILENT,
        profile=Profile(path=(Step(digits="1"),)),
        limits=Limits(max_wait_s=LISTEN_S, ring_s=LISTEN_S, grace_s=0.1, grace_speech_s=0.1, silence_s=LISTEN_S),
    )
    return await run_call(attempt, pool.line(trunk.name))


async def heard(record: CallRecord, trunk: Trunk) -> list[Finding]:
    """What that call shows: delay, answer, sound both ways, codec, keys, identity."""
    events, m = record.events, record.milestones
    refused = next((e for e in events if isinstance(e, Response) and e.code >= 300), None)
    failure = next((e for e in events if isinstance(e, OwnFailure)), None)
    if m.t_answer is None:
        final = f"{refused.code} {refused.reason}" if refused else failure.detail if failure else "no final answer"
        why = await _why(trunk, refused.code) if refused else None
        said = f"not answered: {final}{': ' + why if why else ''}"
        return [Finding(what="reference call", good=False, said=said)]
    alert_s = m.t_alert if m.t_alert is not None else m.t_answer
    slow = " (slow)" if alert_s > SLOW_S else ""
    found = [
        Finding(what="post-dial delay", good=not slow, said=f"{alert_s:.2f} s to the first ring or answer{slow}"),
        Finding(what="answer", good=True, said=f"answered after {m.t_answer:.2f} s"),
    ]
    media = next((e for e in events if isinstance(e, Media) and e.flowing), None)
    report = next((e for e in events if isinstance(e, MediaReport)), None)
    if media is None and failure:
        why = await _why(trunk, int(failure.what.removeprefix("local_"))) if failure.what.startswith("local_") else None
        return [*found, Finding(what="sound in", good=False, said=why or f"{failure.what}: {failure.detail}")]
    if media is None:
        said = "no sound comes in: is sip.public_address the address the carrier sees, and the RTP range open?"
        return [*found, Finding(what="sound in", good=False, said=said)]
    found.append(Finding(what="sound in", good=True, said=f"comes in, codec {media.codec or 'unknown'}"))
    rtt = report.rtt_ms if report else None
    out = f"the far end reports what it receives (round trip {rtt:.0f} ms)" if rtt is not None else ""
    unknown = "the far end sends no RTCP, so whether our sound arrives is not known"
    found.append(Finding(what="sound out", good=True if out else None, said=out or unknown))
    key = next((e for e in events if isinstance(e, Sent) and e.what == "digits"), None)
    echoed = any(isinstance(e, DigitReceived) for e in events)
    said = (
        f"sent by {key.method}{', and came back' if echoed else ''}" if key else "no words were heard to press it after"
    )
    found.append(Finding(what="key 1", good=True if key and echoed else None, said=said))
    identity = next((e.identity for e in events if isinstance(e, Identity) and e.identity), None)
    if identity:
        found.append(Finding(what="connected identity", good=None, said=identity))
    return found
