"""Recordings the prober plays, synthesised by the project itself (8 kHz, 16-bit, mono).

`sentence_fr.wav` tells an agent that this is a measurement; `conseiller.wav` is a word of refusal.
Made by `python -m prober.simulator.voices`.
"""
