"""Whether sound comes in, and how well: read from the library's packet counters, look by look."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from prober.events import MediaReport
from prober.sip.quality import mos_of, report_of

LOST_S = 2.0
"""No packet of use for this long: the sound stopped."""


class Reception:
    """The sound received in one call. A new description (re-INVITE, UPDATE) starts the counters again at nothing."""

    def __init__(self) -> None:
        self.flowing = False
        self._packets = self._empty = 0
        self._last_s: float | None = None
        """When a packet of use was last known to have come."""
        self._before = MediaReport(at_s=0.0)
        self._stat: Any = None
        self._looked_s = 0.0

    @property
    def report(self) -> MediaReport:
        """Counts of the whole call; jitter and round trip are those of its last description."""
        now = report_of(self._stat.rtcp, at_s=self._looked_s) if self._stat is not None else MediaReport(at_s=0.0)
        received, lost = self._before.received + now.received, self._before.lost + now.lost
        return replace(
            now,
            received=received,
            lost=lost,
            duplicated=self._before.duplicated + now.duplicated,
            discarded=self._before.discarded + now.discarded,
            mos=mos_of(lost / max(1, received + lost)),
        )

    def look(self, stat: Any, at_s: float) -> bool:
        """Take the counters (`pj.StreamStat`); True if `flowing` changed.

        Packets that cannot be decoded (of another codec than agreed) leave the jitter buffer empty: they are no sound.
        """
        packets, empty = int(stat.rtcp.rxStat.pkt), int(stat.jbuf.empty)
        if packets < self._packets:
            self._before = self.report
            self._packets = self._empty = 0
        came, missed = packets - self._packets, empty - self._empty
        if came > 0 and (self._last_s is None or came > 2 * missed):
            self._last_s = at_s
        self._packets, self._empty = packets, empty
        self._stat, self._looked_s = stat, at_s
        flowing = self._last_s is not None and at_s - self._last_s <= LOST_S
        changed, self.flowing = flowing != self.flowing, flowing
        return changed
