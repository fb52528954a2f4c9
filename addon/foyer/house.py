"""Everything behind the listeners, built once by constructor injection. The most that is imported is imported here."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial

from foyer.core import Core
from foyer.events.topics import Topic
from foyer.gpu import Admission
from foyer.homeassistant.discovery import Announcer
from foyer.homeassistant.link import HomeAssistantLink
from foyer.homeassistant.mqtt import Machine, MqttPart, Release, Survey
from foyer.homeassistant.outbox import Outbox
from foyer.homeassistant.payloads import Facts
from foyer.homeassistant.screens.addresses import Addresses
from foyer.homeassistant.screens.room import ScreenRoom
from foyer.homeassistant.users import HomeAssistantUsers
from foyer.library.demo import Demo
from foyer.library.room import LibraryRoom
from foyer.media.ffmpeg import FfmpegFinder
from foyer.media.runner import Runner
from foyer.media.workers import MediaWorkers
from foyer.playback.links import MediaLinks
from foyer.playback.progress import ProgressService
from foyer.playback.service import PlaybackService
from foyer.playback.sessions import PlaybackSessions
from foyer.playback.upnext import UpNext
from foyer.streaming.cache import SegmentCache
from foyer.streaming.catalog import LibraryCatalog
from foyer.streaming.service import StreamingService


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """The parts of a server, or of a command that does a server's work."""

    core: Core
    runner: Runner
    ffmpeg: FfmpegFinder
    workers: MediaWorkers
    library: LibraryRoom
    segments: SegmentCache
    streaming: StreamingService
    progress: ProgressService
    upnext: UpNext
    links: MediaLinks
    sessions: PlaybackSessions
    playback: PlaybackService
    demo: Demo
    homeassistant: HomeAssistantLink
    mqtt: MqttPart
    screens: ScreenRoom | None
    """``None`` without a Home Assistant."""


@asynccontextmanager
async def open_house(core: Core) -> AsyncIterator[House]:
    """Build everything. Nothing is started before it is needed; everything that was started ends with the block."""
    runner = Runner()
    ffmpeg = FfmpegFinder(runner)

    async def found() -> tuple[str, ...]:
        return (str((await ffmpeg.get()).path),)

    async with AsyncExitStack() as stack:
        stack.callback(runner.kill_all)
        workers = await stack.enter_async_context(MediaWorkers(runner))
        library = LibraryRoom(core.database, core.bus, core.settings, core.queue, core.options, workers)
        segments = SegmentCache(
            core.options.cache / "segments", budget=lambda: core.settings.integer("streaming.cache_bytes")
        )
        streaming = await stack.enter_async_context(
            StreamingService(
                catalog=LibraryCatalog(core.database.reader),
                cues=library.subtitles,
                cache=segments,
                admission=Admission(limit=lambda: core.settings.integer("streaming.max_transcodes")),
                runner=runner,
                programs=found,
                preset=lambda: core.settings.text("streaming.preset"),
                tell=partial(core.bus.publish, Topic.TRANSCODE),
            )
        )
        progress, upnext = ProgressService(core.database, core.bus, core.settings), UpNext(core.database)
        links = MediaLinks(core.accounts.media_tokens)
        ffmpeg = FfmpegFinder(runner)
        demo = Demo(library.libraries, core.queue, ffmpeg, runner, core.options)
        core.queue.register(demo.job_kind())
        homeassistant = _homeassistant(core)
        mqtt = _mqtt(core, homeassistant, library, streaming, segments)
        homeassistant.add("mqtt", mqtt.run)
        sessions = PlaybackSessions(core.database, core.bus, progress, streaming)
        playback = PlaybackService(core.database, progress, upnext, links)
        yield House(
            core=core,
            runner=runner,
            ffmpeg=ffmpeg,
            workers=workers,
            library=library,
            segments=segments,
            streaming=streaming,
            progress=progress,
            upnext=upnext,
            links=links,
            sessions=sessions,
            playback=playback,
            demo=demo,
            homeassistant=homeassistant,
            mqtt=mqtt,
            screens=_screens(core, homeassistant, sessions, playback, upnext),
        )


def _mqtt(
    core: Core, link: HomeAssistantLink, library: LibraryRoom, streaming: StreamingService, segments: SegmentCache
) -> MqttPart:
    async def release() -> Release | None:
        if link.supervisor is None:
            return None
        addon = await link.supervisor.addon()
        return Release(slug=addon.slug, version=addon.version, latest=addon.version_latest)

    async def scan() -> None:
        for one in await library.libraries.all():
            await library.libraries.scan(one.id)

    return MqttPart(
        database=core.database,
        bus=core.bus,
        settings=core.settings,
        survey=Survey(
            database=core.database,
            settings=core.settings,
            machine=Machine(data=core.options.data),
            encoders=lambda: len(streaming.transcodes()),
            cache_bytes=lambda: segments.used,
            release=release,
        ),
        server_id=core.accounts.server_id,
        broker=link.broker,
        scan=scan,
        facts=Facts(core.database.reader, core.accounts.server_id),
    )


def _homeassistant(core: Core) -> HomeAssistantLink:
    """The link with its parts; they run once the link does."""
    link = HomeAssistantLink(core.options.homeassistant)
    if link.access.core_url is None:
        return link
    outbox = Outbox(
        core.database,
        core.bus,
        link.core,
        Facts(core.database.reader, core.accounts.server_id),
        is_wanted=lambda: core.settings.flag("homeassistant.events"),
    )
    link.add("events", outbox.run, lambda: outbox.problem)
    users = HomeAssistantUsers(link.core, core.accounts.housemates)
    core.accounts.housemates.is_expected = True
    link.add("users", users.run, lambda: users.problem)
    if link.access.supervisor_url is not None:
        announcer = Announcer(
            link.core,
            core.bus,
            supervisor=lambda: link.supervisor,
            key=core.accounts.home_assistant_key,
            server_id=core.accounts.server_id,
            name=lambda: core.settings.text("server.name"),
            port=core.options.port,
        )
        link.add("discovery", announcer.run, lambda: announcer.problem)
    return link


def _screens(
    core: Core, link: HomeAssistantLink, sessions: PlaybackSessions, playback: PlaybackService, upnext: UpNext
) -> ScreenRoom | None:
    """Home Assistant's media players as a part of the link."""
    if link.access.core_url is None:
        return None

    async def ports() -> Mapping[str, int | None]:
        return {} if link.supervisor is None else (await link.supervisor.addon()).ports

    room = ScreenRoom(
        link.core,
        database=core.database,
        bus=core.bus,
        people=core.accounts.directory,
        sessions=sessions,
        playback=playback,
        upnext=upnext,
        addresses=Addresses(
            link.core,
            public_url=lambda: core.settings.text("homeassistant.public_url"),
            ports=ports,
            port=core.options.port,
        ),
        tokens=core.accounts.media_tokens,
    )
    link.add("screens", room.run)
    return room
