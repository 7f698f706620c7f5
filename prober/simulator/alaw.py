"""G.711 by table: linear samples to A-law and µ-law octets and back (ITU-T G.711)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Pcm = NDArray[np.int16]
A_SILENCE, U_SILENCE = 0xD5, 0xFF


def _a_decoded() -> Pcm:
    code = np.arange(256) ^ 0x55
    exponent, mantissa = (code >> 4) & 7, code & 15
    size = np.where(exponent == 0, (mantissa << 4) + 8, ((mantissa << 4) + 0x108) << np.maximum(exponent - 1, 0))
    return np.where(code & 0x80, size, -size).astype(np.int16)


def _u_decoded() -> Pcm:
    code = ~np.arange(256) & 0xFF
    size = ((((code & 15) << 3) + 0x84) << ((code >> 4) & 7)) - 0x84
    return np.where(code & 0x80, -size, size).astype(np.int16)


def _encoder(decoded: Pcm) -> NDArray[np.uint8]:
    """For every linear sample (offset 32768) the octet whose value is nearest."""
    order = np.argsort(decoded, kind="stable")
    levels = decoded[order].astype(np.int32)
    edges = (levels[:-1] + levels[1:]) / 2
    places = np.searchsorted(edges, np.arange(-32768, 32768), side="left")
    return order[places].astype(np.uint8)


A_TO_PCM, U_TO_PCM = _a_decoded(), _u_decoded()
_PCM_TO_A, _PCM_TO_U = _encoder(A_TO_PCM), _encoder(U_TO_PCM)


def encode(pcm: Pcm, *, mu: bool = False) -> bytes:
    """Octets of G.711 for samples."""
    return (_PCM_TO_U if mu else _PCM_TO_A)[pcm.astype(np.int32) + 32768].tobytes()


def decode(octets: bytes, *, mu: bool = False) -> Pcm:
    """Samples of G.711 octets."""
    return (U_TO_PCM if mu else A_TO_PCM)[np.frombuffer(octets, np.uint8)]
