"""Listening quality from packet loss: ITU-T G.107 (E-model) for G.711 with loss concealment, short delays."""

from __future__ import annotations

from typing import Any

from prober.events import MediaReport

_R0 = 93.2
_BPL = 25.1
"""Packet-loss robustness of G.711 with PLC (ITU-T G.113)."""


def mos_of(loss: float) -> float:
    """Estimated MOS (1 to 4.5) for a loss ratio in [0, 1]."""
    ppl = 100 * loss
    r = _R0 - 95 * ppl / (ppl + _BPL)
    if r <= 0:
        return 1.0
    return round(min(4.5, 1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6), 2)


def report_of(rtcp: Any, *, at_s: float) -> MediaReport:
    """The report of a stream's RTCP statistics (`pj.RtcpStat`)."""
    rx = rtcp.rxStat
    received, lost = int(rx.pkt), int(rx.loss)
    return MediaReport(
        at_s=at_s,
        received=received,
        lost=lost,
        duplicated=int(rx.dup),
        discarded=int(rx.discard),
        jitter_ms=round(rx.jitterUsec.mean / 1000, 2),
        rtt_ms=round(rtcp.rttUsec.mean / 1000, 2) or None,
        mos=mos_of(lost / max(1, received + lost)),
    )
