"""One picture out of a video. Synchronous and for worker processes: it decodes untrusted bytes."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, cast

import av
from av.stream import Discard, Disposition

from foyer.errors import MediaError
from foyer.media.frames import Reply, path_from_text
from foyer.media.opening import open_media
from foyer.media.pictures import Geometry, encode, interest, to_image
from foyer.media.results import PictureFormat, StillFacts

if TYPE_CHECKING:
    from pathlib import Path

    from av.container import InputContainer
    from av.packet import Packet
    from av.video.codeccontext import VideoCodecContext
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream
    from PIL.Image import Image

_POSTER_PLACES = (Fraction(1, 10), Fraction(1, 4), Fraction(2, 5), Fraction(11, 20), Fraction(7, 10))
"""Parts of the duration at which a poster frame is looked for: no opening logo, no credits."""
_GOOD_ENOUGH = 45.0
_MAX_PACKETS = 2000
_WITHOUT_INDEX = frozenset({"mpegts", "mpeg"})
"""Searching in these finds a packet near a time, and the keyframe after it."""
_LOOK_BACK_US = (1_000_000, 4_000_000, 15_000_000, 60_000_000, 1 << 60)
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
        self._context = stream.codec_context
        self._context.thread_count = 1
        self._has_no_index = container.format.name in _WITHOUT_INDEX
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
        self._context.skip_frame = "DEFAULT" if exact else "NONKEY"
        place, packet = self._keyframe(at_us)
        if packet is None or (unless_at is not None and packet.pts == unless_at):
            return None
        if exact:
            return self._frame_shown(place, at_us)
        # A decoder holds a lone keyframe back until it is flushed.
        frames = self._decode(packet) + self._decode(None)
        self._context.flush_buffers()
        return frames[0] if frames else None

    def _keyframe(self, at_us: int) -> tuple[int, Packet[VideoStream] | None]:
        """The last keyframe at or before a time, and a time to seek to that leads to it (or to one before it)."""
        target = self._ticks(at_us)
        first: tuple[int, Packet[VideoStream] | None] = (at_us, None)
        for back in _LOOK_BACK_US if self._has_no_index else (0,):
            place = at_us - back
            self._seek(place)
            packet = self._last_key_packet(target)
            if packet is not None and (packet.pts is None or packet.pts <= target or not self._has_no_index):
                return place, packet
            first = (place, packet) if packet is not None else first
        return first

    def _last_key_packet(self, target: int) -> Packet[VideoStream] | None:
        """From here on the first keyframe; in files without an index the last one that is not after ``target``."""
        best: Packet[VideoStream] | None = None
        for count, packet in enumerate(self.container.demux(self.stream)):
            is_late = packet.pts is not None and packet.pts > target
            if count > _MAX_PACKETS or (best is not None and is_late and packet.is_keyframe):
                break
            if packet.size and packet.is_keyframe:
                best = packet
                if is_late or not self._has_no_index:
                    break
        return best

    def _frame_shown(self, place: int, at_us: int) -> VideoFrame | None:
        target = self._ticks(at_us)
        self._seek(place)
        last: VideoFrame | None = None
        for count, packet in enumerate(self.container.demux(self.stream)):
            for frame in self._decode(packet if packet.size else None):
                if last is not None and frame.pts is not None and frame.pts > target:
                    return last
                last = frame
            if count > _MAX_PACKETS:
                break
        return last

    def _ticks(self, at_us: int) -> int:
        return int(at_us * _MICRO / self.time_base)

    def _seek(self, at_us: int) -> None:
        """Near a time; a file that cannot be searched, and a time before its beginning, lead to the beginning."""
        self._context.flush_buffers()
        floor = self.start_us - (_LOOK_BACK_US[0] if self._has_no_index else 0)
        try:
            self.container.seek(self._ticks(max(at_us, floor)), stream=self.stream, backward=True)
        except av.FFmpegError:
            self.container.seek(self.start_us, backward=True, any_frame=True)

    def _decode(self, packet: Packet[VideoStream] | None) -> list[VideoFrame]:
        try:
            return self._context.decode(packet)
        except av.EOFError:
            return []
        except av.error.InvalidDataError:  # a damaged picture; the next may be whole
            return []


def _is_film(stream: VideoStream) -> bool:
    """Moving pictures that can be decoded; libav's context is missing where it has no decoder."""
    context = cast("VideoCodecContext | None", stream.codec_context)
    is_picture = stream.disposition & (Disposition.attached_pic | Disposition.timed_thumbnails)
    return context is not None and context.width > 0 and not is_picture


class _Opened:
    def __init__(self, path: Path) -> None:
        self._media = open_media(path, skip_frame="all")

    def __enter__(self) -> VideoReader:
        container = self._media.__enter__()
        stream = next((s for s in container.streams.video if _is_film(s)), None)
        if stream is None:
            self._media.__exit__(None, None, None)
            raise MediaError("This file has no video to take a picture from.", reason="no_video")
        return VideoReader(container, stream)

    def __exit__(self, *error: object) -> None:
        self._media.__exit__(*error)  # type: ignore[arg-type]
