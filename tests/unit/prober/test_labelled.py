"""Tables of labelled sound: what is mistyped in one is said with its line, instead of being counted wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from prober.labelled import read_labels
from prober.sound_file import SoundFileError

MISTYPED: dict[str, tuple[bytes, str]] = {
    "class": (b"file,class\na.wav,human\nb.wav,humna\n", "labels.csv:3: class 'humna' (expected human)"),
    "column": (b"file,class,human_onset\na.wav,human,3\n", "column 'human_onset' (expected human_onset_s)"),
    "semicolons": (b"file;class\na.wav;human\n", "columns file;class (expected at least file and class, parted by"),
    "no class": (b"file,class\na.wav\n", "labels.csv:2: 2 columns are named, and this line has not just these"),
    "decimal comma": (b"file,class,human_onset_s\na.wav,human,3,5\n", "labels.csv:2: 3 columns are named"),
    "words": (b"file,class,human_onset_s\na.wav,human,soon\n", "labels.csv:2: human_onset_s 'soon' is no number"),
    "no number": (b"file,class,human_onset_s\na.wav,human,nan\n", "labels.csv:2: human_onset_s 'nan' is no number"),
    "before": (b"file,class,human_onset_s\na.wav,human,-1\n", "labels.csv:2: human_onset_s '-1' is no number"),
    "twice": (b"file,class\na.wav,human\na.wav,music\n", "labels.csv:3: a.wav stands in line 2 already"),
    "another alphabet": ("file,class\né.wav,human\n".encode("latin-1"), "expected a table in UTF-8"),
    "nothing": (b"", "columns  (expected at least file and class"),
    "no rows": (b"file,class\n", "no sound file in it"),
}


@pytest.mark.parametrize("kind", MISTYPED)
def test_a_table_that_is_mistyped_is_one_sentence(tmp_path: Path, kind: str) -> None:
    written, sentence = MISTYPED[kind]
    (tmp_path / "labels.csv").write_bytes(written)
    with pytest.raises(SoundFileError) as error:
        read_labels(tmp_path)
    assert sentence in str(error.value)
    assert "\n" not in str(error.value)


def test_a_table_of_a_spreadsheet_and_words_of_ones_own_are_read(tmp_path: Path) -> None:
    text = "file,class,human_onset_s,remark\na.wav,human,3.5,\nb.wav,prompt_studio,,loud\n"
    (tmp_path / "labels.csv").write_text(text, encoding="utf-8-sig")
    assert [(found.path.name, found.label, found.onset_s) for found in read_labels(tmp_path)] == [
        ("a.wav", "human", 3.5),
        ("b.wav", "prompt_studio", None),
    ]
