"""The page of a scrape, put together from text that is already there: only services with new figures are written anew.

A million lines take the Prometheus client five seconds; kept text takes a tenth. The format is the client's (0.0.4): a
test holds both equal.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping
from hashlib import sha256

from exporters.month_figures import ServiceFigures

LONGEST_LABEL = 200
"""Characters; a longer value is cut and marked with a hash of the whole, so that two of them stay two."""
PIECE = 100_000
"""Characters compressed at a time."""
MONTH_FAMILIES: Mapping[str, str] = {
    "decroche_kpi_estimate": (
        "Estimate of a KPI for the month to date, by the verdicts that hold now: a share 0 to 1, or seconds. "
        "Not a verdict: a month is judged when it is over."
    ),
    "decroche_kpi_lower": "Lower bound of its 95 % interval, the undecided attempts left out of the numerator.",
    "decroche_kpi_upper": "Upper bound of its 95 % interval, the undecided attempts counted in the numerator.",
    "decroche_kpi_n": "Attempts in its denominator: those that our side or the network spoilt are not in it.",
    "decroche_kpi_target": "Target that the KPI is judged by.",
    "decroche_human_within_ratio": (
        "Share of patient callers who had a human of the service within so many seconds of the INVITE, among all that "
        "count for the service: month to date; who was turned away never had one."
    ),
    "decroche_human_within_lower_ratio": "Lower bound of its 95 % interval.",
    "decroche_human_within_upper_ratio": "Upper bound of its 95 % interval.",
    "decroche_collapse_ratio": (
        "Alarm sum of a service over the level of an alarm: 1 says that far fewer callers than usual reach a human. "
        "An alarm, not a verdict: false ones come every 50,000 attempts of a service in the mean, or more rarely."
    ),
}
VERDICT = "decroche_kpi_verdict"
VERDICT_HELP = (
    "1 for the verdict of the last whole month; absent until the month is closed, and where none may be given."
)


def compressed(parts: Iterable[str]) -> bytes:
    """The parts in gzip. Piece by piece: one large join would hold up every other thread."""
    packer = zlib.compressobj(1, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    packed, waiting, size = [], [], 0
    for part in parts:
        waiting.append(part)
        size += len(part)
        if size > PIECE:
            packed.append(packer.compress("".join(waiting).encode("utf-8", "replace")))
            waiting, size = [], 0
    packed.append(packer.compress("".join(waiting).encode("utf-8", "replace")))
    return b"".join((*packed, packer.flush()))


def escaped(value: str) -> str:
    """A label value between its quotes."""
    return shortened(value).replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')


def shortened(value: str) -> str:
    """A label value that is not too long."""
    if len(value) <= LONGEST_LABEL:
        return value
    return f"{value[: LONGEST_LABEL - 9]}…{sha256(value.encode('utf-8', 'replace')).hexdigest()[:8]}"


def head(family: str, text: str, kind: str = "gauge") -> str:
    """HELP and TYPE of a family."""
    return f"# HELP {family} {text}\n# TYPE {family} {kind}\n"


class MonthPage:
    """Text of the month's figures, family by family, kept by service for as long as its figures are the same."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[ServiceFigures, dict[str, str]]] = {}

    def text(self, services: Mapping[str, ServiceFigures], closed: Mapping[str, ServiceFigures]) -> Iterable[str]:
        """The families of the month to date, then the verdicts of the month before."""
        kept: dict[str, tuple[ServiceFigures, dict[str, str]]] = {}
        for service, figures in sorted(services.items()):
            was = self._kept.get(service)
            kept[service] = was if was and was[0] is figures else (figures, _lines(service, figures))
        self._kept = kept
        for family, text in MONTH_FAMILIES.items():
            yield head(family, text)
            yield from (lines[family] for _, lines in kept.values() if family in lines)
        yield head(VERDICT, VERDICT_HELP)
        for service, figures in sorted(closed.items()):
            for k in figures.kpis:
                if k.verdict is not None:
                    yield f'{VERDICT}{{kpi="{k.kpi}",service="{escaped(service)}",verdict="{k.verdict}"}} 1.0\n'


def _lines(service: str, figures: ServiceFigures) -> dict[str, str]:
    """Lines of one service by family."""
    lines: dict[str, list[str]] = {}
    named = f'service="{escaped(service)}"'

    def say(family: str, labels: str, value: float | None) -> None:
        if value is not None:
            lines.setdefault(family, []).append(f"{family}{{{labels}}} {float(value)!r}\n")

    for k in figures.kpis:
        labels = f'kpi="{k.kpi}",{named}'
        for part, value in (("estimate", k.estimate), ("lower", k.lower), ("upper", k.upper), ("n", k.n)):
            say(f"decroche_kpi_{part}", labels, value)
        say("decroche_kpi_target", labels, k.target)
    for w in figures.within:
        labels = f'{named},within_seconds="{w.within_s}"'
        say("decroche_human_within_ratio", labels, w.estimate)
        say("decroche_human_within_lower_ratio", labels, w.lower)
        say("decroche_human_within_upper_ratio", labels, w.upper)
    say("decroche_collapse_ratio", named, figures.collapse)
    return {family: "".join(said) for family, said in lines.items()}
