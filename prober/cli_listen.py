"""`decroche listen`: recorded sound judged by the live ear."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from prober.failures import DecrocheError

if TYPE_CHECKING:
    from prober.ear import PromptLibrary
    from prober.labelled import Labelled
    from prober.listening import Judged

UNREADABLE = 1
"""Exit code when a file could not be heard."""


@click.command()
@click.argument("files", metavar="FILE|FOLDER|NUMBER…", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--number", default="", metavar="N", help="Whose recordings to compare with; default: all of them.")
@click.option(
    "--library",
    "folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Known recordings: sound files (wait/1.wav or wait-1.wav is labelled wait) and *.npz.",
)
@click.option(
    "--theirs",
    type=click.Choice(["auto", "left", "right", "mix"]),
    default="auto",
    show_default=True,
    help="The called side's channel. auto: the left one where two channels differ, else all mixed.",
)
@click.option("--live", is_flag=True, help="Instead of files, call this number now and draw what is heard.")
@click.option("--learn", "learns", is_flag=True, help="Keep in --library what at least two of the files share.")
@click.option(
    "--label", "labels", is_flag=True, help="Read the words of learnt recordings without a label, and label them."
)
@click.option("--json", "as_json", is_flag=True, help="One object a file, one file a line.")
@click.option(
    "--plot", type=click.Path(dir_okay=False, path_type=Path), help="Draw the timeline: FILE.png or FILE.svg."
)
@click.pass_context
def listen(
    context: click.Context,
    files: tuple[Path, ...],
    number: str,
    folder: Path | None,
    theirs: str,
    live: bool,
    learns: bool,
    labels: bool,
    as_json: bool,
    plot: Path | None,
) -> None:
    """Judge recorded sound: what sounds when, and when a human began to speak.

    WAV, FLAC and what libsndfile reads, at any rate. A folder is judged as labelled sound, by its labels.csv (file,
    class, human_onset_s) or its sub-folders: a table of what each was heard as, and the errors of the onsets.

    Who speaks can be decided where --library knows the recordings of the number, or where our sentence is on the other
    channel: otherwise hardly anybody can be told from an announcement never heard before, and speech stays uncertain.
    Exit code 1 when a file cannot be heard.
    """
    if live:
        if len(files) > 1 or folder or learns or labels or plot:
            raise click.BadParameter("one number to call, and nothing that is for files", param_hint="--live")
        from prober.cli import call

        context.invoke(call, number=str(files[0]), as_json=as_json, live=True)
    from prober.ear import PromptLibrary
    from prober.labelled import Labelled, read_labels

    known = PromptLibrary.empty()
    wanted: list[Labelled] = []
    try:
        if folder:
            from prober.prompt_folder import read_folder, unread
            from prober.sound_file import SoundFileError

            known = read_folder(folder, number)
            if not known.prompts and not learns:
                raise SoundFileError(f"{folder}: no recording in it (expected sound files, or what --learn wrote)")
            known = unread(known) if labels else known
        for file in files:
            wanted += read_labels(file) if file.is_dir() else [Labelled(path=file, label="")]
        wanted = _once_each(wanted, same_sound=learns)
    except DecrocheError as error:
        raise click.ClickException(str(error)) from error
    if plot and (len(wanted) > 1 or plot.suffix not in (".png", ".svg")):
        raise click.BadParameter("one file to one .png or .svg", param_hint="--plot")
    if plot and not plot.parent.is_dir():
        raise click.BadParameter(f"there is no folder {plot.parent}", param_hint="--plot")
    if learns and (folder is None or len(wanted) < 2):
        raise click.BadParameter("needs --library and at least two files, a call each", param_hint="--learn")
    if labels and folder is None:
        raise click.BadParameter("needs --library, whose recordings are labelled", param_hint="--label")
    labelled = any(file.is_dir() for file in files)
    done = _judge_all(wanted, known, number, theirs, as_json=as_json, lines=not labelled and not as_json)
    if plot and done:
        from prober.picture import write_picture

        write_picture(done[0][1], plot)
    if labelled and done:
        _tell_labelled(done, as_json)
    if learns and folder:
        from prober.prompt_folder import learn_folder

        path, n = learn_folder(folder, number, [judged.pieces for _, judged in done])
        click.echo(f"{path}: {n} recordings that at least two of {len(done)} files share", err=True)
    if labels and folder:
        _label(folder, [judged for _, judged in done])
    sys.exit(UNREADABLE if len(done) < len(wanted) else 0)


def _once_each(wanted: list[Labelled], *, same_sound: bool) -> list[Labelled]:
    """Without files that are named again, which is said; with `same_sound`, without copies of one call either.

    A call heard twice would teach that its person is a recording.
    """
    found: dict[object, Labelled] = {}
    for labelled in wanted:
        path = labelled.path
        key: object = path.resolve()
        if same_sound:
            with contextlib.suppress(OSError), path.open("rb") as file:
                key = hashlib.file_digest(file, "sha256").digest()
        first = found.setdefault(key, labelled)
        if first is not labelled:
            click.echo(f"{path}: heard once, as {first.path}", err=True)
    return list(found.values())


def _label(folder: Path, done: list[Judged]) -> None:
    """Read each recording that was found, once, and say what it is."""
    from prober.prompt_folder import label_folder
    from prober.recogniser import Recogniser, missing

    sound = {e.prompt_id: e.pcm for judged in done for e in judged.excerpts}
    absent = missing()
    if sound and absent:
        raise click.ClickException(f"nothing can be read: {absent}")
    try:
        words = asyncio.run(Recogniser().words(list(sound.values()))) if sound else []
        said = label_folder(folder, dict(zip(sound, words, strict=True)))
    except (DecrocheError, OSError) as error:
        raise click.ClickException(str(error)) from error
    for (prompt_id, wording), text in zip(said.items(), words, strict=True):
        click.echo(f"{prompt_id}  {wording.label or 'no label'}  {text}".rstrip(), err=True)
    if not said:
        click.echo("no recording without a label was heard", err=True)


def _judge_all(
    wanted: list[Labelled], known: PromptLibrary, number: str, theirs: str, *, as_json: bool, lines: bool
) -> list[tuple[Labelled, Judged]]:
    from prober.listening import Theirs, judge
    from prober.sound_file import SoundFileError

    done = []
    for labelled in wanted:
        try:
            judged = judge(labelled.path, library=known, number=number, theirs=Theirs(theirs))
        except SoundFileError as error:
            click.echo(str(error), err=True)
            if as_json:
                click.echo(json.dumps({"file": str(labelled.path), "error": str(error)}, ensure_ascii=False))
            continue
        done.append((labelled, judged))
        if as_json:
            extra = {"label": labelled.label} if labelled.label else {}
            click.echo(json.dumps(judged.plain() | extra, ensure_ascii=False))
        elif lines:
            if len(wanted) > 1:
                click.echo(f"{labelled.path}:")
            _tell(judged)
    return done


def _tell(judged: Judged) -> None:
    for h in judged.segments:
        end_s = h.end_s if h.end_s is not None else judged.length_s
        said = " ".join(f"{key}={value}" for key, value in h.evidence.items())
        name = " ".join(word for word in (h.label, h.prompt) if word)
        row = f"{h.start_s:8.2f} – {end_s:7.2f} s  {h.sound:15}  p={h.probability:.2f}  {name} {said}"
        click.echo(row.rstrip())
    for note in judged.notes:
        click.echo(f"note: {note}")
    onset = judged.human_onset_s
    if onset is not None:
        click.echo(f"human from {onset:.2f} s")
    elif judged.uncertain_onset_s is not None:
        click.echo(f"uncertain: speech from {judged.uncertain_onset_s:.2f} s, recording or human undecided")
    else:
        click.echo("nobody")


def _tell_labelled(done: list[tuple[Labelled, Judged]], as_json: bool) -> None:
    from prober.labelled import confusion, confusion_lines, onset_errors, onset_line

    table, (errors, missed) = confusion(done), onset_errors(done)
    if as_json:
        click.echo(json.dumps({"confusion": table, "onset_errors_s": [round(e, 3) for e in errors], "missed": missed}))
        return
    for line in confusion_lines(table):
        click.echo(line)
    if errors or missed:
        click.echo(onset_line(errors, missed))
