"""Whether a part of some calls (a time of the week, a day) reached fewer than chance explains: exact, for any sizes.

Source: Fisher 1935, the hypergeometric tail. Intervals of a difference do not do here: of many parts the worst one is
looked at, with a risk divided by their number, and a Wilson interval of ten calls is far too short at such risks.
"""

from __future__ import annotations

from math import comb


def chance_of_so_few(x: int, n: int, reached: int, calls: int) -> float:
    """Chance that at most x of n calls are among the `reached` ones of all `calls`, were the n drawn at random."""
    least = max(0, n - (calls - reached))
    ways = sum(comb(reached, k) * comb(calls - reached, n - k) for k in range(least, x + 1))
    return ways / comb(calls, n)
