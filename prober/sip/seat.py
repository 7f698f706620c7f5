"""What a place in the engine keeps from call to call: the ear's tap, the players, the tone generator.

Nothing here is destroyed before the library ends. The conference bridge lets go of a port on its own thread, later than
it says so: a port destroyed after a call is written to once more when it is gone (seen as memory corruption).
"""

from __future__ import annotations

from typing import Any

import pjsua2 as pj

from prober.sip.tap import RATE_HZ, Tap


class Seat:
    """One place: taken by a call, given back after it."""

    def __init__(self) -> None:
        self.tap = Tap()
        self._players: dict[str, Any] = {}
        self._tones: Any = None

    def player(self, path: str) -> Any:
        """The player of a recording, at its beginning."""
        if path not in self._players:
            self._players[path] = pj.AudioMediaPlayer()
            self._players[path].createPlayer(path, pj.PJMEDIA_FILE_NO_LOOP)
        self._players[path].setPos(0)
        return self._players[path]

    def tones(self) -> Any:
        """The generator of in-band keys."""
        if self._tones is None:
            self._tones = pj.ToneGenerator()
            self._tones.createToneGenerator(RATE_HZ, 1)
        return self._tones
