"""`python -m prober.ear.speaker_weights WHEEL`: the speaker encoder's weights from the wheel of Resemblyzer, made once.

The wheel holds a checkpoint of PyTorch in its format of before 2020. It is read here with nothing but numpy: a pickle
whose tensors point to storages, then the storages. Nothing else than tensors is unpickled. What is written carries the
notice and the licence of Resemblyzer (Apache-2.0, 2019 Resemble.AI) with it.
"""

from __future__ import annotations

import collections
import io
import pickle
import struct
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from prober.ear.speaker import LAYERS, WEIGHTS

MAGIC = 0x1950A86A20F9469CFC6C
NOTICE = (
    "Weights of the voice encoder of Resemblyzer 0.1.4 (resemblyzer/pretrained.pt), Copyright 2019 Resemble.AI, "
    "Apache License 2.0, given below. Changed: only the encoder's own arrays were kept, as 16-bit floats.\n\n"
)


class _Tensors(pickle.Unpickler):
    """Unpickles tensors as (storage, offset, shape, strides), and refuses everything else."""

    def __init__(self, file: io.BytesIO) -> None:
        super().__init__(file)
        self.storages: dict[str, int] = {}
        """Key of each storage → octets an element."""

    def find_class(self, module: str, name: str) -> Any:
        known = {
            ("collections", "OrderedDict"): collections.OrderedDict,
            ("torch._utils", "_rebuild_tensor_v2"): lambda storage, offset, shape, *_: (storage, offset, shape),
            ("torch", "FloatStorage"): 4,
            ("torch", "LongStorage"): 8,
        }
        if (module, name) not in known:
            raise pickle.UnpicklingError(f"{module}.{name} is not expected in a checkpoint of weights")
        return known[module, name]

    def persistent_load(self, pid: tuple[Any, ...]) -> str:
        _, octets, key, _, _, _ = pid
        self.storages[key] = octets
        return str(key)


def read(checkpoint: bytes) -> dict[str, NDArray[np.float32]]:
    """The 32-bit arrays of `model_state` by name. Raises ValueError when this is no checkpoint of that format."""
    file = io.BytesIO(checkpoint)
    if pickle.Unpickler(file).load() != MAGIC:
        raise ValueError("no checkpoint of PyTorch's old format")
    for _ in ("protocol", "system"):
        pickle.Unpickler(file).load()
    tensors = _Tensors(file)
    state = tensors.load()["model_state"]
    raw: dict[str, bytes] = {}
    for key in pickle.Unpickler(file).load():
        (length,) = struct.unpack("<q", file.read(8))
        raw[str(key)] = file.read(length * tensors.storages[key])
    return {
        name: np.frombuffer(raw[storage], np.float32)[offset : offset + int(np.prod(shape))].reshape(shape)
        for name, (storage, offset, shape) in state.items()
        if tensors.storages[storage] == 4
    }


def convert(wheel: Path) -> bytes:
    """The file of weights that `prober.ear.speaker` reads, from the wheel."""
    with zipfile.ZipFile(wheel) as archive:
        state = read(archive.read("resemblyzer/pretrained.pt"))
        licence = next(n for n in archive.namelist() if n.endswith(".dist-info/LICENSE"))
        notice = NOTICE.encode() + archive.read(licence)
    arrays: dict[str, NDArray[Any]] = {"notice": np.frombuffer(notice, np.uint8)}
    for n in range(LAYERS):
        arrays[f"input{n}"] = state[f"lstm.weight_ih_l{n}"].T.astype(np.float16)
        arrays[f"carried{n}"] = state[f"lstm.weight_hh_l{n}"].T.astype(np.float16)
        arrays[f"bias{n}"] = (state[f"lstm.bias_ih_l{n}"] + state[f"lstm.bias_hh_l{n}"]).astype(np.float16)
    arrays["linear"], arrays["offset"] = state["linear.weight"].T.astype(np.float16), state["linear.bias"]
    out = io.BytesIO()
    np.savez_compressed(out, **arrays)  # type: ignore[arg-type]
    return out.getvalue()


if __name__ == "__main__":
    WEIGHTS.write_bytes(convert(Path(sys.argv[1])))
    print(f"{WEIGHTS.name}: {WEIGHTS.stat().st_size} bytes")
