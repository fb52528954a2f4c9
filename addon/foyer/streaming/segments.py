"""Turn an encoder's fragments into one segment, written by the same rules as a remuxed one."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from foyer.media.fmp4 import Run, fragment_header
from foyer.media.samples import decode_times
from foyer.streaming.fragments import Fragment


@dataclass(slots=True, kw_only=True, eq=False)
class SegmentBuilder:
    """Collects the fragments of segment ``index`` and writes it as one ``moof`` + ``mdat``.

    Decode times are made anew from the presentation times, as ADR 0003 has it: the encoder's own delay would leave a
    hole at the start, and a player could not switch between this segment and a remuxed one. ``zero`` is the media
    timeline's zero in the encoder's clock.
    """

    index: int
    timescale: int
    zero: int
    fragments: list[Fragment] = field(default_factory=list)

    def add(self, fragment: Fragment) -> None:
        """Take the next fragment."""
        self.fragments.append(fragment)

    def video(self, end: int) -> bytes:
        """The segment; ``end`` is when the next one starts, in the encoder's clock."""
        shown = np.concatenate([fragment.pts for fragment in self.fragments]) - self.zero
        limit = max(end - self.zero, int(shown.max()) + 1)
        decoded = decode_times(shown, limit, self.timescale)
        if int(decoded[0]) < 0:
            decoded = np.maximum(decoded, np.arange(len(decoded)))
        run = Run(
            decode_time=int(decoded[0]),
            durations=np.diff(np.append(decoded, max(limit, int(decoded[-1]) + 1))),
            sizes=self._sizes(),
            sync=np.concatenate([fragment.sync for fragment in self.fragments]),
            offsets=shown - decoded,
        )
        return self._write(run)

    def audio(self, frame: int) -> bytes:
        """The segment of packets that last ``frame`` ticks each."""
        sizes = self._sizes()
        start = int(self.fragments[0].pts[0]) - self.zero
        run = Run(decode_time=start, durations=np.full(len(sizes), frame, dtype=np.int64), sizes=sizes)
        return self._write(run)

    def _sizes(self) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
        return np.concatenate([fragment.sizes for fragment in self.fragments])

    def _write(self, run: Run) -> bytes:
        return fragment_header(run, self.index + 1) + b"".join(fragment.data for fragment in self.fragments)
