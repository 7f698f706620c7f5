"""Turn-taking: a person reacts to our sentence with new words, a recording goes on regardless (or begins again)."""

from __future__ import annotations

from prober.ear.belief import EVIDENT, SAME_VOICE
from prober.ear.speaker import likeness
from prober.ear.speakers import Said, Speakers, mean, since
from prober.ear.timeline import UNEXPLAINED, Stretch, Timeline
from prober.events import Sound

SENTENCE_S = 2.0
"""Our shorter sounds are keys or a word: they ask nothing."""
ECHO_S = 0.15
"""Our own sound may come back this long after its end."""
EARLY_S = 1.0
"""A reaction may begin this long before the end of our sentence."""
REACTION_S = 4.0
"""From the end of our sentence to the start of the reaction."""
SURE_S = 1.5
"""A reaction this old had time to be recognised if it were a recording."""
LEAST_VOICED_S = 0.4
REGARDLESS_S = 0.8
"""A voice heard this long during our sentence does not listen: its going on afterwards is no reaction."""
ECHO_LOSS_DB, ECHO_LEAST_DB = 8.0, 3.0
"""Our echo is softer than the voice before our sentence by this much; the second when it began as we did."""
ECHO_STARTS_S = 0.6
STRANGE_EARLY_S, STRANGE_LATE_S = 0.3, 2.5
"""The same two on a number of which no recording is known: the next announcement may begin at any time."""
STRANGE_LONGEST_S = 4.5
"""There, whoever reacts is short and then waits: who goes on longer may be an announcement, and stays undecided."""
STRANGE_TALK_S = 9.0
"""There, a voice that had spoken for longer before it was asked may be a recording's that goes on."""
PROBABILITY = 0.95
STRANGE_PROBABILITY, TWO_VOICES_PROBABILITY, NEW_VOICE_PROBABILITY = 0.85, 0.8, 0.6
"""On an unknown number, that somebody is a person and began then: by the reaction alone, where who reacted had taken
over from another voice, and where who reacted had said nothing before."""


class Turns:
    """Our spans of sound, and the verdict on whoever spoke before the last sentence."""

    def __init__(self, *, strange: bool = False) -> None:
        self._strange = strange
        """Nothing is known of the number: any announcement is unknown, so a reaction must look like one."""
        self._ignored_s = 0.0
        """End of the last sentence that nobody reacted to: who spoke before it is not who reacts later."""
        self._spans: list[tuple[float, float]] = []
        self._settled_s = 0.0
        """End of the last sentence whose reaction has been judged."""
        self._over = Stretch(number=0, sound=Sound.SPEECH, start_s=0.0)
        """What was voiced during our last sound: echo or talk."""

    def go_blind(self) -> None:
        """Recordings are not recognised for now: from here on the number is one of which nothing is known."""
        self._strange = True

    def own(self, start_s: float, end_s: float) -> None:
        """We speak in this span."""
        self._spans = [*self._spans[-3:], (start_s, end_s)]
        self._over = Stretch(number=0, sound=Sound.SPEECH, start_s=0.0)

    def ours(self, at_s: float) -> bool:
        """True while we speak: what is heard then may be our own echo."""
        return any(start <= at_s <= end + ECHO_S for start, end in self._spans)

    def overhear(self, level_dbfs: float, at_s: float) -> None:
        """A voiced hop during our own sound."""
        if not self._over.voiced_s:
            self._over.start_s = at_s
        self._over.hear_voice(level_dbfs)

    def judge(self, timeline: Timeline, speakers: Speakers, now_s: float) -> None:
        """Turn the candidate into a HUMAN once somebody reacted with words that are no recording."""
        if not self._spans or self._spans[-1][1] <= self._settled_s:
            return
        start_s, end_s = self._spans[-1]
        if end_s - start_s < SENTENCE_S or now_s < end_s:
            return
        patience_s = REACTION_S + 2 * SURE_S + (STRANGE_LONGEST_S if self._strange else 0.0)
        if self._goes_on_regardless(timeline, start_s) or now_s > end_s + patience_s:
            self._settled_s = self._ignored_s = end_s
            return
        reaction = next((s for s in timeline.stretches if self._reacts(s, timeline, end_s)), None)
        if reaction is None or now_s - max(reaction.start_s, end_s) < SURE_S:
            return
        if self._strange and not self._short(reaction):
            return
        run = self._candidates(timeline, start_s)
        if not run and not self._strange:
            return
        self._settled_s = end_s
        asked = (
            self._who_was_asked(run, reaction, start_s, timeline, speakers, now_s)
            if self._strange
            else (run[0], PROBABILITY)
        )
        if asked is None:
            return
        first, how_sure = asked
        for found in (first, reaction):
            found.sound, found.probability = Sound.HUMAN, how_sure
            found.evidence["reaction_s"] = round(reaction.start_s - end_s, 2)
            found.evidence["onset"] = round(first.start_s, 3)
            timeline.tell(found, now_s)

    @staticmethod
    def _who_was_asked(
        run: list[Stretch], reaction: Stretch, our_s: float, timeline: Timeline, speakers: Speakers, now_s: float
    ) -> tuple[Stretch, float] | None:
        """On an unknown number: where who reacts began to speak, and how sure; None: it may be a recording's voice."""
        from_s = run[0].start_s if run else 0.0
        before = speakers.between(from_s, our_s)
        reacted = speakers.between(reaction.start_s, reaction.end_s if reaction.end_s is not None else now_s)
        who = mean(s.voice for s in reacted or before[-1:])
        if who is None:
            return (run[0], STRANGE_PROBABILITY) if run else None

        def theirs(said: Said) -> float:
            return SAME_VOICE.odds(likeness(said.voice, who), said.weight)

        earlier = [theirs(s) for s in speakers.said if s.end_s < from_s]
        if sum(earlier) > EVIDENT * max(1.0, len(earlier) / 3):
            return None
        talked_s = sum(s.voiced_s for s in run)
        k, _ = since(before, theirs)
        if k == len(before):
            if run and talked_s <= STRANGE_LONGEST_S and sum(map(theirs, before)) > -1.5 * EVIDENT:
                return run[0], STRANGE_PROBABILITY  # a few words each: their voices say too little
            another = reacted and sum(map(theirs, before)) <= -EVIDENT and theirs(before[-1]) <= -EVIDENT / 2
            return (reaction, NEW_VOICE_PROBABILITY) if another else None
        if not run:
            return None
        if k == 0:
            return (run[0], STRANGE_PROBABILITY) if talked_s <= STRANGE_TALK_S else None
        end_s, start_s = speakers.took_over_s(before[k])
        for stretch in run:
            if stretch.start_s >= end_s:
                return stretch, TWO_VOICES_PROBABILITY
            if stretch.end_s is not None and stretch.end_s > start_s:
                return timeline.split(stretch, end_s, start_s, now_s), TWO_VOICES_PROBABILITY
        return None

    def _goes_on_regardless(self, timeline: Timeline, start_s: float) -> bool:
        """True when somebody talked through our sentence, and it was not our echo."""
        if self._over.voiced_s < REGARDLESS_S:
            return False
        before = next((s for s in reversed(timeline.stretches) if s.voiced_s and s.start_s < start_s), None)
        if before is None:
            return True
        softer_db = before.level_dbfs - self._over.level_dbfs
        with_us = self._over.start_s - start_s < ECHO_STARTS_S
        return softer_db < (ECHO_LEAST_DB if with_us else ECHO_LOSS_DB)

    @staticmethod
    def _short(reaction: Stretch) -> bool:
        """True once a reaction is over, and was no longer than a person's."""
        return reaction.end_s is not None and reaction.end_s - reaction.start_s <= STRANGE_LONGEST_S

    def _reacts(self, stretch: Stretch, timeline: Timeline, end_s: float) -> bool:
        """Speech that begins about the end of our sentence, and no recording follows on its heels."""
        if stretch.sound is not Sound.SPEECH or stretch.voiced_s < LEAST_VOICED_S:
            return False
        early_s, late_s = (STRANGE_EARLY_S, STRANGE_LATE_S) if self._strange else (EARLY_S, REACTION_S)
        if not end_s - early_s <= stretch.start_s <= end_s + late_s:
            return False
        after_s = stretch.end_s
        return after_s is None or not any(
            s.sound is Sound.RECORDING and 0 <= s.start_s - after_s < 1.0 for s in timeline.stretches[-4:]
        )

    def _candidates(self, timeline: Timeline, before_s: float) -> list[Stretch]:
        """The stretches of speech right before our sentence, nothing recorded or played in between.

        Nor a sentence that nobody reacted to.
        """
        run: list[Stretch] = []
        for stretch in reversed(timeline.stretches):
            if stretch.start_s >= before_s:
                continue
            if stretch.sound not in UNEXPLAINED or stretch.start_s < self._ignored_s:
                break
            if stretch.sound is Sound.SPEECH:
                run.insert(0, stretch)
        return run
