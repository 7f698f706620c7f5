"""Bounds for a few looks planned before the month ends (Lan–DeMets alpha spending).

Source: Lan and DeMets 1983; O'Brien–Fleming-type and Pocock-type spending; densities by the recursion of Armitage,
McPherson and Rowe 1969, integrated by Gauss–Legendre.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from math import e, log, sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from exporters.statistics.interval import ALPHA
from exporters.statistics.root import bisect

NODES = 200
Array = NDArray[np.float64]


class Spending(StrEnum):
    """How the risk is spread over the looks."""

    OBRIEN_FLEMING = "obrien_fleming"
    """Very little early: the last look is nearly an ordinary one."""
    POCOCK = "pocock"
    """About the same at every look."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What one look may conclude."""

    z: float
    """Conclude if |z| is at least this."""
    spent: float
    """Risk spent up to and with this look, two-sided."""
    nominal_alpha: float
    """The alpha to give to an exact interval at this look."""


def group_sequential(looks: int, spending: Spending, *, alpha: float = ALPHA) -> tuple[Look, ...]:
    """Bounds for `looks` equally spaced looks, two-sided `alpha` in all."""
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    step, before = 1 / looks, 0.0
    result: list[Look] = []
    # Where the Brownian path of the data may be after the last look, and with which probability.
    at, mass = np.array([0.0]), np.array([1.0])
    for k in range(1, looks + 1):
        spent = _spent(k * step, spending, alpha)
        edge = bisect(partial(_unspent, at, mass, step, spent - before), 0.0, 12.0)
        z = edge / sqrt(k * step)
        result.append(Look(z=z, spent=spent, nominal_alpha=2 * float(ndtr(-z))))
        inside = edge * nodes
        density = np.exp(-((inside[:, None] - at[None, :]) ** 2) / (2 * step)) / sqrt(2 * np.pi * step) @ mass
        at, mass, before = inside, density * weights * edge, spent
    return tuple(result)


def _unspent(at: Array, mass: Array, step: float, due: float, edge: float) -> float:
    """Risk still to spend at this look with a bound at `edge`: negative while the bound is too near."""
    beyond = ndtr((-edge - at) / sqrt(step)) + ndtr((at - edge) / sqrt(step))
    return float(due - mass @ beyond)


def _spent(fraction: float, spending: Spending, alpha: float) -> float:
    if spending is Spending.POCOCK:
        return alpha * log(1 + (e - 1) * fraction)
    return 4 * float(ndtr(ndtri(alpha / 4) / sqrt(fraction)))
