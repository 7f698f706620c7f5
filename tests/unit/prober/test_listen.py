"""`decroche listen`: files of every kind give a timeline by the live ear, or one sentence that says what is wrong."""

from __future__ import annotations

import json
import shutil
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import soxr
from click.testing import CliRunner

from prober.cli_listen import listen
from prober.ear import PromptLibrary
from prober.ear.listen import listen as listen_live
from prober.simulator.sounds import Room, Tune, Voice, Words
from prober.simulator.voices import Voices
from prober.sound_file import FRAMES, blocks, survey

RATE = 8000
PROMPT = "Tous nos conseillers sont en ligne, merci de patienter quelques instants."
GREETING = "Mairie de Vaux, bonjour, Camille à votre écoute."


@pytest.fixture(scope="module")
def sounds(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    voices = Voices(tmp_path_factory.mktemp("sounds"))
    room = Room(seed=5, level_dbfs=-62.0, colour=0.5)

    def says(text: str, variant: str) -> Any:
        return voices.clip(Words(text=text, voice=Voice(variant=variant), room=room)).pcm

    prompt, person = says(PROMPT, "f2"), says(GREETING, "m3")
    music = np.resize(voices.clip(Tune(name="waltz")).pcm, 5 * RATE)
    quiet = np.zeros(RATE, dtype=np.int16)
    call = np.concatenate((quiet, prompt, quiet, music, person, quiet, quiet))
    onset_s = (len(quiet) + len(prompt) + len(quiet) + len(music)) / RATE
    return {"prompt": prompt, "person": person, "call": call, "onset_s": onset_s}


@pytest.fixture
def folder(tmp_path: Path, sounds: dict[str, Any]) -> Path:
    """call.wav, and a library that knows its recording."""
    (tmp_path / "library" / "wait").mkdir(parents=True)
    soundfile.write(tmp_path / "library" / "wait" / "1.wav", sounds["prompt"], RATE)
    soundfile.write(tmp_path / "call.wav", sounds["call"], RATE)
    return tmp_path


def run(folder: Path, *arguments: str) -> tuple[int, list[dict[str, Any]], str]:
    """Exit code, the objects printed, and what was said on standard error."""
    done = CliRunner().invoke(listen, ["--json", *arguments], catch_exceptions=False)
    return done.exit_code, [json.loads(line) for line in done.stdout.splitlines()], done.stderr


def judged(folder: Path, file: str, *more: str) -> dict[str, Any]:
    code, told, said = run(folder, str(folder / file), "--library", str(folder / "library"), *more)
    assert (code, said, len(told)) == (0, "", 1)
    return told[0]


def test_call_becomes_segments_and_the_onset_of_the_human(folder: Path, sounds: dict[str, Any]) -> None:
    told = judged(folder, "call.wav")
    names = [s["class"] for s in told["segments"] if s["class"] != "silence"]
    assert names == ["recording", "music", "human"]
    assert told["human_onset_s"] == pytest.approx(sounds["onset_s"], abs=0.2)
    first = told["segments"][1]
    assert (first["label"], first["prompt"]) == ("wait", "wait/1")
    assert first["evidence"]["bit_error"] < 0.1
    assert all(a["end_s"] <= b["start_s"] for a, b in zip(told["segments"], told["segments"][1:], strict=False))


def test_without_a_library_the_speech_is_uncertain_and_nobody_is_declared(folder: Path) -> None:
    code, (told,), _ = run(folder, str(folder / "call.wav"))
    assert (code, told["verdict"], told["human_onset_s"]) == (0, "uncertain", None)
    assert told["uncertain_onset_s"] == pytest.approx(1.0, abs=0.2)


def test_library_of_another_number_makes_nobody_known(folder: Path) -> None:
    library = PromptLibrary.empty().learn(
        prompt_id="w", label="wait", pcm=soundfile.read(folder / "library/wait/1.wav", dtype="int16")[0], number="3646"
    )
    (folder / "learnt").mkdir()
    (folder / "learnt" / "3646.npz").write_bytes(library.to_bytes())
    file, known = str(folder / "call.wav"), ("--library", str(folder / "learnt"))
    assert run(folder, file, *known, "--number", "3646")[1][0]["verdict"] == "human"
    assert run(folder, file, *known, "--number", "3939")[1][0]["verdict"] == "uncertain"


def test_segments_are_those_of_the_live_ear(folder: Path, sounds: dict[str, Any]) -> None:
    live = {h.stretch: h for h in listen_live(sounds["call"])}
    _, (told,), _ = run(folder, str(folder / "call.wav"))
    assert [(s["class"], s["start_s"]) for s in told["segments"]] == [
        (h.sound.value, h.start_s) for h in live.values() if h.end_s is None or h.end_s > h.start_s
    ]


def _stereo(call: Any) -> Any:
    return np.stack((call, call), axis=1)


KINDS: dict[str, Callable[[Path, Any], None]] = {
    "24-bit FLAC": lambda to, call: soundfile.write(to, call / 32768, RATE, format="FLAC", subtype="PCM_24"),
    "µ-law WAV": lambda to, call: soundfile.write(to, call, RATE, format="WAV", subtype="ULAW"),
    "44.1 kHz stereo": lambda to, call: soundfile.write(
        to, _stereo(soxr.resample(call / 32768, RATE, 44100)), 44100, format="WAV"
    ),
    "floats with an offset": lambda to, call: soundfile.write(
        to, call / 60000 + 0.25, RATE, format="WAV", subtype="FLOAT"
    ),
    "clipped": lambda to, call: soundfile.write(to, np.clip(call / 8192, -1, 1), RATE, format="WAV"),
    "channels in opposite phase": lambda to, call: soundfile.write(
        to, np.stack((call / 32768, -call / 32768), axis=1), RATE, format="WAV"
    ),
    "left channel dead": lambda to, call: soundfile.write(
        to, np.stack((np.zeros_like(call), call), axis=1), RATE, format="WAV"
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_file_of_another_kind_is_heard_alike(folder: Path, sounds: dict[str, Any], kind: str) -> None:
    KINDS[kind](folder / "other.wav", sounds["call"])
    told = judged(folder, "other.wav")
    assert told["human_onset_s"] == pytest.approx(sounds["onset_s"], abs=0.2)
    assert {"recording", "music", "human"} <= {s["class"] for s in told["segments"]}
    words = {"floats with an offset": "offset", "clipped": "clipped", "channels in opposite phase": "opposite phase"}
    assert any(words.get(kind, "") in note for note in told["notes"]) or kind not in words


def test_wav_cut_short_is_heard_as_far_as_it_goes_and_said_to_be_cut(folder: Path, sounds: dict[str, Any]) -> None:
    whole = (folder / "call.wav").read_bytes()
    (folder / "cut.wav").write_bytes(whole[: whole.index(b"data") + 8 + 2 * 6 * RATE])
    (note,) = judged(folder, "cut.wav")["notes"]
    assert note == f"cut short: 6.00 s of the {len(sounds['call']) / RATE:.2f} s its header speaks of"


@pytest.mark.parametrize("size", [2**31 - 1, 2**32 - 1])
def test_wav_written_to_a_pipe_does_not_know_its_length_and_is_whole(folder: Path, size: int) -> None:
    whole = bytearray((folder / "call.wav").read_bytes())
    at = whole.index(b"data") + 4
    whole[at : at + 4] = size.to_bytes(4, "little")
    (folder / "piped.wav").write_bytes(whole)
    assert judged(folder, "piped.wav")["notes"] == []


def test_digital_silence_is_silence_and_nobody(folder: Path) -> None:
    soundfile.write(folder / "zero.wav", np.zeros(3 * RATE, dtype=np.int16), RATE)
    told = judged(folder, "zero.wav")
    assert ({s["class"] for s in told["segments"]}, told["verdict"]) == ({"silence"}, "nobody")
    assert told["notes"] == ["digital silence throughout"]


def _nan(folder: Path, call: Any) -> None:
    broken = call / 32768
    broken[4000] = np.nan
    soundfile.write(folder / "bad.wav", broken, RATE, subtype="FLOAT")


def _flac_cut(folder: Path, call: Any) -> None:
    soundfile.write(folder / "whole.flac", call, RATE)
    (folder / "bad.wav").write_bytes((folder / "whole.flac").read_bytes()[:30_000])


BAD: dict[str, tuple[Callable[[Path, Any], object], str]] = {
    "empty": (lambda f, call: (f / "bad.wav").write_bytes(b""), "the file is empty"),
    "truncated header": (
        lambda f, call: (f / "bad.wav").write_bytes((f / "call.wav").read_bytes()[:20]),
        "no sound file that can be read",
    ),
    "a rate of no voice": (
        lambda f, call: soundfile.write(f / "bad.wav", call[:RATE], 1),
        "1 samples a second (expected 4000 or more)",
    ),
    "header only": (lambda f, call: soundfile.write(f / "bad.wav", call[:0], RATE), "there is no sound in it"),
    "text": (lambda f, call: (f / "bad.wav").write_text("bonjour" * 50), "no sound file that can be read"),
    "infinite": (
        lambda f, call: soundfile.write(f / "bad.wav", np.full(RATE, np.inf), RATE, subtype="FLOAT"),
        "is not a number",
    ),
    "not a number": (_nan, "sample 4000 (0.50 s) is not a number"),
    "cut in the middle": (_flac_cut, "cannot be read past"),
    "missing": (lambda f, call: None, "No such file"),
}


@pytest.mark.parametrize("kind", BAD)
def test_file_that_cannot_be_heard_is_one_sentence_and_the_others_are_heard(
    folder: Path, sounds: dict[str, Any], kind: str
) -> None:
    make, sentence = BAD[kind]
    make(folder, sounds["call"])
    code, told, said = run(folder, str(folder / "bad.wav"), str(folder / "call.wav"))
    assert code == 1
    assert len(said.splitlines()) == 1
    assert said.startswith(f"{folder / 'bad.wav'}: ")
    assert sentence in said
    assert [sorted(t)[:1] == ["channel"] for t in told] == [False, True]


def test_channel_per_side_tells_our_words_from_theirs(folder: Path, sounds: dict[str, Any]) -> None:
    call, said = sounds["call"], sounds["person"]
    ours = np.zeros_like(call)
    ours[-len(said) - RATE // 2 : -RATE // 2] = said
    soundfile.write(folder / "sides.wav", np.stack((call, ours), axis=1), RATE)
    told = judged(folder, "sides.wav")
    assert told["channel"] == "left"
    assert [o["start_s"] for o in told["own"]] == [pytest.approx((len(call) - len(said)) / RATE - 0.5, abs=0.3)]
    assert judged(folder, "sides.wav", "--theirs", "right")["channel"] == "right"
    faint = np.random.default_rng(1).normal(0, 30, len(call)).astype(np.int16)
    soundfile.write(folder / "swapped.wav", np.stack((faint, call), axis=1), RATE)
    assert "(--theirs right)" in judged(folder, "swapped.wav")["notes"][-1]


@pytest.mark.parametrize(
    ("channels", "sentence"), [(1, "1 channel, so there is no left side"), (2, "the left channel is silent throughout")]
)
def test_wrong_channel_is_said(folder: Path, sounds: dict[str, Any], channels: int, sentence: str) -> None:
    call = sounds["call"]
    soundfile.write(folder / "one.wav", call if channels == 1 else np.stack((0 * call, call), axis=1), RATE)
    code, _, said = run(folder, str(folder / "one.wav"), "--theirs", "left")
    assert code == 1
    assert sentence in said


@pytest.mark.parametrize(("gain", "note"), [(0.02, "soft: the loudest second is at"), (0.2, "")])
def test_sound_too_soft_to_be_heard_is_said(folder: Path, sounds: dict[str, Any], gain: float, note: str) -> None:
    soundfile.write(folder / "soft.wav", sounds["person"] / 32768 * gain, RATE)
    assert any(note in said for said in judged(folder, "soft.wav")["notes"]) is bool(note)


def test_long_file_is_streamed(folder: Path) -> None:
    soundfile.write(folder / "long.flac", np.zeros(1200 * RATE, dtype=np.int16), RATE)
    tracemalloc.start()
    found = survey(folder / "long.flac")
    longest = max(len(block) for block in blocks(found, 0))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found.length_s == 1200
    assert longest <= FRAMES
    assert peak < 8e6  # the whole would be 38 MB as floats


def test_recordings_learnt_from_two_files_are_labelled_by_a_third(
    folder: Path, sounds: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[Any] = []

    class Reader:
        async def words(self, recordings: list[Any]) -> list[str]:
            read.extend(recordings)
            return ["Merci de patienter, l'attente est de dix minutes."] * len(recordings)

    monkeypatch.setattr("prober.recogniser.Recogniser", Reader)
    monkeypatch.setattr("prober.recogniser.missing", lambda: None)
    (folder / "learnt").mkdir()
    quiet = np.zeros(2 * RATE, dtype=np.int16)
    for name, parts in {"a": [quiet, sounds["prompt"], quiet], "b": [quiet, quiet, sounds["prompt"], quiet]}.items():
        soundfile.write(folder / f"{name}.wav", np.concatenate(parts), RATE)
    known = ("--library", str(folder / "learnt"))
    run(folder, str(folder / "a.wav"), str(folder / "b.wav"), *known, "--learn")
    _, _, said = run(folder, str(folder / "a.wav"), *known, "--label")
    assert "  wait  Merci de patienter" in said
    assert [len(pcm) / RATE for pcm in read] == [pytest.approx(len(sounds["prompt"]) / RATE, abs=0.5)]
    _, (told,), said = run(folder, str(folder / "b.wav"), *known, "--label")
    assert "no recording without a label was heard" in said
    (recording,) = (s for s in told["segments"] if s["class"] == "recording")
    assert (recording["label"], recording["evidence"]["announced_wait_s"]) == ("wait", 600.0)


def test_labels_without_the_recogniser_are_one_sentence(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("prober.recogniser.missing", lambda: "no ears here")
    library = PromptLibrary.empty().learn(
        prompt_id="w", label="", pcm=soundfile.read(folder / "library/wait/1.wav", dtype="int16")[0]
    )
    (folder / "learnt").mkdir()
    (folder / "learnt" / "any.npz").write_bytes(library.to_bytes())
    done = CliRunner().invoke(listen, [str(folder / "call.wav"), "--library", str(folder / "learnt"), "--label"])
    assert (done.exit_code, "nothing can be read: no ears here" in done.stderr) == (1, True)
    assert (folder / "learnt" / "any.npz").read_bytes() == library.to_bytes()


def test_labelled_folder_gives_a_confusion_matrix_and_onset_errors(folder: Path, sounds: dict[str, Any]) -> None:
    cases = folder / "cases"
    cases.mkdir()
    soundfile.write(cases / "a.wav", sounds["call"], RATE)
    soundfile.write(cases / "b.wav", np.zeros(RATE, dtype=np.int16), RATE)
    (cases / "labels.csv").write_text(f"file,class,human_onset_s\na.wav,human,{sounds['onset_s']}\nb.wav,human,0.5\n")
    code, told, _ = run(folder, str(cases), "--library", str(folder / "library"))
    assert code == 0
    assert told[-1]["confusion"] == {"human": {"human": 1, "silence": 1}}
    assert told[-1]["onset_errors_s"] == [pytest.approx(0.0, abs=0.2)]
    assert told[-1]["missed"] == 1


def test_labels_may_be_the_names_of_sub_folders(folder: Path) -> None:
    done = CliRunner().invoke(listen, [str(folder / "library")], catch_exceptions=False)
    assert done.stdout.splitlines() == ["is ↓  heard as →     speech", "wait                      1"]


def test_table_without_classes_is_one_sentence(folder: Path) -> None:
    (folder / "labels.csv").write_text("path\ncall.wav\n")
    done = CliRunner().invoke(listen, [str(folder)])
    assert done.exit_code == 1
    assert "expected at least file and class" in done.stderr


def test_picture_shows_the_classes_and_where_the_human_begins(folder: Path) -> None:
    judged(folder, "call.wav", "--plot", str(folder / "call.svg"))
    drawn = (folder / "call.svg").read_text()
    assert all(f">{word}</text>" in drawn for word in ("recording", "music", "human", "level"))
    judged(folder, "call.wav", "--plot", str(folder / "call.png"))
    assert (folder / "call.png").read_bytes().startswith(b"\x89PNG")


def test_what_two_files_share_is_learnt_and_recognised_in_a_third(folder: Path, sounds: dict[str, Any]) -> None:
    quiet = np.zeros(RATE, dtype=np.int16)
    for name, person in (("a", sounds["person"]), ("b", sounds["person"][::-1])):
        soundfile.write(folder / f"{name}.wav", np.concatenate((quiet, sounds["prompt"], quiet, person)), RATE)
    (folder / "learnt").mkdir()
    arguments = [str(folder / "a.wav"), str(folder / "b.wav"), "--library", str(folder / "learnt"), "--number", "3646"]
    code, _, said = run(folder, *arguments, "--learn")
    assert (code, "1 recordings" in said) == (0, True)
    (told,) = run(folder, str(folder / "call.wav"), "--library", str(folder / "learnt"), "--number", "3646")[1]
    assert told["human_onset_s"] == pytest.approx(sounds["onset_s"], abs=0.2)


def test_nothing_can_be_learnt_from_one_file_nor_from_its_copy(folder: Path) -> None:
    """A call heard twice would teach that its person is a recording."""
    shutil.copy(folder / "call.wav", folder / "copy.wav")
    files = [str(folder / "call.wav"), str(folder / "copy.wav"), str(folder / "call.wav")]
    done = CliRunner().invoke(listen, [*files, "--library", str(folder / "library"), "--learn"])
    assert done.exit_code == 2
    assert "at least two files" in done.stderr
