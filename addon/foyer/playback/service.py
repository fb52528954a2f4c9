"""Playback information: which file of an item, how it can be played, and where to get it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from foyer.accounts.principal import Principal
from foyer.accounts.roles import Permission
from foyer.db.database import Database
from foyer.errors import NotFoundError, UnavailableError, ValidationError
from foyer.ids import FileId, ItemId
from foyer.library.files import FileRecord, FileState, ItemFileRow, SubtitleRow, files_of_items, load_file
from foyer.media.file_index import FileIndex
from foyer.media.info import StreamInfo, StreamKind
from foyer.playback.decision import Candidate, Decision, Source, Wish, decide
from foyer.playback.links import HLS_TYPE, MediaLinks, new_viewer
from foyer.playback.profile import DeviceProfile
from foyer.playback.progress import ProgressService
from foyer.playback.reasons import PlayMethod, Reason, Rejection
from foyer.playback.upnext import UpNext
from foyer.streaming.ladder import fit
from foyer.streaming.options import StreamOptions, VideoChoice
from foyer.streaming.renditions import displayed_size

MAX_VERSIONS = 8
AAC_SURROUND = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaybackRequest:
    """What a player asks: an item, perhaps one file of it, and the viewer's choices."""

    item: ItemId
    profile: DeviceProfile
    file: FileId | None = None
    audio_index: int | None = None
    subtitle: int | None = None
    """Row id of the subtitle track to start with."""
    method: PlayMethod | None = None
    max_height: int | None = None
    max_bit_rate: int | None = None
    start_ms: int | None = None
    """Where it will begin; ``None`` for where the viewer left off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A way to play, ready to be opened."""

    method: PlayMethod
    url: str
    media_type: str
    codecs: str | None
    container: str | None
    height: int | None
    bit_rate: int | None
    reasons: tuple[Reason, ...]
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SubtitleOffer:
    """A subtitle track, with a URL when it is text."""

    track: SubtitleRow
    url: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """A size the viewer may ask for instead of the original."""

    label: str
    height: int
    bit_rate: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaybackInfo:
    """Everything a player needs to begin."""

    item: ItemId
    record: FileRecord
    resume_ms: int
    offers: tuple[Offer, ...]
    rejected: tuple[Rejection, ...]
    audio: tuple[StreamInfo, ...]
    chosen_audio: int | None
    subtitles: tuple[SubtitleOffer, ...]
    qualities: tuple[Quality, ...]
    trickplay_url: str | None
    """With ``{sheet}`` for the number of the sheet; ``record.trickplay`` has the geometry."""
    next_item: ItemId | None
    viewer: str
    """The streaming viewer that all the offers' URLs read as."""


class PlaybackService:
    """Answers how an item can be played on a player."""

    def __init__(self, database: Database, progress: ProgressService, upnext: UpNext, links: MediaLinks) -> None:
        self._database = database
        self._progress = progress
        self._upnext = upnext
        self._links = links

    async def info(self, principal: Principal, request: PlaybackRequest) -> PlaybackInfo:
        """Decide and sign.

        Raises ``NotFoundError`` for what the asker may not see, ``UnavailableError`` when the item has no file that
        can be read now, ``ValidationError`` for a subtitle that is not of the file.
        """
        principal.require(Permission.PLAY)
        record, decision = await self._choose(principal, request)
        self._check_subtitle(record, request.subtitle)
        viewer = new_viewer()
        resume = await self._progress.resume_position(principal.user_id, request.item)
        start = resume if request.start_ms is None else request.start_ms
        sheets = record.trickplay and self._links.trickplay(principal, record.file.id)
        return PlaybackInfo(
            item=request.item,
            record=record,
            resume_ms=resume,
            offers=tuple(
                self._offer(principal, record, decision, candidate, request, viewer, start)
                for candidate in decision.candidates
            ),
            rejected=decision.rejected,
            audio=record.info.of_kind(StreamKind.AUDIO),
            chosen_audio=decision.audio.index if decision.audio else None,
            subtitles=tuple(self._subtitle(principal, track) for track in record.subtitles),
            qualities=qualities(record),
            trickplay_url=sheets or None,
            next_item=await self._upnext.following(request.item),
            viewer=str(viewer),
        )

    async def _choose(self, principal: Principal, request: PlaybackRequest) -> tuple[FileRecord, Decision]:
        """The file asked for, or the version that needs the least work and then shows the most lines."""
        rows = (await files_of_items(self._database.reader, [request.item]))[request.item]
        rows = [row for row in rows if principal.may_see(row.file.library_id)]
        if request.file is not None:
            rows = [row for row in rows if row.file.id == request.file]
        if not rows:
            raise NotFoundError("There is no such item, or it has no such file.", id=request.item)
        playable = [row for row in rows if row.file.state is FileState.OK]
        if not playable:
            raise UnavailableError(_why_not(rows), id=request.item)
        choices = []
        for row in _versions(playable):
            record = await load_file(self._database.reader, row.file.id)
            choices.append((record, decide(source(record), request.profile, _wish(request))))
        return min(choices, key=_effort)

    @staticmethod
    def _check_subtitle(record: FileRecord, wanted: int | None) -> None:
        if wanted is None:
            return
        track = next((track for track in record.subtitles if track.id == wanted), None)
        if track is None:
            raise ValidationError("The file has no such subtitles.", fields={"subtitleId": "Choose one of the file's."})
        if not track.is_text:
            problem = "These subtitles are pictures, which cannot be shown yet."
            raise ValidationError(problem, fields={"subtitleId": problem})

    def _offer(
        self,
        principal: Principal,
        record: FileRecord,
        decision: Decision,
        candidate: Candidate,
        request: PlaybackRequest,
        viewer: int,
        start_ms: int,
    ) -> Offer:
        video = record.info.video
        if candidate.method is PlayMethod.DIRECT_PLAY:
            url, media_type = self._links.direct(principal, record.file.id, viewer, record.info.container)
        else:
            options = stream_options(record, decision, candidate, request, start_ms)
            url, media_type = self._links.hls(principal, record.file.id, viewer, options), HLS_TYPE
        copied = candidate.copy_video
        return Offer(
            method=candidate.method,
            url=url,
            media_type=media_type,
            codecs=_codecs(video, decision.audio) if copied and candidate.copy_audio else None,
            container=record.info.container if candidate.method is PlayMethod.DIRECT_PLAY else "hls",
            height=(video.height if copied else _encoded_height(record, decision)) if video else None,
            bit_rate=record.info.bit_rate if copied else None,
            reasons=candidate.reasons,
            expires_at=self._links.expiry(),
        )

    def _subtitle(self, principal: Principal, track: SubtitleRow) -> SubtitleOffer:
        return SubtitleOffer(track=track, url=self._links.subtitle(principal, track.id) if track.is_text else None)


def source(record: FileRecord) -> Source:
    """What the decision needs to know of a stored file."""
    index = FileIndex.from_bytes(record.index) if record.index is not None else None
    return Source(
        container=record.info.container,
        bit_rate=record.info.bit_rate,
        video=record.info.video,
        audio=record.info.of_kind(StreamKind.AUDIO),
        remuxable=index is not None and index.copy_allowed,
        copyable_audio=frozenset(track.stream for track in index.audio if track.copy_allowed) if index else frozenset(),
        seekable=index is not None,
        max_gap_seconds=float(index.video.max_gap * index.time_base) if index and index.video else None,
        open_groups=bool(index and index.video and index.video.open_groups),
    )


def stream_options(
    record: FileRecord, decision: Decision, candidate: Candidate, request: PlaybackRequest, start_ms: int
) -> StreamOptions:
    """What the playlist of a candidate lists."""
    playable = {support.codec: support.max_channels for support in request.profile.hls_audio}
    copied = frozenset(
        stream.codec
        for stream in record.info.of_kind(StreamKind.AUDIO)
        if stream.codec in playable and (stream.channels or 2) <= (playable[stream.codec] or 64)
    )
    surround = (playable.get("aac") or 64) >= AAC_SURROUND if "aac" in playable else False
    return StreamOptions(
        video=VideoChoice.COPY if candidate.copy_video else VideoChoice.ENCODE,
        max_height=decision.max_height,
        max_bit_rate=decision.max_bit_rate,
        copy_audio=copied if candidate.copy_audio else frozenset(),
        max_channels=AAC_SURROUND if surround else 2,
        audio=decision.audio.index if decision.audio else None,
        text=request.subtitle,
        start_ms=start_ms,
    )


def qualities(record: FileRecord) -> tuple[Quality, ...]:
    """The sizes a film can be converted to, largest first."""
    video = record.info.video
    if video is None or not video.width or not video.height:
        return ()
    width, height = displayed_size(video)
    return tuple(
        Quality(label=f"{rung.label}p", height=rung.label, bit_rate=rung.bit_rate)
        for rung in fit(width, height, video.frame_rate)
    )


def _wish(request: PlaybackRequest) -> Wish:
    return Wish(
        audio_index=request.audio_index,
        method=request.method,
        max_height=request.max_height,
        max_bit_rate=request.max_bit_rate,
    )


def _effort(choice: tuple[FileRecord, Decision]) -> tuple[int, int]:
    record, decision = choice
    best = list(PlayMethod).index(decision.candidates[0].method) if decision.candidates else len(PlayMethod)
    video = record.info.video
    return best, -(video.height or 0) if video else 0


def _versions(rows: Sequence[ItemFileRow]) -> Sequence[ItemFileRow]:
    """The files that show the whole item: of a film in parts its first, and no extras unless there is nothing else."""
    main = [row for row in rows if row.extra is None] or list(rows)
    first_part = min((row.part for row in main if row.part is not None), default=None)
    return [row for row in main if row.part in (None, first_part)][:MAX_VERSIONS]


def _why_not(rows: Sequence[ItemFileRow]) -> str:
    if any(row.file.state is FileState.MISSING for row in rows):
        return "The file is not there now. Is its disk connected?"
    return next((row.file.problem for row in rows if row.file.problem), "The file is broken.")


def _codecs(video: StreamInfo | None, audio: StreamInfo | None) -> str | None:
    """The RFC 6381 ``codecs`` of what plays; ``None`` when any of it has none."""
    strings = [stream.codec_string for stream in (video, audio) if stream is not None]
    return ",".join(string for string in strings if string) if all(strings) else None


def _encoded_height(record: FileRecord, decision: Decision) -> int | None:
    sizes = [quality.height for quality in qualities(record)]
    limit = decision.max_height
    return next((size for size in sizes if limit is None or size <= limit), sizes[-1] if sizes else None)
