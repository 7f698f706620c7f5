"""A telephone line, drawn from a seed: what it does to the far end's sound before the ear hears it.

The far end may stand behind a GSM leg and has a clock of its own; its sound comes in packets of G.711 with noise and
the echo of our sentence in them; packets are lost in bursts, and the buffer that evens out their arrival now and then
repeats or leaves one out. `heard_s` says when something that was sent is heard, so that truth stays true.
"""

from __future__ import annotations

import io
import wave
from bisect import bisect_left
from collections import deque
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import soundfile
from ear_corpus import RATE, Pcm
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates
from scipy.signal import lfilter

from prober.simulator.alaw import decode, encode
from prober.sounds import sound_path

PACKET = 160
PACKET_S = PACKET / RATE
LATEST = 6
"""Packets that the buffer holds at most: 120 ms."""
NOISE_S = 10
"""Noise is made for so long at a time."""
Samples = NDArray[np.int16]


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """What is wrong with a line. The default: nothing but A-law."""

    gain_db: float = 0.0
    noise_dbfs: float = -90.0
    colour: float = 0.0
    """0: white noise; towards 1: ever more of it is low."""
    gsm: bool = False
    """A leg of GSM full rate before ours."""
    mu_law: bool = False
    skew: float = 0.0
    """The far end's clock: so much of a second too fast, each second. Its sound is as much higher and shorter."""
    loss: float = 0.0
    burst: float = 3.0
    """Packets lost in a row, on average."""
    changes_a_minute: float = 0.0
    """How often the buffer changes the delay, by 20 to 60 ms."""
    echo_db: float = -90.0
    """Our own sentence as it comes back, against how it was said."""
    echo_s: float = 0.1


def drawn(draw: np.random.Generator) -> Conditions:
    """An ordinary line, seldom a bad one."""
    return Conditions(
        gain_db=float(draw.uniform(-12, 6)),
        noise_dbfs=float(draw.uniform(-70, -50)),
        colour=float(draw.choice([0.0, 0.0, 0.8, 0.95])),
        gsm=bool(draw.random() < 0.15),
        mu_law=bool(draw.random() < 0.15),
        skew=float(draw.choice([-0.01, 0.01]) if draw.random() < 0.05 else draw.uniform(-1e-4, 1e-4)),
        loss=float(draw.choice([0.0, 0.01, 0.03])),
        changes_a_minute=float(draw.choice([0.0, 2.0, 6.0])),
        echo_db=float(draw.uniform(-45, -28)),
        echo_s=float(draw.uniform(0.06, 0.2)),
    )


@lru_cache(maxsize=1)
def sentence() -> Pcm:
    """Our own sentence, the product's."""
    with wave.open(str(sound_path("sentence_fr"))) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), np.int16)
    return np.asarray(samples / 32768, dtype=np.float32)


def faster(sound: Pcm, by: float) -> Pcm:
    """Sound of a clock or a voice that is `by` times as fast: shorter and higher by as much."""
    places = np.arange(int((len(sound) - 1) / by) + 1) * by if len(sound) else np.empty(0)
    return np.asarray(map_coordinates(sound, places[None], np.float32, order=5, mode="nearest"), dtype=np.float32)


def gsm_full_rate(sound: Pcm) -> Pcm:
    """Sound after a leg of GSM 06.10."""
    whole = np.concatenate((sound, np.zeros(-len(sound) % PACKET, dtype=np.float32)))
    octets = io.BytesIO()
    soundfile.write(octets, np.clip(whole, -1, 1), RATE, format="RAW", subtype="GSM610")
    octets.seek(0)
    coded, _ = soundfile.read(octets, dtype="float32", samplerate=RATE, channels=1, format="RAW", subtype="GSM610")
    return np.asarray(coded[: len(sound)], dtype=np.float32)


class TelephoneLine:
    """One call's line. `conditions`: as given, or drawn."""

    def __init__(self, draw: np.random.Generator, conditions: Conditions | None = None) -> None:
        self.conditions = it = conditions or drawn(draw)
        self._draw, self._noise_draw = draw, np.random.default_rng(draw.integers(2**31))
        self._gain = 10 ** (it.gain_db / 20)
        self._noise = np.empty((0, PACKET))
        self._noise_state = np.zeros(1)
        before = np.zeros(int(it.echo_s * RATE), dtype=np.float32)
        coming_back = np.concatenate((before, sentence() * 10 ** (it.echo_db / 20)))
        self._echo = np.resize(np.append(coming_back, np.zeros(PACKET)), (len(coming_back) // PACKET + 1, PACKET))
        self._echoes: int | None = None
        self._waiting: deque[Samples] = deque()
        self._last = np.zeros(PACKET, dtype=np.int16)
        self._lost = self._holds = 0
        self._played: list[int] = []
        self._sent = 0

    def from_afar(self, sound: Pcm) -> Pcm:
        """Sound of the far end's clock and leg on our clock; to be done before it is carried."""
        if self.conditions.skew:
            sound = faster(sound, 1 + self.conditions.skew)
        return gsm_full_rate(sound) if self.conditions.gsm and len(sound) else sound

    def carry(self, packet: Pcm, ours: bool) -> Samples:
        """One packet of 20 ms is sent, one is heard. `ours`: we speak meanwhile."""
        sound = packet * self._gain + self._hiss()
        if ours and self._echoes is None:
            self._echoes = 0
        if self._echoes is not None and self._echoes < len(self._echo):
            sound = sound + self._echo[self._echoes]
            self._echoes += 1
        elif not ours:
            self._echoes = None
        linear = np.clip(sound * 32767, -32768, 32767).astype(np.int16)
        mu = self.conditions.mu_law
        self._waiting.append(decode(encode(linear, mu=mu), mu=mu))
        self._sent += 1
        self._delay_changes()
        if self._holds:
            self._holds -= 1
        else:
            self._take()
        self._played.append(self._sent - len(self._waiting) - 1)
        if self._lost:
            return self._last // 2 if self._lost == 1 else np.zeros(PACKET, dtype=np.int16)
        return self._last

    def over(self, sound: Pcm) -> Samples:
        """All of a sound, in whole packets, while we are silent."""
        sound = self.from_afar(sound)
        heard = [self.carry(sound[at : at + PACKET], False) for at in range(0, len(sound) - PACKET + 1, PACKET)]
        return np.concatenate(heard) if heard else np.empty(0, dtype=np.int16)

    def sounds_at_s(self, sent_s: float) -> float:
        """Our clock when the far end's is at `sent_s`."""
        return sent_s / (1 + self.conditions.skew)

    def heard_s(self, sent_s: float) -> float:
        """When that which the far end's clock has at `sent_s` is heard, of what was carried by now."""
        at_s = self.sounds_at_s(sent_s)
        packet = int(at_s / PACKET_S)
        tick = bisect_left(self._played, packet)
        late = tick < len(self._played) and self._played[tick] > packet  # left out: what comes next is heard first
        return tick * PACKET_S + (0.0 if late else at_s - packet * PACKET_S)

    def _take(self) -> None:
        """The next packet, or its loss: the last one again at half its size, then silence."""
        sound, it = self._waiting.popleft(), self.conditions
        bad = self._draw.random() < (1 - 1 / it.burst if self._lost else it.loss / it.burst)
        self._lost = self._lost + 1 if bad else 0
        if not bad:
            self._last = sound

    def _delay_changes(self) -> None:
        """Now and then some packets are left out, or the last one is heard again."""
        if self._draw.random() >= self.conditions.changes_a_minute * PACKET_S / 60 or self._holds:
            return
        by = int(self._draw.integers(1, 4))
        late = len(self._waiting) - 1
        if late >= by and (late + by > LATEST or self._draw.random() < 0.5):
            for _ in range(by):
                self._waiting.popleft()
        else:
            self._holds = by

    def _hiss(self) -> NDArray[np.float64]:
        """20 ms of the line's noise."""
        at = self._sent % (NOISE_S * RATE // PACKET)
        if at == 0:
            low = self.conditions.colour
            level = 10 ** (self.conditions.noise_dbfs / 20) * np.sqrt(1 - low**2)
            white = self._noise_draw.normal(0, level, NOISE_S * RATE)
            noise, self._noise_state = lfilter([1.0], [1.0, -low], white, zi=self._noise_state)
            self._noise = noise.reshape(-1, PACKET)
        return np.asarray(self._noise[at])
