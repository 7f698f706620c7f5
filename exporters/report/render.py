"""Report → pages: one self-contained HTML file a service and an index. Each file appears whole or not at all."""

from __future__ import annotations

import re
from collections.abc import Sequence
from importlib import resources
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from exporters.report.model import Report


def write_reports(reports: Sequence[Report], out: Path) -> list[Path]:
    """Write the pages into `out`; gives the files, the index first."""
    env = Environment(
        loader=PackageLoader("exporters.report"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    css = Markup((resources.files("exporters.report") / "templates" / "style.css").read_text(encoding="utf-8"))
    ordered = sorted(reports, key=lambda r: r.name.casefold())
    listed = [{"report": r, "file": f"{file_name(r.service_id)}.html"} for r in ordered]
    months = sorted({r.month_words for r in ordered})
    simulated = any(r.simulated for r in ordered)
    index = env.get_template("index.html")
    written = [
        _write(
            out / "index.html", index.render(reports=listed, style=css, month=", ".join(months), simulated=simulated)
        )
    ]
    page = env.get_template("page.html")
    for entry, report in zip(listed, ordered, strict=True):
        written.append(_write(out / str(entry["file"]), page.render(r=report, style=css)))
    return written


def file_name(service_id: str) -> str:
    """A service's id as a file name."""
    return re.sub(r"[^A-Za-z0-9._-]", "_", service_id) or "_"


def _write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)
    return path
