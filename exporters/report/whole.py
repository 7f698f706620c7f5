"""Files that appear whole or not at all, and their names."""

from __future__ import annotations

import re
from pathlib import Path


def file_name(service_id: str) -> str:
    """A service's id as a name for files and anchors."""
    return re.sub(r"[^A-Za-z0-9._-]", "_", service_id) or "_"


def write_whole(path: Path, content: str | bytes) -> Path:
    """Write a file beside its place and move it there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.part")
    part.write_bytes(content.encode() if isinstance(content, str) else content)
    part.replace(path)
    return path
