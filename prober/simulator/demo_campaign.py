"""The demo's campaign file: the cast as a catalogue, two trunks into the town, and waits that are scaled."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from prober.simulator.acts import Cast
from prober.simulator.knowledge import profiles, reference_number

CALLER_ID = "0162000001"
LIMITS = {"max_wait_s": 60, "ring_s": 12, "silence_s": 6, "menu_s": 30}
"""Only waits are scaled (decisions.md 37); T_max stands in the name of every figure."""
SCALE = 0.05
CONCURRENCY = 24
DEMO = "demo"
MONTH_ATTEMPTS = 40
"""Per service and script in the month on the jumping clock."""
CALLS = {
    "endless_queue": 1,
    "menu_queue_agent": 3,
    "menu_refusal_key": 3,
    "menu_silence_agent": 3,
    "menu_refusal_word": 3,
    "menu_loop": 3,
}
"""Fewer calls where each one is long: calls to one service follow each other."""


def write_campaign(path: Path, cast: Cast, addresses: list[tuple[str, int]], *, attempts: int, seed: int) -> None:
    """Write the file that `decroche run` reads; `attempts` per service and script."""
    data: dict[str, Any] = {
        "database": {"data_dir": "database"},
        "spool": {"dir": "spool"},
        "sip": {"bind": "127.0.0.1", "first_rtp_port": 30000, "last_rtp_port": 39999},
        "trunks": [
            {
                "name": f"town-{n}",
                "host": host,
                "port": port,
                "caller_ids": [CALLER_ID],
                "calls_per_second": 10,
                "max_calls": CONCURRENCY,
                "dial_form": "national",
                "reference_number": reference_number(cast),
            }
            for n, (host, port) in enumerate(addresses, start=1)
        ],
        "engines": {"concurrency": CONCURRENCY},
        "limits": LIMITS,
        "ear": {"learn": False},  # the town's agents are synthetic: what one of them says may well come again
        "report": {"out_dir": "."},
        "web": {"host": "127.0.0.1", "port": 0},
        "campaign": {
            "name": DEMO,
            "attempts": attempts,
            "scripts": ["agent", "optout"],
            "seed": seed,
            "spacing_s": 0,
        },
        "organisations": [{"id": s.id, "name": s.name} for s in cast if s.behaviour != "reference"],
        "services": [_service(entry, cast) for entry in profiles(cast)],
    }
    text = "# The campaign of the demo: simulated services on 127.0.0.1. Try: decroche check demo/campaign.yaml\n"
    path.write_text(text + yaml.safe_dump(data, sort_keys=False, allow_unicode=True), encoding="utf-8")


def _service(entry: dict[str, Any], cast: Cast) -> dict[str, Any]:
    behaviour = next(s.behaviour for s in cast if s.id == entry["id"])
    return entry | {"calls_per_day": CALLS[behaviour]} if behaviour in CALLS else entry
