"""Settings → the plain values of this package: the only reader of `config` below the commands."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from prober.failures import TrunkUnusable
from prober.sip.bridge import Setup, Sounds
from prober.sip.pool import Pool
from prober.sip.spoken import refusal
from prober.sip.trunk import DIRECT, Target, Trunk
from prober.sounds import WORD, sound_path

if TYPE_CHECKING:
    from config.settings import Settings
    from config.trunks import Trunk as TrunkSettings


def trunk_of(settings: TrunkSettings) -> Trunk:
    """A trunk as plain values."""
    return Trunk(
        name=settings.name,
        host=settings.host,
        port=settings.port,
        transport=settings.transport,
        srtp=settings.srtp,
        edge=_edge_of(settings.edge),
        ca_file=str(settings.ca_file) if settings.ca_file else None,
        username=settings.username,
        password=settings.password.get_secret_value() if settings.password else None,
        register=settings.register_,
        register_expires_s=settings.register_expires_s,
        realm=settings.realm or "*",
        domain=settings.domain,
        caller_id=settings.caller_ids[0] if settings.caller_ids else "decroche",
        asserted_identity=settings.asserted_identity,
        calls_per_second=settings.calls_per_second,
        max_calls=settings.max_calls,
        dial_form=settings.dial_form,
        reference_number=settings.reference_number,
    )


def _edge_of(text: str | None) -> Target | None:
    host, _, port = (text or "").rpartition(":")
    return Target(host=host, port=int(port)) if text else None


def unspoken(settings: Settings) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Each trunk that asks of pjsua2 what it cannot speak: its key path, and a sentence that names the edge."""
    for place, trunk in enumerate(settings.trunks):
        sentence = refusal(trunk_of(trunk))
        if sentence:
            yield ("trunks", place), sentence


def trunk_name(settings: Settings, number: str, wished: str | None) -> str:
    """The trunk a number goes over: the wished one, none for a `sip:` URI, else the first. Raises TrunkUnusable."""
    names = [t.name for t in settings.trunks]
    if wished is not None:
        if wished not in names:
            raise TrunkUnusable(f"no trunk is called {wished} (expected {', '.join(names) or 'one under trunks'})")
        return wished
    if number.lower().startswith(("sip:", "sips:")):
        return DIRECT
    if not names:
        raise TrunkUnusable(f"{number} needs a trunk, and no settings name one (a sip:NUMBER@HOST:PORT needs none)")
    return names[0]


def pool_of(
    settings: Settings, *, concurrency: int, spare: int = 0, library: Path | None = None, trace: Path | None = None
) -> Pool:
    """The pool these settings ask for. Raises TrunkUnusable if pjsua2 here cannot speak what a trunk needs."""
    for _, sentence in unspoken(settings):
        raise TrunkUnusable(sentence)
    sip, engines, policy = settings.sip, settings.engines, settings.policy
    words = ((WORD, str(sound_path(WORD))), *((w.word, str(w.wav)) for w in policy.word_wavs))
    known = library or Path(str(resources.files("prober.simulator") / "prompts.npz"))
    loopback = all(t.leaves_by_loopback for t in settings.trunks)
    setup = Setup(
        trunks=tuple(trunk_of(t) for t in settings.trunks),
        sounds=Sounds(sentence=str(policy.sentence_wav or sound_path("sentence_fr")), words=words),
        bind="127.0.0.1" if loopback else sip.bind,
        public_address="" if loopback else sip.public_address or "",
        rtp_port=sip.first_rtp_port,
        rtp_range=sip.last_rtp_port - sip.first_rtp_port,
        t1_ms=sip.t1_ms,
        t2_ms=sip.t2_ms,
        t4_ms=sip.t4_ms,
        transaction_ms=sip.transaction_ms,
        session_expires_s=int(sip.session_expires_s),
        key_ms=sip.key_ms,
        user_agent=sip.user_agent,
        library_path=str(known) if known.exists() else "",
        never_dial=settings.numbers.never_dial,
        allow=settings.numbers.allow_surtaxed,
        trace_path=str(trace) if trace else "",
    )
    return Pool(
        setup,
        concurrency=concurrency,
        spare=spare,
        start_gap_s=engines.start_gap_ms / 1000,
        recycle_calls=engines.recycle_calls,
        recycle_s=3600 * engines.recycle_h,
        slot_release_s=engines.slot_release_s,
        ports=() if loopback else range(sip.first_port, sip.last_port + 1),
    )
