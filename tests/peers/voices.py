"""What Asterisk's agents say: real people where the corpus is there, else synthesised speakers, no two alike."""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from prober.simulator.sounds import Room, Voice, Words
from prober.simulator.voices import synthesise

CORPUS = Path(os.environ.get("DECROCHE_AUDIO", Path(__file__).parents[3] / "shared/audio"))
AGENTS = 5
GROUP = "commonvoice"
"""French sentences read by volunteers (CC0)."""
REPLY_S = 3.5
"""Who is told of a measurement answers in a few words; the corpus has whole sentences."""
SAID = (
    ("Mairie bonjour, Sophie à votre écoute.", "D'accord, très bien, merci à vous, au revoir."),
    ("Oui allô, service de l'état civil, que puis-je pour vous ?", "Ah oui, je comprends, pas de problème."),
    ("Caisse primaire bonjour, ici Karim.", "Entendu, je vous remercie, bonne journée."),
    ("Bonjour, accueil de la préfecture, je vous écoute.", "Ah, c'est pour une mesure, d'accord."),
    ("Allô ?", "Oui, oui, je vous entends, bonne journée monsieur."),
)
SPEAKERS = (
    Voice(variant="f4", pitch=60, words_per_minute=170),
    Voice(variant="m3", pitch=42, words_per_minute=150, level_dbfs=-24.0),
    Voice(variant="m7", pitch=38, words_per_minute=185),
    Voice(variant="f1", pitch=48, words_per_minute=160, level_dbfs=-17.0),
    Voice(variant="m1", pitch=55, words_per_minute=175),
)
Pair = tuple[NDArray[np.int16], NDArray[np.int16]]


def agents() -> list[Pair]:
    """Greeting and reply of each agent, 8 kHz 16-bit samples."""
    real = _people()
    return real if real else [_synthesised(n) for n in range(AGENTS)]


def _synthesised(number: int) -> Pair:
    hello, reply = SAID[number]
    room = Room(seed=number, level_dbfs=-55.0, colour=0.5)
    made = [synthesise(Words(text=t, voice=SPEAKERS[number], room=room)).pcm for t in (hello, reply)]
    return made[0], made[1]


def _people() -> list[Pair]:
    """Clips of the corpus, two an agent; empty where the corpus or sox is missing."""
    manifest = CORPUS / "MANIFEST.csv"
    if not manifest.exists() or shutil.which("sox") is None:
        return []
    with manifest.open(newline="") as file:
        clips = [r["file"] for r in csv.DictReader(file) if r["group"] == GROUP and r["language"] == "fr"]
    if len(clips) < 2 * AGENTS:
        clips += clips
    longest = int(REPLY_S * 8000)
    return [(_samples(CORPUS / clips[2 * n]), _samples(CORPUS / clips[2 * n + 1])[:longest]) for n in range(AGENTS)]


def _samples(file: Path) -> NDArray[np.int16]:
    """Trimmed of the silence around the words, so that the truth of the onset is the start of the file."""
    edges = ["silence", "1", "0.05", "-40d", "reverse", "silence", "1", "0.05", "-40d", "reverse"]
    done = subprocess.run(
        ["sox", file, "-r", "8000", "-c", "1", "-b", "16", "-e", "signed", "-t", "raw", "-", *edges],
        capture_output=True, check=True,
    )  # fmt: skip
    return np.frombuffer(done.stdout, dtype="<i2")
