"""classify(record, context) → Verdict: what the observed call means, by the ordered rules."""

from __future__ import annotations

from prober.case import Case
from prober.outcome import Outcome
from prober.record import CallRecord
from prober.rules import NETWORK_OR_UNSURE, RULES, RULES_VERSION, flags
from prober.verdict import Context, Verdict

__all__ = ["Context", "Verdict", "classify"]


def classify(record: CallRecord, context: Context | None = None) -> Verdict:
    """Judge one record. Pure: the same record, context and rules give the same verdict."""
    case = Case(record, context or Context())
    rule = next(r for r in RULES if r.when(case))
    outcome = rule.outcome if isinstance(rule.outcome, Outcome) else rule.outcome(case)
    rule_id, evidence = rule.rule_id, rule.comment
    if case.context.reference_ok is False and outcome in NETWORK_OR_UNSURE:
        outcome, rule_id = Outcome.OWN_FAILURE, "reference.failed"
        evidence = f"the reference call failed in the same five minutes; alone it would be: {rule.comment}"
    return Verdict(
        outcome=outcome,
        rule_id=rule_id,
        rules_version=RULES_VERSION,
        evidence=evidence,
        subclass=rule.subclass(case),
        phase=rule.phase(case),
        flags=flags(case),
        context=case.context,
    )
