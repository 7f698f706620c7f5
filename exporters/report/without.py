"""What the judged rates would be without some attempts that count all the same: how much they hang on them. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from exporters.counting import total
from exporters.definitions import AGENT, REACH, everything, for_the_service
from exporters.rates import rate
from exporters.report.lists import FLAGS
from exporters.report.model import Without
from exporters.report.rejudged import recounted
from exporters.report.rows import seen_and_counted
from storage.mapping import JudgedAttempt
from storage.tally import Tally


def without_of(attempts: Sequence[JudgedAttempt], tally: Tally, *, direct: Collection[str]) -> tuple[Without, ...]:
    """One for each flag that a counted attempt has (measure.md §3 and §4.9): same patience, same weights."""
    found = []
    for flag in FLAGS:
        if not any(flag in a.verdict.flags for a in attempts):
            continue
        cells = [(flag in a.verdict.flags, seen_and_counted(a, tally.t_max_s, direct=direct)[1]) for a in attempts]
        n = sum(left_out and for_the_service(cell) for left_out, cell in cells)
        rest = recounted(tally, (cell for left_out, cell in cells if not left_out))
        if n and total(rest.cells, everything):
            found.append(Without(flag=flag, n=n, rates={d.identifier: rate(rest, d, None) for d in (AGENT, REACH)}))
    return tuple(found)
