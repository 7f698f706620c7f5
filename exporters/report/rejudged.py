"""What a later judgement changed: the figures by the first verdicts, and the attempts that moved. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from exporters.definitions import AGENT, REACH
from exporters.estimates import Estimates, Rate
from exporters.rates import rate
from exporters.report.language import FEW, Language
from exporters.report.model import Rejudged, RejudgedAttempt, Report
from exporters.report.rows import seen_and_counted
from exporters.report.words import KPIS, OUTCOMES
from prober.verdict import Verdict
from storage.mapping import JudgedAttempt
from storage.tally import Cell, Tally


def rejudged_of(
    attempts: Sequence[JudgedAttempt],
    first: Mapping[str, Verdict],
    tally: Tally,
    estimates: Estimates,
    *,
    direct: Collection[str],
) -> Rejudged | None:
    """The month by its first verdicts (`first`: those that do not hold any more, by attempt); None if nothing moved."""
    if not first:
        return None
    before = [replace(a, verdict=first.get(a.attempt.id, a.verdict)) for a in attempts]
    t_max_s = tally.t_max_s
    old = [seen_and_counted(a, t_max_s, direct=direct) for a in before]
    new = [seen_and_counted(a, t_max_s, direct=direct)[0] for a in attempts]
    moved = tuple(
        RejudgedAttempt(
            id=a.attempt.id,
            before=was.outcome,
            after=now.outcome,
            rules_before=b.verdict.rules_version,
            rule_before=b.verdict.rule_id,
        )
        for a, b, (was, _), now in zip(attempts, before, old, new, strict=True)
        if (was.outcome, was.subclass, was.phase) != (now.outcome, now.subclass, now.phase)
    )
    if not moved:
        return None
    counted = recounted(tally, (cell for _, cell in old))
    targets = {i: kpi.target for i, kpi in estimates.kpis.items() if isinstance(kpi, Rate)}
    return Rejudged(
        attempts=tuple(sorted(moved, key=lambda m: m.id)),
        rules_before=tuple(sorted({m.rules_before for m in moved})),
        rates={d.identifier: rate(counted, d, targets[d.identifier]) for d in (AGENT, REACH)},
    )


def recounted(tally: Tally, cells: Iterable[Cell]) -> Tally:
    """The tally with the cells of other attempts, one each, for its rates: the patience and weights are the same."""
    counts = Counter(cells)
    return Tally(
        t_max_s=tally.t_max_s, cells=tuple(replace(cell, count=n) for cell, n in counts.items()), strata=tally.strata
    )


def told(report: Report, lang: Language) -> tuple[str, ...]:
    """The same in sentences: how many, the old figures beside the new ones, which outcome became which."""
    r = report.rejudged
    if r is None:
        return ()
    lines = [
        lang.nt(
            "%(n)s appel a été jugé à nouveau et a changé d'issue (premier jugement : règles %(before)s ; maintenant : "
            "règles %(now)s). Le premier jugement est gardé.",
            "%(n)s appels ont été jugés à nouveau et ont changé d'issue (premier jugement : règles %(before)s ; "
            "maintenant : règles %(now)s). Le premier jugement est gardé.",
            len(r.attempts),
            before=", ".join(r.rules_before),
            now=report.method.rules_version,
        )
    ]
    for identifier, old in r.rates.items():
        new = report.estimates.kpis[identifier]
        assert isinstance(new, Rate)
        if (old.numerator, old.denominator, old.undecided) == (new.numerator, new.denominator, new.undecided):
            continue
        lines.append(
            lang.t(
                "%(kpi)s : %(old)s au premier jugement, %(new)s maintenant",
                kpi=lang.sentence(KPIS[identifier]),
                old=_of(old, lang),
                new=_of(new, lang),
            )
        )
    moves = Counter((m.before, m.after) for m in r.attempts)
    for (before, after), n in sorted(moves.items(), key=lambda move: (-move[1], move[0])):
        if before is after:
            continue
        lines.append(
            lang.t(
                "%(n)s : « %(before)s » devient « %(after)s »",
                n=n,
                before=lang.t(OUTCOMES[before]),
                after=lang.t(OUTCOMES[after]),
            )
        )
    return tuple(lines)


def _of(rate: Rate, lang: Language) -> str:
    x, n = rate.numerator or 0, rate.denominator or 0
    share = lang.rate(x, rate.estimate, rate.low, rate.high, n, rate.target)
    of = lang.t("%(x)s sur %(n)s", x=x, n=n)
    return f"{of} ({share})" if n >= FEW else of
