"""A folder of labelled sound: what the ear called each file, and how far its onsets are from the true ones."""

from __future__ import annotations

import csv
import math
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from prober.events import LABELS, Sound
from prober.listening import Judged
from prober.sound_file import SUFFIXES, SoundFileError

TABLES = ("labels.csv", "MANIFEST.csv")
NOTHING = "silence"
COLUMNS = ("file", "class", "human_onset_s")
CLASSES = (*(sound.value for sound in Sound), *LABELS)
"""What the ear may say. Other words may be labels too; one that is nearly one of these is a typing mistake."""
ALIKE = 0.75
"""Likeness of two words (difflib) from which one is taken for the other, mistyped."""


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
    try:
        with table.open(newline="", encoding="utf-8-sig") as lines:
            return list(_rows(table, csv.DictReader(lines)))
    except (UnicodeDecodeError, csv.Error) as error:
        raise SoundFileError(f"{table}: {error} (expected a table in UTF-8, columns parted by commas)") from None


def _rows(table: Path, rows: csv.DictReader[str]) -> Iterator[Labelled]:
    named = rows.fieldnames or ()
    for column in named:
        if meant := _mistyped(column, COLUMNS):
            raise SoundFileError(f"{table}: column {column!r} (expected {meant})")
    if not {"file", "class"} <= set(named):
        raise SoundFileError(
            f"{table}: columns {', '.join(named)} (expected at least file and class, parted by commas)"
        )
    seen: dict[str, int] = {}
    for row in rows:
        where = f"{table}:{rows.line_num}"
        file, label, onset = (row.get(column) or "" for column in COLUMNS)
        if not file or not label or None in row:
            raise SoundFileError(f"{where}: {len(named)} columns are named, and this line has not just these")
        if file in seen:
            raise SoundFileError(f"{where}: {file} stands in line {seen[file]} already")
        if meant := _mistyped(label, CLASSES):
            raise SoundFileError(f"{where}: class {label!r} (expected {meant})")
        seen[file] = rows.line_num
        yield Labelled(path=table.parent / file, label=label, onset_s=_seconds(where, onset.strip()))


def _seconds(where: str, onset: str) -> float | None:
    try:
        onset_s = float(onset) if onset else None
    except ValueError:
        onset_s = math.nan
    if onset_s is not None and not 0 <= onset_s < math.inf:
        raise SoundFileError(f"{where}: human_onset_s {onset!r} is no number of seconds (expected 3.2, or nothing)")
    return onset_s


def _mistyped(word: str, known: Collection[str]) -> str | None:
    """The known word that was meant; None: it is one, or like none of them."""
    return None if word in known else next(iter(get_close_matches(word, known, n=1, cutoff=ALIKE)), None)


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
