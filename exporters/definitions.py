"""The KPIs of measure.md §5.4 as sets of attempts: who is in the denominator, who in the numerator. Pure data.

The sets are tests on a `Cell`, so the same line of code counts a month and names the attempts behind its figure.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache

from prober.attempt import Script
from prober.outcome import Outcome, Who
from storage.tally import Cell

Test = Callable[[Cell], bool]


def everything(_: Cell) -> bool:
    """Set A: all attempts."""
    return True


def eligible(cell: Cell) -> bool:
    """Set E: without our own failures."""
    return cell.outcome.who is not Who.OWN


def for_the_service(cell: Cell) -> bool:
    """Set D, the service denominator: without our own failures and the network's."""
    return cell.outcome.in_service_denominator


def human(cell: Cell) -> bool:
    """A human of the service."""
    return cell.outcome is Outcome.HUMAN


def undecided(cell: Cell) -> bool:
    """Neither detector nor reviewer can say."""
    return cell.outcome is Outcome.INDETERMINATE


def agent(cell: Cell) -> bool:
    """Script of the patient caller, or a direct line whose plan counts it."""
    return cell.script is Script.AGENT or cell.direct_counts


def optout(cell: Cell) -> bool:
    """Script of the caller who refuses the voice server, or a direct line whose plan counts it."""
    return cell.script is Script.OPTOUT or cell.direct_counts


@cache
def both(one: Test, other: Test) -> Test:
    """Both tests; of the same two always the same one, so that what is counted by it is found again."""
    return lambda cell: one(cell) and other(cell)


def _dissuaded(cell: Cell) -> bool:
    saturated = cell.outcome is Outcome.ANNOUNCEMENT_UNANSWERED and cell.subclass in (None, "saturated")
    return saturated or cell.outcome in (Outcome.BUSY, Outcome.DISSUADED)


@dataclass(frozen=True, slots=True, kw_only=True)
class RateDefinition:
    """A KPI that is a share of attempts. A cell is in the numerator only if it is in the denominator."""

    code: str
    identifier: str
    label_fr: str
    base: Test = for_the_service
    """Attempts that carry the weight of their stratum."""
    among: Test = everything
    """Condition that makes the denominator out of the base."""
    counted: Test
    """Condition that makes the numerator out of the denominator."""
    open_to_undecided: bool = True
    """An undecided attempt could belong to the numerator."""
    good: bool = False
    """High is good: the undecided are failures at the worst."""
    needs: frozenset[str] = field(default_factory=frozenset)
    """Columns without which it cannot be counted."""
    target: float | None = None

    def in_denominator(self, cell: Cell) -> bool:
        """True if the cell's attempts are counted."""
        return self.base(cell) and self.among(cell)

    def in_numerator(self, cell: Cell) -> bool:
        """True if they are counted as what the KPI is about."""
        return self.in_denominator(cell) and self.counted(cell)


@dataclass(frozen=True, slots=True, kw_only=True)
class DelayDefinition:
    """A KPI in seconds, over the attempts of `among` in the service denominator."""

    code: str
    identifier: str
    label_fr: str
    among: Test = everything
    needs: frozenset[str] = field(default_factory=frozenset)

    def in_denominator(self, cell: Cell) -> bool:
        """True if the cell's attempts have this delay."""
        return for_the_service(cell) and self.among(cell)


TECHNICAL = RateDefinition(
    code="K1",
    identifier="technical_pickup_rate",
    label_fr="taux de décroché technique",
    counted=lambda c: c.answered,
    open_to_undecided=False,
    good=True,
    needs=frozenset({"t_answer"}),
)
AGENT = RateDefinition(
    code="K2",
    identifier="agent_pickup_rate",
    label_fr="taux de décroché par un agent (vu de l'appelant)",
    base=both(for_the_service, agent),
    counted=human,
    good=True,
    target=0.85,
)
AGENT_QUEUED = RateDefinition(
    code="K2b",
    identifier="agent_pickup_rate_queued",
    label_fr="taux de décroché par un agent (appels mis en file)",
    base=both(for_the_service, agent),
    among=lambda c: c.queued or (human(c) and not c.has_ivr),
    counted=human,
    good=True,
    needs=frozenset({"t_queue", "t_ivr"}),
)
REACH = RateDefinition(
    code="K3",
    identifier="human_reach_rate",
    label_fr="taux de réponse humaine hors serveur vocal (9 sur 10)",
    base=both(for_the_service, optout),
    counted=human,
    good=True,
    target=0.90,
)
REACH_AFTER_REFUSAL = RateDefinition(
    code="K3b",
    identifier="human_reach_rate_after_refusal",
    label_fr="taux de réponse humaine, à partir du refus du serveur vocal",
    base=both(for_the_service, optout),
    among=lambda c: c.has_optout,
    counted=human,
    good=True,
    needs=frozenset({"t_optout"}),
)
POST_DIAL = DelayDefinition(
    code="K4",
    identifier="post_dial_delay_seconds",
    label_fr="délai d'établissement",
    among=lambda c: c.alerted,
    needs=frozenset({"t_alert"}),
)
PICKUP_TIME = DelayDefinition(
    code="K5",
    identifier="time_to_pickup_seconds",
    label_fr="délai de décroché",
    among=lambda c: c.answered,
    needs=frozenset({"t_answer"}),
)
HUMAN_TIME = DelayDefinition(
    code="K6",
    identifier="time_to_human_seconds",
    label_fr="délai avant un agent",
    among=agent,
    needs=frozenset({"t_human", "t_end"}),
)
QUEUE_TIME = DelayDefinition(
    code="K7",
    identifier="queue_time_seconds",
    label_fr="temps d'attente en file",
    among=lambda c: c.queued,
    needs=frozenset({"t_queue", "t_human", "t_end"}),
)
DISSUASION = RateDefinition(code="K8", identifier="dissuasion_rate", label_fr="taux de dissuasion", counted=_dissuaded)
DEAD_END = RateDefinition(
    code="K8b",
    identifier="dead_end_rate",
    label_fr="taux d'impasse du serveur vocal",
    among=lambda c: c.has_ivr,
    counted=lambda c: c.outcome is Outcome.IVR_ONLY,
    needs=frozenset({"t_ivr"}),
)
DROP = RateDefinition(
    code="K9",
    identifier="drop_rate",
    label_fr="taux de coupure en file",
    among=lambda c: c.queued,
    counted=lambda c: c.outcome is Outcome.DROPPED and c.phase == "queue",
    needs=frozenset({"t_queue", "phase"}),
)
STILL_WAITING = RateDefinition(
    code="K10",
    identifier="still_waiting_rate",
    label_fr="part encore en attente à T_max",
    base=both(for_the_service, agent),
    counted=lambda c: c.outcome is Outcome.QUEUE_TIMEOUT,
)
PUBLICATION = RateDefinition(
    code="K11",
    identifier="publication_defect_rate",
    label_fr="défauts de publication du numéro",
    counted=lambda c: c.price_breach or c.outcome in (Outcome.NUMBER_INVALID, Outcome.FAX_OR_MODEM),
)
NETWORK = RateDefinition(
    code="K12",
    identifier="network_share",
    label_fr="part des échecs réseau",
    base=eligible,
    counted=lambda c: c.outcome.who is Who.NETWORK,
    open_to_undecided=False,
)
OWN = RateDefinition(
    code="K13",
    identifier="own_share",
    label_fr="part des échecs de la sonde",
    base=everything,
    counted=lambda c: c.outcome.who is Who.OWN,
    open_to_undecided=False,
)
ENQUIRY = RateDefinition(
    code="K14",
    identifier="enquiry_success_rate",
    label_fr="taux de démarches abouties",
    counted=human,
)
"""Counted by enquiry, not by attempt: its sets name the attempts to look at."""

PESSIMISTIC_AGENT = RateDefinition(
    code="K2",
    identifier="agent_pickup_rate_with_network_failures",
    label_fr="le même, échecs réseau comptés comme échecs",
    base=both(eligible, agent),
    counted=human,
    good=True,
)
OPTOUT_STILL_WAITING = RateDefinition(
    code="K10",
    identifier="still_waiting_rate",
    label_fr=STILL_WAITING.label_fr,
    base=both(for_the_service, optout),
    counted=STILL_WAITING.counted,
)
OPTOUT_HUMAN_TIME = DelayDefinition(
    code="K6", identifier="time_to_human_seconds", label_fr=HUMAN_TIME.label_fr, among=optout, needs=HUMAN_TIME.needs
)
