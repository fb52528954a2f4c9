"""Playing: how an item can be played, and what players say while they do."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import strawberry

from foyer.api.schema.account import User, load_users
from foyer.api.schema.connection import After, Connection, First, Window, page, row_key
from foyer.api.schema.context import Context, Info
from foyer.api.schema.errors import mutation
from foyer.api.schema.fields import resolved
from foyer.api.schema.item import Item, UserState, load_items, load_user_state
from foyer.api.schema.kinds import CommandKind, Permission, PlaybackState, PlayMethod, ReasonCode
from foyer.api.schema.loading import edge
from foyer.api.schema.media import Chapter, MediaFile, chapter, load_files, load_streams, media_file, seconds
from foyer.api.schema.profile import PlaybackInfoInput, profile
from foyer.api.schema.scalars import Node
from foyer.api.starting import Start
from foyer.errors import NotFoundError, ValidationError
from foyer.homeassistant.screens.model import screen_row
from foyer.ids import FileId, ItemId, NodeKind, PlaybackSessionId, decode_as, encode
from foyer.library.files import SubtitleRow, TrickplayRow
from foyer.media.info import StreamInfo, StreamKind
from foyer.playback.commands import Command
from foyer.playback.reasons import Reason
from foyer.playback.service import Offer, PlaybackRequest
from foyer.playback.service import PlaybackInfo as PlaybackFacts
from foyer.playback.sessions import SessionView


@strawberry.type(description="One obstacle, for programs and for people.")
class PlaybackReason:
    code: ReasonCode = strawberry.field(description="What stood in the way.")
    message: str = strawberry.field(description="The same in a sentence.")
    subject: str | None = strawberry.field(description="What it speaks of: `container`, `video`, `audio:1` …")


@strawberry.type(description="A way to play, ready to be opened.")
class PlaybackCandidate:
    method: PlayMethod = strawberry.field(description="How the file reaches the player.")
    url: str = strawberry.field(description="Where it is: relative to the server's base and signed.")
    mime_type: str = strawberry.field(description="Its media type.")
    codecs: str | None = strawberry.field(description="RFC 6381 `codecs`, when they are known beforehand.")
    container: str | None = strawberry.field(description="The container by libav's name, or `hls`.")
    height: int | None = strawberry.field(description="Lines of the picture, of the largest variant.")
    bit_rate: int | None = strawberry.field(description="Bits a second, when known beforehand.")
    reasons: list[PlaybackReason] = strawberry.field(description="Why nothing better was possible.")
    expires_at: datetime = strawberry.field(description="When the URL ends.")


@strawberry.type(description="A method that was not offered.")
class RejectedMethod:
    method: PlayMethod = strawberry.field(description="The method.")
    reasons: list[PlaybackReason] = strawberry.field(description="Every obstacle found.")


@strawberry.type(description="A subtitle track to choose.")
class SubtitleTrack:
    id: strawberry.ID = strawberry.field(description="The track's id.")
    language: str | None = strawberry.field(description="BCP 47 tag; null when unknown.")
    title: str | None = strawberry.field(description="What the file calls it.")
    forced: bool = strawberry.field(description="Whether it holds only what everybody needs.")
    hearing_impaired: bool = strawberry.field(description="Whether it describes sounds too.")
    default: bool = strawberry.field(description="Whether the file wants it to be shown.")
    text: bool = strawberry.field(description="Whether it is text; otherwise it is made of pictures.")
    url: str | None = strawberry.field(description="A whole WebVTT file, when it is text.")


@strawberry.type(description="A sound track to choose.")
class AudioTrack:
    index: int = strawberry.field(description="Its place in the file.")
    language: str | None = strawberry.field(description="BCP 47 tag; null when unknown.")
    title: str | None = strawberry.field(description="What the file calls it.")
    codec: str = strawberry.field(description="The codec by libav's name.")
    channels: int | None = strawberry.field(description="How many channels.")
    default: bool = strawberry.field(description="Whether it plays first.")


@strawberry.type(description="Small pictures for the seek bar, on sheets.")
class Trickplay:
    url: str = strawberry.field(description="The first sheet.")
    url_template: str = strawberry.field(description="Replace {sheet} by the number of the sheet, from 0.")
    tile_width: int = strawberry.field(description="Pixels of one picture across.")
    tile_height: int = strawberry.field(description="Pixels of one picture down.")
    columns: int = strawberry.field(description="Pictures across a sheet.")
    rows: int = strawberry.field(description="Pictures down a sheet.")
    count: int = strawberry.field(description="Pictures altogether.")
    interval_seconds: float = strawberry.field(description="Time from one picture to the next.")


@strawberry.type(description="A size to choose instead of the original.")
class Quality:
    label: str = strawberry.field(description="What to show, such as `720p`.")
    height: int = strawberry.field(description="Lines of the picture.")
    bit_rate: int = strawberry.field(description="Bits a second.")


@strawberry.type(description="Everything a player needs to begin.")
class PlaybackInfo:
    file: MediaFile = strawberry.field(description="The version that was chosen.")
    duration_seconds: float = strawberry.field(description="How long it plays; 0 when unknown.")
    resume_seconds: float = strawberry.field(description="Where you left off; 0 to start over.")
    candidates: list[PlaybackCandidate] = strawberry.field(description="Every way that works, the best first.")
    rejected: list[RejectedMethod] = strawberry.field(description="What was ruled out, and why.")
    audio_tracks: list[AudioTrack] = strawberry.field(description="The sound tracks.")
    subtitle_tracks: list[SubtitleTrack] = strawberry.field(description="The subtitles in the file and beside it.")
    chapters: list[Chapter] = strawberry.field(description="The chapters of the file.")
    trickplay: Trickplay | None = strawberry.field(description="Pictures for the seek bar, once they are made.")
    qualities: list[Quality] = strawberry.field(description="Sizes to choose from, the largest first.")
    item_row: strawberry.Private[int]
    next_row: strawberry.Private[int | None]

    item: Item = edge(load_items, "item_row", description="What is played.")
    next: Item | None = edge(load_items, "next_row", description="What comes after it.")


@strawberry.type(description="Something asked of a player.")
class RemoteCommand:
    id: strawberry.ID = strawberry.field(description="Obey each id once: it may come by two ways.")
    kind: CommandKind = strawberry.field(description="What to do.")
    position_seconds: float | None = strawberry.field(description="Where to seek to or to begin.")
    text: str | None = strawberry.field(description="What to show.")
    item_id: strawberry.ID | None = strawberry.field(description="What to play.")
    volume: float | None = strawberry.field(description="How loud, 0 to 1.")


def _duration(_: object, file: MediaFile) -> float:
    return file.duration_seconds or 0.0


def _bit_rate(_: object, file: MediaFile) -> int | None:
    return file.bit_rate


def _height(_: object, streams: list[StreamInfo]) -> int | None:
    return next((one.height for one in streams if one.kind is StreamKind.VIDEO and not one.is_attached_picture), None)


@strawberry.type(description="Somebody watches something on some player.")
class PlaybackSession(Node):
    method: PlayMethod = strawberry.field(description="How the file reaches the player.")
    reasons: list[PlaybackReason] = strawberry.field(description="Why nothing better was possible.")
    state: PlaybackState = strawberry.field(description="What the player is doing.")
    position_seconds: float = strawberry.field(description="Where it was when last heard of.")
    started_at: datetime = strawberry.field(description="When it began.")
    updated_at: datetime = strawberry.field(description="When it was last heard of.")
    client: str = strawberry.field(description="The program that plays.")
    device: str = strawberry.field(description="The device it runs on.")
    address: str | None = strawberry.field(description="Where it asks from; for those who may see all sessions.")
    encoder: str | None = strawberry.field(
        description="The encoder at work, such as `libx264 (CPU)`; null when nothing is encoded."
    )
    screen_id: strawberry.ID | None = strawberry.field(
        description="The screen of Home Assistant it plays on; null for a player of Foyer's own."
    )
    user_row: strawberry.Private[int]
    item_row: strawberry.Private[int]
    file_row: strawberry.Private[int | None]

    user: User = edge(load_users, "user_row", description="Who watches.")
    item: Item = edge(load_items, "item_row", description="What.")
    file: MediaFile | None = edge(load_files, "file_row", description="Which version; null when it is forgotten.")
    duration_seconds: float = edge(
        load_files, "file_row", empty=float, pick=_duration, description="How long it plays; 0 when unknown."
    )
    bit_rate: int | None = edge(load_files, "file_row", pick=_bit_rate, description="Bits a second of the file.")
    height: int | None = edge(load_streams, "file_row", pick=_height, description="Lines of the file's picture.")


async def load_sessions(context: Context, ids: list[int]) -> dict[int, PlaybackSession]:
    """The sessions among these that the asker may see: their own, or all for those who may view sessions."""
    principal = context.principal
    found = await context.services.sessions.get_many([PlaybackSessionId(key) for key in ids])
    everyone = principal.may(Permission.VIEW_SESSIONS)
    return {row.id: session(context, row) for row in found if everyone or row.user_id == principal.user_id}


def session(context: Context, row: SessionView) -> PlaybackSession:
    """A session as the API shows it."""
    return PlaybackSession(
        id=strawberry.ID(encode(NodeKind.PLAYBACK_SESSION, row.id)),
        method=row.method,
        reasons=[_reason(one) for one in row.reasons],
        state=row.state,
        position_seconds=row.position_ms / 1000,
        started_at=row.started_at,
        updated_at=row.updated_at,
        client=row.client,
        device=row.device,
        address=row.address if context.principal.may(Permission.VIEW_SESSIONS) else None,
        encoder=_encoder(context, row),
        screen_id=_screen_id(context, row),
        user_row=row.user_id,
        item_row=row.item_id,
        file_row=row.file_id,
    )


def command(given: Command) -> RemoteCommand:
    """A remote command as the API shows it."""
    return RemoteCommand(
        id=strawberry.ID(encode(NodeKind.COMMAND, given.id)),
        kind=given.kind,
        position_seconds=seconds(given.position_ms),
        text=given.text,
        item_id=None if given.item_id is None else strawberry.ID(encode(NodeKind.ITEM, given.item_id)),
        volume=given.volume,
    )


def _encoder(context: Context, row: SessionView) -> str | None:
    viewer = context.services.sessions.viewer_of(row.id)
    if viewer is None or context.services.transcodes is None:
        return None
    return next((one.encoder for one in context.services.transcodes() if viewer in one.viewers), None)


def _screen_id(context: Context, row: SessionView) -> strawberry.ID | None:
    screens = context.services.screens
    entity = None if screens is None else screens.entity_of(row.id)
    return None if entity is None else strawberry.ID(encode(NodeKind.SCREEN, screen_row(entity)))


def _reason(row: Reason) -> PlaybackReason:
    return PlaybackReason(code=row.code, message=row.message, subject=row.subject)


def _candidate(offer: Offer) -> PlaybackCandidate:
    return PlaybackCandidate(
        method=offer.method,
        url=offer.url,
        mime_type=offer.media_type,
        codecs=offer.codecs,
        container=offer.container,
        height=offer.height,
        bit_rate=offer.bit_rate,
        reasons=[_reason(one) for one in offer.reasons],
        expires_at=offer.expires_at,
    )


def _audio_track(info: StreamInfo, chosen: int | None) -> AudioTrack:
    return AudioTrack(
        index=info.index,
        language=info.language,
        title=info.title,
        codec=info.codec,
        channels=info.channels,
        default=info.index == chosen,
    )


def _subtitle_track(row: SubtitleRow, url: str | None) -> SubtitleTrack:
    return SubtitleTrack(
        id=strawberry.ID(encode(NodeKind.SUBTITLE, row.id)),
        language=row.language,
        title=row.title,
        forced=row.is_forced,
        hearing_impaired=row.is_hearing_impaired,
        default=row.is_default,
        text=row.is_text,
        url=url,
    )


def _trickplay(row: TrickplayRow | None, template: str | None) -> Trickplay | None:
    if row is None or template is None:
        return None
    return Trickplay(
        url=template.replace("{sheet}", "0"),
        url_template=template,
        tile_width=row.tile_width,
        tile_height=row.tile_height,
        columns=row.columns,
        rows=row.rows,
        count=row.count,
        interval_seconds=row.interval_ms / 1000,
    )


def playback_info(context: Context, facts: PlaybackFacts) -> PlaybackInfo:
    """Playback information as the API shows it."""
    record = facts.record
    return PlaybackInfo(
        file=media_file(context, record.file),
        duration_seconds=seconds(record.file.duration_ms) or 0.0,
        resume_seconds=facts.resume_ms / 1000,
        candidates=[_candidate(offer) for offer in facts.offers],
        rejected=[
            RejectedMethod(method=one.method, reasons=[_reason(reason) for reason in one.reasons])
            for one in facts.rejected
        ],
        audio_tracks=[_audio_track(one, facts.chosen_audio) for one in facts.audio],
        subtitle_tracks=[_subtitle_track(one.track, one.url) for one in facts.subtitles],
        chapters=[chapter(one) for one in record.info.chapters],
        trickplay=_trickplay(record.trickplay, facts.trickplay_url),
        qualities=[Quality(label=one.label, height=one.height, bit_rate=one.bit_rate) for one in facts.qualities],
        item_row=facts.item,
        next_row=facts.next_item,
    )


@strawberry.type
class PlaybackQueries:
    @resolved("How an item can be played on a player, and why so; starts nothing.", cost=100)
    async def playback_info(
        self,
        info: Info,
        input: Annotated[PlaybackInfoInput, strawberry.argument(description="What, on what, and how.")],  # noqa: A002
    ) -> PlaybackInfo:
        context = info.context
        facts = await context.services.playback.info(
            context.principal,
            PlaybackRequest(
                item=ItemId(decode_as(NodeKind.ITEM, input.item)),
                profile=profile(input.profile),
                file=None if input.file is None else FileId(decode_as(NodeKind.FILE, input.file)),
                audio_index=input.audio_index,
                subtitle=None if input.subtitle_id is None else decode_as(NodeKind.SUBTITLE, input.subtitle_id),
                method=input.method,
                max_height=input.max_height,
                max_bit_rate=input.max_bit_rate,
            ),
        )
        context.services.starting.remember(facts)
        return playback_info(context, facts)

    @resolved("What plays now, the newest first: everyone's for those who may view sessions, else your own.")
    async def playback_sessions(
        self, info: Info, first: First = 50, after: After = None
    ) -> Connection[PlaybackSession]:
        context, window = info.context, Window.read(first, after)
        before = row_key(window)
        found = await context.services.sessions.list_open(
            context.principal,
            first=window.first + 1,
            after=None if before is None else PlaybackSessionId(before),
        )
        return page(window, found, lambda row: session(context, row), lambda row: (row.id,))


@strawberry.input(description="What a player opened.")
class StartPlaybackInput:
    item: strawberry.ID = strawberry.field(description="The item's id.")
    method: PlayMethod = strawberry.field(description="The candidate's method.")
    client: str = strawberry.field(description="The program that plays.")
    device: str = strawberry.field(description="The device it runs on.")
    file: strawberry.ID | None = strawberry.field(default=None, description="The file's id.")
    url: str | None = strawberry.field(
        default=None, description="The candidate's URL as it was given; ties the session to what streams."
    )
    position_seconds: float = strawberry.field(default=0.0, description="Where it begins.")
    audio_index: int | None = strawberry.field(default=None, description="The sound track that plays.")
    subtitle_id: strawberry.ID | None = strawberry.field(default=None, description="The subtitles that are shown.")


@strawberry.type(description="The session that was opened.")
class StartPlaybackPayload:
    session: PlaybackSession = strawberry.field(description="The session.")


@strawberry.input(description="Where a player is; sent every ten seconds and at every change.")
class HeartbeatInput:
    session: strawberry.ID = strawberry.field(description="The session's id.")
    state: PlaybackState = strawberry.field(description="What the player is doing.")
    position_seconds: float = strawberry.field(description="Where it is.")


@strawberry.type(description="The session, and what was asked of the player since.")
class HeartbeatPayload:
    session: PlaybackSession = strawberry.field(description="The session.")
    commands: list[RemoteCommand] = strawberry.field(description="Remote commands not fetched yet, the oldest first.")


@strawberry.input(description="Which player closed, and where.")
class StopPlaybackInput:
    session: strawberry.ID = strawberry.field(description="The session's id.")
    position_seconds: float | None = strawberry.field(
        default=None, description="Where it was; null for where it was last heard of."
    )


@strawberry.type(description="What became of it.")
class StopPlaybackPayload:
    user_state: UserState = strawberry.field(description="What you have done with the item now.")
    next: Item | None = strawberry.field(description="What comes after it.")


@strawberry.input(description="Something to ask of a player.")
class SendCommandInput:
    session: strawberry.ID = strawberry.field(description="The session's id.")
    kind: CommandKind = strawberry.field(description="What to do.")
    position_seconds: float | None = strawberry.field(default=None, description="Where to seek to or to begin.")
    text: str | None = strawberry.field(default=None, description="What to show; at most 500 letters.")
    item_id: strawberry.ID | None = strawberry.field(default=None, description="What to play instead.")
    volume: float | None = strawberry.field(default=None, description="How loud, 0 to 1.")


@strawberry.type(description="The session the command went to.")
class SendCommandPayload:
    session: PlaybackSession = strawberry.field(description="The session.")


@strawberry.input(description="Whether an item was watched.")
class SetWatchedInput:
    item: strawberry.ID = strawberry.field(description="The item's id; a series or season stands for all its episodes.")
    watched: bool = strawberry.field(description="Whether it was watched.")


@strawberry.type(description="The item with its new state.")
class SetWatchedPayload:
    item: Item = strawberry.field(description="The item.")


@strawberry.input(description="Whether an item is a favourite.")
class SetFavouriteInput:
    item: strawberry.ID = strawberry.field(description="The item's id.")
    favourite: bool = strawberry.field(description="Whether it is one.")


@strawberry.type(description="The item with its new state.")
class SetFavouritePayload:
    item: Item = strawberry.field(description="The item.")


@strawberry.input(description="A rating.")
class SetRatingInput:
    item: strawberry.ID = strawberry.field(description="The item's id.")
    rating: int | None = strawberry.field(default=None, description="1 to 10; null takes it back.")


@strawberry.type(description="The item with its new state.")
class SetRatingPayload:
    item: Item = strawberry.field(description="The item.")


@strawberry.type
class PlaybackMutations:
    @mutation(description="Tell the server that a player starts.")
    async def start_playback(
        self,
        info: Info,
        input: Annotated[StartPlaybackInput, strawberry.argument(description="What it opened.")],  # noqa: A002
    ) -> StartPlaybackPayload:
        context = info.context
        start = Start(
            item=ItemId(decode_as(NodeKind.ITEM, input.item)),
            method=input.method,
            file=None if input.file is None else FileId(decode_as(NodeKind.FILE, input.file)),
            url=input.url,
            position_ms=milliseconds(input.position_seconds),
            client=input.client,
            device=input.device,
        )
        return StartPlaybackPayload(
            session=session(context, await context.services.starting.start(context.principal, start))
        )

    @mutation(description="Tell where a player is; the answer brings remote commands.")
    async def heartbeat(
        self,
        info: Info,
        input: Annotated[HeartbeatInput, strawberry.argument(description="Where it is.")],  # noqa: A002
    ) -> HeartbeatPayload:
        context = info.context
        row, commands = await context.services.sessions.heartbeat(
            context.principal, _session_id(input.session), input.state, milliseconds(input.position_seconds)
        )
        return HeartbeatPayload(session=session(context, row), commands=[command(one) for one in commands])

    @mutation(description="Tell that a player closed; its position becomes the place to resume.")
    async def stop_playback(
        self,
        info: Info,
        input: Annotated[StopPlaybackInput, strawberry.argument(description="Which, and where.")],  # noqa: A002
    ) -> StopPlaybackPayload:
        context, row = info.context, _session_id(input.session)
        position = None if input.position_seconds is None else milliseconds(input.position_seconds)
        await context.services.sessions.stop(context.principal, row, position)
        item_id = (await context.services.sessions.get_many([row]))[0].item_id
        following = await context.services.upnext.following(item_id)
        played, upcoming = await context.loaders.many(load_items, [item_id, following])
        if played is None:
            raise NotFoundError("There is no such item any more.")
        return StopPlaybackPayload(user_state=await load_user_state(context, played), next=upcoming)

    @mutation(description="Ask something of a player: your own or, for those who control sessions, anybody's.")
    async def send_command(
        self,
        info: Info,
        input: Annotated[SendCommandInput, strawberry.argument(description="What to ask.")],  # noqa: A002
    ) -> SendCommandPayload:
        context = info.context
        position = None if input.position_seconds is None else milliseconds(input.position_seconds)
        row = await context.services.sessions.command(
            context.principal,
            _session_id(input.session),
            input.kind,
            position_ms=position,
            text=input.text,
            item_id=None if input.item_id is None else ItemId(decode_as(NodeKind.ITEM, input.item_id)),
            volume=input.volume,
        )
        return SendCommandPayload(session=session(context, row))

    @mutation(description="Mark an item as watched or not.")
    async def set_watched(
        self,
        info: Info,
        input: Annotated[SetWatchedInput, strawberry.argument(description="Which, and whether.")],  # noqa: A002
    ) -> SetWatchedPayload:
        row = ItemId(decode_as(NodeKind.ITEM, input.item))
        await info.context.services.progress.set_watched(info.context.principal, row, watched=input.watched)
        return SetWatchedPayload(item=await _changed_item(info.context, row))

    @mutation(description="Make an item one of your favourites, or no longer.")
    async def set_favourite(
        self,
        info: Info,
        input: Annotated[SetFavouriteInput, strawberry.argument(description="Which, and whether.")],  # noqa: A002
    ) -> SetFavouritePayload:
        row = ItemId(decode_as(NodeKind.ITEM, input.item))
        await info.context.services.progress.set_favourite(info.context.principal, row, favourite=input.favourite)
        return SetFavouritePayload(item=await _changed_item(info.context, row))

    @mutation(description="Rate an item, or take the rating back.")
    async def set_rating(
        self,
        info: Info,
        input: Annotated[SetRatingInput, strawberry.argument(description="Which, and how.")],  # noqa: A002
    ) -> SetRatingPayload:
        row = ItemId(decode_as(NodeKind.ITEM, input.item))
        await info.context.services.progress.set_rating(info.context.principal, row, input.rating)
        return SetRatingPayload(item=await _changed_item(info.context, row))


MAX_SECONDS = 10_000_000.0
"""Some hundred days: nothing plays longer, and it keeps numbers in what a database row can hold."""


def milliseconds(given: float) -> int:
    """A position in milliseconds; raises ``ValidationError`` for one that no film has."""
    if not 0 <= given <= MAX_SECONDS:
        raise ValidationError("This is no position.", fields={"positionSeconds": "Use seconds from the start."})
    return round(given * 1000)


def _session_id(given: str) -> PlaybackSessionId:
    return PlaybackSessionId(decode_as(NodeKind.PLAYBACK_SESSION, given))


async def _changed_item(context: Context, row: ItemId) -> Item:
    found: Item | None = await context.loaders.one(load_items, row)
    if found is None:
        raise NotFoundError("There is no such item.", id=row)
    return found
