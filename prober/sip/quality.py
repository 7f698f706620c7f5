"""Listening quality from packet loss: ITU-T G.107 (E-model) for G.711 with loss concealment, short delays."""

from __future__ import annotations

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
