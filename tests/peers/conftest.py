"""Equipment that nobody here wrote: Asterisk, Kamailio, SIPp, baresip, each as a process of its own on 127.0.0.1."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from asterisk import ROOT, Asterisk
from voices import agents

from prober.ear.library import PromptLibrary

KNOWN = {
    "vm-enter-num-to-call": "menu",
    "pls-hold-while-try": "wait",
    "queue-youarenext": "wait",
    "queue-thankyou": "wait",
    "queue-holdtime": "wait",
    "queue-less-than": "wait",
    "tt-allbusy": "dissuasion",
    "please-try-call-later": "closed",
    "dir-welcome": "welcome",
    "dir-intro": "menu",
    "conf-onlyperson": "announcement",
    "vm-theperson": "voicemail",
    "vm-isunavail": "voicemail",
    "vm-intro": "voicemail",
    "goodbye": "announcement",
}
"""Prompts of Asterisk's own French voice that two learning calls would have taught us, as a person would label them."""


@pytest.fixture(scope="session")
def asterisk() -> Iterator[Asterisk]:
    """A running Asterisk whose agents have voices."""
    if not (ROOT / "usr/sbin/asterisk").exists() or os.geteuid() != 0:
        pytest.skip("no Asterisk (as root: apt-get install debootstrap, then tests/peers/install_asterisk.sh)")
    running = Asterisk()
    try:
        running.start(agents())
        yield running
    finally:
        running.stop()


@pytest.fixture(scope="session")
def library(asterisk: Asterisk, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library that knows the prompts above."""
    known = PromptLibrary.empty()
    for name, label in KNOWN.items():
        pcm = asterisk.prompt(name)
        if len(pcm) >= 1.4 * 8000:
            known = known.learn(prompt_id=name, label=label, pcm=pcm)
    file = tmp_path_factory.mktemp("library") / "prompts.npz"
    file.write_bytes(known.to_bytes())
    return file
