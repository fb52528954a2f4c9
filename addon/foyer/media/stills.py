"""One picture out of a video. Synchronous and for worker processes: it decodes untrusted bytes."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING

import av
from av.stream import Discard

from foyer.errors import MediaError
from foyer.media.frames import Reply, path_from_text
from foyer.media.opening import open_media
from foyer.media.pictures import Geometry, encode, interest, to_image
from foyer.media.results import PictureFormat, StillFacts

if TYPE_CHECKING:
    from pathlib import Path

    from av.container import InputContainer
    from av.packet import Packet
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream
    from PIL.Image import Image

_POSTER_PLACES = (Fraction(1, 10), Fraction(1, 4), Fraction(2, 5), Fraction(11, 20), Fraction(7, 10))
"""Parts of the duration at which a poster frame is looked for: no opening logo, no credits."""
_GOOD_ENOUGH = 45.0
_MAX_PACKETS = 600
_MICRO = Fraction(1, 1_000_000)


def still_task(path: str, *, at_us: int | None, max_width: int, kind: str, exact: bool) -> Reply:
    """The worker's entry; ``at_us`` of ``None`` chooses a poster frame."""
    source = path_from_text(path)
    with VideoReader.open(source) as reader:
        at, image = reader.poster(max_width) if at_us is None else reader.picture(at_us, max_width, exact=exact)
    chosen = PictureFormat(kind)
    facts = StillFacts(width=image.width, height=image.height, at_us=at, kind=chosen)
    return Reply(facts, (encode(image, chosen),))


class VideoReader:
    """Random access to a video's frames, one thread, keyframes preferred."""

    def __init__(self, container: InputContainer, stream: VideoStream) -> None:
        self.container = container
        self.stream = stream
        self.time_base = stream.time_base or _MICRO
        self.start_us = container.start_time or 0
        self.duration_us = container.duration or 0
        stream.codec_context.thread_count = 1
        for other in container.streams:
            if other is not stream:
                other.discard = Discard.all

    @classmethod
    def open(cls, path: Path) -> _Opened:
        """A context manager that yields a reader; ``MediaError`` when there is no video."""
        return _Opened(path)

    def picture(self, at_us: int, max_width: int, *, exact: bool = False) -> tuple[int, Image]:
        """Time and picture of the keyframe at or before ``at_us``, or with ``exact`` of the frame shown then."""
        frame = self.frame(at_us, exact=exact)
        if frame is None:
            raise MediaError("No picture can be decoded at this place.", reason="unreadable", at_us=at_us)
        return self.time_of(frame), self.render(frame, max_width)

    def poster(self, max_width: int) -> tuple[int, Image]:
        """The most interesting of a few keyframes; the first picture of a file that cannot be searched."""
        best: tuple[float, int, Image] | None = None
        for place in _POSTER_PLACES if self.duration_us else ():
            frame = self.frame(self.start_us + int(self.duration_us * place))
            if frame is None:
                continue
            image = self.render(frame, max_width)
            score = interest(image)
            if best is None or score > best[0]:
                best = (score, self.time_of(frame), image)
            if score >= _GOOD_ENOUGH:
                break
        return (best[1], best[2]) if best else self.picture(self.start_us, max_width)

    def render(self, frame: VideoFrame, max_width: int) -> Image:
        """Upright picture with square pixels."""
        geometry = self.geometry(frame)
        return to_image(frame, geometry.fit(frame.width, frame.height, max_width), geometry.rotation)

    def geometry(self, frame: VideoFrame) -> Geometry:
        """Rotation and sample aspect ratio."""
        aspect = self.stream.sample_aspect_ratio or self.stream.codec_context.sample_aspect_ratio or Fraction(1)
        sane = Fraction(1, 8) <= aspect <= 8
        return Geometry(rotation=-frame.rotation % 360, aspect=aspect if sane else Fraction(1))

    def time_of(self, frame: VideoFrame) -> int:
        """Microseconds in the file's timeline."""
        return int(frame.pts * self.time_base / _MICRO) if frame.pts is not None else 0

    def frame(self, at_us: int, *, exact: bool = False, unless_at: int | None = None) -> VideoFrame | None:
        """The keyframe at or before ``at_us`` (with ``exact``: the frame shown then); ``None`` when none decodes.

        :param unless_at: presentation time (in ticks) of a keyframe that need not be decoded again: ``None`` then too.
        """
        context = self.stream.codec_context
        context.skip_frame = "DEFAULT" if exact else "NONKEY"
        self.seek(at_us)
        target = at_us * _MICRO / self.time_base
        last: VideoFrame | None = None
        for frame in self._frames(exact=exact, unless_at=unless_at):
            if not exact:
                return frame
            if frame.pts is not None and frame.pts > target and last is not None:
                break
            last = frame
        return last

    def seek(self, at_us: int) -> None:
        """Go to the keyframe at or before ``at_us``; a file that cannot be searched is read from its beginning."""
        self.stream.codec_context.flush_buffers()
        try:
            self.container.seek(int(at_us * _MICRO / self.time_base), stream=self.stream, backward=True)
        except av.FFmpegError:
            self.container.seek(self.start_us, backward=True, any_frame=True)

    def _frames(self, *, exact: bool, unless_at: int | None) -> Iterator[VideoFrame]:
        context = self.stream.codec_context
        for count, packet in enumerate(self.container.demux(self.stream)):
            if count > _MAX_PACKETS:
                return
            if not exact and packet.size and not packet.is_keyframe:
                continue
            if unless_at is not None and packet.pts == unless_at:
                return
            yield from self._decode(packet)
            if not exact and packet.size:  # a decoder holds a lone keyframe back until it is flushed
                yield from self._decode(None)
                context.flush_buffers()

    def _decode(self, packet: Packet[VideoStream] | None) -> list[VideoFrame]:
        try:
            return self.stream.codec_context.decode(packet)
        except av.EOFError:
            return []
        except av.error.InvalidDataError:  # a damaged picture; the next may be whole
            return []


class _Opened:
    def __init__(self, path: Path) -> None:
        self._media = open_media(path, skip_frame="all")

    def __enter__(self) -> VideoReader:
        container = self._media.__enter__()
        stream = next((s for s in container.streams.video if not int(s.disposition) & 0xC00), None)
        if stream is None or not stream.codec_context.width:
            self._media.__exit__(None, None, None)
            raise MediaError("This file has no video to take a picture from.", reason="no_video")
        return VideoReader(container, stream)

    def __exit__(self, *error: object) -> None:
        self._media.__exit__(*error)  # type: ignore[arg-type]
