"""Whether a service answers differently by the number of ours that it sees: it might recognise us. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from exporters.report.model import AttemptLine, Shown
from exporters.statistics.comparison import newcombe
from exporters.statistics.interval import ALPHA
from exporters.statistics.verdict import LEAST_N
from prober.outcome import Outcome
from storage.mapping import JudgedAttempt


def shown_of(attempts: Sequence[JudgedAttempt], lines: Sequence[AttemptLine]) -> Shown | None:
    """The two of our numbers that reached most and fewest humans, both scripts together (measure.md §4.9).

    None with fewer than two numbers of enough counted calls. The two are chosen among k on their result, so the risk of
    the interval of their difference is divided by the number of pairs.
    """
    numbers = {a.attempt.id: a.attempt.caller_id for a in attempts if a.attempt.caller_id}
    n: Counter[str] = Counter()
    x: Counter[str] = Counter()
    for line in lines:
        number = numbers.get(line.id)
        if number and line.outcome.in_service_denominator:
            n[number] += 1
            x[number] += line.outcome is Outcome.HUMAN
    sized = sorted((i for i in n if n[i] >= LEAST_N), key=lambda i: (x[i] / n[i], n[i], i))
    if len(sized) < 2:
        return None
    low, high = sized[0], sized[-1]
    pairs = len(sized) * (len(sized) - 1) / 2
    apart = newcombe(x[low], n[low], x[high], n[high], alpha=ALPHA / pairs)
    return Shown(numbers=len(sized), low=(x[low], n[low]), high=(x[high], n[high]), proven=apart.proven)
