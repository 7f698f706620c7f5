"""Single sounds: tones named, tones heard where there are none, and recordings recognised in people's speech."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from ear_calls import TelephoneLine, quiet, tone
from ear_corpus import Clip, Pcm
from rich.console import Console
from scipy.stats import beta

from prober.ear import Ear, PromptLibrary
from prober.events import Heard, Sound

CADENCES: dict[str, tuple[Sound, tuple[float, ...], float, float]] = {
    "ringback FR": (Sound.RINGBACK, (440.0,), 1.5, 3.5),
    "ringback EU": (Sound.RINGBACK, (425.0,), 1.0, 4.0),
    "ringback US": (Sound.RINGBACK, (440.0, 480.0), 2.0, 4.0),
    "busy FR": (Sound.BUSY_TONE, (440.0,), 0.5, 0.5),
    "busy EU": (Sound.BUSY_TONE, (425.0,), 0.5, 0.5),
    "busy US": (Sound.BUSY_TONE, (480.0, 620.0), 0.5, 0.5),
    "congestion FR": (Sound.CONGESTION_TONE, (440.0,), 0.25, 0.25),
    "CNG": (Sound.FAX, (1100.0,), 0.5, 3.0),
    "CED": (Sound.FAX, (2100.0,), 3.0, 7.0),
}
NAMED = frozenset({Sound.RINGBACK, Sound.BUSY_TONE, Sound.CONGESTION_TONE, Sound.SIT, Sound.FAX})
TIMES = 30


def heard(sound: Pcm, seed: int, library: PromptLibrary | None = None) -> list[Heard]:
    """Last states of what the ear hears over a telephone line."""
    line, ear = TelephoneLine(np.random.default_rng(seed)), Ear(library)
    ear.begin(0.0)
    told: list[Heard] = []
    for at in range(0, len(sound) - 159, 160):
        told += ear.hear(line.carry(sound[at : at + 160], False))
    told += ear.close()
    return list({h.stretch: h for h in told}.values())


def tone_figures(clips: Sequence[Clip], show: Console) -> None:
    """Each tone for ten seconds over drawn lines; then what is called a tone in people, prompts and music."""
    right, all_told = 0, []
    for name, (sound, hz, on_s, off_s) in CADENCES.items():
        one = np.concatenate((tone(hz, on_s), quiet(off_s)))
        good = 0
        for n in range(TIMES):
            span = np.concatenate((quiet(0.3), np.resize(one, 10 * 8000), quiet(0.5)))
            good += {h.sound for h in heard(span, n)} & NAMED == {sound}
        right += good
        if good < TIMES:
            all_told.append(f"{name} {good} of {TIMES}")
    sit = np.concatenate([np.concatenate((tone((f,), 0.33), quiet(0.03))) for f in (950.0, 1400.0, 1800.0)])
    good = sum(
        Sound.SIT in {h.sound for h in heard(np.concatenate((quiet(0.5), sit, quiet(2))), n)} for n in range(TIMES)
    )
    right, total = right + good, TIMES * (len(CADENCES) + 1)
    if good < TIMES:
        all_told.append(f"SIT {good} of {TIMES}")
    low = float(beta.ppf(0.025, right, total - right + 1))
    show.print(
        f"tones named, 0 to 3 % loss (aim ≥ 99 %): {100 * right / total:.1f} % ({right} of {total}; ≥ {100 * low:.1f})"
        + (f"; not always: {', '.join(all_told)}" if all_told else "")
    )
    for kind in ("human", "prompt", "music"):
        some = [c for c in clips if c.kind == kind]
        minutes = sum(c.length_s for c in some) / 60
        found = [h for n, c in enumerate(some) for h in heard(c.sound(), n)]
        named = sum(h.sound in NAMED for h in found)
        beeps = sum(h.sound is Sound.BEEP for h in found)
        show.print(f"false tones in {minutes:.0f} min of {kind} (aim < 0.02 a minute): {named}, and {beeps} beeps")


def false_matches(clips: Sequence[Clip], show: Console) -> None:
    """All people against a library of all prompts."""
    library = PromptLibrary.empty()
    prompts = [c for c in clips if c.kind == "prompt" and c.length_s >= 1.5]
    known = []
    for n, c in enumerate(prompts):
        pcm = (c.sound() * 32767).astype(np.int16)
        known += PromptLibrary.empty().learn(prompt_id=str(n), label="", pcm=pcm).prompts
    library = PromptLibrary(known)
    people = [c for c in clips if c.kind == "human"]
    false = [
        h
        for n, c in enumerate(people)
        for h in heard(c.sound(), n, library)
        if h.sound is Sound.RECORDING and not (h.prompt or "").startswith("call:")
    ]
    minutes, of = sum(c.length_s for c in people) / 60, sum(c.length_s for c in prompts) / 60
    most = float(-np.log(0.05) if not false else len(false)) / minutes * 600
    show.print(
        f"people's speech called a known recording (aim < 1 in 10 hours): {len(false)} in {minutes:.0f} min against "
        f"{of:.0f} min of recordings (with none seen, at 95 % fewer than {most:.0f} in 10 hours can be said)"
    )
