"""Calls made from clips, seeded: what rings, plays and speaks, and the caller who lives it over a line.

A call is a script of recordings, music and silence, perhaps a transfer that rings, then a person or nobody. The person
waits after a greeting, reacts to our sentence and to nothing else; recordings go on regardless. The caller is the
product's own: `Call` and `Ear`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np
from ear_corpus import RATE, TRUTHS_AGREE_S, Clip, Pcm, onsets, paused, utterance
from ear_line import PACKET, Conditions, Samples, TelephoneLine, sentence

from prober.attempt import Attempt, Limits, Policy, Script
from prober.call import Call
from prober.ear import Ear, Piece, PromptLibrary
from prober.ear.voice import HOP_S
from prober.events import Heard, Invited, Media, Response, Sent, Sound
from prober.line import HangUp, SaySentence

RINGS = {"FR": ((440.0,), 1.5, 3.5), "EU": ((425.0,), 1.0, 4.0), "US": ((440.0, 480.0), 2.0, 4.0)}
AT_ONCE = 0.15
"""So many people answer themselves, before any recording."""
TWO_VOICES = 0.15
"""So many numbers have one recording by another voice, mostly."""
OVER_MUSIC = 0.25
"""So many waiting messages are spoken over the music."""
TRANSFER = 0.15
"""In so many calls it rings again between the queue and whoever answers."""
IN_TWO_PARTS = 0.3
"""So many people pause in their greeting, where it is long enough."""
IN_A_ROOM = 0.4
"""So many people sit among others who speak."""
AFTER_S = 16.0
"""A call goes on for so long after the greeting, or after the last recording."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """What one number plays."""

    ring: str
    prompts: tuple[Clip, ...]
    music: Clip


@dataclass(slots=True, kw_only=True)
class Scene:
    """One call's sound up to the person, and the person. Times are the far end's."""

    script: Pcm
    answer_s: float
    plays: list[tuple[float, float, Clip]] = field(default_factory=list)
    """Recordings: start, end, clip."""
    greeting: Pcm | None = None
    reactions: list[Pcm] = field(default_factory=list)
    room: Pcm | None = None
    """What is heard behind the person."""
    onset_s: float | None = None
    """First word of the person, by the energy of the clean clip."""
    valid: bool = True
    """Energy and a fresh voice detector agree on the onset."""
    group: str = ""
    mixed: bool = False
    transferred: bool = False


def tone(hz: Sequence[float], seconds: float) -> Pcm:
    time_s = np.arange(int(seconds * RATE)) / RATE
    return np.asarray(sum(np.sin(2 * np.pi * f * time_s) for f in hz) * 0.12, dtype=np.float32)


def quiet(seconds: float) -> Pcm:
    return np.zeros(int(seconds * RATE), dtype=np.float32)


def service(draw: np.random.Generator, clips: Sequence[Clip]) -> Service:
    """A number: three or four prompts of one voice in one language, one piece of music."""
    prompts = [c for c in clips if c.kind == "prompt" and 2.0 <= c.length_s <= 15.0]
    group = str(draw.choice(sorted({c.group for c in prompts})))
    speak = [c.who for c in prompts]
    common = sorted({c.who for c in prompts if c.group == group and speak.count(c.who) >= 5})
    who, other = str(draw.choice(common)), str(draw.choice(sorted({c.voice for c in prompts})))
    chosen = list(draw.permutation([i for i, c in enumerate(prompts) if c.who == who])[: int(draw.integers(3, 5))])
    if draw.random() < TWO_VOICES:
        chosen[int(draw.integers(len(chosen)))] = draw.choice([i for i, c in enumerate(prompts) if c.voice == other])
    music = [c for c in clips if c.kind == "music" and c.length_s >= 20]
    return Service(
        ring=str(draw.choice(list(RINGS))),
        prompts=tuple(prompts[i] for i in chosen),
        music=music[int(draw.integers(len(music)))],
    )


def words_of(who: Clip, draw: np.random.Generator) -> tuple[Pcm | None, list[Pcm]]:
    """A greeting and up to three reactions of one person, none of it said twice; no greeting where there is too little.

    The greeting is cut from one end of the clip, the reactions from the other, since a clip is one person's for sure.
    """
    spoken = np.flatnonzero(who.voiced())  # some clips are silent for more than half of their length
    if not len(spoken):
        return None, []
    first, hops = max(0, int(spoken[0]) - 3), int(spoken[-1]) + 3
    at = first + int((hops - first) * draw.uniform(0.4, 0.65))
    greeting = utterance(who, (first, at), draw, 1.0, 5.5)
    reactions: list[Pcm] = []
    while greeting is not None and len(reactions) < 3:
        reaction = utterance(who, (at, hops), None, 1.2, 3.0)
        if reaction is None:
            break
        reactions.append(reaction[0])
        at = reaction[1] + 3
    enough = len(reactions) >= (2 if (hops - first) * HOP_S > 7 else 1)
    return (greeting[0] if greeting is not None and enough else None), reactions


def scene(
    draw: np.random.Generator, it: Service, people: Sequence[Clip], *, pauses: bool = False, full: bool = False
) -> Scene:
    """One call to a number. `people`: whose voice may answer; none: nobody does. `pauses`: long ones between prompts.

    `full`: every recording is played."""
    rings = ringing(draw, it)
    made = Scene(script=rings, answer_s=len(rings) / RATE)
    music = it.music.sound()
    at = int(draw.integers(0, max(1, len(music) - 20 * RATE)))

    def add(sound: Pcm) -> None:
        made.script = np.concatenate((made.script, sound))

    def play(clip: Clip, gap_s: float) -> None:
        start_s = len(made.script) / RATE
        add(level(clip.sound(), -22.0))
        made.plays.append((start_s, len(made.script) / RATE, clip))
        add(quiet(gap_s))

    add(quiet(float(draw.uniform(0.2, 1.0))))
    at_once = bool(people) and not full and draw.random() < AT_ONCE
    for clip in () if at_once else it.prompts[:-1]:
        play(clip, float(draw.uniform(1.3, 4.5) if pauses else draw.uniform(0.2, 1.2)))
    for _ in range(0 if at_once else int(draw.integers(1 if full else 0, 3))):
        seconds = float(draw.uniform(4.0, 12.0))
        piece = np.resize(music[at:], int(seconds * RATE))
        at += int(seconds * RATE)
        if draw.random() < OVER_MUSIC:
            start_s = len(made.script) / RATE
            said = level(it.prompts[-1].sound(), -22.0)
            bed = np.resize(music[at:], len(said) + RATE)
            mixed = level(bed, -22.0 - float(draw.uniform(5, 15)))
            mixed[: len(said)] += said
            add(level(piece, -24.0))
            made.plays.append((start_s + seconds, start_s + seconds + len(said) / RATE, it.prompts[-1]))
            add(mixed)
            made.mixed = True
        else:
            add(level(piece, -24.0))
            play(it.prompts[-1], float(draw.uniform(0.0, 0.6)))
    made.transferred = bool(not at_once and draw.random() < TRANSFER)
    if made.transferred:
        add(ringing(draw, it))
    if not people:
        if draw.random() < 0.5:
            add(np.concatenate([np.concatenate((tone((440.0,), 0.5), quiet(0.5)))] * 6))
        return made
    while made.greeting is None:
        who = people[int(draw.integers(len(people)))]
        made.greeting, later = words_of(who, draw)
    found = onsets(made.greeting)
    if found is None:
        return scene(draw, it, people, pauses=pauses, full=full)
    gain = float(draw.uniform(-30.0, -20.0))
    made.onset_s = len(made.script) / RATE + found[0]
    made.valid = abs(found[0] - found[1]) <= TRUTHS_AGREE_S
    made.group = who.group
    made.reactions = [level(u, gain) for u in later]
    made.greeting = level(made.greeting, gain)
    (pausing,) = draw.spawn(1)  # of its own: the other draws are those of people who do not pause
    if pausing.random() < IN_TWO_PARTS:
        made.greeting = paused(made.greeting, float(pausing.uniform(0.25, 1.0)))
    if draw.random() < IN_A_ROOM:
        others = [c for c in people if c is not who]
        made.room = level(babble(draw, others), gain - float(draw.uniform(25, 35)))
        add(made.room[: int(draw.uniform(0.0, 0.6) * RATE)])  # who picks up takes a breath first
        made.onset_s = len(made.script) / RATE + found[0]
    return made


def ringing(draw: np.random.Generator, it: Service) -> Pcm:
    """One or two rings and the start of the pause after them."""
    hz, on_s, off_s = RINGS[it.ring]
    rings = np.concatenate([np.concatenate((tone(hz, on_s), quiet(off_s)))] * int(draw.integers(1, 3)))
    return rings[: len(rings) - int(draw.uniform(0, off_s) * RATE)]


def babble(draw: np.random.Generator, people: Sequence[Clip], voices: int = 6) -> Pcm:
    """Half a minute of people who speak at once."""
    made = quiet(30.0)
    for _ in range(voices):
        sound = people[int(draw.integers(len(people)))].sound()
        made += np.roll(np.resize(level(sound, -22.0), len(made)), int(draw.integers(len(made))))
    return made


def level(sound: Pcm, dbfs: float) -> Pcm:
    """Scaled to this level of its louder half."""
    frames = sound[: len(sound) // PACKET * PACKET].reshape(-1, PACKET)
    power = np.sort((frames**2).mean(axis=1))
    loud = float(np.sqrt(power[len(power) // 2 :].mean())) if len(power) else 1.0
    return np.asarray(np.clip(sound * (10 ** (dbfs / 20) / max(loud, 1e-6)), -1, 1), dtype=np.float32)


class Person:
    """Greets, waits, reacts to a sentence; asks again when nothing comes; leaves in the end."""

    def __init__(self, it: Scene, line: TelephoneLine, draw: np.random.Generator) -> None:
        self._rest: Pcm = line.from_afar(it.greeting) if it.greeting is not None else quiet(0)
        self._reactions, self._draw = [line.from_afar(r) for r in it.reactions], draw
        self._room = line.from_afar(it.room) if it.room is not None else None
        self._packets = 0
        self._wait = int(draw.uniform(2.5, 4.5) * RATE)
        self._reacts = it.greeting is not None
        self._ours = False

    def packet(self, ours: bool) -> Pcm:
        """The next 20 ms, while we speak or not."""
        if self._ours and not ours and self._reacts and self._reactions:
            pause = quiet(float(np.clip(self._draw.lognormal(-0.2, 0.6), 0.15, 2.8)))
            self._rest = np.concatenate((pause, self._reactions.pop(0)))
            self._wait = int(4 * RATE)
        self._ours = ours
        if ours:
            self._rest = quiet(0) if len(self._rest) < RATE // 2 else self._rest
        elif not len(self._rest) and self._reactions and self._reacts:
            self._wait -= PACKET
            if self._wait <= 0 and len(self._reactions) > 1:  # the last words are kept for our sentence
                self._rest, self._wait = self._reactions.pop(0), int(4 * RATE)
        now, self._rest = self._rest[:PACKET], self._rest[PACKET:]
        now = np.concatenate((now, quiet(0.02)[len(now) :]))
        if self._room is not None:
            at = self._packets * PACKET % (len(self._room) - PACKET)
            now = now + self._room[at : at + PACKET]
        self._packets += 1
        return now


@dataclass(frozen=True, slots=True, kw_only=True)
class Lived:
    """What the caller heard and decided."""

    events: tuple[Heard, ...]
    """Every event, in the order they became known."""
    length_s: float
    pieces: tuple[Piece, ...]
    sound: Samples
    onset_s: float | None
    """The person's first word, when it is heard."""
    plays: tuple[tuple[float, float], ...]
    """Each recording's start and end as heard."""
    own: tuple[tuple[float, float], ...]

    def human(self) -> Heard | None:
        """The first time somebody was called a person."""
        return next((e for e in self.events if e.sound is Sound.HUMAN), None)

    def beliefs(self) -> tuple[tuple[float, float, float], ...]:
        """When it was told, how probably somebody is a person, since when: of HUMAN, and of speech with `human` in
        its evidence."""
        return tuple(
            (e.at_s, e.probability if e.sound is Sound.HUMAN else float(e.evidence["human"]), e.start_s)
            for e in self.events
            if e.sound is Sound.HUMAN or (e.sound is Sound.SPEECH and "human" in e.evidence)
        )

    def final(self) -> list[Heard]:
        """The stretches in their last state."""
        return sorted({e.stretch: e for e in self.events}.values(), key=lambda e: e.start_s)


def live(
    it: Scene, seed: int, *, library: PromptLibrary | None, asks: bool, keep_on: bool = False,
    ear_of: Callable[..., Ear] = Ear, conditions: Conditions | None = None,
) -> Lived:  # fmt: skip
    """One call lived by the product's call machine; `asks`: our sentence is said. `keep_on`: never hang up early.

    `conditions`: of the line; drawn if there are none."""
    draw = np.random.default_rng(seed)
    line = TelephoneLine(np.random.default_rng(draw.integers(2**31)), conditions)
    person, script = Person(it, line, draw), line.from_afar(it.script)
    answer_s, sentence_s = line.sounds_at_s(it.answer_s), len(sentence()) / RATE
    attempt = Attempt(
        service="s", number="3646", script=Script.DIRECT, due_at=datetime(2026, 1, 1, tzinfo=UTC),
        policy=Policy.CONFIRM if asks else Policy.SILENT, limits=Limits(max_wait_s=600, menu_s=600),
    )  # fmt: skip
    call, ear = Call(attempt), ear_of(library, "3646")
    for event in (Invited(at_s=0.0), Response(at_s=0.0, code=183), Media(at_s=0.0, flowing=True, early=True)):
        call.receive(event)
    ear.begin(0.0)
    told: list[Heard] = []
    own: list[tuple[float, float]] = []
    sound: list[Samples] = []
    answered, says_until_s, over = False, -1.0, False
    packets = int((len(script) / RATE + (len(it.greeting) / RATE if it.greeting is not None else 0) + AFTER_S) * 50)
    for n in range(packets):
        now_s = n * 0.02
        if not answered and now_s >= answer_s:
            answered = True
            ear.answered(now_s)
            call.receive(Response(at_s=now_s, code=200))
        ours = now_s < says_until_s
        at = n * PACKET
        piece = script[at : at + PACKET]
        if len(piece) < PACKET:
            piece = np.concatenate((piece, quiet(0.02)[len(piece) :])) if len(piece) else person.packet(ours)
        sound.append(line.carry(piece, ours))
        commands = []
        for event in ear.hear(sound[-1]):
            told.append(event)
            commands += call.receive(event)
        if says_until_s > 0 and not ours and own and own[-1][1] <= now_s < own[-1][1] + 0.02:
            commands += call.receive(Sent(at_s=now_s, what="sentence", start_s=own[-1][0]))
        if call.deadline_s() <= now_s:
            commands += call.deadline_passed(now_s)
        for command in commands:
            if isinstance(command, SaySentence) and asks:
                says_until_s = now_s + sentence_s
                own.append((now_s, says_until_s))
                ear.own(now_s, says_until_s)
            over = over or isinstance(command, HangUp)
        if over and not keep_on:
            break
    told += ear.close()
    return Lived(
        events=tuple(told), length_s=len(sound) * 0.02, pieces=ear.pieces(), sound=np.concatenate(sound),
        onset_s=line.heard_s(it.onset_s) if it.onset_s is not None else None,
        plays=tuple((line.heard_s(start_s), line.heard_s(end_s)) for start_s, end_s, _ in it.plays),
        own=tuple(own),
    )  # fmt: skip
