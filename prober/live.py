"""A call as it runs, at a terminal: what sounds, since when, how sure that is and why, and when a human began."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence

from rich.console import Console, ConsoleOptions, RenderResult
from rich.table import Table
from rich.text import Text

from prober.call import Call
from prober.events import Ended, Event, Heard, Invited, Overload, Response, Sent, Sound
from prober.milestones import human_onset
from prober.show import event_line

LOOKS: dict[Sound, tuple[str, str]] = {
    Sound.SILENCE: ("·", "dim"),
    Sound.NOISE: ("░", "dim"),
    Sound.RINGBACK: ("~", "cyan"),
    Sound.BUSY_TONE: ("=", "red"),
    Sound.CONGESTION_TONE: ("=", "red"),
    Sound.SIT: ("^", "red"),
    Sound.FAX: ("#", "red"),
    Sound.BEEP: ("!", "red"),
    Sound.MUSIC: ("♪", "magenta"),
    Sound.RECORDING: ("▒", "yellow"),
    Sound.SPEECH: ("▓", "blue"),
    Sound.HUMAN: ("█", "bold green"),
}
"""Sign and style of each class: told apart without colours too."""
ROWS = 12
"""Stretches listed, the latest last."""
SCALES_S = (0.25, 0.5, 1, 2, 5, 10, 20, 60)
"""Seconds that one column may stand for."""


class LiveTimeline:
    """Takes the events of one call; what it draws is up to date whenever it is drawn."""

    def __init__(self, number: str) -> None:
        self.number = number
        self.call: Call | None = None
        self._began: float | None = None
        self._end_s: float | None = None
        self._last = "calling"
        self._stretches: dict[int, Heard] = {}
        self._own: list[tuple[float, float]] = []

    def follow(self, call: Call) -> None:
        """The machine that lives the call, to show its phase."""
        self.call = call

    def see(self, event: Event) -> None:
        """One event, as it comes."""
        if isinstance(event, Invited):
            self._began = time.monotonic()
        elif isinstance(event, Heard):
            self._stretches[event.stretch] = event
        elif isinstance(event, Sent):
            self._own.append((event.start_s, event.at_s))
        if isinstance(event, Ended) or (isinstance(event, Response) and event.code >= 300):
            self._end_s = event.at_s
        if isinstance(event, Response | Sent | Ended | Overload):
            self._last = f"{event.at_s:.1f} s: {event_line(event)}"

    @property
    def now_s(self) -> float:
        """Seconds on the call's clock; it stops at the end of the call."""
        if self._end_s is not None:
            return self._end_s
        return 0.0 if self._began is None else time.monotonic() - self._began

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Head, strip of the whole call, list of the latest stretches, and whether a human speaks."""
        now_s, width = self.now_s, max(options.max_width - 2, 20)
        phase = self.call.phase.value if self.call is not None else "dialling"
        yield Text.assemble((self.number, "bold"), f"  {now_s:6.1f} s  ", (phase, "bold"), f"  {self._last}")
        heard = sorted(self._stretches.values(), key=lambda h: (h.start_s, h.stretch))
        yield from self._strip(heard, now_s, width)
        yield self._table(heard, now_s)
        onset_s = human_onset(heard)
        if onset_s is not None:
            yield Text(f"a human speaks from {onset_s:.2f} s", style="bold green")
        elif (voice := next((h for h in reversed(heard) if h.sound is Sound.SPEECH), None)) is not None:
            since = "spoke from" if voice.end_s is not None else "speaks since"
            yield Text(f"somebody {since} {voice.start_s:.2f} s: recording or human undecided", style="blue")
        else:
            yield Text("no human so far" if self._end_s is None else "no human", style="dim")

    def _strip(self, heard: Sequence[Heard], now_s: float, width: int) -> Iterable[Text]:
        """One line of what was heard, one of when we spoke, one of time."""
        column_s = next((s for s in SCALES_S if now_s / s <= width), now_s / width)
        columns = min(int(now_s / column_s) + 1, width)
        theirs, ours = Text(), [" "] * columns
        for n in range(columns):
            middle_s = (n + 0.5) * column_s
            there = next((h for h in reversed(heard) if h.start_s <= middle_s < (h.end_s or now_s + column_s)), None)
            theirs.append(*(LOOKS[there.sound] if there is not None else (" ", "")))
        for start_s, end_s in self._own:
            for n in range(int(start_s / column_s), min(int(end_s / column_s) + 1, columns)):
                ours[n] = "▲"
        marks = ""
        for n in range(0, columns, 10):
            marks = f"{marks:{n}}{n * column_s:g}"
        yield theirs
        if self._own:
            yield Text("".join(ours).rstrip() + "  we speak", style="dim")
        yield Text(f"{marks} s", style="dim")

    def _table(self, heard: Sequence[Heard], now_s: float) -> Table:
        table = Table(box=None, pad_edge=False, expand=False)
        for name in ("from", "to"):
            table.add_column(name, justify="right")
        for name in ("", "class", "sure", "", "what"):
            table.add_column(name, no_wrap=True)
        table.add_column("evidence", overflow="fold")
        for h in heard[-ROWS:]:
            sign, style = LOOKS[h.sound]
            sure = "■" * round(5 * h.probability)
            table.add_row(
                f"{h.start_s:.2f}",
                "…" if h.end_s is None else f"{h.end_s:.2f}",
                Text(sign, style=style),
                Text(h.sound.value, style=style),
                f"{h.probability:.2f}",
                Text(f"{sure:□<5}", style=style),
                " ".join(word for word in (h.label, h.prompt) if word),
                " ".join(f"{key}={value}" for key, value in h.evidence.items()),
            )
        return table
