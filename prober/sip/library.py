"""The pjsua2 at hand: its C functions, and what it can speak. `python -m prober.sip.library` prints that as JSON.

The wheel is a package with the C part inside; one built on site is a module with the C part beside it.
"""

from __future__ import annotations

import ctypes
import functools
import json
import os
import sys
import tempfile

import pjsua2 as pj

TLS_AES_128_GCM_SHA256 = 0x1301
"""Every TLS 1.3 implementation has it (RFC 8446 §9.1); no older protocol has."""
MOST_CIPHERS = 512


@functools.cache
def c_functions() -> ctypes.CDLL:
    """The C library under pjsua2, for what SWIG left out."""
    wrapped = getattr(pj, "_pjsua2", None) or pj.pjsua2._pjsua2
    return ctypes.CDLL(wrapped.__file__)


def abilities() -> dict[str, bool]:
    """What this build speaks. SRTP counts only beside TLS 1.3: its keys travel in the SDP (RFC 4568 §7.1.3)."""
    endpoint = pj.Endpoint()
    endpoint.libCreate()
    library = c_functions()
    tls = TLS_AES_128_GCM_SHA256 in _ciphers(library)
    return {
        "TLS 1.3": tls,
        "SRTP": tls and hasattr(library, "pjmedia_transport_srtp_create"),
        "IPv6": "PJ_HAS_IPV6               : 1" in _configuration(library),
    }


def _ciphers(library: ctypes.CDLL) -> list[int]:
    count, ciphers = ctypes.c_uint(MOST_CIPHERS), (ctypes.c_int * MOST_CIPHERS)()
    if not hasattr(library, "pj_ssl_cipher_get_availables"):
        return []
    library.pj_ssl_cipher_get_availables(ciphers, ctypes.byref(count))
    return list(ciphers[: count.value])


def _configuration(library: ctypes.CDLL) -> str:
    """What the library says of how it was compiled; it says so on standard output only."""
    with tempfile.TemporaryFile() as said:
        kept = os.dup(1)
        os.dup2(said.fileno(), 1)
        try:
            library.pj_log_set_level(3)
            library.pj_dump_config()
            ctypes.CDLL(None).fflush(None)
        finally:
            library.pj_log_set_level(0)
            os.dup2(kept, 1)
            os.close(kept)
        said.seek(0)
        return said.read().decode(errors="replace")


if __name__ == "__main__":
    sys.stdout.write("\n" + json.dumps(abilities()) + "\n")
    sys.stdout.flush()
    os._exit(0)
