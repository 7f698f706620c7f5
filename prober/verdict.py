"""The words a judgement needs: Context goes in, Verdict comes out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from prober.outcome import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What judging needs besides the record (decisions.md 1). Stored with the verdict."""

    open_at_invite: bool | None = None
    """Hours in force at the INVITE; None: unknown, taken as open."""
    hours_assumed: bool = False
    """The hours are a counter's, taken for the telephone's (decisions.md 11)."""
    near_close: bool = False
    reference_ok: bool | None = None
    """Reference call on the same trunk in the same 5 minutes; None: none placed."""
    confirmation: str | None = None
    """Outcome-bearing answer of the confirming call on a second trunk: `agrees`, `disagrees`; None: none placed."""
    single_trunk: bool = True
    labels: Mapping[str, str] = field(default_factory=dict)
    """Prompt id → label, of recordings labelled by today."""
    other_bodies: Mapping[str, str] = field(default_factory=dict)
    """Number in national form (`prober.number.normal`) → service it belongs to, for numbers of other bodies."""
    menu_changed: bool = False
    surtax_forbidden: bool = False
    fax_number: bool = False
    strike: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The outcome and how it was reached."""

    outcome: Outcome
    rule_id: str
    rules_version: str
    evidence: str
    """One sentence: what decided."""
    subclass: str | None = None
    phase: str | None = None
    """Where a `dropped` call was cut: `answer`, `ivr`, `queue`."""
    flags: tuple[str, ...] = ()
    context: Context = Context()
