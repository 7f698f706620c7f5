"""Open data: the columns of every table. Their names are published and do not change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["string", "integer", "number", "boolean"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of the schema."""

    name: str
    kind: Kind
    about: str
    required: bool = False


def _column(name: str, kind: Kind, about: str, *, required: bool = False) -> Column:
    return Column(name=name, kind=kind, about=about, required=required)


ESTIMATES = (
    _column("month", "string", "Month, YYYY-MM, by the service's clock", required=True),
    _column("service", "string", "Identifier of the service", required=True),
    _column("service_name", "string", "Name of the service", required=True),
    _column("organisation", "string", "Body that answers for the service"),
    _column("kpi", "string", "Identifier of the indicator", required=True),
    _column("x", "integer", "Attempts in the numerator; empty for a delay"),
    _column("n", "integer", "Attempts in the denominator"),
    _column("estimate", "number", "Share 0 to 1, or seconds for a delay; empty when it cannot be said"),
    _column("low", "number", "Lower bound of the 95 % interval"),
    _column("high", "number", "Upper bound of the 95 % interval"),
    _column("method", "string", "Method of estimate and interval"),
    _column("target", "number", "Target of the service"),
    _column("verdict", "string", "met, not_met, inconclusive or insufficient"),
    _column("undecided", "integer", "Attempts of the denominator that nobody could decide"),
    _column("t_max_s", "number", "Patience of the caller, seconds", required=True),
    _column("rules_version", "string", "Version of the rules that judged", required=True),
    _column("simulated", "boolean", "True for calls to the simulated town", required=True),
    _column("provisional", "boolean", "True while attempts of the month are to come", required=True),
)
ATTEMPTS = (
    _column("id", "string", "Random identifier of the attempt", required=True),
    _column("month", "string", "Month, YYYY-MM", required=True),
    _column("service", "string", "Identifier of the service", required=True),
    _column("number", "string", "Public number dialled", required=True),
    _column("weekday", "integer", "1 is Monday", required=True),
    _column("hour", "integer", "Hour of the call by the service's clock", required=True),
    _column("script", "string", "agent, optout or direct", required=True),
    _column("stratum", "string", "Stratum of the plan"),
    _column("outcome", "string", "One of the 25 outcomes", required=True),
    _column("who", "string", "Who answers for it", required=True),
    _column("counted", "boolean", "In the service denominator", required=True),
    _column("rule_id", "string", "Rule that decided", required=True),
    _column("t_answer_s", "number", "Answer"),
    _column("t_ivr_s", "number", "First automated speech"),
    _column("t_queue_s", "number", "Start of waiting"),
    _column("t_human_s", "number", "First word of a person"),
    _column("t_end_s", "number", "End of the call"),
    _column("simulated", "boolean", "True for a call to the simulated town", required=True),
)
ROLLUPS = (
    _column("month", "string", "Month, YYYY-MM", required=True),
    _column("kind", "string", "national, ministry, region, department or organisation", required=True),
    _column("group", "string", "Identifier of the group; INSEE code of a region or department", required=True),
    _column("name", "string", "Name of the group; empty for the nation"),
    _column("kpi", "string", "Identifier of the indicator", required=True),
    _column("services", "integer", "Services weighed in", required=True),
    _column("x", "integer", "Attempts in the numerator, not weighted", required=True),
    _column("n", "integer", "Attempts in the denominator, not weighted", required=True),
    _column("estimate", "number", "Weighted share 0 to 1; empty when it cannot be said"),
    _column("low", "number", "Lower bound of the 95 % interval"),
    _column("high", "number", "Upper bound of the 95 % interval"),
    _column(
        "weights", "string", "yearly_calls: by incoming calls; equal: every service counts the same", required=True
    ),
    _column("met", "integer", "Services that met their target", required=True),
    _column("not_met", "integer", "Services that did not", required=True),
    _column("unknown", "integer", "Services without a conclusion", required=True),
    _column("t_max_s", "number", "Patience of the caller, seconds", required=True),
    _column("rules_version", "string", "Version of the rules that judged", required=True),
    _column("simulated", "boolean", "True for calls to the simulated town", required=True),
    _column("provisional", "boolean", "True while attempts of the month are to come", required=True),
)
DECLARED = (
    _column("month", "string", "Month, YYYY-MM", required=True),
    _column("service", "string", "Identifier of the service", required=True),
    _column("source", "string", "Where the service says it", required=True),
    _column("presented", "integer", "Calls presented, as the source defines them"),
    _column("answered", "integer", "Calls answered, as the source defines them"),
    _column("dissuaded", "integer", "Calls turned away, as the source defines them"),
    _column("definition", "string", "What the source counts", required=True),
)
TABLES = {"estimates": ESTIMATES, "attempts": ATTEMPTS, "rollups": ROLLUPS, "declared": DECLARED}
KEYS = {
    "estimates": ["month", "service", "kpi"],
    "attempts": ["id"],
    "rollups": ["month", "kind", "group", "kpi"],
    "declared": ["month", "service", "source"],
}
"""What no two rows of a table share."""
