"""What the prober itself can speak to a carrier, asked from the pjsua2 at hand; the rest is an edge's."""

from __future__ import annotations

import functools
import json
import subprocess
import sys

from prober.sip.trunk import Trunk

ASKED_S = 20.0


@functools.cache
def abilities() -> frozenset[str]:
    """Words of `Trunk.needs` that pjsua2 can do; asked in a process of its own, none if it gives no answer."""
    try:
        done = subprocess.run(
            [sys.executable, "-m", "prober.sip.library"], capture_output=True, text=True, check=True, timeout=ASKED_S
        )
        found = json.loads(done.stdout.splitlines()[-1])
    except (OSError, subprocess.SubprocessError, ValueError, IndexError):
        return frozenset()
    return frozenset(name for name, able in found.items() if able)


def refusal(trunk: Trunk) -> str | None:
    """Why this trunk cannot be used as it is, in a sentence; None if it can."""
    lacking = () if trunk.edge or not trunk.needs else [n for n in trunk.needs if n not in abilities()]
    if not lacking:
        return None
    return (
        f"trunk {trunk.name} needs {' and '.join(lacking)}, which pjsua2 here cannot speak (expected an edge: "
        f"`edge: 127.0.0.1:5071` in this trunk, and `decroche edge {trunk.name}` running beside decroche)"
    )
