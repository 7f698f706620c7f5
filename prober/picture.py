"""A judged file drawn: its level, the stretches by class, our own words, and the line where the human begins."""

from __future__ import annotations

from html import escape
from pathlib import Path

from prober.events import Sound
from prober.listening import Judged
from prober.sound_file import SoundFileError

WIDTH, LEFT, RIGHT = 1000, 120, 20
ROW, TOP = 22, 100
FLOOR_DBFS = -60.0
COLOURS = {
    Sound.SILENCE: "#d9d9d9",
    Sound.NOISE: "#bdbdbd",
    Sound.RINGBACK: "#9ecae1",
    Sound.BUSY_TONE: "#6baed6",
    Sound.CONGESTION_TONE: "#3182bd",
    Sound.SIT: "#08519c",
    Sound.FAX: "#756bb1",
    Sound.BEEP: "#9e9ac8",
    Sound.MUSIC: "#a1d99b",
    Sound.RECORDING: "#fdae6b",
    Sound.SPEECH: "#e6c229",
    Sound.HUMAN: "#c51b8a",
}


def write_picture(judged: Judged, path: Path) -> None:
    """Write an SVG or, through typst, a PNG. Raises SoundFileError when the file cannot be written."""
    drawing = draw(judged)
    try:
        if path.suffix == ".svg":
            path.write_text(drawing, encoding="utf-8")
            return
        import typst

        page = "#set page(width: auto, height: auto, margin: 0pt, fill: white)\n#image(bytes(sys.inputs.svg))"
        png = typst.compile(page.encode(), format="png", ppi=110, sys_inputs={"svg": drawing})
        path.write_bytes(png if isinstance(png, bytes) else png[0])
    except OSError as error:
        raise SoundFileError(f"{path}: {error.strerror or error}") from error


def draw(judged: Judged) -> str:
    """The picture as SVG."""
    rows = [sound for sound in Sound if any(h.sound is sound for h in judged.segments)]
    height = TOP + ROW * (len(rows) + bool(judged.own)) + 50
    length_s = max(judged.length_s, 0.1)

    def x(at_s: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * min(max(at_s / length_s, 0.0), 1.0)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        'font-family="Libertinus Serif, DejaVu Sans, sans-serif" font-size="13">',
        f'<rect width="{WIDTH}" height="{height}" fill="white"/>',
        f'<text x="{LEFT}" y="20" font-size="15">{escape(judged.file.name)}: {escape(_title(judged))}</text>',
        f'<text x="{LEFT - 8}" y="68" text-anchor="end">level</text>',
        f'<polyline fill="none" stroke="#444" points="{_level_points(judged, x)}"/>',
    ]
    for n, sound in enumerate(rows):
        y = TOP + ROW * n
        parts.append(f'<text x="{LEFT - 8}" y="{y + 15}" text-anchor="end">{sound.value.replace("_", " ")}</text>')
        for h in (h for h in judged.segments if h.sound is sound):
            end_s = h.end_s if h.end_s is not None else length_s
            told = f"{h.start_s:.2f}–{end_s:.2f} s, p={h.probability:.2f} {h.label or ''}"
            wide = max(1.0, x(end_s) - x(h.start_s))
            parts.append(
                f'<rect x="{x(h.start_s):.1f}" y="{y + 3}" width="{wide:.1f}" height="{ROW - 6}" '
                f'fill="{COLOURS[sound]}"><title>{escape(told)}</title></rect>'
            )
            if h.label and wide > 7 * len(h.label):
                parts.append(f'<text x="{x(h.start_s) + 3:.1f}" y="{y + 15}" font-size="11">{escape(h.label)}</text>')
    bottom = TOP + ROW * len(rows)
    if judged.own:
        parts.append(f'<text x="{LEFT - 8}" y="{bottom + 15}" text-anchor="end">our words</text>')
        parts += [
            f'<rect x="{x(a):.1f}" y="{bottom + 3}" width="{max(1.0, x(b) - x(a)):.1f}" height="16" fill="#444"/>'
            for a, b in judged.own
        ]
        bottom += ROW
    step_s = next((s for s in (1, 2, 5, 10, 30, 60, 300, 600) if length_s / s <= 16), 1800)
    for at_s in range(0, int(length_s) + 1, step_s):
        parts.append(f'<line x1="{x(at_s):.1f}" y1="30" x2="{x(at_s):.1f}" y2="{bottom + 6}" stroke="#eee"/>')
        parts.append(f'<text x="{x(at_s):.1f}" y="{bottom + 22}" text-anchor="middle" font-size="11">{at_s}</text>')
    parts.append(f'<text x="{WIDTH - RIGHT}" y="{bottom + 40}" text-anchor="end" font-size="11">seconds</text>')
    onset = judged.human_onset_s
    if onset is not None:
        parts.append(
            f'<line x1="{x(onset):.1f}" y1="30" x2="{x(onset):.1f}" y2="{bottom + 6}" '
            f'stroke="{COLOURS[Sound.HUMAN]}" stroke-width="2"/>'
        )
    return "\n".join([*parts, "</svg>"])


def _title(judged: Judged) -> str:
    if judged.human_onset_s is not None:
        return f"a human from {judged.human_onset_s:.2f} s"
    if judged.uncertain_onset_s is not None:
        return f"uncertain, speech from {judged.uncertain_onset_s:.2f} s"
    return "nobody"


def _level_points(judged: Judged, x: object) -> str:
    assert callable(x)
    shown = ((n + 0.5, max(level, FLOOR_DBFS)) for n, level in enumerate(judged.levels))
    return " ".join(f"{x(at_s):.1f},{85 - 50 * (level - FLOOR_DBFS) / -FLOOR_DBFS:.1f}" for at_s, level in shown)
