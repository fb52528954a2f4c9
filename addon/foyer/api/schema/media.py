"""Media files: what is in them, and pictures of items."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

import strawberry

from foyer.accounts.principal import Principal
from foyer.api.schema.context import Context
from foyer.api.schema.fields import resolved
from foyer.api.schema.kinds import FileState, HdrKind, Permission
from foyer.api.schema.loading import edge
from foyer.api.schema.scalars import Node
from foyer.ids import NodeKind, encode
from foyer.library.details import ArtworkRow
from foyer.library.files import FileRow, ItemFileRow, SubtitleRow, files_by_ids, streams_of_files, subtitles_of_files
from foyer.media.info import ChapterInfo, StreamInfo, StreamKind
from foyer.playback.links import MediaLinks

WIDTHS = (160, 320, 480, 640, 960, 1280, 1920)


@dataclass(slots=True)
class ImageLink:
    """The URL of a picture, signed once for all its widths."""

    links: MediaLinks
    principal: Principal
    row: ArtworkRow
    _start: str | None = None

    def at(self, width: int) -> str:
        """The URL at the least width of the ladder that is not smaller than what was asked."""
        if self._start is None:
            self._start = self.links.image(self.principal, self.row.id, self.row.content_hash)
        return f"{self._start}{next((step for step in WIDTHS if step >= width), WIDTHS[-1])}.webp"


@strawberry.type(description="A picture of an item.")
class Image:
    width: int | None = strawberry.field(description="The original's width in pixels.")
    height: int | None = strawberry.field(description="The original's height in pixels.")
    color: str | None = strawberry.field(description="Average colour as #rrggbb, for a placeholder.")
    link: strawberry.Private[ImageLink]

    @resolved("Where it is: relative to the server's base, signed and immutable. It is never larger than the original.")
    def url(
        self,
        width: Annotated[
            int,
            strawberry.argument(
                description="Wanted width in pixels; taken up to 160, 320, 480, 640, 960, 1280 or 1920."
            ),
        ] = 480,
    ) -> str:
        return self.link.at(width)


def image(context: Context, row: ArtworkRow | None) -> Image | None:
    """A picture as the API shows it."""
    if row is None:
        return None
    link = ImageLink(context.services.links, context.principal, row)
    return Image(width=row.width, height=row.height, color=row.color, link=link)


@strawberry.type(description="A video stream of a file.")
class VideoStream:
    index: int = strawberry.field(description="Its place in the file.")
    codec: str = strawberry.field(description="The codec by libav's name, such as `h264`.")
    codec_string: str | None = strawberry.field(description="The codec as RFC 6381 writes it, for `canPlayType`.")
    profile: str | None = strawberry.field(description="The codec's profile.")
    width: int | None = strawberry.field(description="Coded width in pixels.")
    height: int | None = strawberry.field(description="Coded height in pixels.")
    bit_depth: int | None = strawberry.field(description="Bits for each colour sample.")
    hdr: HdrKind | None = strawberry.field(description="The dynamic range, when known.")
    frame_rate: float | None = strawberry.field(description="Frames a second on average.")
    interlaced: bool = strawberry.field(description="Whether a frame is two fields of different moments.")
    rotation: int = strawberry.field(description="Degrees to turn it clockwise for display.")
    bit_rate: int | None = strawberry.field(description="Bits a second.")


@strawberry.type(description="An audio stream of a file.")
class AudioStream:
    index: int = strawberry.field(description="Its place in the file.")
    codec: str = strawberry.field(description="The codec by libav's name, such as `aac`.")
    codec_string: str | None = strawberry.field(description="The codec as RFC 6381 writes it, for `canPlayType`.")
    profile: str | None = strawberry.field(description="The codec's profile.")
    channels: int | None = strawberry.field(description="How many channels.")
    channel_layout: str | None = strawberry.field(description="Where the channels sound from, such as `5.1`.")
    sample_rate: int | None = strawberry.field(description="Samples a second.")
    language: str | None = strawberry.field(description="BCP 47 tag; null when unknown.")
    title: str | None = strawberry.field(description="What the file calls it.")
    default: bool = strawberry.field(description="Whether the file wants it to play first.")
    bit_rate: int | None = strawberry.field(description="Bits a second.")


@strawberry.type(description="A subtitle track: a stream of a file, or a file beside it.")
class SubtitleStream:
    id: strawberry.ID = strawberry.field(description="The track's id.")
    index: int | None = strawberry.field(description="Its place in the file; null for a file beside it.")
    codec: str = strawberry.field(description="The format by libav's name, such as `subrip`.")
    language: str | None = strawberry.field(description="BCP 47 tag; null when unknown.")
    title: str | None = strawberry.field(description="What the file calls it.")
    default: bool = strawberry.field(description="Whether the file wants it to be shown.")
    forced: bool = strawberry.field(description="Whether it holds only what everybody needs, such as signs.")
    hearing_impaired: bool = strawberry.field(description="Whether it describes sounds too.")
    external: bool = strawberry.field(description="Whether it lies in a file of its own.")
    text: bool = strawberry.field(description="Whether it is text; otherwise it is made of pictures.")


@strawberry.type(description="A chapter of a film.")
class Chapter:
    start_seconds: float = strawberry.field(description="Where it begins.")
    end_seconds: float = strawberry.field(description="Where it ends.")
    title: str | None = strawberry.field(description="What it is called.")


async def load_streams(context: Context, ids: list[int]) -> dict[int, list[StreamInfo]]:
    """The streams of files."""
    return await streams_of_files(context.services.database.reader, ids)


async def load_subtitles(context: Context, ids: list[int]) -> dict[int, list[SubtitleStream]]:
    """The subtitle tracks of files."""
    found = await subtitles_of_files(context.services.database.reader, ids)
    return {key: [_subtitle(row) for row in rows] for key, rows in found.items()}


def _videos(_: object, streams: list[StreamInfo]) -> list[VideoStream]:
    return [_video(one) for one in streams if one.kind is StreamKind.VIDEO and not one.is_attached_picture]


def _audios(_: object, streams: list[StreamInfo]) -> list[AudioStream]:
    return [_audio(one) for one in streams if one.kind is StreamKind.AUDIO]


@strawberry.type(description="A file of an item.")
class MediaFile(Node):
    path: str | None = strawberry.field(
        description="Where it is; only for those who manage libraries. Bytes that are no text are shown as marks."
    )
    file_name: str = strawberry.field(description="The last part of the path.")
    size_bytes: float = strawberry.field(description="Its size.")
    container: str | None = strawberry.field(description="The format by libav's name, such as `matroska`.")
    duration_seconds: float | None = strawberry.field(description="How long it plays.")
    bit_rate: int | None = strawberry.field(description="Bits a second altogether.")
    state: FileState = strawberry.field(description="Whether it can be played.")
    problem: str | None = strawberry.field(description="Why it cannot be read, in a sentence.")
    modified_at: datetime = strawberry.field(description="When the file was last changed.")
    part: int | None = strawberry.field(description="Which part of a film that lies in several files.")
    edition: str | None = strawberry.field(description="The edition its name tells, such as `Director's Cut`.")
    version: str | None = strawberry.field(description="The version its name tells, such as `2160p`.")
    row: strawberry.Private[int]

    video_streams: list[VideoStream] = edge(
        load_streams, "row", empty=list, pick=_videos, description="The pictures, without cover art."
    )
    audio_streams: list[AudioStream] = edge(
        load_streams, "row", empty=list, pick=_audios, description="The sound tracks."
    )
    subtitle_streams: list[SubtitleStream] = edge(
        load_subtitles, "row", empty=list, description="The subtitles in it and beside it."
    )


def media_file(context: Context, row: FileRow, of: ItemFileRow | None = None) -> MediaFile:
    """A file as the API shows it, in its place with an item where there is one."""
    return MediaFile(
        id=strawberry.ID(encode(NodeKind.FILE, row.id)),
        path=row.shown_path if context.principal.may(Permission.MANAGE_LIBRARIES) else None,
        file_name=row.name,
        size_bytes=float(row.size),
        container=row.container,
        duration_seconds=seconds(row.duration_ms),
        bit_rate=row.bit_rate,
        state=row.state,
        problem=row.problem,
        modified_at=datetime.fromtimestamp(row.mtime_ns // 1_000_000_000, UTC),
        part=of.part if of else None,
        edition=of.edition if of else None,
        version=of.version if of else None,
        row=row.id,
    )


async def load_files(context: Context, ids: list[int]) -> dict[int, MediaFile]:
    """The files among these that the asker may see."""
    found = await files_by_ids(context.services.database.reader, ids)
    may_see = context.principal.may_see
    return {key: media_file(context, row) for key, row in found.items() if may_see(row.library_id)}


def seconds(milliseconds: int | None) -> float | None:
    """Milliseconds as the API shows spans of time."""
    return None if milliseconds is None else milliseconds / 1000


def chapter(info: ChapterInfo) -> Chapter:
    """A chapter as the API shows it."""
    return Chapter(start_seconds=info.start_us / 1_000_000, end_seconds=info.end_us / 1_000_000, title=info.title)


def _video(info: StreamInfo) -> VideoStream:
    return VideoStream(
        index=info.index,
        codec=info.codec,
        codec_string=info.codec_string,
        profile=info.profile,
        width=info.width,
        height=info.height,
        bit_depth=info.bit_depth,
        hdr=info.hdr,
        frame_rate=None if info.frame_rate is None else float(info.frame_rate),
        interlaced=info.is_interlaced,
        rotation=info.rotation,
        bit_rate=info.bit_rate,
    )


def _audio(info: StreamInfo) -> AudioStream:
    return AudioStream(
        index=info.index,
        codec=info.codec,
        codec_string=info.codec_string,
        profile=info.profile,
        channels=info.channels,
        channel_layout=info.channel_layout,
        sample_rate=info.sample_rate,
        language=info.language,
        title=info.title,
        default=info.is_default,
        bit_rate=info.bit_rate,
    )


def _subtitle(row: SubtitleRow) -> SubtitleStream:
    return SubtitleStream(
        id=strawberry.ID(encode(NodeKind.SUBTITLE, row.id)),
        index=row.stream_index,
        codec=row.codec,
        language=row.language,
        title=row.title,
        default=row.is_default,
        forced=row.is_forced,
        hearing_impaired=row.is_hearing_impaired,
        external=row.stream_index is None,
        text=row.is_text,
    )
