"""A recurrent layer (long short-term memory, LSTM) for one voice at a time.

Each step is one product of a vector and a matrix; all else of a step is kept to few calls. With
sigmoid(x) = (1 + tanh(x / 2)) / 2 one tanh serves all four gates; the halves are put into the weights, where they are
exact, and so is the carried output, which is kept doubled.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
HALF, ONE = np.float32(0.5), np.float32(1.0)


class Lstm:
    """The weights of a layer; the state of each voice is its owner's."""

    def __init__(self, given: Array, carried: Array, bias: Array) -> None:
        """(inputs, 4 × units), (units, 4 × units), (4 × units), gates in PyTorch's order: in, forget, new, out."""
        units = self.units = len(carried)
        order = np.r_[: 2 * units, 3 * units : 4 * units, 2 * units : 3 * units]
        halves = np.r_[np.full(3 * units, HALF), np.full(units, ONE)]
        self._given = np.ascontiguousarray(given[:, order] * halves)
        self._carried = np.ascontiguousarray(carried[:, order] * halves * HALF)
        self._bias = bias[order] * halves

    def state(self) -> Array:
        """Of a voice of which nothing was heard yet."""
        return np.zeros((2, self.units), dtype=np.float32)

    def run(self, sequence: Array, state: Array) -> Array:
        """(steps, inputs) → (steps, units); `state` moves on."""
        units, carried = self.units, self._carried
        given = sequence @ self._given
        given += self._bias
        out, gates = np.empty((len(given) + 1, units), np.float32), np.empty(4 * units, np.float32)
        let_in, forget, let_out, new = gates.reshape(4, units)
        cell, squashed = state[1], np.empty(units, np.float32)
        out[0] = state[0]
        for now, before, after in zip(given, out[:-1], out[1:], strict=True):
            np.dot(before, carried, out=gates)
            np.add(gates, now, out=gates)
            np.tanh(gates, out=gates)
            np.add(gates[: 3 * units], ONE, out=gates[: 3 * units])
            np.multiply(cell, forget, out=cell)
            np.multiply(let_in, new, out=new)
            np.add(cell, new, out=cell)
            np.multiply(cell, HALF, out=cell)
            np.tanh(cell, out=squashed)
            np.multiply(let_out, squashed, out=after)
        state[0] = out[-1]
        return out[1:] * HALF
