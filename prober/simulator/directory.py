"""Who answers at a dialled number: the cast by number, whatever form it is dialled in. Pure."""

from __future__ import annotations

from typing import Any

from prober.outcome import Outcome
from prober.simulator.acts import Cast, Respond, Service
from prober.simulator.performer import Performer

NOBODY = Service(
    id="nobody",
    name="Numéro non attribué",
    number="",
    behaviour="nobody",
    acts=(Respond(code=404, phrase="Not Found", q850=1, means=Outcome.NUMBER_INVALID),),
)


def national(dialled: str) -> str:
    """The national form of a dialled number or SIP URI: +33140…, 0033140…, 33140… and 0140… are one number."""
    user = dialled.removeprefix("sip:").split("@")[0].split(";")[0]
    digits = "".join(c for c in user if c.isdigit() or c == "+")
    for prefix in ("+33", "0033", "33"):
        if digits.startswith(prefix) and len(digits) == len(prefix) + 9:
            return "0" + digits[len(prefix) :]
    for prefix in ("+33", "0033"):
        if digits.startswith(prefix):
            return digits[len(prefix) :]
    return digits


def called(cast: Cast, dialled: str) -> Service:
    """The service at this number; `NOBODY` where there is none."""
    number = national(dialled)
    return next((s for s in cast if national(s.number) == number), NOBODY)


def truth_line(performer: Performer, *, call_id: str) -> dict[str, Any]:
    """One line of the truth log. `id` is the part of the Call-ID before the `@`: the caller's attempt id."""
    service = performer.service
    return {
        "id": call_id.split("@")[0],
        "call_id": call_id,
        "service": service.id,
        "number": service.number,
        "behaviour": service.behaviour,
        **performer.truth.data(),
    }
