"""Mount every transport on one application. Imported after the ports are open: it is most of what is loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from foyer.api.health import Health, routes
from foyer.api.http.application import create
from foyer.api.http.listener import ASGI
from foyer.api.http.metrics import HttpMetrics
from foyer.api.media.direct import DirectPlay
from foyer.api.media.sendfile import FilePump
from foyer.api.metrics import Exposition
from foyer.api.schema.context import Services
from foyer.api.schema.view import mount as mount_graphql
from foyer.api.vitals import Vitals
from foyer.api.web.site import default_folder, site
from foyer.library.service import Libraries
from foyer.playback.links import MediaLinks
from foyer.playback.progress import ProgressService
from foyer.playback.service import PlaybackService
from foyer.playback.sessions import PlaybackSessions
from foyer.playback.upnext import UpNext

if TYPE_CHECKING:
    from foyer.app import Core


def mount(core: Core, health: Health, http: HttpMetrics, pump: FilePump) -> tuple[ASGI, ASGI]:
    """The application, and the handler of direct play beside it."""
    app = create()
    exposition = Exposition(
        database=core.database, bus=core.bus, health=health, http=http, pump=pump, cache=core.options.cache
    )
    app.register_blueprint(routes(health, exposition.text))
    mount_graphql(app, _services(core, health))
    app.register_blueprint(site(default_folder()))
    return app, DirectPlay(core.database, core.accounts)


class _NoViewers:
    """Nobody streams: the segments have no reader to be told about."""

    def seen(self, viewer: str, position_ms: int | None = None) -> None:
        """Nothing to steer."""

    def stop_viewer(self, viewer: str) -> None:
        """Nothing to stop."""


def _services(core: Core, health: Health) -> Services:
    """The use cases behind the GraphQL API."""
    progress, upnext = ProgressService(core.database, core.bus, core.settings), UpNext(core.database)
    links = MediaLinks(core.accounts.media_tokens)
    return Services(
        database=core.database,
        bus=core.bus,
        settings=core.settings,
        jobs=core.queue,
        accounts=core.accounts,
        libraries=Libraries(core.database, core.bus, core.queue, core.options),
        playback=PlaybackService(core.database, progress, upnext, links),
        progress=progress,
        sessions=PlaybackSessions(core.database, core.bus, progress, _NoViewers()),
        upnext=upnext,
        links=links,
        vitals=Vitals(health=health, database=core.options.database),
    )
