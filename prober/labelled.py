"""A folder of labelled sound: what the ear called each file, and how far its onsets are from the true ones."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from prober.events import Sound
from prober.listening import Judged
from prober.sound_file import SUFFIXES, SoundFileError

TABLES = ("labels.csv", "MANIFEST.csv")
NOTHING = "silence"


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """A file, what it is said to be, and when its human begins to speak (None: no human, or not told)."""

    path: Path
    label: str
    onset_s: float | None = None


def read_labels(folder: Path) -> list[Labelled]:
    """The sound files of a folder with their labels.

    From `labels.csv` (columns `file`, `class`, optional `human_onset_s`) or `MANIFEST.csv` where there is one, else
    each file is labelled by its sub-folder. Raises SoundFileError naming file, line and what was expected.
    """
    table = next((folder / name for name in TABLES if (folder / name).is_file()), None)
    if table is None:
        files = sorted(p for p in folder.rglob("*") if p.suffix.lower() in SUFFIXES)
        found = [Labelled(path=p, label=p.parent.name if p.parent != folder else "") for p in files]
    else:
        found = _from_table(table)
    if not found:
        raise SoundFileError(f"{folder}: no sound file in it (expected WAV or FLAC files, or a labels.csv)")
    return found


def _from_table(table: Path) -> list[Labelled]:
    found = []
    with table.open(newline="", encoding="utf-8") as lines:
        rows = csv.DictReader(lines)
        if not {"file", "class"} <= set(rows.fieldnames or ()):
            raise SoundFileError(f"{table}: columns {rows.fieldnames} (expected at least file and class)")
        for row in rows:
            onset = (row.get("human_onset_s") or "").strip()
            try:
                onset_s = float(onset) if onset else None
            except ValueError:
                raise SoundFileError(f"{table}:{rows.line_num}: human_onset_s {onset!r} is no number") from None
            found.append(Labelled(path=table.parent / row["file"], label=row["class"], onset_s=onset_s))
    return found


def heard_as(judged: Judged) -> str:
    """One word for a whole file: `human` if there is one, else what sounds longest, silence only where nothing does."""
    if judged.human_onset_s is not None:
        return Sound.HUMAN.value
    lengths: Counter[str] = Counter()
    for h in judged.segments:
        if h.sound is not Sound.SILENCE:
            lengths[h.sound.value] += int(1000 * ((h.end_s or judged.length_s) - h.start_s))
    return lengths.most_common(1)[0][0] if lengths else NOTHING


def confusion(pairs: Iterable[tuple[Labelled, Judged]]) -> dict[str, dict[str, int]]:
    """Label → what was heard → files."""
    table: dict[str, Counter[str]] = {}
    for labelled, judged in pairs:
        table.setdefault(labelled.label, Counter())[heard_as(judged)] += 1
    return {label: dict(row) for label, row in sorted(table.items())}


def confusion_lines(table: dict[str, dict[str, int]]) -> list[str]:
    """The table as text: a line a label, a column a heard class."""
    heard = sorted({name for row in table.values() for name in row})
    wide = max(len(name) for name in (*table, "is ↓  heard as →"))
    lines = [f"{'is ↓  heard as →':{wide}}  " + "  ".join(f"{name:>9}" for name in heard)]
    for label, row in table.items():
        cells = "  ".join(f"{row.get(name, 0) or '·':>{max(9, len(name))}}" for name in heard)
        lines.append(f"{label or '(none)':{wide}}  {cells}")
    return lines


def onset_errors(pairs: Iterable[tuple[Labelled, Judged]]) -> tuple[list[float], int]:
    """Seconds from the true onset to the one heard, of the humans found, sorted; and how many were not found."""
    told = [(lab.onset_s, j.human_onset_s) for lab, j in pairs if lab.onset_s is not None]
    return sorted(heard - true for true, heard in told if heard is not None and true is not None), sum(
        heard is None for _, heard in told
    )


def onset_line(errors: Sequence[float], missed: int) -> str:
    """What the onset errors come to, in one line."""
    n = len(errors) + missed
    if not errors:
        return f"onsets: none of {n} humans found"
    off = sorted(abs(e) for e in errors)
    within = [f"{sum(e <= limit for e in off)} of {n} within {limit:g} s" for limit in (0.5, 1.0)]
    return f"onsets: {', '.join(within)}; half of those found within {off[len(off) // 2]:.2f} s; {missed} not found"
