"""A fault of ours while a call is served ends that call's measurement, not the engine."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from prober.sip.dialog import Dialog


class Fault:
    """An exception of ours while we serve a call ends that call's measurement, not the engine."""

    def __init__(self, dialog: Dialog) -> None:
        self._dialog = dialog

    def __enter__(self) -> None: ...

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> bool:
        if isinstance(error, Exception):
            self._dialog.trouble(f"{getattr(error, 'reason', '') or error!r}")
            with suppress(BaseException):
                self._dialog.end(31, "")
            return True
        return False
