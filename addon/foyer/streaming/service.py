"""The streaming service: presentations, playlists and segments, whoever asks for them and however they are made."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from types import TracebackType
from typing import Self

from foyer.errors import FoyerError, NotFoundError
from foyer.gpu import Admission
from foyer.ids import FileId
from foyer.media.remux import Remuxer
from foyer.media.runner import Runner
from foyer.media.webvtt import webvtt_segment
from foyer.streaming.cache import SegmentCache
from foyer.streaming.catalog import Catalog, CueSource
from foyer.streaming.grant import StreamGrant
from foyer.streaming.heads import Head
from foyer.streaming.limits import StreamingLimits
from foyer.streaming.news import Tell
from foyer.streaming.options import StreamOptions
from foyer.streaming.playlists import CONTENT_TYPE as PLAYLIST_TYPE
from foyer.streaming.playlists import master_playlist, media_playlist
from foyer.streaming.production import Production, Workshop
from foyer.streaming.remuxers import Remuxers
from foyer.streaming.rendition import AudioRendition, Method, Rendition, TextRendition, VideoRendition
from foyer.streaming.renditions import Presentation, present
from foyer.streaming.selection import select
from foyer.streaming.source import MediaSource
from foyer.streaming.viewers import Viewers

__all__ = ["Body", "Presentation", "StreamGrant", "StreamOptions", "StreamingService", "Transcode"]

_log = logging.getLogger(__name__)

_PRESENTATIONS = 64
"""Kept in memory: a few kilobytes each, asked for with every segment."""
_VIDEO_TYPE = "video/mp4"
_AUDIO_TYPE = "audio/mp4"
_TEXT_TYPE = "text/vtt"
_MICRO = 1_000_000
_EVER = 1 << 60
"""Microseconds no film lasts."""
_WANTED_S = 120.0
"""Segments this near to a viewer are not evicted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """Bytes to send: held in memory, or a file of the cache."""

    content: bytes | Path
    length: int
    content_type: str
    etag: str
    immutable: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcode:
    """A running encoder, for sessions and metrics."""

    file_id: FileId
    rendition: str
    encoder: str
    """As people read it: ``libx264 (CPU)``."""
    speed: float
    """Seconds of media made a second of not being held back."""
    position_s: float
    """How far it has come on the media timeline, in seconds."""
    is_blocked: bool
    """It is far enough ahead of every viewer and waits."""
    viewers: tuple[str, ...]


class StreamingService:
    """Everything that serves HLS; an asynchronous context manager, open for the life of the server."""

    def __init__(
        self,
        *,
        catalog: Catalog,
        cues: CueSource,
        cache: SegmentCache,
        admission: Admission,
        runner: Runner,
        programs: Callable[[], Awaitable[tuple[str, ...]]],
        preset: Callable[[], str],
        tell: Tell,
        limits: StreamingLimits | None = None,
    ) -> None:
        """``programs`` finds the ffmpegs there are, the preferred first; ``preset`` gives x264's; ``tell`` hears of
        conversions.
        """
        limits = limits or StreamingLimits()
        self._catalog = catalog
        self._cues = cues
        self._viewers = Viewers(ttl_s=limits.viewer_ttl_s)
        self._cache = cache
        cache.is_wanted = self._is_wanted
        self._remuxers = Remuxers()
        self._presentations: OrderedDict[FileId, Presentation] = OrderedDict()
        self._productions: dict[str, Production] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._sweeper: asyncio.Task[None] | None = None
        self._shop = Workshop(
            runner=runner,
            admission=admission,
            cache=cache,
            viewers=self._viewers,
            limits=limits,
            find=programs,
            preset=preset,
            spawn=self._spawn,
            tell=tell,
        )

    async def __aenter__(self) -> Self:
        await self._cache.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def open_presentation(self, file_id: FileId) -> Presentation:
        """Every rendition of a file.

        Raises ``NotFoundError`` for an unknown file and ``UnavailableError`` for one that was not indexed yet or is
        gone from its disk.
        """
        source = await self._catalog.source(file_id)
        known = self._presentations.get(file_id)
        if known is not None and known.source == source:
            self._presentations.move_to_end(file_id)
            return known
        presentation = present(source, await self._codecs(source))
        self._remember(presentation)
        return presentation

    async def master_playlist(self, grant: StreamGrant) -> Body:
        """The multivariant playlist; ``MediaError`` when the options leave nothing to play."""
        presentation = await self.open_presentation(grant.file_id)
        return _text(master_playlist(select(presentation, grant.options)), PLAYLIST_TYPE)

    async def media_playlist(self, grant: StreamGrant, rendition: str) -> Body:
        """The playlist of one rendition."""
        presentation = await self._presentation(grant.file_id)
        return _text(media_playlist(presentation.rendition(rendition)), PLAYLIST_TYPE)

    async def init_segment(self, grant: StreamGrant, rendition: str) -> Body:
        """``ftyp`` + ``moov`` of a rendition; waits for an encoder where none has run yet."""
        presentation = await self._presentation(grant.file_id)
        found = presentation.rendition(rendition)
        if found.method is Method.COPY:
            track = found.key.track
            data = await self._remuxers.call(presentation.source, lambda remuxer: remuxer.init_segment(track))
            return _bytes(data, found, "init")
        self._viewers.meet(grant.viewer, grant.options.start_ms)
        production = self._production(presentation, found)
        self._start_sweeping()
        return _file(await production.init(grant.viewer), found, "init")

    async def segment(self, grant: StreamGrant, rendition: str, i: int) -> Body:
        """Segment ``i``; waits for an encoder where it must.

        Raises ``NotFoundError`` for what the playlist does not list, ``CapacityError`` (with ``retry_after``) when it
        could not be made in time, ``MediaError`` when no way of making it works.
        """
        presentation = await self._presentation(grant.file_id)
        found = presentation.rendition(rendition)
        if not 0 <= i < found.cuts.count:
            raise NotFoundError("There is no such segment.", segment=i)
        if isinstance(found, TextRendition):
            return await self._text_segment(presentation, found, i)
        if found.method is Method.COPY:
            return await self._copied_segment(presentation, found, i)
        self._viewers.meet(grant.viewer, grant.options.start_ms)
        production = self._production(presentation, found)
        self._start_sweeping()
        return _file(await production.segment(i, grant.viewer), found, str(i))

    async def warm_up(self, grant: StreamGrant) -> None:
        """Start the encoders a viewer will need at ``options.start_ms``, before the first request comes."""
        presentation = await self.open_presentation(grant.file_id)
        selection = select(presentation, grant.options)
        self._viewers.meet(grant.viewer, grant.options.start_ms)
        first: list[Rendition | None] = [*selection.video[:1], selection.default_audio]
        for rendition in first:
            if rendition is not None and rendition.method is Method.ENCODE:
                i = rendition.cuts.at(grant.options.start_ms / 1000)
                self._viewers.expect(grant.viewer, rendition, i)
                await self._production(presentation, rendition).warm_up(i)
                self._start_sweeping()

    def seen(self, viewer: str, position_ms: int | None = None) -> None:
        """A viewer reported progress: keeps its encoders alive, and moves its playhead where a position is given."""
        self._viewers.report(viewer, position_ms)

    def stop_viewer(self, viewer: str) -> None:
        """Forget a viewer; encoders nobody else needs end at once."""
        self._viewers.forget(viewer)
        for production in self._productions.values():
            production.drop_unneeded()

    def transcodes(self) -> tuple[Transcode, ...]:
        """Every running encoder."""
        return tuple(
            _transcode(production, head) for production in self._productions.values() for head in production.heads
        )

    async def aclose(self) -> None:
        """Kill every encoder."""
        tasks = [*self._tasks, *([self._sweeper] if self._sweeper is not None else [])]
        for production in self._productions.values():
            for head in production.heads:
                head.stop()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._remuxers.aclose()

    # Presentations

    async def _presentation(self, file_id: FileId) -> Presentation:
        """For what is asked many times a minute: the file's record is read again with each master playlist only."""
        known = self._presentations.get(file_id)
        return known if known is not None else await self.open_presentation(file_id)

    def _remember(self, presentation: Presentation) -> None:
        self._presentations[presentation.source.file_id] = presentation
        while len(self._presentations) > _PRESENTATIONS:
            self._presentations.popitem(last=False)

    async def _codecs(self, source: MediaSource) -> dict[int, str]:
        """From the bytes the init segments will carry."""
        if not (source.index.copy_allowed or any(track.copy_allowed for track in source.index.audio)):
            return {}
        try:
            async with self._remuxers.use(source) as remuxer:
                return _codec_strings(remuxer)
        except FoyerError as error:
            _log.warning("file %d cannot be remuxed: %s", source.file_id, error.message)
            return {}

    # Segments

    async def _copied_segment(self, presentation: Presentation, rendition: Rendition, i: int) -> Body:
        track = rendition.key.track
        data = await self._remuxers.call(presentation.source, lambda remuxer: remuxer.read(remuxer.segment(track, i)))
        return _bytes(data, rendition, str(i))

    async def _text_segment(self, presentation: Presentation, rendition: TextRendition, i: int) -> Body:
        """Every cue shown at any time in the segment; the first and the last take what is outside."""
        source, cuts = presentation.source, rendition.cuts
        cues = await self._cues.cues(rendition.key.track)
        track = next(track for track in source.text_tracks if track.id == rendition.key.track)
        shift = cuts.origin_s * _MICRO - (source.info.start_us if track.is_sidecar else 0)
        start = int(cuts.media_time(i) * _MICRO) + shift if i else -_EVER
        end = int(cuts.media_time(i + 1) * _MICRO) + shift if i + 1 < cuts.count else _EVER
        return _text(webvtt_segment(cues, start, end, shift), _TEXT_TYPE)

    def _production(self, presentation: Presentation, rendition: Rendition) -> Production:
        assert isinstance(rendition, VideoRendition | AudioRendition)  # noqa: S101 - text is never encoded
        digest = rendition.key.digest
        production = self._productions.get(digest)
        if production is None:
            production = self._productions[digest] = Production(
                shop=self._shop,
                source=presentation.source,
                rendition=rendition,
                shelf=self._cache.shelf(rendition.key),
            )
        return production

    def _is_wanted(self, digest: str, name: str) -> bool:
        number = name.partition(".")[0]
        return number.isdigit() and self._viewers.is_near(digest, int(number), _WANTED_S)

    # Tasks

    def _spawn(self, work: Coroutine[object, object, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("a head failed in a way nobody foresaw", exc_info=error)

    def _start_sweeping(self) -> None:
        if self._sweeper is None or self._sweeper.done():
            self._sweeper = asyncio.create_task(self._sweep())

    async def _sweep(self) -> None:
        """Look after heads for as long as there are any."""
        while self._productions:
            await asyncio.sleep(self._shop.limits.sweep_s)
            self._viewers.expire()
            for digest, production in list(self._productions.items()):
                production.sweep()
                if production.is_idle and not any(self._viewers.of(digest)):
                    del self._productions[digest]
                    production.news.finished()


def _transcode(production: Production, head: Head) -> Transcode:
    cuts = head.rendition.cuts
    return Transcode(
        file_id=production.source.file_id,
        rendition=production.rendition.name,
        encoder=head.encoder,
        speed=head.speed,
        position_s=float(cuts.media_time(min(head.frontier, cuts.count))),
        is_blocked=head.is_blocked,
        viewers=tuple(production.viewers_of(head)),
    )


def _codec_strings(remuxer: Remuxer) -> dict[int, str]:
    found = {}
    for track in remuxer.tracks:
        with contextlib.suppress(FoyerError):  # a track without a valid configuration is not offered as a copy
            found[track] = remuxer.codec_string(track)
    return found


def _media_type(rendition: Rendition) -> str:
    return _AUDIO_TYPE if isinstance(rendition, AudioRendition) else _VIDEO_TYPE


def _bytes(data: bytes, rendition: Rendition, name: str) -> Body:
    return Body(
        content=data, length=len(data), content_type=_media_type(rendition), etag=f"{rendition.key.digest}-{name}"
    )


def _file(path: Path, rendition: Rendition, name: str) -> Body:
    return Body(
        content=path,
        length=path.stat().st_size,
        content_type=_media_type(rendition),
        etag=f"{rendition.key.digest}-{name}",
    )


def _text(text: str, content_type: str) -> Body:
    data = text.encode()
    etag = blake2b(data, digest_size=12).hexdigest()
    return Body(content=data, length=len(data), content_type=content_type, etag=etag, immutable=False)
