"""The ear: 8 kHz PCM in, Heard events out. Composed of detectors with one job each; it decides what sounds, when.

Sound is taken in hops of 256 samples (32 ms). Cheap detectors gate the dear ones: a silent hop costs no network, only
a voice is compared with what has been heard before.
"""

from __future__ import annotations

from collections import deque
from statistics import median

import numpy as np
from numpy.typing import NDArray

from prober.ear.decision import Decision
from prober.ear.excerpts import Excerpts
from prober.ear.library import PromptLibrary
from prober.ear.onset import PAST, VOICE_P, first_voice_after_s, voice_began_s, voiced_since
from prober.ear.pieces import Piece, Pieces
from prober.ear.repeats import RECENT, Repeats
from prober.ear.resting import FINGERPRINTS, SPEAKERS, TEXTURE
from prober.ear.speakers import Speakers
from prober.ear.tape import Cutter, Tape
from prober.ear.texture import NOISY, SILENT_DBFS, Texture, level_dbfs
from prober.ear.timeline import Stretch, Timeline
from prober.ear.tones import Run, Tone, ToneDetector
from prober.ear.voice import HOP, HOP_S, VoiceDetector
from prober.events import VOICES, Heard, Sound

EAR_VERSION = "1.8"
VOICELESS_DBFS = -58.0
"""Nobody is listened for in softer hops: a soft voice on a quiet line is far below what passes for silence."""
VOICE_HOPS, VOICE_OF = 5, 8
"""Voice opens when so many of the last hops are voiced."""
SINGS_HOPS, SINGS_OF = 9, 14
"""The same over music, where a single note may pass for a voice."""
BRIDGE_S = 0.64
"""Shorter pauses belong to the speech around them."""
WINDOW = 47
"""Hops looked at for music, noise and silence: 1.5 s."""
SILENCE_HOPS = 12
MUSIC_ACTIVE = 0.7
MUSIC_VOICE_P = 0.2
MUSIC_GAP_S = 1.2
MATCH_HOPS = 8
"""A block is compared every so many hops."""
LASTING = 3
"""Where no recording is known a repeat must last so many looks: a person may say the same few words twice."""
GOES_ON = 0.7
"""More active hops than this after a voice: something other than silence follows it."""
OVERRUN_S = 0.6
"""Voice that goes on this long after its prompt's end is somebody else's."""
VOICE_LAG_S = 0.16
"""The voice detector takes the first hops of a tone for the end of the speech before it."""
ENROLLED = 2
"""Voiceprints of a recording whose voice is not known yet."""
REFERENCES = 4
"""Voiceprints of recordings as they sound in this call: a line alters every voice on it alike."""
TONE_GAP_S = {Sound.RINGBACK: 4.5, Sound.BUSY_TONE: 0.9, Sound.CONGESTION_TONE: 0.6}
TONES = frozenset({Sound.RINGBACK, Sound.BUSY_TONE, Sound.CONGESTION_TONE, Sound.SIT, Sound.FAX})


class Ear:
    """One call's ear. `library` is what is known of the number's prompts; None: nothing."""

    def __init__(self, library: PromptLibrary | None = None, number: str = "") -> None:
        known = (library or PromptLibrary.empty()).of(number) if number else library or PromptLibrary.empty()
        self._strange, self._repeated = not known.prompts, 0
        self._timeline, self._decision = Timeline(), Decision(known)
        self._turns = self._decision.turns
        self._repeats = Repeats(known, whole=any(p.unread for p in known.prompts))
        self._pieces, self.excerpts = Pieces(), Excerpts(known.prompts, self._repeats.last)
        self._speakers, self._compared, self._compares = Speakers(), True, bool(known.voices)
        self._voiceless = frozenset(p.prompt_id for p in known.prompts if p.voice is None)
        self._tones, self._voice = ToneDetector(), VoiceDetector()
        self._cutter, self._past = Cutter(), Tape(PAST, np.float32, silent=True)
        self._now_s = self._began_s = 0.0
        self._hops: deque[tuple[float, float]] = deque(maxlen=WINDOW)
        """(level dBFS, P(voice)) of the last 1.5 s."""
        self._quiet, self._texture = 0, Texture(WINDOW)
        self._count = self._since_ours = 0
        self._voiced_s = -1e9
        self._match_end_s, self._unmatched = 0.0, 0
        self._active_s = self._blind_s = -1e9
        self._beep: Run | None = None

    def begin(self, at_s: float) -> None:
        """The next sample is at `at_s` on the call's clock; called again after a gap."""
        if self._timeline.open is not None and at_s - self._now_s > BRIDGE_S:
            self._ended(self._timeline.close(self._now_s, at_s))
            self._voice.reset()
            self._hops.clear()
        self.excerpts.gap()
        self._cutter.restart()
        self._now_s = self._began_s = at_s

    def rest(self, parts: tuple[str, ...]) -> None:
        """Leave these parts out (`prober.ear.resting`) until told otherwise."""
        self._repeats.resting, self._texture.resting = FINGERPRINTS in parts, TEXTURE in parts
        self._compared = SPEAKERS not in parts

    def own(self, start_s: float, end_s: float) -> None:
        """We spoke, or shall speak, in this span: it is never heard as theirs."""
        self._turns.own(start_s, end_s)

    def answered(self, at_s: float) -> None:
        """The call was answered: what rang before is over."""
        stretch = self._timeline.open
        if stretch is not None and stretch.sound is Sound.RINGBACK:
            self._timeline.close(min(at_s, self._now_s), self._now_s)
            self._tones = ToneDetector()

    def hear(self, pcm: NDArray[np.int16]) -> list[Heard]:
        """The next samples, any number of them; what became known."""
        for hop in self._cutter.hops(pcm):
            self._hop(hop)
        return self._timeline.hand_out()

    def close(self) -> list[Heard]:
        """The call is over: close what is open."""
        self.excerpts.close()
        stretch = self._timeline.open
        if stretch is not None:
            end_s = self._voiced_s if stretch.sound in VOICES else self._now_s
            self._ended(self._timeline.close(end_s, self._now_s))
        return self._timeline.hand_out()

    def pieces(self) -> tuple[Piece, ...]:
        """What the call leaves to learn from, once it is closed: voices that may be recordings, as fingerprints."""
        return self._pieces.left(self._timeline.stretches)

    # --- one hop -------------------------------------------------------------------------------------------------

    def _hop(self, hop: NDArray[np.float32]) -> None:
        self._now_s += HOP_S
        self._count += 1
        self._past.add(hop)
        level = level_dbfs(hop)
        self._tones.hear(hop, level, self._now_s)
        probability = self._listen(hop, level)
        ours = self._turns.ours(self._now_s)
        self._since_ours = 0 if ours else self._since_ours + 1
        if ours and probability >= VOICE_P:
            self._turns.overhear(level, self._now_s)
        self._texture.hear(self._past.last(2 * HOP), level)
        self._hops.append((level, probability))
        stretch = self._timeline.open
        speaking = stretch is not None and stretch.sound in VOICES
        if stretch is not None and speaking and not ours:
            stretch.hear_level(level)
        if probability >= VOICE_P and not ours:
            self._voiced_s = self._now_s
            if stretch is not None and speaking:
                if stretch.begins_at_last(level, self._now_s):
                    self._timeline.tell(stretch, self._now_s)
                stretch.hear_voice(level)
        wanted = self._compared and stretch is not None and self._voice_matters(stretch)
        self._speakers.hear(hop, voiced=probability >= VOICE_P and not ours, wanted=wanted, now_s=self._now_s)
        self._repeats.hear(hop, voiced=speaking, end_s=self._now_s)
        self.excerpts.hear(hop)
        if self._repeats.resting:
            self._pieces.go_blind(self._now_s)
        if self._repeats.resting or (self._compares and not self._compared):
            self._blind_s = self._now_s
        self._decide(stretch, speaking)
        self._decision.judge(self._timeline, self._speakers, self._now_s, blind_s=self._blind_s)
        if stretch is not None and speaking and stretch.end_s is not None:
            self._ended(stretch)

    def _ended(self, stretch: Stretch | None) -> None:
        if stretch is not None and stretch.end_s is not None:
            said = self._speakers.enrolling(stretch.start_s, stretch.end_s)
            self._pieces.ended(stretch, said, self._repeats.last(RECENT), self._now_s)
            if stretch.sound is Sound.RECORDING and len(self._decision.heard) < REFERENCES:
                self._decision.hear_recorded(s.voice for s in said)

    def _voice_matters(self, stretch: Stretch) -> bool:
        """True while somebody speaks of whom nothing is decided, and in a recording whose voice is wanted.

        It is wanted to be learnt, or as it sounds over this call's line.
        """
        if stretch.sound is Sound.RECORDING:
            said = len(self._speakers.enrolling(stretch.start_s, self._now_s))
            wanted = stretch.prompt in self._voiceless or len(self._decision.heard) + said < REFERENCES
            return wanted and said < ENROLLED
        return stretch.sound is Sound.SPEECH

    def _listen(self, hop: NDArray[np.float32], level: float) -> float:
        self._quiet = self._quiet + 1 if level <= SILENT_DBFS or self._tones.sounding else 0
        if self._quiet == 10:
            self._voice.reset()  # what comes next is judged by a fresh state: music dulls it for seconds
        if level <= VOICELESS_DBFS or self._tones.sounding:
            return 0.0
        return self._voice.hear(hop)

    def _decide(self, stretch: Stretch | None, speaking: bool) -> None:
        tone = self._tones.named(self._now_s)
        if tone is not None and self._tone(tone, stretch):
            return
        if stretch is not None and stretch.sound in TONES:
            gap_s = TONE_GAP_S.get(stretch.sound, 0.4)
            last_s = self._tones.runs[-1].end_s if self._tones.runs else stretch.start_s
            if self._tones.sounding or (self._now_s - last_s < gap_s and not self._voice_opens()):
                return
            self._timeline.close(last_s, self._now_s)
            stretch = None
        if self._beeped():
            return
        if stretch is not None and speaking:
            self._go_on(stretch)
        elif self._voice_opens():
            onset_s = self._onset()
            opened = self._timeline.switch(Sound.SPEECH, onset_s, self._now_s)
            for level in voiced_since(opened.start_s, tuple(self._hops), self._now_s):
                opened.hear_voice(level)
            opened.voiced_s = self._now_s - opened.start_s
            self._match_end_s, self._unmatched = 0.0, 0
        elif not self._tones.sounding:
            self._background(stretch)

    def _tone(self, tone: Tone, stretch: Stretch | None) -> bool:
        """Open or keep a named tone; True if it explains this hop."""
        if not tone.open and self._now_s - tone.end_s > TONE_GAP_S.get(tone.sound, 0.4):
            return False
        if stretch is not None and stretch.sound is tone.sound:
            return self._tones.sounding or not self._voice_opens()
        if any(s.sound is tone.sound and s.start_s >= tone.start_s - 0.05 for s in self._timeline.stretches[-4:]):
            return False
        opened = self._timeline.switch(tone.sound, max(tone.start_s, self._began_s), self._now_s)
        opened.evidence["plan"] = tone.plan
        return True

    def _beeped(self) -> bool:
        """A short pure tone after speech, then silence: the beep of an answering machine. A note of music is none."""
        if any(s.sound is Sound.MUSIC and s.start_s > self._voiced_s - 1.0 for s in self._timeline.stretches[-3:]):
            return False
        run = self._tones.runs[-1] if self._tones.runs else None
        if run is None or run is self._beep or not 0.2 <= run.length_s <= 1.6 or len(run.hz) != 1:
            return False
        if self._now_s - run.end_s < 0.3 or self._now_s - run.end_s > 1.0:
            return False
        quiet = all(level <= SILENT_DBFS + 6 for level, _ in list(self._hops)[-6:])
        after_speech = -VOICE_LAG_S <= run.start_s - self._voiced_s < 3.0
        if not (quiet and after_speech and 350 < run.hz[0] < 2300):
            return False
        self._beep = run
        stretch = self._timeline.open
        last_s = min(self._voiced_s, run.start_s) if stretch is not None and stretch.sound in VOICES else run.start_s
        beep = self._timeline.switch(Sound.BEEP, run.start_s, self._now_s, last_end_s=last_s)
        beep.evidence["hz"] = round(run.hz[0], 1)
        self._timeline.close(run.end_s, self._now_s)
        return True

    # --- voices --------------------------------------------------------------------------------------------------

    def _voice_opens(self) -> bool:
        if not self._since_ours:
            return False
        stretch = self._timeline.open
        over_music = stretch is not None and stretch.sound is Sound.MUSIC
        needed, of = (SINGS_HOPS, SINGS_OF) if over_music else (VOICE_HOPS, VOICE_OF)
        last = list(self._hops)[-min(of, self._since_ours) :]
        return sum(p >= VOICE_P for _, p in last) >= needed

    def _onset(self) -> float:
        """Where this voice began, never before the end of the last one."""
        last = self._timeline.stretches[-1] if self._timeline.stretches else None
        quiet = last is not None and last.sound is Sound.SILENCE
        onset_s = voice_began_s(self._past.last(PAST), tuple(self._hops), self._now_s, out_of_silence=quiet)
        floor_s = (last.end_s if last.end_s is not None else last.start_s) if last is not None else onset_s
        return max(onset_s, floor_s)

    def _go_on(self, stretch: Stretch) -> None:
        """A voice that is sounding: recognise it, end it, or notice that somebody else took over."""
        if self._count % MATCH_HOPS == 0 and self._now_s - stretch.start_s >= 1.0:
            self._recognise(stretch)
        if self._now_s - self._voiced_s > BRIDGE_S:
            since = list(self._hops)[-int(BRIDGE_S / HOP_S) :]
            if sum(level > SILENT_DBFS for level, _ in since) > GOES_ON * len(since):
                stretch.evidence["goes_on"] = round(float(np.median([level for level, _ in since])), 1)
            self._timeline.close(max(self._voiced_s, stretch.start_s), self._now_s)
            self._background(None)
        elif stretch.sound is Sound.RECORDING and self._match_end_s and self._unmatched >= 2 and self._overruns():
            onset_s = first_voice_after_s(self._match_end_s, self._past.last(PAST), tuple(self._hops), self._now_s)
            other = self._timeline.switch(Sound.SPEECH, onset_s, self._now_s, last_end_s=self._match_end_s)
            other.voiced_s = self._now_s - other.start_s
            self._match_end_s = 0.0

    def _overruns(self) -> bool:
        """True when voice goes on although its prompt should have ended."""
        return self._now_s > self._match_end_s + OVERRUN_S and self._voiced_s > self._match_end_s + OVERRUN_S / 2

    def _recognise(self, stretch: Stretch) -> None:
        known = self._repeats.nearest()
        if known is not None and known.same:
            self.excerpts.matched(known)
            self._decision.recognised = True
            self._unmatched = 0
            self._match_end_s = self._now_s + known.prompt.length_s - known.place_s
            if stretch.prompt != known.prompt.prompt_id:
                stretch.sound = Sound.RECORDING
                stretch.label, stretch.prompt = known.prompt.label, known.prompt.prompt_id
                stretch.probability = 1 - known.error
                stretch.evidence |= {"bit_error": round(known.error, 3), **known.prompt.announces}
                self._timeline.tell(stretch, self._now_s)
            return
        if known is not None:
            stretch.nearest_recording = min(stretch.nearest_recording, known.error / known.limit)
        self._unmatched += 1
        again = self._repeats.again()
        if again is not None:
            self._match_end_s, self._unmatched = max(self._match_end_s, self._now_s), 0
        if stretch.sound is not Sound.SPEECH:
            return
        self._repeated = self._repeated + 1 if again is not None else 0
        if again is not None and self._repeated >= (LASTING if self._strange else 1):
            for heard in (*self._timeline.stretches, stretch):
                before = heard.end_s is not None and heard.start_s - 0.5 <= again.first_s <= heard.end_s
                if heard.sound is Sound.SPEECH and (before or heard is stretch):
                    heard.sound, heard.prompt = Sound.RECORDING, heard.prompt or f"call:{again.first_s:.0f}"
                    heard.probability = 1 - again.error
                    heard.evidence["repeats_s"] = round(again.first_s, 2)
                    self._timeline.tell(heard, self._now_s)

    # --- what is not a voice -------------------------------------------------------------------------------------

    def _background(self, stretch: Stretch | None) -> None:
        level = self._hops[-1][0]
        if level > SILENT_DBFS:
            self._active_s = self._now_s
        if stretch is not None and stretch.sound is Sound.MUSIC:
            if self._now_s - self._active_s > MUSIC_GAP_S:
                self._timeline.switch(Sound.SILENCE, self._active_s, self._now_s)
            return
        hops = list(self._hops)
        if len(hops) >= SILENCE_HOPS and all(level <= SILENT_DBFS for level, _ in hops[-SILENCE_HOPS:]):
            if stretch is None or stretch.sound is not Sound.SILENCE:
                self._timeline.switch(Sound.SILENCE, self._now_s - SILENCE_HOPS * HOP_S, self._now_s)
            return
        active = [n for n, (level, _) in enumerate(hops) if level > SILENT_DBFS]
        if len(hops) < WINDOW or len(active) < MUSIC_ACTIVE * WINDOW:
            return
        if sum(hops[n][1] for n in active) > MUSIC_VOICE_P * len(active):
            return
        noisy = self._texture.of(self._past.last(PAST))
        sound = Sound.NOISE if median(noisy[n] for n in active) > NOISY else Sound.MUSIC
        if stretch is None or stretch.sound is not sound:
            if sound is Sound.NOISE and stretch is not None and stretch.sound is Sound.SILENCE and level < -45:
                return
            self._timeline.switch(sound, self._now_s - (len(hops) - active[0]) * HOP_S, self._now_s)
