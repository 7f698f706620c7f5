"""What an explored call teaches: the steps that were taken, each with what it waited for, and what was heard. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from prober.attempt import SILENCE_S, Step
from prober.events import VOICES, Heard, Sent, Sound, Typed
from prober.record import CallRecord

QUIET = (Sound.SILENCE, Sound.NOISE)
KEPT_LINES = 40


def steps_taken(record: CallRecord, known: Collection[str] = ()) -> tuple[Step, ...]:
    """The steps of a call in order; of a typed one, the wait is read from what was heard before it.

    `known`: ids of prompts that will be recognised in later calls too.
    """
    ordered = list(record.attempt.profile.path)
    typed = 0
    before_s = record.milestones.t_answer or 0.0
    taken = []
    for event in record.events:
        if isinstance(event, Typed) and not event.human:
            typed += 1
        elif isinstance(event, Sent) and event.what in ("digits", "word"):
            if typed:
                typed -= 1
                taken.append(_typed_step(event, record.heard, before_s, known))
            elif ordered:
                taken.append(ordered.pop(0))
            before_s = event.at_s
    return tuple(taken)


def _typed_step(sent: Sent, heard: Sequence[Heard], before_s: float, known: Collection[str]) -> Step:
    digits, word = (sent.text, None) if sent.what == "digits" else (None, sent.text)
    since = [h for h in heard if h.start_s < sent.start_s and (h.end_s is None or h.end_s > before_s)]
    voices = [h for h in since if h.sound in VOICES]
    if not voices:
        ends = [min(h.end_s or sent.start_s, sent.start_s) for h in since if h.sound not in QUIET]
        silent_s = sent.start_s - max([before_s, *ends])
        return Step(digits=digits, word=word, silence_s=round(min(max(silent_s, SILENCE_S[0]), SILENCE_S[1]), 1))
    last = max(voices, key=lambda h: h.start_s)
    if last.label:
        return Step(digits=digits, word=word, label=last.label)
    return Step(digits=digits, word=word, prompt=last.prompt if last.prompt in known else None)


def lines_heard(record: CallRecord) -> tuple[str, ...]:
    """What was heard and done, a line each, for whoever reviews the path."""
    lines = [(h.start_s, f"{h.start_s:.1f} s{_until(h)}: {_named(h)}") for h in record.heard if h.sound not in QUIET]
    lines += [(e.start_s, f"{e.start_s:.1f} s: {_done(e)}") for e in record.events if isinstance(e, Sent)]
    if record.milestones.t_end is not None:
        lines.append((record.milestones.t_end, f"{record.milestones.t_end:.1f} s: the end, {_ended(record)}"))
    return tuple(text for _, text in sorted(lines)[:KEPT_LINES])


class Telling:
    """Turns events of a live call into lines for the person who follows it; says each change once."""

    def __init__(self) -> None:
        self._told: dict[int, tuple[str, bool]] = {}

    def line_of(self, heard: Heard) -> str | None:
        """What to say of a stretch of sound now; None: nothing new."""
        now = (_named(heard), heard.end_s is not None)
        before = self._told.get(heard.stretch)
        self._told[heard.stretch] = now
        if before == now or (before is None and heard.sound in QUIET and heard.end_s is not None):
            return None
        if heard.end_s is not None and heard.sound not in QUIET:
            return f"{now[0]} ended after {heard.end_s - heard.start_s:.1f} s"
        return f"{now[0]}" if heard.end_s is None else None


def _named(heard: Heard) -> str:
    words = {Sound.RECORDING: "recorded prompt", Sound.SPEECH: "a voice", Sound.HUMAN: "a person"}
    name = words.get(heard.sound, heard.sound.value.replace("_", " "))
    return " ".join(part for part in (name, heard.prompt, f"“{heard.label}”" if heard.label else None) if part)


def _until(heard: Heard) -> str:
    return "" if heard.end_s is None else f" to {heard.end_s:.1f} s"


def _done(sent: Sent) -> str:
    return {"digits": f"pressed {sent.text}", "word": f"said {sent.text}"}.get(sent.what, "said our sentence")


def _ended(record: CallRecord) -> str:
    return f"by {record.hung_up_by.value}" if record.hung_up_by else "by nobody"
