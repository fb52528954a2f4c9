"""Mount every transport on one application."""

from __future__ import annotations

from collections.abc import Iterator

from foyer.api.checks import checks
from foyer.api.health import Health, routes
from foyer.api.http.application import create
from foyer.api.http.metrics import HttpMetrics
from foyer.api.http.router import Routes
from foyer.api.media.direct import DirectPlay
from foyer.api.media.hls import StreamAuthority, hls_blueprint
from foyer.api.media.pictures import pictures
from foyer.api.media.sendfile import FilePump
from foyer.api.media.subtitles import subtitles
from foyer.api.media.upload import UploadRoute
from foyer.api.metrics import Exposition, Metric, gauge
from foyer.api.schema.context import Services
from foyer.api.schema.view import mount as mount_graphql
from foyer.api.vitals import Vitals
from foyer.api.web.site import default_folder, site
from foyer.house import House


def mount(house: House, health: Health, http: HttpMetrics, pump: FilePump) -> Routes:
    """The application, and what answers beside it."""
    core = house.core
    health.checks = checks(
        core.database,
        core.options,
        house.ffmpeg,
        live_workers=lambda: len(house.workers.pids),
        segments=house.segments,
        homeassistant=house.homeassistant.status,
        mqtt=lambda: house.mqtt.status,
    )
    house.mqtt.survey.problems = health.problems
    exposition = Exposition(
        database=core.database,
        bus=core.bus,
        health=health,
        http=http,
        pump=pump,
        more=[lambda: _streaming(house)],
    )
    app = create()
    app.register_blueprint(routes(health, exposition.text))
    use_cases = services(house, health)
    mount_graphql(app, use_cases)
    authority = StreamAuthority(core.accounts, core.database, is_stopped=house.sessions.is_stopped)
    app.register_blueprint(hls_blueprint(house.streaming, authority))
    app.register_blueprint(pictures(core.database, core.accounts, house.library.artwork, house.library.trickplay))
    app.register_blueprint(subtitles(core.database, core.accounts, house.library.subtitles))
    app.register_blueprint(site(default_folder()))
    return Routes(
        application=app,
        direct=DirectPlay(core.database, core.accounts, is_stopped=house.sessions.is_stopped),
        upload=UploadRoute(use_cases.uploads, use_cases.upload_desk),
    )


def services(house: House, health: Health) -> Services:
    """The use cases behind the GraphQL API."""
    core = house.core
    return Services(
        database=core.database,
        bus=core.bus,
        settings=core.settings,
        jobs=core.queue,
        accounts=core.accounts,
        libraries=house.library.libraries,
        uploads=house.library.uploads,
        playback=house.playback,
        progress=house.progress,
        sessions=house.sessions,
        upnext=house.upnext,
        links=house.links,
        vitals=Vitals(
            health=health,
            database=core.options.database,
            cache_used=lambda: house.segments.used,
            cache_budget=lambda: core.settings.integer("streaming.cache_bytes"),
            ffmpeg_version=lambda: house.ffmpeg.known.version if house.ffmpeg.known else None,
        ),
        transcodes=house.streaming.transcodes,
        screens=house.screens,
    )


def _streaming(house: House) -> Iterator[Metric]:
    transcodes = house.streaming.transcodes()
    yield gauge("transcodes", "Encoders at work or held back.", len(transcodes))
    yield gauge(
        "transcodes_held_back", "Encoders that are far enough ahead.", sum(one.is_blocked for one in transcodes)
    )
    yield gauge("segment_cache_bytes", "Converted video kept on disk.", house.segments.used)
    yield gauge("media_workers", "Processes that read media files.", len(house.workers.pids))
    yield gauge("child_processes", "Processes the server started that live now.", len(house.runner.live))
    yield gauge("watched_sessions", "Players heard of.", house.sessions.open_count)
