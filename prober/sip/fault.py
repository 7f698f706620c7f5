"""A fault of ours while a call is served ends that call's measurement, not the engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from prober.sip.dialog import Dialog


class Fault:
    """Around what is done for one call."""

    def __init__(self, dialog: Dialog) -> None:
        self._dialog = dialog

    def __enter__(self) -> None: ...

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> bool:
        if isinstance(error, Exception):
            self._dialog.trouble(f"{getattr(error, 'reason', '') or error!r}")
            return True
        return False
