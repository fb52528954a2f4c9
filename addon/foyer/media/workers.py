"""What the rest of Foyer asks of the media workers: probes, pictures, subtitles. Nothing here blocks the event loop.

``async with MediaWorkers(Runner()) as workers: result = await workers.probe(path)``. Every method raises
``MediaError`` (a sentence for the user, ``details["reason"]``) when the file is at fault and ``UnavailableError`` when
the machine is. Reasons ``crash``, ``timeout`` and ``memory`` may be worth another try later; others are facts.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from pathlib import Path

from foyer.media import wire
from foyer.media.cues import MAX_CUES, Cue
from foyer.media.frames import ProtocolError, Reply, path_to_text
from foyer.media.info import MediaInfo
from foyer.media.pool import PoolLimits, Priority, Task, WorkerPool
from foyer.media.results import PictureFormat, ProbeResult, SpriteManifest, SpriteSheets, Still, StillFacts

__all__ = ["MediaWorkers", "PictureFormat", "PoolLimits", "Priority", "ProbeResult", "SpriteSheets", "Still"]


class MediaWorkers(WorkerPool):
    """The worker pool with a method for each thing a media worker can do."""

    async def probe(
        self,
        path: Path,
        *,
        with_index: bool = True,
        priority: Priority = Priority.SCAN,
        timeout_s: float | None = None,
    ) -> ProbeResult:
        """What the file contains and, in the same visit, where it may be cut."""
        return await self.submit(
            _PROBE, priority=priority, timeout_s=timeout_s, path=path_to_text(path), with_index=with_index
        )

    async def still(
        self,
        path: Path,
        at_us: int | None = None,
        *,
        max_width: int = 640,
        kind: PictureFormat = PictureFormat.JPEG,
        exact: bool = False,
        priority: Priority = Priority.INTERACTIVE,
    ) -> Still:
        """The keyframe at or before ``at_us`` (source time), or with ``exact`` the frame shown then; without a time a
        poster frame that is neither black nor empty. Upright, square pixels, never enlarged.
        """
        return await self.submit(
            _STILL,
            priority=priority,
            path=path_to_text(path),
            at_us=at_us,
            max_width=max_width,
            kind=kind,
            exact=exact,
        )

    async def sprites(
        self,
        path: Path,
        *,
        interval_us: int = 10_000_000,
        tile_width: int = 320,
        columns: int = 10,
        rows: int = 10,
        kind: PictureFormat = PictureFormat.JPEG,
        priority: Priority = Priority.BACKGROUND,
    ) -> SpriteSheets:
        """Trickplay sheets of the whole file; about seven seconds of one processor per hour of film."""
        return await self.submit(
            _SPRITES,
            priority=priority,
            path=path_to_text(path),
            interval_us=interval_us,
            tile_width=tile_width,
            columns=columns,
            rows=rows,
            kind=kind,
        )

    async def cover(
        self,
        path: Path,
        *,
        stream: int | None = None,
        max_width: int = 1200,
        kind: PictureFormat = PictureFormat.JPEG,
        priority: Priority = Priority.INTERACTIVE,
    ) -> Still:
        """The embedded cover picture, encoded anew; reason ``no_picture`` when there is none."""
        return await self.submit(
            _COVER, priority=priority, path=path_to_text(path), stream=stream, max_width=max_width, kind=kind
        )

    async def attachment(self, path: Path, stream: int, *, priority: Priority = Priority.INTERACTIVE) -> bytes:
        """An attached file's bytes (fonts for ASS subtitles)."""
        return await self.submit(_ATTACHMENT, priority=priority, path=path_to_text(path), stream=stream)

    async def subtitles(
        self, path: Path, streams: Sequence[int], *, priority: Priority = Priority.SCAN
    ) -> dict[int, tuple[Cue, ...]]:
        """Cues of several text streams, by stream index, from one pass over the file; reason ``not_text`` for
        pictures.
        """
        found = await self.submit(_SUBTITLES, priority=priority, path=path_to_text(path), streams=list(streams))
        if found.keys() != set(streams):
            raise ProtocolError("The reader of this file answered for other streams.", reason="protocol")
        return found

    async def subtitle(self, path: Path, stream: int, *, priority: Priority = Priority.INTERACTIVE) -> tuple[Cue, ...]:
        """Cues of one text stream."""
        return (await self.subtitles(path, [stream], priority=priority))[stream]

    async def sidecar(
        self, path: Path, language: str | None = None, *, priority: Priority = Priority.SCAN
    ) -> tuple[Cue, ...]:
        """Cues of a subtitle file; ``language`` helps with old encodings."""
        return await self.submit(_SIDECAR, priority=priority, path=path_to_text(path), language=language)


def _fields(reply: Reply, *names: str) -> list[object]:
    if not isinstance(reply.value, dict):
        raise ProtocolError("The reader of this file sent no answer.", reason="protocol")
    return [reply.value.get(name) for name in names]


def _parts(reply: Reply, count: int) -> tuple[bytes, ...]:
    if len(reply.parts) != count:
        raise ProtocolError("The reader of this file sent too much or too little.", reason="protocol")
    return reply.parts


def _probe(reply: Reply) -> ProbeResult:
    info, failure = _fields(reply, "info", "index_error")
    if failure is not None and not isinstance(failure, str):
        raise ProtocolError("The reader of this file sent no reason.", reason="protocol")
    index = _parts(reply, 1)[0] if reply.parts else None
    return ProbeResult(info=wire.read(MediaInfo, info), index=index, index_error=failure)


def _still(reply: Reply) -> Still:
    return Still(facts=wire.read(StillFacts, reply.value), data=_parts(reply, 1)[0])


def _sprites(reply: Reply) -> SpriteSheets:
    manifest = wire.read(SpriteManifest, reply.value)
    if min(manifest.columns, manifest.rows, manifest.count, manifest.interval_us) < 1:
        raise ProtocolError("The reader of this file sent an empty sheet.", reason="protocol")
    return SpriteSheets(
        manifest=manifest, sheets=_parts(reply, ceil(manifest.count / (manifest.columns * manifest.rows)))
    )


def _bytes(reply: Reply) -> bytes:
    return _parts(reply, 1)[0]


def _cues(reply: Reply) -> tuple[Cue, ...]:
    return wire.read_list(Cue, reply.value, limit=MAX_CUES)


def _cues_of_streams(reply: Reply) -> dict[int, tuple[Cue, ...]]:
    if not isinstance(reply.value, dict) or not all(key.isascii() and key.isdigit() for key in reply.value):
        raise ProtocolError("The reader of this file sent no subtitles.", reason="protocol")
    return {int(key): wire.read_list(Cue, cues, limit=MAX_CUES) for key, cues in reply.value.items()}


# A disk may be slow: a 60 GB film over a network takes a quarter of an hour to read whole, which the index of a
# container without one, subtitles and sprites need.
_PROBE = Task(entry="foyer.media.probe:probe_task", parse=_probe, timeout_s=1800, cpu_s=120, is_short=True)
_STILL = Task(entry="foyer.media.stills:still_task", parse=_still, timeout_s=60, cpu_s=30, is_short=True)
_COVER = Task(entry="foyer.media.artwork:cover_task", parse=_still, timeout_s=60, cpu_s=30, is_short=True)
_ATTACHMENT = Task(entry="foyer.media.artwork:attachment_task", parse=_bytes, timeout_s=60, cpu_s=30, is_short=True)
_SIDECAR = Task(entry="foyer.media.subtitles:sidecar_task", parse=_cues, timeout_s=60, cpu_s=30, is_short=True)
_SUBTITLES = Task(
    entry="foyer.media.subtitles:subtitles_task", parse=_cues_of_streams, timeout_s=1800, cpu_s=300, is_short=False
)
_SPRITES = Task(entry="foyer.media.sprites:sprites_task", parse=_sprites, timeout_s=1800, cpu_s=900, is_short=False)
